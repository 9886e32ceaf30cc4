// How far emergency orders have got, DER by DER: counted from their instructions, for everybody who asks about the same
// order once.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "derms/v1/emergency.pb.h"
#include "libs/base/clock.h"
#include "libs/store/background_loop.h"
#include "libs/store/expansion.h"
#include "services/emergency/counted_once.h"

namespace derms::emergency {

// What was counted, as it is told of an order in this state. Of one that is over, what has not come to an end has been
// revoked or has expired with it; that its DER never answered is still told.
v1::EmergencyProgress ProgressOf(const store::ExpansionTally& tally, v1::EmergencyState state);

// Thread-safe.
class ProgressBoard {
 public:
  // Both must outlive it. Without a thread of its own (`wake_every` infinite) the owner calls WakeAll.
  ProgressBoard(store::Expansions& expansions, const base::Clock& clock, absl::Duration acknowledgement_timeout,
                absl::Duration wake_every = kCountedEvery);

  // Of an order that was read, with the counts of its restoration: until all are back instructions are told as they
  // stand, for an order that is over ends them DER by DER. Blocks on the database. Errors of Expansions and
  // CountedOnce.
  absl::StatusOr<v1::EmergencyProgress> Of(const v1::EmergencyOrder& order, absl::Time deadline);

  // `wake` runs twice a second, until the handle is gone: there may be news.
  [[nodiscard]] std::shared_ptr<void> Follow(std::function<void()> wake);
  void WakeAll();

 private:
  using Waker = std::function<void()>;
  struct Counted {
    store::ExpansionTally tally;
    absl::Time as_of;
  };

  store::Expansions& expansions_;
  const base::Clock& clock_;
  const absl::Duration timeout_;
  CountedOnce<Counted> counts_;
  absl::Mutex mutex_;
  std::vector<std::weak_ptr<Waker>> followers_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::emergency
