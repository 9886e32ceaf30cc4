#include "services/optimizer/region_weather.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using domain::DerType;
using domain::SeriesKind;

constexpr std::size_t kLongestId = 64;  // of a series

std::optional<double> Known(const std::vector<double>& values, int interval) {
  if (values.empty() || std::isnan(values[static_cast<std::size_t>(interval)])) return std::nullopt;
  return values[static_cast<std::size_t>(interval)];
}

bool AnyKnown(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
}

// The one that a plant of these quantities cannot do without.
Quantity Mandatory(const WeatherIds& ids) {
  for (const Quantity quantity : {Quantity::kFlow, Quantity::kGlobal, Quantity::kWindSpeed}) {
    if (ids.count(quantity) > 0) return quantity;
  }
  return Quantity::kTemperature;
}

}  // namespace

std::string_view QuantityName(Quantity quantity) {
  static constexpr std::array<std::string_view, kQuantities> kNames = {
      "ghi_w_per_m2",       "dni_w_per_m2", "dhi_w_per_m2", "temperature_c",
      "wind_speed_m_per_s", "pressure_pa",  "flow_m3_per_s"};
  return kNames[static_cast<std::size_t>(quantity)];
}

domain::SeriesKind KindOf(Quantity quantity) {
  switch (quantity) {
    case Quantity::kGlobal:
    case Quantity::kDirect:
    case Quantity::kDiffuse:
      return SeriesKind::kIrradianceWPerM2;
    case Quantity::kTemperature:
      return SeriesKind::kTemperatureC;
    case Quantity::kWindSpeed:
      return SeriesKind::kWindSpeedMPerS;
    case Quantity::kPressure:
      return SeriesKind::kPressurePa;
    case Quantity::kFlow:
      break;
  }
  return SeriesKind::kFlowM3PerS;
}

std::vector<Quantity> QuantitiesFor(DerType type) {
  using enum Quantity;
  switch (type) {
    case DerType::kSolar:
      return {kGlobal, kDirect, kDiffuse, kTemperature, kWindSpeed};
    case DerType::kWind:
      return {kWindSpeed, kTemperature, kPressure};
    case DerType::kHydro:
      return {kFlow};
    case DerType::kGeothermal:
      return {kTemperature};
    case DerType::kBattery:
    case DerType::kFuelCell:
      break;
  }
  return {};
}

WeatherIds ConventionalIds(std::string_view region_id, const domain::RegionTree& regions, DerType type) {
  WeatherIds ids;
  for (const Quantity quantity : QuantitiesFor(type)) {
    std::vector<std::string>& candidates = ids[quantity];
    for (const domain::Region* region = regions.Find(region_id); region != nullptr;
         region = regions.Find(region->parent_region_id)) {
      std::string id = absl::StrCat(region->region_id, ".", std::string(QuantityName(quantity)));
      if (id.size() <= kLongestId) candidates.push_back(std::move(id));
    }
  }
  return ids;
}

std::vector<std::string> AllOf(const WeatherIds& ids) {
  std::vector<std::string> all;
  for (const auto& [quantity, candidates] : ids) all.insert(all.end(), candidates.begin(), candidates.end());
  return all;
}

RegionWeather::RegionWeather(const WeatherIds& ids, const SeriesById& series, const Horizon& horizon) {
  for (const auto& [quantity, candidates] : ids) {
    for (const std::string& id : candidates) {
      const auto found = series.find(id);
      if (found == series.end() || found->second.kind != KindOf(quantity)) continue;
      std::vector<double> values = AlignKnown(found->second, horizon);
      if (!AnyKnown(values)) continue;
      values_[static_cast<std::size_t>(quantity)] = std::move(values);
      series_ids_.push_back(id);
      break;
    }
  }
}

forecast::Weather RegionWeather::At(int interval) const {
  const auto of = [&](Quantity quantity) { return Known(values_[static_cast<std::size_t>(quantity)], interval); };
  return {.global_w_per_m2 = of(Quantity::kGlobal),
          .direct_w_per_m2 = of(Quantity::kDirect),
          .diffuse_w_per_m2 = of(Quantity::kDiffuse),
          .air_c = of(Quantity::kTemperature),
          .wind_speed_m_per_s = of(Quantity::kWindSpeed),
          .pressure_pa = of(Quantity::kPressure),
          .flow_m3_per_s = of(Quantity::kFlow)};
}

absl::StatusOr<std::vector<double>> PredictShares(const forecast::Plant& plant, const RegionWeather& weather,
                                                  const WeatherIds& ids, const Horizon& horizon) {
  std::vector<double> shares;
  for (int i = 0; i < horizon.interval_count; ++i) {
    const absl::Time when = horizon.series_starts_at + horizon.interval * i;
    const std::optional<double> share = forecast::PlantShare(plant, when, horizon.interval, weather.At(i));
    if (!share) {
      const std::string time = MinuteText(when);
      return base::FailedPrecondition("SERIES_MISSING",
                                      absl::StrCat("the weather at ", time, " is not known: none of the series ",
                                                   absl::StrJoin(ids.at(Mandatory(ids)), ", "),
                                                   " has a value then; store the forecast with PutSeries"))
          .Metadata("time", time);
    }
    shares.push_back(*share);
  }
  return shares;
}

std::vector<double> KnownShares(const forecast::Plant& plant, const RegionWeather& weather, const Horizon& horizon) {
  std::vector<double> shares;
  for (int i = 0; i < horizon.interval_count; ++i) {
    const absl::Time when = horizon.series_starts_at + horizon.interval * i;
    shares.push_back(forecast::PlantShare(plant, when, horizon.interval, weather.At(i))
                         .value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return shares;
}

}  // namespace derms::optimizer
