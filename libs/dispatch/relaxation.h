// Hard requirements that can be given up by an amount, and what that does to a problem. Part of the problem's
// definition: solvers find amounts, the checker applies them, both through Relaxed. Name, subject, interval, unit:
//
//     final_energy        storage      -1  kWh  the store ends with final_energy_min_kwh
//     energy_target       storage      t   kWh  it holds a target's at_least_kwh
//     energy_ceiling      storage      t   kWh  it holds no more than a target's at_most_kwh
//     energy_min, _max    storage      -1  kWh  it stays within energy_min_kwh, energy_max_kwh
//     delivered_energy    load         -1  kWh  it gets energy_kwh; taken off what is asked for
//     energy_budget       unit, hydro  -1  kWh  the budget lasts
//     period_budget       hydro        t   kWh  that of the period whose last interval is t lasts
//     output_min          unit, hydro  -1  kW   min_kw is kept
//     ramp_up, ramp_down  unit         -1  kW   the change between intervals stays within 60 h ramp_kw_per_min
//     maintenance         unit         t   h    it is off in this planned interval
//     import_limit        region       t   kW   of the exchange with parent or grid; export_limit likewise
//     carbon_cap          (none)       -1  kg   of the problem
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

inline constexpr std::string_view kFinalEnergy = "final_energy";
inline constexpr std::string_view kEnergyTarget = "energy_target";
inline constexpr std::string_view kEnergyCeiling = "energy_ceiling";
inline constexpr std::string_view kEnergyMin = "energy_min";
inline constexpr std::string_view kEnergyMax = "energy_max";
inline constexpr std::string_view kDeliveredEnergy = "delivered_energy";
inline constexpr std::string_view kEnergyBudget = "energy_budget";
inline constexpr std::string_view kPeriodBudget = "period_budget";
inline constexpr std::string_view kOutputMin = "output_min";
inline constexpr std::string_view kRampUp = "ramp_up";
inline constexpr std::string_view kRampDown = "ramp_down";
inline constexpr std::string_view kMaintenance = "maintenance";
inline constexpr std::string_view kImportLimit = "import_limit";
inline constexpr std::string_view kExportLimit = "export_limit";
inline constexpr std::string_view kCarbonCap = "carbon_cap";

// The problem in which these requirements are looser. INVALID_RELAXATION for a name, subject, interval or amount that
// means nothing in this problem.
absl::StatusOr<Problem> Relaxed(const Problem& problem, const std::vector<Relaxation>& relaxations);

}  // namespace derms::dispatch
