#include "services/emergency/expander.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/domain/emergency.h"
#include "libs/domain/pinning.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kDatabaseTimeout = absl::Seconds(20);
constexpr absl::Duration kRestAtMost = absl::Milliseconds(50);

store::DersInScope ScopeOf(const domain::EmergencyOrder& order, const domain::RegionTree& regions) {
  store::DersInScope scope;
  scope.registered_before = order.starts_at;
  if (order.region_id.empty()) {
    if (order.der_id != base::kAllDers) scope.der_id = order.der_id;
    return scope;
  }
  scope.regions.emplace();
  for (const domain::Region* part : regions.WithParts(order.region_id)) scope.regions->push_back(part->region_id);
  return scope;
}

// What is written down of older orders, of one of the DERs.
auto OfDer(const store::WrittenSetpoints& written, base::DerKey der_key) {
  return [&written, der_key](const domain::EmergencyOrder& older) {
    WrittenPin pin{.power_kw = {}, .settled = written.expanded.contains(older.emergency_id)};
    const auto found = written.power_kw.find({older.emergency_id, der_key});
    if (found != written.power_kw.end()) pin.power_kw = found->second;
    return pin;
  };
}

// After it a DER may be bound that was not when the walk came by.
bool MayBind(domain::EventType type) {
  return type == domain::EventType::kDerStatusUpdated || type == domain::EventType::kDerUpdated;
}

}  // namespace

void Expander::Start(absl::Duration interval) {
  const absl::MutexLock lock(&mutex_);
  loop_ = std::make_unique<store::BackgroundLoop>([this, interval] { return Work(interval); });
}

void Expander::Stop() {
  std::unique_ptr<store::BackgroundLoop> stopping;  // waits for the step that runs, which may need the mutex
  const absl::MutexLock lock(&mutex_);
  stopping = std::move(loop_);
}

void Expander::OnEvents(const std::vector<domain::Event>& events) {
  const absl::MutexLock lock(&mutex_);
  for (const domain::Event& event : events) {
    if (event.type == domain::EventType::kEmergencyAllocation && loop_ != nullptr) loop_->Wake();
    if (MayBind(event.type) && event.der_id && changed_ders_.size() < kMostLate) changed_ders_.insert(*event.der_id);
  }
}

// One line when an error begins and not one per try.
void Expander::Report(const absl::Status& outcome) {
  const std::string error(outcome.message());
  if (!outcome.ok() && error != reported_) {
    parts_.logger.Warning("an emergency order could not be expanded now", {{"error", error}});
  }
  reported_ = error;
}

absl::Duration Expander::Work(absl::Duration interval) {
  const absl::Time began = absl::Now();
  absl::StatusOr<bool> stepped = Step();
  if (stepped.ok() && !*stepped) {
    if (const absl::Status told = TellLate(); !told.ok()) stepped = told;
  }
  Report(stepped.status());
  // Between two steps others get their turn at the database.
  const bool more = stepped.ok() && *stepped;
  return more ? std::min((absl::Now() - began) / 4, kRestAtMost) : interval;
}

absl::Status Expander::Load(const std::vector<store::DerName>& ders, absl::Time deadline) const {
  std::vector<std::string> missing;
  for (const store::DerName& der : ders) {
    if (parts_.fleet.FindDer(der.der_id) == nullptr) missing.push_back(der.der_id);
  }
  return missing.empty() ? absl::OkStatus() : parts_.archive.LoadDers(missing, deadline);
}

absl::StatusOr<store::WrittenSetpoints> Expander::WrittenOf(const std::vector<domain::EmergencyOrder>& older,
                                                            const std::vector<store::DerName>& ders,
                                                            absl::Time deadline) const {
  if (older.empty() || ders.empty()) return store::WrittenSetpoints();
  std::vector<std::string> ids;
  std::vector<base::DerKey> keys;
  for (const domain::EmergencyOrder& order : older) ids.push_back(order.emergency_id);
  for (const store::DerName& der : ders) keys.push_back(der.der_key);
  return parts_.expansions.Written(keys, ids, deadline);
}

// One read for all, and none when memory knows all, as it does unless this process began after the order.
absl::StatusOr<RecalledReadings> Expander::Recall(const OrderPins& pins, const std::vector<store::DerName>& ders,
                                                  const store::WrittenSetpoints& written, absl::Time deadline) const {
  const RecalledReadings nothing;
  if (!domain::IsPinned(pins.order().kind)) return nothing;
  const auto regions = parts_.fleet.Regions();
  OrderSetpoints setpoints(parts_.pins, *regions, deadline, nothing);
  std::vector<store::DerMoment> unknown;
  for (const store::DerName& name : ders) {
    const auto der = parts_.fleet.FindDer(name.der_id);
    if (der == nullptr) continue;
    RETURN_IF_ERROR(setpoints.AddUnknown(pins.order(), *der, OfDer(written, name.der_key), unknown));
  }
  if (unknown.empty()) return nothing;
  absl::StatusOr<RecalledReadings> recalled = parts_.expansions.LastReadings(unknown, deadline);
  if (recalled.ok() || recalled.status().code() == absl::StatusCode::kUnavailable) return recalled;
  // A history that cannot be read keeps no order from its DERs.
  parts_.logger.Warning("readings from before an emergency order could not be read",
                        {{"error", std::string(recalled.status().message())}});
  return nothing;
}

absl::Status Expander::Tell(const OrderPins& pins, const std::vector<store::DerName>& ders, bool recall,
                            absl::Time deadline, store::ExpansionStep& step) const {
  const auto regions = parts_.fleet.Regions();
  ASSIGN_OR_RETURN(const store::WrittenSetpoints written, WrittenOf(pins.older(), ders, deadline));
  RecalledReadings recalled;
  if (recall) {
    ASSIGN_OR_RETURN(recalled, Recall(pins, ders, written, deadline));
  }
  OrderSetpoints setpoints(parts_.pins, *regions, deadline, recalled);
  for (const store::DerName& name : ders) {
    const auto der = parts_.fleet.FindDer(name.der_id);
    if (der == nullptr) continue;
    ASSIGN_OR_RETURN(auto control, setpoints.ControlFor(pins.order(), *der, OfDer(written, name.der_key)));
    if (control) {
      step.told.emplace_back(name, *std::move(control));
    } else if (domain::Binds(pins.order(), *der, *regions)) {
      ++step.silent_count;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Expander::Step() {
  const std::optional<store::Fence> fence = fence_();
  if (!fence) return false;
  const absl::Time deadline = absl::Now() + kDatabaseTimeout;
  ASSIGN_OR_RETURN(const auto next, parts_.expansions.Next(deadline));
  if (!next) return false;
  ASSIGN_OR_RETURN(const auto pins, parts_.pins.Of(next->order, deadline));
  const store::DersInScope scope = ScopeOf(next->order, *parts_.fleet.Regions());
  ASSIGN_OR_RETURN(const auto ders, parts_.expansions.Ders(scope, next->next_key, step_, deadline));
  RETURN_IF_ERROR(Load(ders, deadline));

  store::ExpansionStep step;
  step.emergency_id = next->order.emergency_id;
  step.from_key = step.next_key = next->next_key;
  const bool at_the_end = !ders.empty() && ders.back().der_key == std::numeric_limits<base::DerKey>::max();
  step.complete = ders.size() < step_ || at_the_end;
  if (!ders.empty() && !at_the_end) step.next_key = ders.back().der_key + 1;
  RETURN_IF_ERROR(Tell(*pins, ders, /*recall=*/true, deadline, step));
  RETURN_IF_ERROR(parts_.expansions.Write(step, *fence, deadline));
  if (step.complete) {
    parts_.logger.Info("emergency order expanded",
                       {{"emergency_id", step.emergency_id},
                        {"seconds", absl::ToDoubleSeconds(parts_.clock.Now() - next->order.starts_at)}});
  }
  return true;
}

absl::Status Expander::TellLate() {
  std::set<std::string> changed;
  {
    const absl::MutexLock lock(&mutex_);
    changed.swap(changed_ders_);
  }
  const std::optional<store::Fence> fence = fence_();
  if (!fence || changed.empty()) return absl::OkStatus();
  const absl::Status told = TellLate(changed, *fence);
  if (!told.ok()) {
    const absl::MutexLock lock(&mutex_);
    changed_ders_.merge(changed);
  }
  return told;
}

absl::Status Expander::TellLate(const std::set<std::string>& changed, const store::Fence& fence) {
  std::vector<store::DerName> ders;
  for (const std::string& der_id : changed) ders.push_back({base::DerKeyOf(der_id), der_id});
  std::sort(ders.begin(), ders.end(), [](const auto& a, const auto& b) { return a.der_key < b.der_key; });
  const absl::Time deadline = absl::Now() + kDatabaseTimeout;
  auto orders = parts_.fleet.LiveOrders(parts_.clock.Now());
  // A newer order takes in what an older one asks.
  std::sort(orders.begin(), orders.end(), [](const auto& a, const auto& b) { return a->starts_at < b->starts_at; });
  for (const auto& order : orders) {
    ASSIGN_OR_RETURN(const auto pins, parts_.pins.Of(*order, deadline));
    store::ExpansionStep step;
    step.emergency_id = order->emergency_id;
    RETURN_IF_ERROR(Tell(*pins, ders, /*recall=*/false, deadline, step));
    if (!step.told.empty()) RETURN_IF_ERROR(parts_.expansions.WriteLate(step, fence, deadline));
  }
  return absl::OkStatus();
}

}  // namespace derms::emergency
