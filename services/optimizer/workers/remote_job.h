// One solve in one solver process, driven by the thread that waits for it.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"
#include "libs/dispatch/solver.h"
#include "services/optimizer/workers/frame_socket.h"
#include "services/optimizer/workers/messages.h"

namespace derms::optimizer {

// Sends the job, hands progress on, passes a cancellation on, and stops waiting `grace` after the deadline: later by a
// second for each 10 MB of problem, because what cannot be interrupted grows with it. After a cancellation, which gives
// up the answer anyway, it waits a second at most: CBC's heuristics do not look up for longer.
class RemoteJob {
 public:
  using Answer = absl::StatusOr<dispatch::Solution>;

  RemoteJob(FrameSocket& socket, const dispatch::SolveOptions& options, absl::Time deadline, absl::Duration grace)
      : socket_(socket), options_(options), deadline_(deadline), grace_(grace) {}

  // None: the process is of no use any more. It is gone, or did not answer in time (gave_up), or made no sense.
  std::optional<Answer> Run(Effort effort, const dispatch::Problem& problem);

  bool cancelled() const { return cancelled_; }
  bool gave_up() const { return gave_up_; }

 private:
  // What is sent; without what the solve could go on from where that does not fit into a frame.
  std::string Encoded(Effort effort, const dispatch::Problem& problem) const;
  bool Patient();
  void HandOn(const Frame& frame) const;

  FrameSocket& socket_;
  const dispatch::SolveOptions& options_;
  const absl::Time deadline_;
  absl::Duration grace_;
  absl::Time give_up_at_ = absl::InfiniteFuture();
  bool sent_ = false;
  bool cancelled_ = false;
  bool gave_up_ = false;
};

}  // namespace derms::optimizer
