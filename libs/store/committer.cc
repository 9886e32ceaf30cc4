#include "libs/store/committer.h"

#include <utility>

#include "absl/synchronization/notification.h"

namespace derms::store {

absl::StatusOr<Committed> CommitAndWait(Committer& committer, Mutation mutation, absl::Time deadline) {
  absl::Notification settled;
  absl::StatusOr<Committed> outcome = Committed();
  committer.Commit(std::move(mutation), deadline, [&](absl::StatusOr<Committed> committed) {
    outcome = std::move(committed);
    settled.Notify();
  });
  settled.WaitForNotification();
  return outcome;
}

}  // namespace derms::store
