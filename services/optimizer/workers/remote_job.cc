#include "services/optimizer/workers/remote_job.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

constexpr double kBytesPerSecondOfGrace = 10e6;
constexpr absl::Duration kCancelGrace = absl::Seconds(1);

}  // namespace

std::optional<RemoteJob::Answer> RemoteJob::Run(Effort effort, const dispatch::Problem& problem) {
  std::string job = Encoded(effort, problem);
  if (job.size() > kMaxFrameBytes) {
    return base::InvalidArgument("UNSUPPORTED_SIZE", "the problem is too large to be solved; solve a part of it");
  }
  grace_ += absl::Seconds(static_cast<double>(job.size()) / kBytesPerSecondOfGrace);
  give_up_at_ = deadline_ + grace_;
  const Patience patience = [this] { return Patient(); };
  sent_ = socket_.Send(FrameKind::kJob, job, patience) == Transfer::kDone;
  std::string().swap(job);
  Frame frame;
  // Patience is asked for each frame: a process that never stops talking never lets the socket run dry.
  while (sent_ && Patient() && socket_.Receive(frame, patience) == Transfer::kDone) {
    if (frame.kind == FrameKind::kProgress) {
      HandOn(frame);
      continue;
    }
    Answer answer;
    if (frame.kind != FrameKind::kAnswer || !Decode(frame.bytes, answer)) return std::nullopt;
    return answer;
  }
  return std::nullopt;
}

std::string RemoteJob::Encoded(Effort effort, const dispatch::Problem& problem) const {
  JobOptions how{.effort = effort,
                 .deadline = deadline_,
                 .relative_gap = options_.relative_gap,
                 .seed = options_.seed,
                 .threads = options_.threads,
                 .relax = options_.relax,
                 .resume_gap = options_.resume_gap,
                 .keep_resume_point = options_.keep_resume_point};
  if (effort == Effort::kQuick || options_.resume_from == nullptr) return EncodeJob(how, problem);
  std::string job = EncodeJob(how, problem, options_.resume_from);
  return job.size() > kMaxFrameBytes ? EncodeJob(how, problem) : job;
}

bool RemoteJob::Patient() {
  if (!cancelled_ && options_.cancelled != nullptr && options_.cancelled->load()) {
    cancelled_ = true;
    give_up_at_ = std::min(give_up_at_, absl::Now() + std::min(grace_, kCancelGrace));
    // A job of which only a part was sent cannot be cancelled by a frame.
    if (sent_) socket_.Send(FrameKind::kCancel, "", [] { return true; });
  }
  gave_up_ = absl::Now() >= give_up_at_;
  return !gave_up_;
}

void RemoteJob::HandOn(const Frame& frame) const {
  Progress progress;
  if (options_.progress == nullptr || !Decode(frame.bytes, progress)) return;
  options_.progress({progress.phase, progress.best_cost_usd, progress.lower_bound_usd});
}

}  // namespace derms::optimizer
