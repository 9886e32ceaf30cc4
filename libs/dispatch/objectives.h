// The named objectives of an optimisation request, as data of a Problem. Formulas and reasons: docs/dispatch.md.
#pragma once

#include "absl/status/status.h"
#include "libs/dispatch/problem.h"

namespace derms::dispatch {

// No wish is worth more than this share of the price of not serving load, or of throwing energy away: otherwise load
// would be shed to keep headroom, or energy thrown away instead of curtailed.
inline constexpr double kMostOfService = 0.25;

// Whether a region asks for reserve, so that its prices are meant.
bool AsksForReserve(const Problem& problem);

// Weights >= 0, at least one above 0; only their ratios to `cost` matter.
struct ObjectiveWeights {
  double cost = 1.0;
  double renewable = 0.0;     // adds a curtailment price to every renewable
  double stability = 0.0;     // asks for headroom up and down in every root region, at a price
  double load_balance = 0.0;  // adds a peak charge and a flattening price to every root region
  double carbon = 0.0;        // raises the carbon price
};

// How large a ratio of 1 is; the defaults are stated and argued in docs/dispatch.md.
struct ObjectiveScales {
  double curtailment_in_mean_prices = 1.0;       // curtailment price / mean import price
  double reserve_share_of_demand = 0.08;         // requirement, each way
  double reserve_share_of_renewables = 0.10;     // of what the weather gives, each way
  double reserve_price_in_mean_prices = 5.0;     // price of a missing kWh of headroom / mean import price
  double peak_charge_in_mean_price_hours = 6.0;  // peak charge (USD/kW) / mean import price (USD/kWh)
  double flattening_in_mean_prices = 0.5;
  double carbon_of_mean_import_in_mean_prices = 1.0;  // price of the carbon of a mean imported kWh / mean import price
  double usual_carbon_kg_per_kwh = 0.4;               // of a mean imported kWh, where no root says
};

// Adds to what the problem holds; a weight of 0 changes nothing. INVALID_OBJECTIVES for a negative or non-finite
// weight or all zero. The problem must be valid (validate.h) and stays so.
absl::Status ApplyObjectives(const ObjectiveWeights& weights, const ObjectiveScales& scales, Problem& problem);

}  // namespace derms::dispatch
