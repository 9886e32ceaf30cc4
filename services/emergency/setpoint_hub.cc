#include "services/emergency/setpoint_hub.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/ids.h"

namespace derms::emergency {
namespace {

using domain::EventType;

// What streams must look at after an event; 0: nothing.
std::uint32_t MarksOf(EventType type) {
  switch (type) {
    case EventType::kEmergencyAllocation:
    case EventType::kEmergencyEnded:
      return kOrdersChanged;
    case EventType::kLimitPut:
    case EventType::kLimitEnded:
    case EventType::kDefaultPut:
    case EventType::kDefaultEnded:
    case EventType::kInstructionIssued:
    case EventType::kInstructionRevoked:
    case EventType::kResourcesOptimized:
      return kControlsChanged;
    case EventType::kRegionPut:
      return kControlsChanged | kOrdersChanged;
    case EventType::kDerStatusUpdated:
    case EventType::kDerUpdated:
    case EventType::kDerRegistered:
    case EventType::kDerRetired:
    case EventType::kDerTransferred:
    case EventType::kGatewayDelegated:
      return kMembershipChanged;
    default:
      return 0;
  }
}

// New owners, new gateways and new DERs concern streams that do not have the DER yet.
bool MayJoin(EventType type) {
  return type == EventType::kDerRegistered || type == EventType::kDerTransferred ||
         type == EventType::kGatewayDelegated;
}

}  // namespace

SetpointMember::~SetpointMember() {
  if (hub_ != nullptr) hub_->Leave(*this);
}

SetpointHub::SetpointHub(const store::ReadModel& fleet, const base::Clock& clock, absl::Duration look_every)
    : fleet_(fleet), clock_(clock) {
  if (look_every == absl::InfiniteDuration()) return;
  loop_ = std::make_unique<store::BackgroundLoop>([this, look_every, looks_at = absl::Now() + look_every]() mutable {
    Events news;
    {
      const absl::MutexLock lock(&news_mutex_);
      news.swap(news_);
    }
    Tell(news);
    if (absl::Now() >= looks_at) {
      WakeDue();
      looks_at = absl::Now() + look_every;
    }
    return std::max(looks_at - absl::Now(), absl::ZeroDuration());
  });
}

absl::Duration AcknowledgeWithin(std::size_t woken_together) {
  constexpr absl::Duration kEach = absl::Microseconds(150);  // twice what telling one costs
  constexpr absl::Duration kLeast = absl::Milliseconds(10), kMost = absl::Seconds(3);
  const absl::Duration within = std::min(kMost, kEach * static_cast<double>(woken_together));
  return within < kLeast ? absl::ZeroDuration() : within;
}

std::shared_ptr<SetpointMember> SetpointHub::Join(Following following, std::function<void()> wake) {
  auto member = std::make_shared<SetpointMember>();
  member->hub_ = this;
  member->wake_ = std::move(wake);
  member->follows_owner_ = std::move(following.owner);
  member->follows_fleet_ = following.fleet;
  const absl::MutexLock lock(&mutex_);
  members_.emplace(member.get(), member);
  return member;
}

void SetpointHub::SetDers(SetpointMember& member, std::vector<base::DerKey> keys, std::vector<std::string> regions) {
  const absl::MutexLock lock(&mutex_);
  Forget(member);
  member.keys_ = std::move(keys);
  member.regions_ = std::move(regions);
  for (const base::DerKey key : member.keys_) by_der_[key].push_back(&member);
}

void SetpointHub::Forget(const SetpointMember& member) {
  for (const base::DerKey key : member.keys_) {
    const auto found = by_der_.find(key);
    if (found == by_der_.end()) continue;
    auto& members = found->second;
    members.erase(std::remove(members.begin(), members.end(), &member), members.end());
    if (members.empty()) by_der_.erase(found);
  }
}

void SetpointHub::Leave(SetpointMember& member) {
  const absl::MutexLock lock(&mutex_);
  Forget(member);
  members_.erase(&member);
}

std::size_t SetpointHub::size() const {
  const absl::MutexLock lock(&mutex_);
  return members_.size();
}

SetpointHub::Members SetpointHub::Concerned(const domain::Event& event, std::uint32_t marks) const {
  const auto regions = fleet_.Regions();
  const auto within = [&](const std::string& region_id) { return regions->IsWithin(region_id, *event.region_id); };
  Members concerned;
  const absl::MutexLock lock(&mutex_);
  if (event.der_id) {
    const auto found = by_der_.find(base::DerKeyOf(*event.der_id));
    if (found != by_der_.end()) {
      for (SetpointMember* member : found->second) {
        if (auto alive = members_.at(member).lock()) concerned.push_back(std::move(alive));
      }
    }
    if (!MayJoin(event.type)) return concerned;
  }
  for (const auto& [member, weak] : members_) {
    const bool joins = member->follows_fleet_ || member->follows_owner_ == event.owner_id;
    const bool reached = !event.region_id || (marks & kMembershipChanged) != 0 ||
                         std::any_of(member->regions_.begin(), member->regions_.end(), within);
    if (event.der_id ? !joins : !reached) continue;
    if (auto alive = weak.lock()) concerned.push_back(std::move(alive));
  }
  return concerned;
}

void SetpointHub::MarkAll(const domain::Event& event, std::uint32_t marks, Members& woken) {
  for (auto& member : Concerned(event, marks)) {
    if (Mark(*member, marks) == 0)
      woken.push_back(std::move(member));  // with marks it has been woken and has not looked yet
  }
}

std::uint32_t SetpointHub::Mark(SetpointMember& member, std::uint32_t marks) {
  const std::uint64_t change = ++changes_;
  for (std::uint64_t last = member.changed_at_.load(); last < change;) {
    if (member.changed_at_.compare_exchange_weak(last, change)) break;
  }
  return member.marks_.fetch_or(marks);
}

bool SetpointHub::HoldBack(SetpointMember& member) {
  const absl::MutexLock lock(&mutex_);
  if (order_waves_ == 0) return false;
  if (!std::exchange(member.held_back_, true)) {
    if (auto alive = members_.at(&member).lock()) held_back_.push_back(std::move(alive));
  }
  return true;
}

void SetpointHub::Wake(const Members& members, bool orders) {
  {
    const absl::MutexLock lock(&mutex_);
    order_waves_ += orders ? 1 : 0;
  }
  for (const auto& member : members) {
    member->woken_with_.store(members.size());
    member->wake_();
  }
  Members held_back;
  {
    const absl::MutexLock lock(&mutex_);
    order_waves_ -= orders ? 1 : 0;
    if (order_waves_ == 0) held_back.swap(held_back_);
    for (const auto& member : held_back) member->held_back_ = false;
  }
  for (const auto& member : held_back) member->wake_();
}

void SetpointHub::OnEvents(const std::vector<domain::Event>& events) {
  Events news;
  for (const domain::Event& event : events) {
    if (MarksOf(event.type) != 0 && !WasToldAlready(event)) news.push_back(event);
  }
  Add(std::move(news));
}

void SetpointHub::OnOrder(const domain::EmergencyOrder& order) {
  const bool active = order.state == domain::EmergencyState::kActive;
  const bool of_others = order.number > 0 && active;  // comes as an event
  if (order.exercise || of_others) return;
  domain::Event event;
  event.type = active ? EventType::kEmergencyAllocation : EventType::kEmergencyEnded;
  event.resource_id = order.emergency_id;
  if (!order.region_id.empty()) event.region_id = order.region_id;
  if (!order.der_id.empty() && order.der_id != base::kAllDers) event.der_id = order.der_id;
  {
    const absl::MutexLock lock(&mutex_);
    if (!told_ahead_.emplace(order.emergency_id, event.type).second) return;
  }
  Add({std::move(event)});
}

bool SetpointHub::WasToldAlready(const domain::Event& event) {
  if (!event.resource_id) return false;
  const absl::MutexLock lock(&mutex_);
  return told_ahead_.erase({*event.resource_id, event.type}) > 0;
}

void SetpointHub::Add(Events events) {
  if (events.empty()) return;
  if (loop_ == nullptr) return Tell(events);
  {
    const absl::MutexLock lock(&news_mutex_);
    news_.insert(news_.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
  }
  loop_->Wake();
}

void SetpointHub::Tell(const Events& events) {
  Members woken;
  bool orders = false;
  for (const domain::Event& event : events) {
    const std::uint32_t marks = MarksOf(event.type);
    if (marks != 0) MarkAll(event, marks, woken);
    orders |= (marks & kOrdersChanged) != 0;
  }
  if (!woken.empty()) Wake(woken, orders);
}

void SetpointHub::WakeDue() {
  const std::int64_t now_ns = absl::ToUnixNanos(clock_.Now());
  Members due;
  {
    const absl::MutexLock lock(&mutex_);
    for (const auto& [member, weak] : members_) {
      if (member->due_ns_.load() > now_ns) continue;
      if (auto alive = weak.lock()) due.push_back(std::move(alive));
    }
  }
  for (const auto& member : due) {
    member->due_ns_.store(INT64_MAX);
    Mark(*member, kControlsChanged | kOrdersChanged);
    member->wake_();
  }
}

}  // namespace derms::emergency
