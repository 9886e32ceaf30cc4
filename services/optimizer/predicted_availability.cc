#include "services/optimizer/predicted_availability.h"

#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"
#include "services/optimizer/plant_convert.h"
#include "services/optimizer/region_weather.h"

namespace derms::optimizer {
namespace {

using domain::DerType;

bool NeedsPrediction(const FleetMember& member) {
  const bool eligible = member.status == domain::DerStatus::kOnline || member.status == domain::DerStatus::kOptimized;
  const domain::DerParameters& parameters = member.der.parameters;
  return (domain::IsWeatherDriven(member.der.type) || parameters.plant) && eligible &&
         parameters.availability_series_id.value_or("").empty();
}

// Those whose weather and plants are taken to be the same.
using Place = std::tuple<DerType, std::string, int, int, domain::SharedPlant>;

int TenthsOf(double deg) {
  return static_cast<int>(std::lround(deg * 10));
}

Place PlaceOf(const domain::Der& der) {
  const domain::SharedPlant& plant = der.parameters.plant;
  if (der.type != DerType::kSolar) return {der.type, der.region_id, 0, 0, plant};
  return {der.type, der.region_id, TenthsOf(der.latitude_deg), TenthsOf(der.longitude_deg), plant};
}

// Of a plant in the middle of the place.
absl::StatusOr<PredictedProfile> Predict(domain::Der der, const domain::RegionTree& regions,
                                         const ProblemInput& input) {
  der.latitude_deg = TenthsOf(der.latitude_deg) / 10.0;
  der.longitude_deg = TenthsOf(der.longitude_deg) / 10.0;
  ASSIGN_OR_RETURN(const DescribedPlant described, PlantOf(der, der.parameters.plant));
  WeatherIds ids = ConventionalIds(der.region_id, regions, der.type);
  const RegionWeather weather(ids, input.series, input.horizon);
  ASSIGN_OR_RETURN(auto share, PredictShares(described.plant, weather, ids, input.horizon));
  return PredictedProfile{absl::StrCat("prediction ", input.predicted.size(), " in ", der.region_id), std::move(share),
                          weather.series_ids(), described.plant, std::move(ids)};
}

}  // namespace

std::vector<std::string> WeatherSeriesOf(const std::vector<FleetMember>& fleet, const domain::RegionTree& regions) {
  std::set<std::pair<DerType, std::string>> places;
  for (const FleetMember& member : fleet) {
    if (NeedsPrediction(member)) places.emplace(member.der.type, member.der.region_id);
  }
  std::set<std::string> ids;
  for (const auto& [type, region_id] : places) {
    for (std::string& id : AllOf(ConventionalIds(region_id, regions, type))) ids.insert(std::move(id));
  }
  return {ids.begin(), ids.end()};
}

void PredictMissingAvailability(const domain::RegionTree& regions, ProblemInput& input) {
  std::map<Place, std::optional<std::size_t>> rows;  // none: the weather there is not known
  for (FleetMember& member : input.fleet) {
    if (!NeedsPrediction(member)) continue;
    const auto [row, is_new] = rows.try_emplace(PlaceOf(member.der));
    if (is_new) {
      if (auto profile = Predict(member.der, regions, input); profile.ok()) {
        row->second = input.predicted.size();
        input.predicted.push_back(*std::move(profile));
      }
    }
    member.predicted_row = row->second;
  }
}

void AddPastOf(const std::vector<const PredictedProfile*>& predictions, const Horizon& window, SeriesById& history) {
  for (const PredictedProfile* prediction : predictions) {
    domain::SeriesPiece past{
        prediction->name, domain::SeriesKind::kAvailabilityShare, window.series_starts_at, window.interval, {}};
    past.values = KnownShares(prediction->plant, RegionWeather(prediction->weather, history, window), window);
    history[prediction->name] = std::move(past);
  }
}

}  // namespace derms::optimizer
