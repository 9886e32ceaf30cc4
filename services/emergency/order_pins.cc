#include "services/emergency/order_pins.h"

#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/domain/emergency_control.h"
#include "libs/domain/pinning.h"

namespace derms::emergency {

domain::DerState OrderPins::StateOf(const domain::Der& der) const {
  if (!domain::IsPinned(order_.kind)) return {.der = &der, .reading = {}, .available_kw = {}};
  return domain::StateToPin(der, book_.AroundStartOf(der.der_id, order_.starts_at, before_));
}

std::optional<domain::Control> OrderPins::ControlFor(const domain::EmergencyOrder& order, const domain::Der& der,
                                                     const domain::RegionTree& regions) const {
  if (!domain::Binds(order, der, regions)) return std::nullopt;
  return domain::ControlOf(order, StateOf(der), regions);
}

std::vector<domain::Control> OrderPins::ControlsFor(const domain::EmergencyOrder& order, const domain::Der& der,
                                                    const domain::RegionTree& regions) const {
  if (!domain::Binds(order, der, regions)) return {};
  return domain::ControlsOf(order, StateOf(der), regions);
}

std::shared_ptr<const OrderPins> PinBook::Find(const std::string& emergency_id) {
  const absl::MutexLock lock(&mutex_);
  for (const auto& each : kept_) {
    if (each->order().emergency_id == emergency_id) return each;
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<const OrderPins>> PinBook::Of(const domain::EmergencyOrder& order, absl::Time deadline) {
  if (auto kept = Find(order.emergency_id)) return kept;
  domain::Holdings before;
  if (domain::IsPinned(order.kind)) {
    ASSIGN_OR_RETURN(const std::vector<domain::EmergencyOrder> orders, expansions_.OrdersBefore(order, deadline));
    for (const domain::EmergencyOrder& each : orders) before.Put(each);
  }
  domain::EmergencyOrder kept = order;
  kept.unbound.clear();
  auto made = std::make_shared<const OrderPins>(std::move(kept), std::move(before), book_);
  if (order.number == 0) return made;  // this process has just stored it, and has not read its number back
  const absl::MutexLock lock(&mutex_);
  kept_.push_front(made);
  if (kept_.size() > kKept) kept_.pop_back();
  return made;
}

}  // namespace derms::emergency
