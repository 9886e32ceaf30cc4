#include "services/emergency/control_sheet.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "libs/base/error.h"
#include "libs/domain/emergency.h"
#include "libs/domain/emergency_control.h"
#include "libs/domain/pinning.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kToldAfterAChange = absl::Seconds(5);  // events reach the expander well within it

void AddIf(std::optional<domain::Control> control, std::vector<domain::Control>& sheet) {
  if (control) sheet.push_back(*std::move(control));
}

// The power, of a REDUCE the limit, that the order's instruction to the DER tells it; none: it has none yet, or not of
// power.
std::optional<double> PinnedKw(const domain::EmergencyOrder& order,
                               const std::vector<const domain::Instruction*>& told) {
  for (const domain::Instruction* each : told) {
    if (each->source == domain::ControlSource::kEmergency && each->control_id == order.emergency_id) {
      return order.kind == domain::EmergencyKind::kReduce ? each->max_power_kw : each->power_kw;
    }
  }
  return std::nullopt;
}

// Whether the walk that told the order's DERs found nothing to ask of this one, as no power was known of it: then the
// order asks nothing of it later either, though there is a reading by now. A DER that has changed since may be told
// yet.
bool WasPassedOver(const domain::EmergencyOrder& order, const domain::Der& der, const store::AskedOfDers& asked) {
  if (!domain::IsPinned(order.kind)) return false;
  const auto expanded_at = asked.expanded_at.find(order.emergency_id);
  return expanded_at != asked.expanded_at.end() && der.updated_at < expanded_at->second - kToldAfterAChange;
}

// What an order asks until `until`, and the way back from it.
void AddUntil(std::vector<domain::Control> controls, absl::Time until, std::vector<domain::Control>& sheet) {
  for (domain::Control& control : controls) {
    if (control.starts_at < std::min(until, control.valid_until)) sheet.push_back(std::move(control));
  }
}

// What the orders ask of one DER after the other. What is needed to pin set-points is looked up only when a DER comes
// that has none.
class OrderControls {
 public:
  OrderControls(const store::AskedOfDers& asked, const domain::RegionTree& regions, PinBook& book,
                const SheetTime& time, absl::Time deadline)
      : asked_(asked), regions_(regions), until_(time.until), setpoints_(book, regions, deadline, kNothingRecalled) {}

  absl::Status Add(const domain::Der& der, const std::vector<const domain::Instruction*>& told,
                   std::vector<domain::Control>& sheet) {
    const auto written = [&](const domain::EmergencyOrder& older) {
      return WrittenPin{.power_kw = PinnedKw(older, told), .settled = WasPassedOver(older, der, asked_)};
    };
    for (const domain::EmergencyOrder& order : asked_.orders) {
      domain::DerState pinned{.der = &der, .reading = {}, .available_kw = {}};
      pinned.pinned_kw = PinnedKw(order, told);
      if (pinned.pinned_kw) {
        AddUntil(domain::ControlsOf(order, pinned, regions_), until_, sheet);
      } else if (domain::Binds(order, der, regions_) && !WasPassedOver(order, der, asked_)) {
        ASSIGN_OR_RETURN(std::vector<domain::Control> controls, setpoints_.ControlsFor(order, der, written));
        AddUntil(std::move(controls), until_, sheet);
        if (setpoints_.guessed() && !asked_.expanded_at.contains(order.emergency_id)) guessed_ = true;
      }
    }
    return absl::OkStatus();
  }
  bool guessed() const { return guessed_; }

 private:
  // Nobody who waits for a set-point waits for the history of readings: what is not in memory counts once it is
  // written.
  inline static const RecalledReadings kNothingRecalled;

  const store::AskedOfDers& asked_;
  const domain::RegionTree& regions_;
  const absl::Time until_;
  OrderSetpoints setpoints_;
  bool guessed_ = false;
};

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
                                                                                 absl::Time deadline,
                                                                                 bool* guessed) const {
  std::vector<base::DerKey> keys;
  std::unordered_map<std::string, std::vector<const domain::Instruction*>> told;
  for (const DerPtr& der : ders) keys.push_back(der->key());
  ASSIGN_OR_RETURN(const store::AskedOfDers asked, controls_.LoadAsked(keys, time.from, time.until, deadline));
  ASSIGN_OR_RETURN(const domain::PlannedStates planned,
                   queries_.LoadPlannedStates(keys, time.from, time.until, time.known_at, deadline));
  for (const domain::Instruction& each : asked.instructions) told[each.der_id].push_back(&each);

  const auto regions = fleet_.Regions();
  OrderControls orders(asked, *regions, pins_, time, deadline);
  std::vector<std::vector<domain::Control>> sheets(ders.size());
  for (std::size_t i = 0; i < ders.size(); ++i) {
    const domain::Der& der = *ders[i];
    std::vector<domain::Control>& sheet = sheets[i];
    const auto& instructions = told[der.der_id];
    if (time.now_known) AddIf(domain::LockOutOf(der), sheet);
    RETURN_IF_ERROR(orders.Add(der, instructions, sheet));
    for (const domain::Instruction* each : instructions) {
      if (each->source == domain::ControlSource::kEmergency)
        continue;  // told by its order, and only as long as that holds
      sheet.push_back(domain::ControlOf(*each));
    }
    for (const domain::StandingControl& each : asked.standing) AddIf(domain::ControlOf(each, der, *regions), sheet);
    for (domain::Control& each : ControlsOf(planned, i)) sheet.push_back(std::move(each));
  }
  if (guessed != nullptr) *guessed = orders.guessed();
  return sheets;
}

}  // namespace derms::emergency
