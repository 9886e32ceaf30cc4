// The weather of a region: which series hold it, and what they say of an interval. Pure.
//
// By convention a region's weather is in series named `<region>.<quantity>`, as NORTH.ghi_w_per_m2; a region without
// one has that of the region it is part of.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"
#include "libs/forecast/plant.h"
#include "services/optimizer/horizon.h"

namespace derms::optimizer {

enum class Quantity { kGlobal, kDirect, kDiffuse, kTemperature, kWindSpeed, kPressure, kFlow };
inline constexpr std::size_t kQuantities = 7;

std::string_view QuantityName(Quantity quantity);  // "ghi_w_per_m2", ...
domain::SeriesKind KindOf(Quantity quantity);
// What a plant of the type can make use of; empty: it depends on no weather.
std::vector<Quantity> QuantitiesFor(domain::DerType type);

// By quantity, ids that may hold it, the first that does counts.
using WeatherIds = std::map<Quantity, std::vector<std::string>>;

// The names by convention for a plant of the type: the region's, then those of the regions it is part of.
WeatherIds ConventionalIds(std::string_view region_id, const domain::RegionTree& regions, domain::DerType type);
std::vector<std::string> AllOf(const WeatherIds& ids);

// The weather over a horizon, brought onto its intervals.
class RegionWeather {
 public:
  // Takes of each quantity the first series that exists, has its kind and has a value in the horizon.
  RegionWeather(const WeatherIds& ids, const SeriesById& series, const Horizon& horizon);

  forecast::Weather At(int interval) const;
  const std::vector<std::string>& series_ids() const { return series_ids_; }  // that are used
  bool has(Quantity quantity) const { return !values_[static_cast<std::size_t>(quantity)].empty(); }

 private:
  std::array<std::vector<double>, kQuantities> values_;  // NaN where not known; empty: no series
  std::vector<std::string> series_ids_;
};

// Output over rated power for each interval of the horizon, read where the series are read. FAILED_PRECONDITION
// SERIES_MISSING with the names that are looked for and the first interval that cannot be told.
absl::StatusOr<std::vector<double>> PredictShares(const forecast::Plant& plant, const RegionWeather& weather,
                                                  const WeatherIds& ids, const Horizon& horizon);

// The same as far as it is known; NaN where it is not.
std::vector<double> KnownShares(const forecast::Plant& plant, const RegionWeather& weather, const Horizon& horizon);

}  // namespace derms::optimizer
