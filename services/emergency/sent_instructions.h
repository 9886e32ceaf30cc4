// Writes down, a few times a second, which instructions were handed to who speaks for their DERs.
//
// Whoever hands set-points out only notes them. What does not fit is forgotten: SENT tells people how far an
// instruction got, nothing hangs on it. Orders are told before their instructions are written down (expander.h), so
// those are noted a second time a little later.
//
// An order that a stream was told once for all its DERs is looked at when most DERs have answered, and again when also
// a million instructions are written down: only those that nobody has answered are then changed, some at a time.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "derms/v1/control.pb.h"
#include "libs/base/clock.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"

namespace derms::emergency {

// Thread-safe.
class SentInstructions {
 public:
  static constexpr std::size_t kMaxNoted = 100'000, kMaxWritten = 5'000;
  static constexpr absl::Duration kAgainAfter = absl::Seconds(3);
  // Of orders told once: 8,000 DERs a second, and 16 MB of keys.
  static constexpr std::size_t kMaxOfOrders = 2'000, kMaxOrderDers = 2'000'000;
  static constexpr absl::Duration kLastLookAfter = absl::Seconds(90);

  // Both must outlive it. Without a thread of its own (`every` infinite) the owner calls Write.
  SentInstructions(store::Committer& committer, const base::Clock& clock,
                   absl::Duration every = absl::Milliseconds(250));

  // Of the source of an instruction: an operator, an owner, an emergency order. Others are ignored.
  void Note(const v1::Setpoint& setpoint);
  // Of an emergency order, told once for all these DERs.
  using Keys = std::shared_ptr<const std::vector<base::DerKey>>;
  void NoteOrder(const std::string& emergency_id, Keys ders);
  void Write();

 private:
  struct ToldOrder {
    absl::Time due;
    std::string emergency_id;
    Keys ders;
    bool last_look = false;
    std::size_t next = 0;  // of its DERs
  };
  using Names = std::vector<store::InstructionsSent::Name>;

  Names Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeOfOrders(std::deque<ToldOrder>& orders, absl::Time now, Names& names) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  store::Committer& committer_;
  const base::Clock& clock_;
  absl::Mutex mutex_;
  std::vector<store::InstructionsSent::Name> noted_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<absl::Time, store::InstructionsSent::Name>> again_ ABSL_GUARDED_BY(mutex_);  // by time
  std::deque<ToldOrder> told_ ABSL_GUARDED_BY(mutex_), looked_at_ ABSL_GUARDED_BY(mutex_);          // both by time
  std::size_t order_ders_ ABSL_GUARDED_BY(mutex_) = 0;                                              // of both
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::emergency
