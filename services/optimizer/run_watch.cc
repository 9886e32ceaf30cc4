#include "services/optimizer/run_watch.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/optimizer/run_json.h"
#include "services/optimizer/run_summary.h"

namespace derms::optimizer {
namespace {

using Message = std::optional<v1::WatchRunResponse>;

Message MessageOf(v1::OptimizationRun run) {
  v1::WatchRunResponse response;
  *response.mutable_run() = std::move(run);
  return response;
}

}  // namespace

RunWatch::RunWatch(std::string run_id, domain::Caller caller, RunWatchParts parts, std::function<void()> wake)
    : run_id_(std::move(run_id)),
      caller_(std::move(caller)),
      parts_(parts),
      follower_(parts.board.Follow(run_id_, std::move(wake))) {}

absl::StatusOr<Message> RunWatch::Next(absl::Time deadline) {
  if (summary_.state() != v1::RUN_STATE_UNSPECIFIED && summary_.state() != v1::RUN_STATE_RUNNING) {
    return server::EndOfStream();
  }
  // Asked before the row is read: a run that ends in between is found ended there.
  const std::shared_ptr<LiveRun> live = parts_.board.Find(run_id_);
  if (live != nullptr && summary_.run_id() == run_id_) {
    const int changes = live->changes();
    if (changes == changes_) return Message();
    changes_ = changes;
    *summary_.mutable_progress() = live->ProgressAt(parts_.clock.Now());
    summary_.set_cancelled_by(live->cancelled_by());
    return MessageOf(summary_);
  }
  ASSIGN_OR_RETURN(v1::OptimizationRun run, Load(deadline));
  if (live != nullptr) {
    changes_ = live->changes();
    *run.mutable_progress() = live->ProgressAt(parts_.clock.Now());
  }
  v1::OptimizationRun summary = SummaryOf(run);
  if (google::protobuf::util::MessageDifferencer::Equals(summary, summary_)) return Message();
  summary_ = std::move(summary);
  return MessageOf(run.state() == v1::RUN_STATE_RUNNING ? summary_ : std::move(run));
}

Message RunWatch::Heartbeat() {
  if (summary_.run_id().empty()) return std::nullopt;
  if (const auto live = parts_.board.Find(run_id_)) {
    *summary_.mutable_progress() = live->ProgressAt(parts_.clock.Now());
  }
  return MessageOf(summary_);
}

absl::StatusOr<v1::OptimizationRun> RunWatch::Load(absl::Time deadline) const {
  ASSIGN_OR_RETURN(const auto stored, parts_.queries.GetRun(run_id_, deadline));
  if (!stored) return RunNotFound(run_id_);
  RETURN_IF_ERROR(domain::RegionAccess::Prove(caller_, stored->region_id, *parts_.fleet.Regions()).status());
  return RunFromStored(*stored);
}

}  // namespace derms::optimizer
