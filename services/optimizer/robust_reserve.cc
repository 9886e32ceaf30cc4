#include "services/optimizer/robust_reserve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using dispatch::Series;

constexpr absl::Duration kDay = absl::Hours(24);
// How far the time of day of a past error may lie from the interval's when a confidence needs more errors than days.
constexpr absl::Duration kWidestNeighbourhood = absl::Hours(2);

bool IsGiven(const RobustSettings& settings, std::string_view series_id) {
  return std::any_of(settings.quantiles.begin(), settings.quantiles.end(),
                     [&](const GivenQuantiles& given) { return given.series_id == series_id; });
}

// What the series together would have asked for, up and down; NaN where one of them is not known.
struct NetHistory {
  Series up_kw, down_kw;
  std::string scarcest_series;  // with the fewest values
};

NetHistory NetHistoryOf(const std::vector<UncertainSeries>& series, const Horizon& window, const SeriesById& history) {
  const auto count = static_cast<std::size_t>(window.interval_count);
  NetHistory net{Series(count, 0.0), Series(count, 0.0), ""};
  auto fewest = std::numeric_limits<std::ptrdiff_t>::max();
  for (const UncertainSeries& of : series) {
    const auto piece = history.find(of.id);
    const Series values = piece == history.end() ? Series(count, std::numeric_limits<double>::quiet_NaN())
                                                 : AlignKnown(piece->second, window);
    for (std::size_t i = 0; i < count; ++i) {
      net.up_kw[i] += of.up_kw * values[i];
      if (of.down_kw != 0.0) net.down_kw[i] += of.down_kw * values[i];
    }
    const auto known = std::count_if(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
    if (known < fewest) net.scarcest_series = of.id;
    fewest = std::min(fewest, known);
  }
  return net;
}

// Sizes the reserve interval by interval.
class Sizer {
 public:
  Sizer(const RobustSettings& settings, const Horizon& horizon)
      : settings_(settings),
        horizon_(horizon),
        probability_(dispatch::SideProbability(settings.confidence)),
        up_(static_cast<std::size_t>(horizon.interval_count)),
        down_(up_) {}

  // The quantiles of what these series erred together in the past.
  absl::Status AddHistory(const std::vector<UncertainSeries>& series, const SeriesById& history) {
    if (series.empty()) return absl::OkStatus();
    const NetHistory net = NetHistoryOf(series, HistoryOf(horizon_, settings_), history);
    for (int t = 0; t < horizon_.interval_count; ++t) {
      const Series up = ErrorsOf(net.up_kw, t), down = ErrorsOf(net.down_kw, t);
      const int count = static_cast<int>(std::min(up.size(), down.size()));
      if (count < dispatch::ErrorsNeeded(probability_)) return TooShort(net.scarcest_series, t, count);
      error_count_ = std::min(error_count_.value_or(count), count);
      Add(QuantileOf(up), QuantileOf(down), t);
    }
    return absl::OkStatus();
  }

  // The quantiles that are given of one series.
  absl::Status AddGiven(const UncertainSeries& of, const GivenQuantiles& quantiles, const SeriesById& given) {
    ASSIGN_OR_RETURN(const Series value, Aligned(quantiles.series_id, given));
    ASSIGN_OR_RETURN(const Series lower, Aligned(quantiles.lower_series_id, given));
    ASSIGN_OR_RETURN(const Series upper, Aligned(quantiles.upper_series_id, given));
    for (int t = 0; t < horizon_.interval_count; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const auto most = [&](double kw) { return kw * ((kw > 0.0 ? upper : lower)[at] - value[at]); };
      Add(most(of.up_kw), most(of.down_kw), t);
    }
    return absl::OkStatus();
  }

  RobustNeed Need() const {
    RobustNeed need{{}, {}, error_count_};
    for (const auto& sources : up_) need.up_kw.push_back(CombinedQuantile(sources, settings_.dependence));
    for (const auto& sources : down_) need.down_kw.push_back(CombinedQuantile(sources, settings_.dependence));
    return need;
  }

 private:
  void Add(double up_kw, double down_kw, int t) {
    up_[static_cast<std::size_t>(t)].push_back(std::max(up_kw, 0.0));
    down_[static_cast<std::size_t>(t)].push_back(std::max(down_kw, 0.0));
  }

  // With as few neighbours as the confidence allows.
  Series ErrorsOf(const Series& history, int t) const {
    const auto per_day = static_cast<int>(kDay / horizon_.interval);
    const auto widest = static_cast<int>(kWidestNeighbourhood / horizon_.interval);
    const auto needed = static_cast<std::size_t>(dispatch::ErrorsNeeded(probability_));
    Series errors;
    for (int neighbours = 0; neighbours <= widest && errors.size() < needed; ++neighbours) {
      errors = dispatch::PersistenceErrors(history, per_day, t, neighbours);
    }
    return errors;
  }

  double QuantileOf(const Series& errors) const {
    return (1.0 - settings_.forecast_skill) * dispatch::ConformalQuantile(errors, probability_);
  }

  absl::Status TooShort(const std::string& series_id, int t, int count) const {
    const int needed = dispatch::ErrorsNeeded(probability_);
    return base::FailedPrecondition(
               "HISTORY_TOO_SHORT",
               absl::StrCat("a confidence of ", settings_.confidence, " needs ", needed, " past errors and interval ",
                            t, " has ", count, ": store more of the past with PutSeries (first of ", series_id,
                            "), take more history_days, or ask for less confidence"))
        .Metadata("series_id", series_id)
        .Metadata("needed", absl::StrCat(needed))
        .Metadata("found", absl::StrCat(count));
  }

  absl::StatusOr<Series> Aligned(const std::string& series_id, const SeriesById& given) const {
    const auto piece = given.find(series_id);
    if (piece != given.end()) return AlignSeries(piece->second, horizon_);
    return base::FailedPrecondition("SERIES_MISSING",
                                    absl::StrCat("series ", series_id, " does not exist; store it with PutSeries"))
        .Metadata("series_id", series_id);
  }

  const RobustSettings& settings_;
  const Horizon& horizon_;
  const double probability_;
  std::vector<std::vector<double>> up_, down_;  // by interval, a quantile per source
  std::optional<int> error_count_;
};

}  // namespace

std::vector<UncertainSeries> UncertainSeriesOf(const std::vector<const domain::Region*>& regions,
                                               const BuiltProblem& built) {
  std::map<std::string, UncertainSeries> by_id;
  for (const domain::Region* region : regions) {
    by_id[region->load_series_id].up_kw += 1.0;
    by_id[region->load_series_id].down_kw -= 1.0;
  }
  const dispatch::WeatherWeights weights = dispatch::WeatherWeightsOf(built.problem, 0);
  for (std::size_t p = 0; p < built.profile_series.size(); ++p) {
    by_id[built.profile_series[p]].up_kw -= weights.up[p];
    by_id[built.profile_series[p]].down_kw += weights.down[p];
  }
  by_id.erase("");
  std::vector<UncertainSeries> uncertain;
  for (auto& [id, series] : by_id) {
    series.id = id;
    uncertain.push_back(std::move(series));
  }
  return uncertain;
}

Horizon HistoryOf(const Horizon& horizon, const RobustSettings& settings) {
  const absl::Duration length = kDay * settings.history_days;
  Horizon window;
  window.interval = horizon.interval;
  window.interval_count = static_cast<int>(length / horizon.interval);
  window.series_starts_at = horizon.series_starts_at - length;
  window.starts_at = window.series_starts_at;
  return window;
}

absl::StatusOr<RobustNeed> SizeRobustReserve(const RobustSettings& settings,
                                             const std::vector<UncertainSeries>& uncertain, const Horizon& horizon,
                                             const SeriesById& history, const SeriesById& given) {
  Sizer sizer(settings, horizon);
  std::vector<UncertainSeries> without;
  for (const UncertainSeries& series : uncertain) {
    if (!IsGiven(settings, series.id)) without.push_back(series);
  }
  RETURN_IF_ERROR(sizer.AddHistory(without, history));
  for (std::size_t i = 0; i < settings.quantiles.size(); ++i) {
    const GivenQuantiles& quantiles = settings.quantiles[i];
    const auto series = std::find_if(uncertain.begin(), uncertain.end(),
                                     [&](const UncertainSeries& of) { return of.id == quantiles.series_id; });
    if (series == uncertain.end()) {
      const std::string field = absl::StrCat("robust.quantiles[", i, "].series_id");
      const std::string rule =
          absl::StrCat("must be a load or an availability of the area; ", quantiles.series_id, " is not");
      return base::InvalidArgument("INVALID_REQUEST", absl::StrCat(field, " ", rule)).Field(field, rule);
    }
    RETURN_IF_ERROR(sizer.AddGiven(*series, quantiles, given));
  }
  return sizer.Need();
}

}  // namespace derms::optimizer
