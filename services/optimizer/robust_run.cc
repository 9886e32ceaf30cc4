#include "services/optimizer/robust_run.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/predicted_availability.h"
#include "services/optimizer/robust_reserve.h"

namespace derms::optimizer {
namespace {

constexpr double kShareOfSecondSolve = 0.25;           // of the time limit
constexpr std::size_t kMaxHistorySeriesDays = 40'000;  // 0.5 GB at one minute
constexpr double kPastOfPredictions = 0.9;             // of that of the other series
constexpr std::size_t kMostPastShares = 2'000'000;     // predicted over the past, in seconds

RobustSettings SettingsOf(const v1::RobustReserve& request) {
  RobustSettings settings;
  if (request.has_confidence()) settings.confidence = request.confidence();
  if (request.has_sustain()) settings.sustain = wire::FromProto(request.sustain());
  if (request.history_days() > 0) settings.history_days = request.history_days();
  settings.forecast_skill = request.forecast_skill();
  if (request.has_shortfall_price_usd_per_kwh()) {
    settings.shortfall_price_usd_per_kwh = request.shortfall_price_usd_per_kwh();
  }
  for (const auto& given : request.quantiles()) {
    settings.quantiles.push_back({given.series_id(), given.lower_series_id(), given.upper_series_id()});
  }
  if (request.dependence() == v1::ERROR_DEPENDENCE_INDEPENDENT) {
    settings.dependence = dispatch::ErrorDependence::kIndependent;
  }
  return settings;
}

absl::StatusOr<SeriesById> Load(const std::vector<std::string>& ids, const Horizon& window, store::Queries& queries,
                                absl::Time deadline) {
  SeriesById by_id;
  if (ids.empty()) return by_id;
  ASSIGN_OR_RETURN(auto pieces, queries.LoadSeries(ids, window.series_starts_at, window.series_ends_at(), deadline));
  for (auto& piece : pieces) by_id.emplace(piece.series_id, std::move(piece));
  return by_id;
}

using Predictions = std::vector<const PredictedProfile*>;

bool IsOneOf(const Predictions& predictions, const UncertainSeries& series) {
  return std::any_of(predictions.begin(), predictions.end(), [&](const auto* each) { return each->name == series.id; });
}

Predictions PredictionsAmong(const std::vector<UncertainSeries>& uncertain, const ProblemInput& input) {
  std::set<std::string_view> ids;
  for (const UncertainSeries& series : uncertain) ids.insert(series.id);
  Predictions found;
  for (const PredictedProfile& prediction : input.predicted) {
    if (ids.contains(prediction.name)) found.push_back(&prediction);
  }
  return found;
}

// From here on their errors do not count.
void Drop(Predictions& predictions, std::vector<UncertainSeries>& uncertain) {
  std::erase_if(uncertain, [&](const UncertainSeries& series) { return IsOneOf(predictions, series); });
  predictions.clear();
}

std::ptrdiff_t KnownCount(const std::string& id, const SeriesById& history, const Horizon& window) {
  const auto piece = history.find(id);
  if (piece == history.end()) return 0;
  const dispatch::Series values = AlignKnown(piece->second, window);
  return std::count_if(values.begin(), values.end(), [](double value) { return !std::isnan(value); });
}

// Errors are taken where all series are known: predictions must not cost the others their past.
bool AreLongEnough(const Predictions& predictions, const std::vector<UncertainSeries>& uncertain,
                   const SeriesById& history, const Horizon& window) {
  std::ptrdiff_t fewest = window.interval_count, fewest_predicted = window.interval_count;
  for (const UncertainSeries& series : uncertain) {
    std::ptrdiff_t& least = IsOneOf(predictions, series) ? fewest_predicted : fewest;
    const std::ptrdiff_t known = KnownCount(series.id, history, window);
    if (known > 0 || &least == &fewest_predicted) least = std::min(least, known);  // none: given as quantiles
  }
  return static_cast<double>(fewest_predicted) >= kPastOfPredictions * static_cast<double>(fewest);
}

absl::Status CheckSize(std::size_t series_count, int history_days) {
  if (series_count * static_cast<std::size_t>(history_days) <= kMaxHistorySeriesDays) return absl::OkStatus();
  return base::FailedPrecondition(
      "TOO_LARGE", absl::StrCat("the past of ", series_count, " series over ", history_days, " days is more than ",
                                kMaxHistorySeriesDays, "; take fewer history_days"));
}

// Series that may hold it, each once.
std::vector<std::string> WeatherOf(const Predictions& predictions) {
  std::set<std::string> ids;
  for (const PredictedProfile* prediction : predictions) {
    for (std::string& id : AllOf(prediction->weather)) ids.insert(std::move(id));
  }
  return {ids.begin(), ids.end()};
}

double KilowattHours(const dispatch::Series& series, double hours) {
  double sum = 0;
  for (const double kw : series) sum += kw * hours;
  return sum;
}

double Product(const dispatch::Series& prices, const dispatch::Series& asked) {
  double sum = 0;
  for (std::size_t t = 0; t < std::min(prices.size(), asked.size()); ++t) sum += prices[t] * asked[t];
  return sum;
}

double CostWithoutPriceOfReserve(const dispatch::Solution& solution) {
  return solution.objective_usd() - solution.cost.reserve_usd;
}

// What the best schedule without the robust reserve costs; nothing when none was proved to be near it in time.
std::optional<double> CostWithout(const BuiltProblem& built, const dispatch::Solver& solver,
                                  const dispatch::SolveOptions& options) {
  dispatch::Problem plain = built.problem;
  dispatch::SetReserveTerms(built.robust->before, 0, plain);
  const auto solution = solver.Solve(plain, options);
  if (!solution.ok() || solution->bound_kind == dispatch::BoundKind::kNone) return std::nullopt;
  return CostWithoutPriceOfReserve(*solution);
}

}  // namespace

absl::Status AskForRobustReserve(const v1::RobustReserve& request, const ProblemInput& input, store::Queries& queries,
                                 absl::Time deadline, BuiltProblem& built) {
  const RobustSettings settings = SettingsOf(request);
  const Horizon window = HistoryOf(input.horizon, settings);
  std::vector<UncertainSeries> uncertain = UncertainSeriesOf(input.regions, built);
  Predictions predictions = PredictionsAmong(uncertain, input);
  if (predictions.size() * static_cast<std::size_t>(window.interval_count) > kMostPastShares) {
    Drop(predictions, uncertain);
  }
  std::vector<std::string> given, past = WeatherOf(predictions);
  for (const UncertainSeries& series : uncertain) {
    if (!IsOneOf(predictions, series)) past.push_back(series.id);
  }
  for (const GivenQuantiles& quantiles : settings.quantiles) {
    std::erase(past, quantiles.series_id);
    given.insert(given.end(), {quantiles.series_id, quantiles.lower_series_id, quantiles.upper_series_id});
  }
  RETURN_IF_ERROR(CheckSize(past.size(), settings.history_days));
  ASSIGN_OR_RETURN(SeriesById history, Load(past, window, queries, deadline));
  AddPastOf(predictions, window, history);
  if (!AreLongEnough(predictions, uncertain, history, window)) Drop(predictions, uncertain);
  ASSIGN_OR_RETURN(const SeriesById quantiles, Load(given, input.horizon, queries, deadline));
  auto sized = SizeRobustReserve(settings, uncertain, input.horizon, history, quantiles);
  if (!predictions.empty() && base::ReasonOf(sized.status()) == "HISTORY_TOO_SHORT") {  // maybe that of the weather
    Drop(predictions, uncertain);
    sized = SizeRobustReserve(settings, uncertain, input.horizon, history, quantiles);
  }
  ASSIGN_OR_RETURN(RobustNeed need, std::move(sized));

  built.robust = RobustAsk{settings.confidence, settings.sustain, need.error_count,
                           dispatch::ReserveTermsOf(built.problem, 0), !predictions.empty()};
  const auto& price = settings.shortfall_price_usd_per_kwh;
  dispatch::RaiseReserve({.up_kw = std::move(need.up_kw),
                          .down_kw = std::move(need.down_kw),
                          .up_price_usd_per_kwh = price.value_or(dispatch::SecureUpPrice(built.problem)),
                          .down_price_usd_per_kwh = price.value_or(dispatch::SecureDownPrice(built.problem)),
                          .hours = absl::ToDoubleHours(settings.sustain)},
                         0, built.problem);
  return absl::OkStatus();
}

dispatch::SolveOptions WithoutRobustShare(const BuiltProblem& built, dispatch::SolveOptions options) {
  if (built.robust) options.time_limit *= 1.0 - kShareOfSecondSolve;
  return options;
}

void ReportRobust(const BuiltProblem& built, const dispatch::Solution& solution, const dispatch::Solver& solver,
                  const dispatch::SolveOptions& options, v1::RobustReport& report) {
  const dispatch::Region& area = built.problem.regions[0];
  const dispatch::RegionSchedule& schedule = solution.regions[0];
  const double hours = built.problem.hours();
  report.set_confidence(built.robust->confidence);
  *report.mutable_sustain() = wire::ToProto(built.robust->sustain);
  if (built.robust->error_count) report.set_error_count(*built.robust->error_count);
  report.set_asked_kwh(KilowattHours(area.reserve_up_kw, hours) + KilowattHours(area.reserve_down_kw, hours));
  report.set_short_kwh(KilowattHours(schedule.reserve_short_up_kw, hours) +
                       KilowattHours(schedule.reserve_short_down_kw, hours));
  if (!schedule.reserve_up_price_usd_per_kw.empty()) {
    report.set_value_usd(Product(schedule.reserve_up_price_usd_per_kw, area.reserve_up_kw) +
                         Product(schedule.reserve_down_price_usd_per_kw, area.reserve_down_kw));
  }
  if (solution.bound_kind == dispatch::BoundKind::kNone) return;  // then a difference of costs says nothing
  if (const auto without = CostWithout(built, solver, options)) {
    report.set_cost_usd(CostWithoutPriceOfReserve(solution) - *without);
  }
}

}  // namespace derms::optimizer
