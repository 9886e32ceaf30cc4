#include "services/emergency/setpoint_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/emergency.h"
#include "libs/wire/convert_time.h"
#include "services/emergency/control_convert.h"
#include "services/emergency/visible_ders.h"

namespace derms::emergency {
namespace {

SetpointDigest DigestOf(const v1::Setpoint& setpoint) {
  const auto text =
      absl::StrCat(setpoint.power_kw(), ";", setpoint.has_max_power_kw() ? absl::StrCat(setpoint.max_power_kw()) : "",
                   ";", setpoint.has_min_power_kw() ? absl::StrCat(setpoint.min_power_kw()) : "", ";",
                   setpoint.connected(), ";", static_cast<int>(setpoint.source()), ";", setpoint.control_id(), ";",
                   static_cast<int>(setpoint.operating_mode()));
  return std::max<SetpointDigest>(1, static_cast<SetpointDigest>(base::DerKeyOf(text)));
}

// Streams that name no DER follow what their caller speaks for.
SetpointHub::Following FollowingOf(const SetpointWatch::Scope& scope, const store::ReadModel& fleet) {
  if (!scope.der_ids.empty()) return {};
  const store::DerFilter filter = VisibleDers(scope.caller, fleet.Regions());
  return {.owner = filter.owner_id, .fleet = !filter.owner_id};
}

}  // namespace

SetpointWatch::SetpointWatch(Parts parts, Scope scope, std::function<void()> wake)
    : parts_(parts),
      scope_(std::move(scope)),
      wake_(wake),
      member_(parts_.hub.Join(FollowingOf(scope_, parts_.fleet), wake)),
      reader_(std::make_shared<SharedSheets::Reader>(member_)) {}

// An order is told from memory at once, whatever else waits; what it means for each DER comes after.
bool SetpointWatch::OnlyOrders() const {
  return begun_ && (member_->marks() & kOrdersChanged) != 0;
}

bool SetpointWatch::NeedsDatabase() const {
  held_back_ = false;
  if (OnlyOrders() || (pending_ == 0 && member_->marks() == 0)) return false;
  held_back_ = begun_ && parts_.hub.HoldBack(*member_);
  if (held_back_) return false;
  if (found_ders_) parts_.sheets.Expect(reader_);
  return true;
}

absl::StatusOr<std::optional<v1::WatchSetpointsResponse>> SetpointWatch::Next(absl::Time deadline) {
  const bool only_orders = OnlyOrders();
  pending_ |= member_->TakeMarks();
  if (only_orders) {
    DiscardUnsent();  // it is of before the order
    auto orders = NewOrders();
    if (!orders) wake_();  // where the database may be asked
    return orders;
  }
  if (held_back_) return std::nullopt;
  if (pending_ != 0) {
    DiscardUnsent();
    RETURN_IF_ERROR(Look(std::exchange(pending_, 0), deadline));
  }
  return TakeUnsent();
}

absl::Status SetpointWatch::Look(std::uint32_t at, absl::Time deadline) {
  absl::Status status = (at & kMembershipChanged) != 0 ? FindDers(deadline) : absl::OkStatus();
  if (status.ok() && !std::exchange(found_ders_, true)) {
    pending_ = kControlsChanged;  // once more around, so that streams that are opened together read together
    wake_();
    return status;
  }
  if (status.ok()) status = Resolve(deadline);
  if (!status.ok()) pending_ |= at;
  return status;
}

absl::Status SetpointWatch::FindDers(absl::Time deadline) {
  ASSIGN_OR_RETURN(std::vector<DerPtr> ders, scope_.der_ids.empty() ? AllSpokenFor() : Named(deadline));
  const auto by_id = [](const DerPtr& a, const DerPtr& b) { return a->der_id < b->der_id; };
  std::sort(ders.begin(), ders.end(), by_id);
  ders.erase(std::unique(ders.begin(), ders.end()), ders.end());
  Replace(std::move(ders));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<DerPtr>> SetpointWatch::AllSpokenFor() const {
  const store::DerFilter filter = VisibleDers(scope_.caller, parts_.fleet.Regions());
  auto ders = parts_.fleet.ListDers(filter, "", kMaxDers + 1, parts_.clock.Now()).ders;
  if (ders.size() <= kMaxDers) return ders;
  return base::ResourceExhausted(
      "TOO_MANY_DERS", absl::StrCat("a stream holds ", kMaxDers, " DERs; name those that it is for in der_ids"));
}

// At the beginning every one of them must exist and be the caller's; later they may go.
absl::StatusOr<std::vector<DerPtr>> SetpointWatch::Named(absl::Time deadline) const {
  const auto regions = parts_.fleet.Regions();
  std::vector<std::string> missing;
  for (const std::string& der_id : scope_.der_ids) {
    if (!begun_ && parts_.fleet.FindDer(der_id) == nullptr) missing.push_back(der_id);
  }
  if (!missing.empty()) RETURN_IF_ERROR(parts_.archive.LoadDers(missing, deadline));
  std::vector<DerPtr> ders;
  for (const std::string& der_id : scope_.der_ids) {
    DerPtr der = parts_.fleet.FindDer(der_id);
    if (der == nullptr) {
      return base::NotFound("DER_NOT_FOUND", absl::StrCat("no DER ", der_id, " is registered; see ListDers"))
          .Metadata("der_id", der_id);
    }
    const absl::Status access = domain::DerAccess::Prove(scope_.caller, der->ownership(), *regions, kSpeakers).status();
    if (!begun_) RETURN_IF_ERROR(access);
    if (access.ok() && der->lifecycle == domain::Lifecycle::kActive) ders.push_back(std::move(der));
  }
  return ders;
}

// What was told of DERs that stay is kept.
void SetpointWatch::Replace(std::vector<DerPtr> ders) {
  std::vector<Told> told;
  std::vector<base::DerKey> keys;
  std::set<std::string> regions;
  auto before = told_.begin();
  const auto drop_until = [&](const std::string* der_id) {
    for (; before != told_.end() && (der_id == nullptr || before->der->der_id < *der_id); ++before) {
      removed_.push_back(before->der->der_id);
      buckets_.Tell(before->der->key(), before->digest, 0);
    }
  };
  for (const DerPtr& der : ders) {
    drop_until(&der->der_id);
    SetpointDigest digest = 0;
    if (before != told_.end() && before->der->der_id == der->der_id) {
      digest = (before++)->digest;
    } else {
      announced_.clear();  // it has heard of no order yet
    }
    keys.push_back(der->key());
    regions.insert(der->region_id);
    told.push_back({der, digest});
  }
  drop_until(nullptr);
  told_ = std::move(told);
  parts_.sheets.SetDers(*reader_, std::make_shared<const std::vector<DerPtr>>(std::move(ders)));
  keys_ = std::make_shared<const std::vector<base::DerKey>>(keys);
  parts_.hub.SetDers(*member_, std::move(keys), {regions.begin(), regions.end()});
}

bool SetpointWatch::BindsAll(const domain::EmergencyOrder& order, const domain::RegionTree& regions) const {
  return !told_.empty() && std::all_of(told_.begin(), told_.end(),
                                       [&](const Told& each) { return domain::Binds(order, *each.der, regions); });
}

std::optional<v1::WatchSetpointsResponse> SetpointWatch::NewOrders() {
  const absl::Time now = parts_.clock.Now();
  const auto regions = parts_.fleet.Regions();
  v1::WatchSetpointsResponse message;
  std::set<std::string> live;
  for (const auto& live_order : parts_.fleet.LiveOrders(now)) {
    const domain::EmergencyOrder& order = *live_order;
    if (!domain::IsShutdown(order.kind)) continue;
    live.insert(order.emergency_id);
    if (announced_.contains(order.emergency_id) || !BindsAll(order, *regions)) continue;
    v1::FleetOrder& told = *message.add_orders();
    told.set_emergency_id(order.emergency_id);
    told.set_power_kw(0);
    told.set_connected(order.kind != domain::EmergencyKind::kDisconnect);
    *told.mutable_valid_until() = wire::ToProto(order.holds_until());  // DERs that are back before are told so
    announced_.insert(order.emergency_id);
    parts_.sent.NoteOrder(order.emergency_id, keys_);
  }
  std::erase_if(announced_, [&](const std::string& id) { return !live.contains(id); });
  if (message.orders().empty()) return std::nullopt;
  owes_completion_ = true;
  Stamp(message);
  return message;
}

absl::Status SetpointWatch::Resolve(absl::Time deadline) {
  ASSIGN_OR_RETURN(const SharedSheets::Found found, parts_.sheets.Collect(reader_, deadline));
  const absl::Time now = parts_.clock.Now();
  absl::Time due = found.until;
  for (std::size_t i = 0; i < told_.size(); ++i) {
    const auto& sheet = found.by_place[i];
    const auto setpoint = domain::ResolveSetpoint(domain::CapabilityOf(*told_[i].der), sheet, now);
    due = std::min(due, setpoint.valid_until);
    Compare(told_[i], setpoint, sheet);
  }
  if (!begun_) LeaveOutWhatIsKnown();
  begun_ = true;
  member_->SetDue(due);
  return absl::OkStatus();
}

void SetpointWatch::Compare(Told& told, const domain::EffectiveSetpoint& setpoint,
                            const std::vector<domain::Control>& controls) {
  v1::Setpoint wire = ToProto(told.der->der_id, setpoint, controls, absl::InfiniteFuture());
  const SetpointDigest digest = DigestOf(wire);
  if (digest == told.digest) return;
  buckets_.Tell(told.der->key(), told.digest, digest);
  told.digest = digest;
  const bool announced =
      wire.source() == v1::CONTROL_SOURCE_EMERGENCY && announced_.contains(wire.control_id()) && begun_;
  if (!announced) unsent_.push_back(std::move(wire));
}

// What waits for a slow client is of before the change: it is resolved again with all the rest.
void SetpointWatch::DiscardUnsent() {
  for (const v1::Setpoint& setpoint : unsent_) {
    const auto at = std::lower_bound(told_.begin(), told_.end(), setpoint.der_id(),
                                     [](const Told& each, const std::string& id) { return each.der->der_id < id; });
    if (at == told_.end() || at->der->der_id != setpoint.der_id()) continue;
    buckets_.Tell(at->der->key(), at->digest, 0);
    at->digest = 0;
  }
  unsent_.clear();
}

void SetpointWatch::LeaveOutWhatIsKnown() {
  if (scope_.resume_token.empty()) return;
  std::vector<base::DerKey> keys;
  std::vector<SetpointDigest> digests;
  for (const Told& each : told_) {
    keys.push_back(each.der->key());
    digests.push_back(each.digest);
  }
  const std::vector<bool> known = KnownFrom(scope_.resume_token, keys, digests);
  std::deque<v1::Setpoint> news;
  for (std::size_t i = 0; i < known.size(); ++i) {  // at the beginning everything is unsent, in the order of told_
    if (!known[i]) news.push_back(std::move(unsent_[i]));
  }
  unsent_ = std::move(news);
}

std::optional<v1::WatchSetpointsResponse> SetpointWatch::TakeUnsent() {
  if (!begun_ || (unsent_.empty() && removed_.empty() && !owes_completion_)) return std::nullopt;
  v1::WatchSetpointsResponse message;
  for (; !unsent_.empty() && message.setpoints_size() < static_cast<int>(kMessage); unsent_.pop_front()) {
    parts_.sent.Note(unsent_.front());
    *message.add_setpoints() = std::move(unsent_.front());
  }
  for (std::string& der_id : removed_) message.add_removed_der_ids(std::move(der_id));
  removed_.clear();
  owes_completion_ = !unsent_.empty();
  message.set_complete(unsent_.empty());
  Stamp(message);
  return message;
}

void SetpointWatch::Stamp(v1::WatchSetpointsResponse& message) {
  const absl::Time now = parts_.clock.Now();
  *message.mutable_as_of() = wire::ToProto(now);
  *message.mutable_holds_until() = wire::ToProto(now + kStreamLife);
  if (unsent_.empty() && pending_ == 0) message.set_resume_token(buckets_.NewToken());
  if (message.orders().empty() && message.setpoints().empty()) return;
  const absl::Duration within = AcknowledgeWithin(member_->woken_with());
  if (within > absl::ZeroDuration()) *message.mutable_acknowledge_within() = wire::ToProto(within);
}

v1::WatchSetpointsResponse SetpointWatch::Heartbeat() {
  v1::WatchSetpointsResponse message;
  Stamp(message);
  return message;
}

}  // namespace derms::emergency
