// Tells streams of set-points when theirs may have changed: events name the DERs, regions or owners concerned, and time
// ends set-points by itself.
//
// A stream is woken with what to look at (marks); many changes before it looks are one look. Orders are told from
// memory: until all streams have been woken for one, nobody looks into the database.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"
#include "libs/store/background_loop.h"
#include "libs/store/event_listener.h"
#include "libs/store/fleet_observer.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// What a stream shall look at.
enum SetpointMark : std::uint32_t {
  kOrdersChanged = 1,      // an order began or ended
  kControlsChanged = 2,    // limits, defaults, instructions, schedules, states of DERs; or a set-point's time is over
  kMembershipChanged = 4,  // DERs came, went, or belong to somebody else
};

// How long the gateways of streams that are woken together may wait before they acknowledge. Taking what they say costs
// the service about as much as telling them: where they answer at once, those that are told last wait for it. Nothing
// where they are few.
absl::Duration AcknowledgeWithin(std::size_t woken_together);

// What the hub knows of a stream. Made by SetpointHub::Join; leaves with its last reference.
class SetpointMember {
 public:
  ~SetpointMember();
  // What to look at since the last time.
  std::uint32_t TakeMarks() { return marks_.exchange(0); }
  std::uint32_t marks() const { return marks_.load(); }
  // The number of the change (SetpointHub::changes) that it was marked for last.
  std::uint64_t changed_at() const { return changed_at_.load(); }
  // How many streams were woken together with it the last time.
  std::size_t woken_with() const { return woken_with_.load(); }
  // When set-points change by themselves next.
  void SetDue(absl::Time due) { due_ns_.store(absl::ToUnixNanos(due)); }

 private:
  friend class SetpointHub;
  class SetpointHub* hub_ = nullptr;
  std::function<void()> wake_;
  std::optional<std::string> follows_owner_;  // every DER of this owner belongs to the stream
  bool follows_fleet_ = false;                // any new DER may belong to it
  std::vector<base::DerKey> keys_;            // under the hub's mutex, like the next
  std::vector<std::string> regions_;
  std::atomic<std::uint32_t> marks_{0};
  std::atomic<std::uint64_t> changed_at_{0};
  std::atomic<std::size_t> woken_with_{0};
  std::atomic<std::int64_t> due_ns_{INT64_MAX};
  bool held_back_ = false;  // under the hub's mutex
};

// Thread-safe.
class SetpointHub final : public store::EventListener, public store::FleetObserver {
 public:
  static constexpr absl::Duration kLookEvery = absl::Milliseconds(250);

  // Both must outlive it. Without a thread of its own (`look_every` infinite) streams are woken by whoever brings news,
  // and the owner calls WakeDue.
  SetpointHub(const store::ReadModel& fleet, const base::Clock& clock, absl::Duration look_every = kLookEvery);

  struct Following {
    std::optional<std::string> owner;
    bool fleet = false;
  };
  // `wake` may be called from any thread, without a lock held, and must not block.
  std::shared_ptr<SetpointMember> Join(Following following, std::function<void()> wake);
  // The DERs of a member, from now on, and the regions they are in.
  void SetDers(SetpointMember& member, std::vector<base::DerKey> keys, std::vector<std::string> regions);

  // True while streams are being woken for an order: the member shall not ask the database now, and is woken once more
  // when it may.
  bool HoldBack(SetpointMember& member);

  // Both quick: the thread of the hub wakes. Of an order that was given or has ended, both tell; the first counts.
  void OnEvents(const std::vector<domain::Event>& events) override;
  void OnOrder(const domain::EmergencyOrder& order) override;
  void WakeDue();
  std::size_t size() const;
  // How many changes have been heard of. What is read from the database after a look at it knows of all of them.
  std::uint64_t changes() const { return changes_.load(); }

 private:
  friend class SetpointMember;
  using Members = std::vector<std::shared_ptr<SetpointMember>>;
  using Events = std::vector<domain::Event>;

  void Add(Events events);
  void Tell(const Events& events);
  bool WasToldAlready(const domain::Event& event);
  void Leave(SetpointMember& member);
  void Forget(const SetpointMember& member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Members Concerned(const domain::Event& event, std::uint32_t marks) const;
  void MarkAll(const domain::Event& event, std::uint32_t marks, Members& woken);
  // What the member had to look at before.
  std::uint32_t Mark(SetpointMember& member, std::uint32_t marks);
  void Wake(const Members& members, bool orders);

  const store::ReadModel& fleet_;
  const base::Clock& clock_;
  std::atomic<std::uint64_t> changes_{0};
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<SetpointMember*, std::weak_ptr<SetpointMember>> members_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<base::DerKey, absl::InlinedVector<SetpointMember*, 1>> by_der_ ABSL_GUARDED_BY(mutex_);
  int order_waves_ ABSL_GUARDED_BY(mutex_) = 0;  // streams are being woken for an order
  Members held_back_ ABSL_GUARDED_BY(mutex_);
  // Orders and their ends that were told before their event came.
  std::set<std::pair<std::string, domain::EventType>> told_ahead_ ABSL_GUARDED_BY(mutex_);
  absl::Mutex news_mutex_;
  Events news_ ABSL_GUARDED_BY(news_mutex_);
  std::unique_ptr<store::BackgroundLoop> loop_;  // last: uses all of the above
};

}  // namespace derms::emergency
