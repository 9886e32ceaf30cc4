// What a run saw, and the line that tells of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/load_options.h"

namespace derms::bench {

// Outcomes of the calls of one caller. Used by one thread at a time.
class Tally {
 public:
  explicit Tally(const Window& window) : window_(window) {}

  // A call that asked for `operations` things. It is measured when its answer came within the window.
  void Succeeded(SteadyClock::time_point sent, SteadyClock::time_point answered, int operations);
  // The same without its latency: a call that only prepares the next one.
  void Prepared() { ++operations_in_all_; }
  void Failed(const std::string& what) { ++errors_[what]; }

  std::int64_t operations() const { return operations_; }                // measured
  std::int64_t operations_in_all() const { return operations_in_all_; }  // warm-up and rest too
  const std::vector<float>& latencies_ms() const { return latencies_ms_; }
  const std::map<std::string, int>& errors() const { return errors_; }

 private:
  const Window window_;
  std::int64_t operations_ = 0, operations_in_all_ = 0;
  std::vector<float> latencies_ms_;
  std::map<std::string, int> errors_;
};

double ProcessCpuSeconds();

// One JSON object without a line end.
std::string ReportLine(const LoadOptions& options, const std::vector<const Tally*>& tallies, double cpu_seconds);
bool AnyFailed(const std::vector<const Tally*>& tallies);

}  // namespace derms::bench
