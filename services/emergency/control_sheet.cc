#include "services/emergency/control_sheet.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "libs/base/error.h"
#include "libs/domain/emergency_control.h"

namespace derms::emergency {
namespace {

void AddIf(std::optional<domain::Control> control, std::vector<domain::Control>& sheet) {
  if (control) sheet.push_back(*std::move(control));
}

// Whether an order is told to the DER by an instruction of its own already: that one is what counts.
bool IsExpanded(const domain::EmergencyOrder& order, const std::vector<const domain::Instruction*>& told) {
  for (const domain::Instruction* each : told) {
    if (each->source == domain::ControlSource::kEmergency && each->control_id == order.emergency_id && each->power_kw) {
      return true;
    }
  }
  return false;
}

// What an order asks of the DER until `until`. Where an instruction tells it of the order, the way back is left.
void AddOrder(const domain::EmergencyOrder& order, const domain::DerState& state, const domain::RegionTree& regions,
              bool is_expanded, absl::Time until, std::vector<domain::Control>& sheet) {
  for (domain::Control& control : domain::ControlsOf(order, state, regions)) {
    if (is_expanded) control.starts_at = std::max(control.starts_at, order.end());
    if (control.starts_at < std::min(until, control.valid_until)) sheet.push_back(std::move(control));
  }
}

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

  const auto regions = fleet_.Regions();
  std::vector<std::vector<domain::Control>> sheets(ders.size());
  for (std::size_t i = 0; i < ders.size(); ++i) {
    const domain::Der& der = *ders[i];
    std::vector<domain::Control>& sheet = sheets[i];
    const auto& instructions = told[der.der_id];
    if (time.now_known) AddIf(domain::LockOutOf(der), sheet);
    domain::DerState state{.der = &der, .reading = fleet_.LatestReading(der.der_id), .available_kw = {}};
    for (const domain::EmergencyOrder& order : asked.orders) {
      if (order.kind == domain::EmergencyKind::kReduce) {
        state.held = book_.HoldingOf(der.der_id).value_or(domain::Holding());
      }
      AddOrder(order, state, *regions, IsExpanded(order, instructions), time.until, sheet);
    }
    for (const domain::Instruction* each : instructions) sheet.push_back(domain::ControlOf(*each));
    for (const domain::StandingControl& each : asked.standing) AddIf(domain::ControlOf(each, der, *regions), sheet);
    for (domain::Control& each : ControlsOf(planned, i)) sheet.push_back(std::move(each));
  }
  return sheets;
}

}  // namespace derms::emergency
