#include "services/optimizer/grid_conditions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace derms::optimizer {
namespace {

using gridcode::GridConditions;
using Extremes = GridExtremes::Extremes;

constexpr std::size_t kLongestId = 64;  // of a series

// Frequency or voltage: all that is told apart by which of them it is.
struct Quantity {
  double GridConditions::*lowest, GridConditions::*highest;
  std::optional<double> GivenConditions::*given_lowest, GivenConditions::*given_highest;
  const char *lowest_series, *highest_series;  // endings of the ids
  domain::SeriesKind kind;
  Extremes GridExtremes::*measured;
  ConditionSource RegionConditions::*source;
  int RegionConditions::*der_count;
  bool same_everywhere;  // in an area
};
constexpr Quantity kFrequency = {&GridConditions::lowest_hz,
                                 &GridConditions::highest_hz,
                                 &GivenConditions::lowest_hz,
                                 &GivenConditions::highest_hz,
                                 ".lowest_frequency_hz",
                                 ".highest_frequency_hz",
                                 domain::SeriesKind::kFrequencyHz,
                                 &GridExtremes::frequency_hz,
                                 &RegionConditions::frequency,
                                 &RegionConditions::frequency_der_count,
                                 true};
constexpr Quantity kVoltage = {&GridConditions::lowest_v_pu,
                               &GridConditions::highest_v_pu,
                               &GivenConditions::lowest_v_pu,
                               &GivenConditions::highest_v_pu,
                               ".lowest_voltage_pu",
                               ".highest_voltage_pu",
                               domain::SeriesKind::kVoltagePu,
                               &GridExtremes::voltage_pu,
                               &RegionConditions::voltage,
                               &RegionConditions::voltage_der_count,
                               false};

void Include(Extremes& all, const Extremes& more) {
  if (more.der_count == 0) return;
  all.lowest = all.der_count == 0 ? more.lowest : std::min(all.lowest, more.lowest);
  all.highest = all.der_count == 0 ? more.highest : std::max(all.highest, more.highest);
  all.der_count += more.der_count;
}

class Finder {
 public:
  explicit Finder(const ConditionsInput& input) : input_(input), conditions_(input.regions.size()) {
    for (std::size_t r = 0; r < input.regions.size(); ++r) index_[input.regions[r]->region_id] = r;
    for (const GivenConditions& given : input.given) {
      given_[given.region_id.empty() ? input.regions[0]->region_id : given.region_id] = &given;
    }
    const GridConditions nominal = GridConditions::Nominal(input.nominal_hz);
    for (RegionConditions& region : conditions_) {
      region.by_interval.assign(static_cast<std::size_t>(input.horizon.interval_count), nominal);
    }
  }

  std::vector<RegionConditions> Run() {
    for (const Quantity& quantity : {kFrequency, kVoltage}) {
      const std::vector<Extremes> measured = MeasuredOf(quantity);
      for (std::size_t r = 0; r < conditions_.size(); ++r) {
        if (!TakeMeasured(quantity, measured[r], r) && quantity.same_everywhere) TakeFromAbove(quantity, r);
      }
      for (std::size_t r = 0; r < conditions_.size(); ++r) {
        TakeForecast(quantity, r);
        TakeGiven(quantity, r);
        KeepOrder(quantity, r);
      }
    }
    return std::move(conditions_);
  }

 private:
  std::optional<std::size_t> Above(std::size_t r) const {
    if (r == 0) return std::nullopt;
    return index_.at(input_.regions[r]->parent_region_id);
  }

  // Of each region with its parts, which stand behind it.
  std::vector<Extremes> MeasuredOf(const Quantity& quantity) const {
    std::vector<Extremes> all(conditions_.size());
    for (const GridExtremes& region : input_.measured) {
      if (const auto r = index_.find(region.region_id); r != index_.end()) all[r->second] = region.*quantity.measured;
    }
    for (std::size_t r = all.size(); r-- > 1;) Include(all[*Above(r)], all[r]);
    return all;
  }

  bool TakeMeasured(const Quantity& quantity, const Extremes& measured, std::size_t r) {
    if (measured.der_count == 0) return false;
    conditions_[r].*quantity.source = ConditionSource::kMeasured;
    conditions_[r].*quantity.der_count = measured.der_count;
    for (GridConditions& at : conditions_[r].by_interval) {
      at.*quantity.lowest = measured.lowest;
      at.*quantity.highest = measured.highest;
    }
    return true;
  }

  void TakeFromAbove(const Quantity& quantity, std::size_t r) {
    if (const auto above = Above(r)) {
      const RegionConditions& from = conditions_[*above];
      conditions_[r].*quantity.source = from.*quantity.source;
      conditions_[r].*quantity.der_count = from.*quantity.der_count;
      for (std::size_t t = 0; t < from.by_interval.size(); ++t) {
        conditions_[r].by_interval[t].*quantity.lowest = from.by_interval[t].*quantity.lowest;
        conditions_[r].by_interval[t].*quantity.highest = from.by_interval[t].*quantity.highest;
      }
    }
  }

  void TakeForecast(const Quantity& quantity, std::size_t r) {
    const bool lowest = TakeNearest(quantity, quantity.lowest, quantity.lowest_series, r);
    const bool highest = TakeNearest(quantity, quantity.highest, quantity.highest_series, r);
    if (lowest || highest) conditions_[r].*quantity.source = ConditionSource::kForecast;
  }

  // Of the nearest region, going up from r, that has a forecast.
  bool TakeNearest(const Quantity& quantity, double GridConditions::*side, const char* ending, std::size_t r) {
    for (std::optional<std::size_t> from = r; from; from = Above(*from)) {
      const auto series = input_.series->find(absl::StrCat(input_.regions[*from]->region_id, ending));
      if (series == input_.series->end() || series->second.kind != quantity.kind) continue;
      const std::vector<double> values = AlignKnown(series->second, input_.horizon);
      bool any = false;
      for (std::size_t t = 0; t < values.size(); ++t) {
        if (std::isnan(values[t])) continue;
        conditions_[r].by_interval[t].*side = values[t];
        any = true;
      }
      if (any) return true;
    }
    return false;
  }

  std::optional<double> NearestGiven(std::optional<double> GivenConditions::*side, std::size_t r) const {
    for (std::optional<std::size_t> from = r; from; from = Above(*from)) {
      const auto found = given_.find(input_.regions[*from]->region_id);
      if (found != given_.end() && found->second->*side) return found->second->*side;
    }
    return std::nullopt;
  }

  void TakeGiven(const Quantity& quantity, std::size_t r) {
    const std::optional<double> lowest = NearestGiven(quantity.given_lowest, r);
    const std::optional<double> highest = NearestGiven(quantity.given_highest, r);
    if (!lowest && !highest) return;
    conditions_[r].*quantity.source = ConditionSource::kGiven;
    for (GridConditions& at : conditions_[r].by_interval) {
      at.*quantity.lowest = lowest.value_or(at.*quantity.lowest);
      at.*quantity.highest = highest.value_or(at.*quantity.highest);
      // What is given stands; the other side gives way.
      if (!highest) at.*quantity.highest = std::max(at.*quantity.highest, *lowest);
      if (!lowest) at.*quantity.lowest = std::min(at.*quantity.lowest, *highest);
    }
  }

  // Sides from different sources may cross.
  void KeepOrder(const Quantity& quantity, std::size_t r) {
    for (GridConditions& at : conditions_[r].by_interval) {
      if (at.*quantity.lowest > at.*quantity.highest) std::swap(at.*quantity.lowest, at.*quantity.highest);
    }
  }

  const ConditionsInput& input_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, const GivenConditions*, std::less<>> given_;
  std::vector<RegionConditions> conditions_;
};

}  // namespace

void CheckGiven(const std::vector<GivenConditions>& given, const std::vector<const domain::Region*>& regions,
                const std::string& prefix, base::Violations& violations) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const GivenConditions& of = given[i];
    const std::string at = absl::StrCat(prefix, "grid_conditions[", i, "].");
    const std::string id = of.region_id.empty() ? regions[0]->region_id : of.region_id;
    const bool known = std::any_of(regions.begin(), regions.end(),
                                   [&](const domain::Region* region) { return region->region_id == id; });
    if (!known) violations.Add(at + "region_id", absl::StrCat("must be the area or a part of it; ", id, " is not"));
    if (!seen.insert(id).second)
      violations.Add(at + "region_id", absl::StrCat("must be named once; ", id, " is twice"));
    if (!of.lowest_hz && !of.highest_hz && !of.lowest_v_pu && !of.highest_v_pu) {
      violations.Add(at + "lowest_frequency_hz", "say at least one of the four values");
    }
    if (of.lowest_hz && of.highest_hz && *of.lowest_hz > *of.highest_hz) {
      violations.Add(at + "lowest_frequency_hz", "must not be above highest_frequency_hz");
    }
    if (of.lowest_v_pu && of.highest_v_pu && *of.lowest_v_pu > *of.highest_v_pu) {
      violations.Add(at + "lowest_voltage_pu", "must not be above highest_voltage_pu");
    }
  }
}

std::vector<std::string> ForecastSeriesOf(const std::vector<const domain::Region*>& regions) {
  std::vector<std::string> ids;
  for (const domain::Region* region : regions) {
    for (const Quantity& quantity : {kFrequency, kVoltage}) {
      for (const char* ending : {quantity.lowest_series, quantity.highest_series}) {
        std::string id = absl::StrCat(region->region_id, ending);
        if (id.size() <= kLongestId) ids.push_back(std::move(id));
      }
    }
  }
  return ids;
}

std::vector<RegionConditions> ConditionsOf(const ConditionsInput& input) {
  return Finder(input).Run();
}

}  // namespace derms::optimizer
