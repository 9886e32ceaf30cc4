#include "libs/dispatch/fleet/fleet_checker.h"

#include "libs/dispatch/fleet/fleet_checker_parts.h"

namespace derms::dispatch::fleet {
namespace {

bool Fits(const Series& series, std::size_t count, bool may_be_empty) {
  return series.size() == count || (may_be_empty && series.empty());
}

// Shapes first: everything after may index.
bool HasShape(const Fleet& fleet, const FleetSchedule& schedule) {
  const std::size_t count = fleet.intervals();
  if (schedule.storage_kw.size() != fleet.storages.size() * count) return false;
  if (schedule.unit_kw.size() != fleet.units.size() * count) return false;
  if (schedule.hydro_kw.size() != fleet.hydros.size() * count) return false;
  if (schedule.renewable_taken_kw.size() != fleet.renewables.classes.size() * count) return false;
  if (schedule.regions.size() != fleet.regions.size() || schedule.prices.size() != fleet.regions.size()) return false;
  for (std::size_t r = 0; r < fleet.regions.size(); ++r) {
    const RegionFlows& flows = schedule.regions[r];
    const RegionPrices& prices = schedule.prices[r];
    const bool fits = Fits(flows.net_import_kw, count, false) && Fits(flows.shed_kw, count, false) &&
                      Fits(flows.over_kw, count, false) &&
                      flows.reserve_short_up_kw.size() == fleet.regions[r].reserve_up_kw.size() &&
                      flows.reserve_short_down_kw.size() == fleet.regions[r].reserve_down_kw.size() &&
                      Fits(prices.balance, count, true) && Fits(prices.flattening, count, true) &&
                      Fits(prices.reserve_up, count, true) && Fits(prices.reserve_down, count, true) &&
                      Fits(prices.peak, count, true) && Fits(prices.import_limit, count, true) &&
                      Fits(prices.export_limit, count, true);
    if (!fits || !std::all_of(prices.backing.begin(), prices.backing.end(), [&](const BackingPrices& run) {
          return Fits(run.up, count, true) && Fits(run.down, count, true);
        })) {
      return false;
    }
  }
  return true;
}

}  // namespace

FleetCertificate CheckFleet(const Fleet& fleet, const FleetSchedule& schedule, const DeviceMultipliers& multipliers,
                            const FleetCheckOptions& options) {
  FleetCertificate certificate;
  checking::Findings findings(options, certificate);
  if (!HasShape(fleet, schedule)) {
    findings.Add("shape", "", -1, 0.0);
    return certificate;
  }
  const std::vector<checking::RegionSums> sums = checking::SimulateDevices(fleet, schedule, findings);
  const checking::JudgedCost cost = checking::JudgeRegions(fleet, schedule.regions, sums, findings);
  certificate.cost_usd = cost.usd;
  const double tolerance = options.cost_tolerance * (1.0 + cost.terms_usd);
  const double cost_error = schedule.cost_usd - certificate.cost_usd;
  if (!(std::abs(cost_error) <= tolerance)) findings.Add("cost", "", -1, cost_error);
  certificate.lower_bound_usd = checking::RecomputeBound(fleet, schedule.prices, sums, multipliers);
  const double bound_error = schedule.lower_bound_usd - certificate.lower_bound_usd;
  if (!(bound_error <= tolerance)) findings.Add("lower_bound", "", -1, bound_error);
  if (!(certificate.lower_bound_usd <= certificate.cost_usd + tolerance)) {
    findings.Add("lower_bound", "", -1, certificate.lower_bound_usd - certificate.cost_usd);
  }
  return certificate;
}

}  // namespace derms::dispatch::fleet
