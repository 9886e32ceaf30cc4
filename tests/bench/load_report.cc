#include "tests/bench/load_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace derms::bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double Quantile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return static_cast<double>(values[static_cast<std::size_t>(place)]);
}

double Rounded(double value) {
  return std::round(value * 1000) / 1000;
}

}  // namespace

void Tally::Succeeded(SteadyClock::time_point sent, SteadyClock::time_point answered, int operations) {
  operations_in_all_ += operations;
  if (answered < window_.begin || answered >= window_.end) return;
  operations_ += operations;
  latencies_ms_.push_back(std::chrono::duration<float, std::milli>(answered - sent).count());
}

double ProcessCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

std::string ReportLine(const LoadOptions& options, const std::vector<const Tally*>& tallies, double cpu_seconds) {
  std::int64_t operations = 0, in_all = 0;
  std::vector<float> latencies_ms;
  std::map<std::string, int> errors;
  for (const Tally* tally : tallies) {
    operations += tally->operations();
    in_all += tally->operations_in_all();
    latencies_ms.insert(latencies_ms.end(), tally->latencies_ms().begin(), tally->latencies_ms().end());
    for (const auto& [what, count] : tally->errors()) errors[what] += count;
  }
  nlohmann::ordered_json line;
  line["operation"] = options.operation;
  line["seconds"] = options.seconds;
  line["operations"] = operations;
  line["rate"] = Rounded(static_cast<double>(operations) / options.seconds);
  line["answers"] = latencies_ms.size();
  line["p50_ms"] = Rounded(Quantile(latencies_ms, 0.5));
  line["p99_ms"] = Rounded(Quantile(latencies_ms, 0.99));
  line["operations_in_all"] = in_all;
  line["client_cpu_us"] = in_all == 0 ? 0 : Rounded(cpu_seconds * 1e6 / static_cast<double>(in_all));
  line["errors"] = errors;
  return line.dump();
}

bool AnyFailed(const std::vector<const Tally*>& tallies) {
  return std::any_of(tallies.begin(), tallies.end(), [](const Tally* tally) { return !tally->errors().empty(); });
}

}  // namespace derms::bench
