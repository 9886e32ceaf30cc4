// Writes down, a few times a second, which instructions were handed to who speaks for their DERs.
//
// Whoever hands set-points out only notes them. What does not fit is forgotten: SENT tells people how far an
// instruction got, nothing hangs on it. Orders are told before their instructions are written down (expander.h), so
// those are noted a second time a little later.
#pragma once

#include <deque>
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

  // Both must outlive it. Without a thread of its own (`every` infinite) the owner calls Write.
  SentInstructions(store::Committer& committer, const base::Clock& clock,
                   absl::Duration every = absl::Milliseconds(250));

  // Of the source of an instruction: an operator, an owner, an emergency order. Others are ignored.
  void Note(const v1::Setpoint& setpoint);
  void Write();

 private:
  std::vector<store::InstructionsSent::Name> Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  store::Committer& committer_;
  const base::Clock& clock_;
  absl::Mutex mutex_;
  std::vector<store::InstructionsSent::Name> noted_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<absl::Time, store::InstructionsSent::Name>> again_ ABSL_GUARDED_BY(mutex_);  // by time
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::emergency
