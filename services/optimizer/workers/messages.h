// What the service and a solver process tell each other, as bytes of frames (frame_socket.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"
#include "libs/dispatch/solver.h"

namespace derms::optimizer {

// Which solver of the process: the portfolio, or what is quick and safe after a process has been lost.
enum class Effort : std::uint8_t { kBest, kQuick };

// SolveOptions without what belongs to one process.
struct JobOptions {
  Effort effort = Effort::kBest;
  absl::Time deadline;  // of the solve; both ends read the same clock
  double relative_gap = 0;
  std::uint32_t seed = 1;
  std::int32_t threads = 1;
  bool relax = false;
  double resume_gap = 0;
  bool keep_resume_point = false;
};

struct Job {
  JobOptions options;
  dispatch::Problem problem;
  std::shared_ptr<const dispatch::ResumePoint> resume_from;
};

struct Progress {
  std::string phase;
  double best_cost_usd = 0, lower_bound_usd = 0;
};

std::string EncodeJob(const JobOptions& options, const dispatch::Problem& problem,
                      const std::shared_ptr<const dispatch::ResumePoint>& resume_from = nullptr);
std::string EncodeProgress(const dispatch::SolveProgress& progress);
// Errors keep code, message and payloads, so reason, fields and metadata (libs/base/error.h).
std::string EncodeAnswer(const absl::StatusOr<dispatch::Solution>& answer);

// False when the bytes are not what the encoder made, with `to` in any state. Enumerators and indices are not judged.
bool Decode(std::string_view bytes, Job& to);
bool Decode(std::string_view bytes, Progress& to);
bool Decode(std::string_view bytes, absl::StatusOr<dispatch::Solution>& to);

}  // namespace derms::optimizer
