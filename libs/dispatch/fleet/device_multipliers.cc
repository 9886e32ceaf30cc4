#include "libs/dispatch/fleet/device_multipliers.h"

#include <memory>

#include "libs/dispatch/fleet/response_pass.h"

namespace derms::dispatch::fleet {

DeviceMultipliers MultipliersOf(const Fleet& fleet) {
  const auto space = std::make_shared<ResponseSpace>(fleet);
  return {
      .stored_energy =
          [&fleet, space](std::size_t i, std::span<const double> worth, std::span<const double> holding,
                          std::span<double> value) {
            StorageTerms terms = StorageTerms::Of(fleet.storages, i);
            terms.holding_usd_per_kwh = holding;
            space->storage.Solve(terms, worth, space->power_kw);
            StorageMultipliers(terms, fleet.hours, worth, space->power_kw, value);
          },
      .ramp =
          [&fleet, space](std::size_t i, std::span<const double> worth, std::span<double> value) {
            const UnitTerms terms = UnitTerms::Of(fleet.units, i);
            space->unit.Solve(terms, worth, space->power_kw);
            UnitMultipliers(terms, fleet.hours, worth, space->power_kw, value);
          },
      .water =
          [&fleet, space](std::size_t i, std::span<const double> worth) {
            space->hydro.Solve(HydroTerms::Of(fleet, i), worth, space->power_kw);
            return space->hydro.water_usd_per_kwh();
          },
  };
}

}  // namespace derms::dispatch::fleet
