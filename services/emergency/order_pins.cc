#include "services/emergency/order_pins.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libs/base/error.h"
#include "libs/domain/emergency_control.h"
#include "libs/domain/pinning.h"

namespace derms::emergency {
namespace {

using domain::EmergencyKind;
using domain::EmergencyOrder;

// Orders in quick succession of which none is written down yet; of those before them the DER's power tells.
constexpr int kDeepest = 64;

bool Moves(EmergencyKind kind) {
  return kind == EmergencyKind::kInject || kind == EmergencyKind::kAbsorb;
}

// Whose set-point counts, if both ask power of a DER (domain/setpoint.h): one of them always, so that no two take in
// each other's.
bool IsNewer(const EmergencyOrder& a, const EmergencyOrder& b) {
  return std::tie(a.starts_at, a.emergency_id) > std::tie(b.starts_at, b.emergency_id);
}

}  // namespace

OrderPins::OrderPins(EmergencyOrder order, std::vector<EmergencyOrder> before, HeadroomBook& book)
    : order_(std::move(order)), book_(book) {
  for (EmergencyOrder& each : before) {
    before_.Put(each);
    if (!Moves(order_.kind) || !Moves(each.kind) || each.state != domain::EmergencyState::kActive) continue;
    if (!IsNewer(order_, each)) continue;
    each.unbound.clear();
    older_.push_back(std::move(each));
  }
  std::sort(older_.begin(), older_.end(), IsNewer);
}

domain::AroundStart OrderPins::AroundStartOf(const domain::Der& der) const {
  return book_.AroundStartOf(der.der_id, order_.starts_at, before_);
}

std::shared_ptr<const OrderPins> PinBook::Find(const std::string& emergency_id) {
  const absl::MutexLock lock(&mutex_);
  for (const auto& each : kept_) {
    if (each->order().emergency_id == emergency_id) return each;
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<const OrderPins>> PinBook::Of(const EmergencyOrder& order, absl::Time deadline) {
  if (auto kept = Find(order.emergency_id)) return kept;
  std::vector<EmergencyOrder> before;
  if (domain::IsPinned(order.kind)) {
    ASSIGN_OR_RETURN(before, expansions_.OrdersBefore(order, deadline));
  }
  EmergencyOrder kept = order;
  kept.unbound.clear();
  auto made = std::make_shared<const OrderPins>(std::move(kept), std::move(before), book_);
  if (order.number == 0) return made;  // this process has just stored it, and has not read its number back
  const absl::MutexLock lock(&mutex_);
  kept_.push_front(made);
  if (kept_.size() > kKept) kept_.pop_back();
  return made;
}

absl::StatusOr<const OrderPins*> OrderSetpoints::PinsOf(const EmergencyOrder& order) {
  std::shared_ptr<const OrderPins>& kept = pins_[order.emergency_id];
  if (kept == nullptr) {
    ASSIGN_OR_RETURN(kept, book_.Of(order, deadline_));
  }
  return kept.get();
}

const domain::ReadingPoint* OrderSetpoints::Recalled(const domain::Der& der, absl::Time before) const {
  const auto found = recalled_.find({der.key(), before});
  return found == recalled_.end() ? nullptr : &found->second;
}

domain::AroundStart OrderSetpoints::AroundStartOf(const OrderPins& pins, const domain::Der& der) const {
  domain::AroundStart around = pins.AroundStartOf(der);
  if (around.before || recalled_.empty()) return around;
  if (const domain::ReadingPoint* point = Recalled(der, pins.order().starts_at)) {
    around.before = domain::ReadingAt(der.der_id, *point);
  }
  const domain::ReadingPoint* base = Recalled(der, around.held.left.since);
  if (!around.held.base_kw && base != nullptr && base->quality != domain::ReadingQuality::kInvalid) {
    around.held.base_kw = base->power_kw;
  }
  return around;
}

// What the newest of the older orders asks that asks power of the DER; it takes in what those before it ask.
absl::StatusOr<std::optional<double>> OrderSetpoints::AskedKw(const OrderPins& pins, const domain::Der& der,
                                                              WrittenPins written, int depth) {
  for (const EmergencyOrder& older : pins.older()) {
    if (!domain::Binds(older, der, regions_)) continue;
    ASSIGN_OR_RETURN(const std::optional<double> asked_kw, AskedBy(older, der, written, depth));
    if (asked_kw) return asked_kw;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<double>> OrderSetpoints::AskedBy(const EmergencyOrder& older, const domain::Der& der,
                                                              WrittenPins written, int depth) {
  const WrittenPin pin = written(older);
  if (pin.power_kw || pin.settled || depth == kDeepest) return pin.power_kw;
  if (const auto known = asked_by_.find(older.emergency_id); known != asked_by_.end()) return known->second;
  ASSIGN_OR_RETURN(const OrderPins* pins, PinsOf(older));
  domain::AroundStart around = AroundStartOf(*pins, der);
  std::optional<double> asked_kw;
  if (around.before) {
    ASSIGN_OR_RETURN(around.asked_kw, AskedKw(*pins, der, written, depth + 1));
    const auto control = domain::ControlOf(older, domain::StateToPin(der, std::move(around)), regions_);
    if (control) asked_kw = control->power_kw;
  } else {  // the DER's answer to a newer order must not count as what this one asks
    guessed_ = guessed_ || around.now;
  }
  asked_by_[older.emergency_id] = asked_kw;
  return asked_kw;
}

void OrderSetpoints::BeginDer(const domain::Der& der) {
  if (std::exchange(der_key_, der.key()) == der.key()) return;
  asked_by_.clear();
  guessed_ = false;
}

absl::StatusOr<domain::DerState> OrderSetpoints::StateOf(const EmergencyOrder& order, const domain::Der& der,
                                                         WrittenPins written) {
  BeginDer(der);
  if (!domain::IsPinned(order.kind)) return domain::DerState{.der = &der, .reading = {}, .available_kw = {}};
  ASSIGN_OR_RETURN(const OrderPins* pins, PinsOf(order));
  domain::AroundStart around = AroundStartOf(*pins, der);
  guessed_ = guessed_ || (!around.before && around.now);
  ASSIGN_OR_RETURN(around.asked_kw, AskedKw(*pins, der, written, 0));
  return domain::StateToPin(der, std::move(around));
}

absl::StatusOr<std::optional<domain::Control>> OrderSetpoints::ControlFor(const EmergencyOrder& order,
                                                                          const domain::Der& der, WrittenPins written) {
  if (!domain::Binds(order, der, regions_)) return std::nullopt;
  ASSIGN_OR_RETURN(const domain::DerState state, StateOf(order, der, written));
  return domain::ControlOf(order, state, regions_);
}

absl::StatusOr<std::vector<domain::Control>> OrderSetpoints::ControlsFor(const EmergencyOrder& order,
                                                                         const domain::Der& der, WrittenPins written) {
  if (!domain::Binds(order, der, regions_)) return std::vector<domain::Control>();
  ASSIGN_OR_RETURN(const domain::DerState state, StateOf(order, der, written));
  return domain::ControlsOf(order, state, regions_);
}

absl::Status OrderSetpoints::AddUnknown(const EmergencyOrder& order, const domain::Der& der, WrittenPins written,
                                        std::vector<store::DerMoment>& moments) {
  if (!domain::IsPinned(order.kind) || !domain::Binds(order, der, regions_)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const OrderPins* pins, PinsOf(order));
  return AddUnknown(*pins, der, written, 0, moments);
}

absl::Status OrderSetpoints::AddUnknown(const OrderPins& pins, const domain::Der& der, WrittenPins written, int depth,
                                        std::vector<store::DerMoment>& moments) {
  const domain::AroundStart around = pins.AroundStartOf(der);
  if (!around.before && around.now) {
    moments.push_back({der.key(), pins.order().starts_at});
    const absl::Time since = around.held.left.since;
    if (since < absl::InfiniteFuture() && !around.held.base_kw) moments.push_back({der.key(), since});
  }
  for (const EmergencyOrder& older : pins.older()) {
    if (!domain::Binds(older, der, regions_)) continue;
    const WrittenPin pin = written(older);
    if (pin.power_kw || depth == kDeepest) break;
    if (pin.settled) continue;
    ASSIGN_OR_RETURN(const OrderPins* of_older, PinsOf(older));
    return AddUnknown(*of_older, der, written, depth + 1, moments);  // and what was before that one
  }
  return absl::OkStatus();
}

}  // namespace derms::emergency
