#include "services/emergency/setpoint_hub.h"

#include <algorithm>
#include <utility>

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
  loop_ = std::make_unique<store::BackgroundLoop>([this, look_every] {
    WakeDue();
    return look_every;
  });
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
    const std::uint32_t before = member->marks_.fetch_or(marks);
    if (before == 0) woken.push_back(std::move(member));  // with marks it has been woken and has not looked yet
  }
}

void SetpointHub::OnEvents(const std::vector<domain::Event>& events) {
  Members woken;
  for (const domain::Event& event : events) {
    if (const std::uint32_t marks = MarksOf(event.type)) MarkAll(event, marks, woken);
  }
  for (const auto& member : woken) member->wake_();
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
    member->Mark(kControlsChanged | kOrdersChanged);
    member->wake_();
  }
}

}  // namespace derms::emergency
