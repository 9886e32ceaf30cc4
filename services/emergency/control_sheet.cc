#include "services/emergency/control_sheet.h"

#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "libs/base/error.h"

namespace derms::emergency {
namespace {

void AddIf(std::optional<domain::Control> control, std::vector<domain::Control>& sheet) {
  if (control) sheet.push_back(*std::move(control));
}

// The power that the order's instruction to the DER tells it; none: it has none yet, or not of power.
std::optional<double> PinnedKw(const domain::EmergencyOrder& order,
                               const std::vector<const domain::Instruction*>& told) {
  for (const domain::Instruction* each : told) {
    if (each->source == domain::ControlSource::kEmergency && each->control_id == order.emergency_id) {
      return each->power_kw;
    }
  }
  return std::nullopt;
}

using Pins = std::vector<std::shared_ptr<const OrderPins>>;

}  // namespace

std::vector<domain::Control> ControlsOf(const domain::PlannedStates& planned, std::size_t der) {
  std::vector<domain::Control> controls;
  for (std::size_t slot = 0; slot < planned.slots(); ++slot) {
    const std::size_t place = der * planned.slots() + slot;
    const float power_kw = planned.power_kw[place];
    if (std::isnan(power_kw)) continue;
    const domain::PlannedStates::Plan& plan = planned.plans[planned.plan_of[place]];
    if (!controls.empty() && controls.back().control_id == plan.run_id && controls.back().power_kw == power_kw &&
        controls.back().valid_until == planned.bounds[slot]) {
      controls.back().valid_until = planned.bounds[slot + 1];
      continue;
    }
    domain::Control control;
    control.source = domain::ControlSource::kSchedule;
    control.control_id = plan.run_id;
    control.issued_by = plan.requested_by;
    control.issued_at = plan.in_force_since;
    control.starts_at = planned.bounds[slot];
    control.valid_until = planned.bounds[slot + 1];
    control.power_kw = power_kw;
    controls.push_back(std::move(control));
  }
  return controls;
}

absl::StatusOr<std::vector<std::vector<domain::Control>>> ControlSheets::Collect(const std::vector<DerPtr>& ders,
                                                                                 const SheetTime& time,
                                                                                 absl::Time deadline) const {
  std::vector<base::DerKey> keys;
  std::unordered_map<std::string, std::vector<const domain::Instruction*>> told;
  for (const DerPtr& der : ders) keys.push_back(der->key());
  ASSIGN_OR_RETURN(const store::AskedOfDers asked, controls_.LoadAsked(keys, time.from, time.until, deadline));
  ASSIGN_OR_RETURN(const domain::PlannedStates planned,
                   queries_.LoadPlannedStates(keys, time.from, time.until, time.known_at, deadline));
  for (const domain::Instruction& each : asked.instructions) told[each.der_id].push_back(&each);
  Pins pins;
  for (const domain::EmergencyOrder& order : asked.orders) {
    ASSIGN_OR_RETURN(auto pinned, pins_.Of(order, deadline));
    pins.push_back(std::move(pinned));
  }

  const auto regions = fleet_.Regions();
  std::vector<std::vector<domain::Control>> sheets(ders.size());
  for (std::size_t i = 0; i < ders.size(); ++i) {
    const domain::Der& der = *ders[i];
    std::vector<domain::Control>& sheet = sheets[i];
    const auto& instructions = told[der.der_id];
    if (time.now_known) AddIf(domain::LockOutOf(der), sheet);
    for (std::size_t order = 0; order < pins.size(); ++order) {
      const auto pinned_kw = PinnedKw(asked.orders[order], instructions);
      AddIf(pins[order]->ControlFor(asked.orders[order], der, pinned_kw, *regions), sheet);
    }
    for (const domain::Instruction* each : instructions) {
      if (each->source == domain::ControlSource::kEmergency)
        continue;  // told by its order, and only as long as that holds
      sheet.push_back(domain::ControlOf(*each));
    }
    for (const domain::StandingControl& each : asked.standing) AddIf(domain::ControlOf(each, der, *regions), sheet);
    for (domain::Control& each : ControlsOf(planned, i)) sheet.push_back(std::move(each));
  }
  return sheets;
}

}  // namespace derms::emergency
