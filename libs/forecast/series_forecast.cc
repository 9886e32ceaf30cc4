#include "libs/forecast/series_forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::forecast {
namespace {

constexpr std::size_t kFewestCalibrationDays = 14, kMostCalibrationDays = 56;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

absl::Status TooShort(std::size_t needed_days, std::size_t found_days) {
  return base::FailedPrecondition(
             "HISTORY_TOO_SHORT",
             absl::StrCat("a forecast needs ", needed_days, " days of the series before it and there are ", found_days,
                          "; store more of the past with PutSeries"))
      .Metadata("needed", absl::StrCat(needed_days))
      .Metadata("found", absl::StrCat(found_days));
}

// Days with a value for at least every second interval.
std::size_t KnownDays(const DayTable& values, std::size_t first, std::size_t end) {
  std::size_t days = 0;
  for (std::size_t day = first; day < end; ++day) {
    std::size_t known = 0;
    for (std::size_t slot = 0; slot < values.slots(); ++slot) known += values.known(day, slot) ? 1 : 0;
    if (2 * known >= values.slots()) ++days;
  }
  return days;
}

// What model and persistence erred on a day; NaN where value or persistence is not known.
struct DayErrors {
  JudgedDay model, persistence;
};

DayErrors ErrorsOf(const SeasonalModel& model, const SeasonalData& data, std::size_t day, std::size_t lead_days) {
  const DayTable& values = data.values;
  DayErrors errors;
  for (std::size_t slot = 0; slot < values.slots(); ++slot) {
    const double forecast = model.Forecast(data, day, slot), persistence = Persistence(values, day, slot, lead_days);
    errors.model.forecasts.push_back(forecast);
    errors.model.errors.push_back(values.at(day, slot) - forecast);
    errors.persistence.forecasts.push_back(persistence);
    errors.persistence.errors.push_back(values.at(day, slot) - persistence);
  }
  return errors;
}

struct Calibration {
  std::vector<JudgedDay> model, persistence;
};

Calibration ErrorsOn(const SeasonalModel& model, const SeasonalData& data, std::size_t first, std::size_t end,
                     std::size_t lead_days) {
  Calibration errors;
  for (std::size_t day = first; day < end; ++day) {
    DayErrors of_day = ErrorsOf(model, data, day, lead_days);
    errors.model.push_back(std::move(of_day.model));
    errors.persistence.push_back(std::move(of_day.persistence));
  }
  return errors;
}

std::vector<Term> HeaviestTerms(const SeasonalModel& model, bool with_temperature) {
  const std::vector<std::string> names = TermNames(with_temperature);
  const std::vector<double> weights = model.MeanWeights();
  std::vector<Term> terms;
  for (std::size_t j = 0; j < weights.size(); ++j) terms.push_back({names[j], weights[j]});
  std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.weight > b.weight; });
  return terms;
}

std::optional<DayTable> TableOf(const std::optional<domain::SeriesPiece>& piece, absl::Time from, std::size_t days) {
  if (!piece) return std::nullopt;
  return DayTable(*piece, from, days);
}

// Without what was stored for the horizon: a forecast must not know it.
domain::SeriesPiece Before(domain::SeriesPiece piece, absl::Time end) {
  const std::int64_t keep = std::max<std::int64_t>(0, (end - piece.starts_at) / piece.interval);
  if (static_cast<std::int64_t>(piece.values.size()) > keep) piece.values.resize(static_cast<std::size_t>(keep));
  return piece;
}

}  // namespace

ValueRange RangeOf(domain::SeriesKind kind) {
  switch (kind) {
    case domain::SeriesKind::kPriceUsdPerKwh:
    case domain::SeriesKind::kTemperatureC:
      return {-kInfinity, kInfinity};
    case domain::SeriesKind::kAvailabilityShare:
      return {0, 1};
    default:
      return {0, kInfinity};
  }
}

ForecastPoint PointOf(double p50, const ErrorBand& band, const ValueRange& range) {
  const auto within = [&](double value) { return std::clamp(value, range.least, range.most); };
  if (std::isnan(p50)) return {p50, p50, p50};
  const double middle = within(p50);
  return {std::min(middle, within(p50 + band.lower)), middle, std::max(middle, within(p50 + band.upper))};
}

absl::StatusOr<CalibratedModel> CalibratedModel::Fit(const SeasonalData& data, std::size_t first, std::size_t end,
                                                     std::size_t lead_days, const ValueRange& range) {
  const std::size_t known = KnownDays(data.values, first, end);
  if (known < kFewestDays) return TooShort(kFewestDays, known);
  const std::size_t held_back = std::clamp((end - first) / 4, kFewestCalibrationDays, kMostCalibrationDays);
  const SeasonalModel judged = SeasonalModel::Fit(data, first, end - held_back, lead_days);
  const Calibration errors = ErrorsOn(judged, data, end - held_back, end, lead_days);
  CalibratedModel model(SeasonalModel::Fit(data, first, end, lead_days), lead_days, range,
                        ErrorsByKind(errors.model, lead_days), ErrorsByKind(errors.persistence, lead_days));
  model.error_count_ = model.FewestErrors(data, end + lead_days - 1);
  if (model.error_count_ < kErrorsNeeded) return TooShort(kFewestDays, known);
  return model;
}

CalibratedModel::CalibratedModel(SeasonalModel model, std::size_t lead_days, const ValueRange& range,
                                 ErrorsByKind errors, ErrorsByKind persistence_errors)
    : model_(std::move(model)),
      lead_days_(lead_days),
      range_(range),
      errors_(std::move(errors)),
      persistence_errors_(std::move(persistence_errors)) {}

std::size_t CalibratedModel::FewestErrors(const SeasonalData& data, std::size_t day) const {
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (std::size_t slot = 0; slot < data.values.slots(); ++slot) {
    fewest = std::min(fewest, errors_.count(slot, model_.Forecast(data, day, slot)));
  }
  return fewest;
}

void CalibratedModel::Learn(const SeasonalData& data, std::size_t day) {
  const DayErrors errors = ErrorsOf(model_, data, day, lead_days_);
  errors_.Learn(errors.model);
  persistence_errors_.Learn(errors.persistence);
}

ForecastPoint CalibratedModel::Forecast(const SeasonalData& data, std::size_t day, std::size_t slot) const {
  const double p50 = model_.Forecast(data, day, slot);
  return PointOf(p50, errors_.band(slot, p50), range_);
}

ForecastPoint CalibratedModel::Persist(const SeasonalData& data, std::size_t day, std::size_t slot) const {
  const double p50 = Persistence(data.values, day, slot, lead_days_);
  return PointOf(p50, persistence_errors_.band(slot, p50), range_);
}

absl::StatusOr<SeriesForecast> ForecastSeries(const domain::SeriesPiece& series,
                                              const std::optional<domain::SeriesPiece>& temperature_c,
                                              const SeriesQuestion& question) {
  const auto slots = static_cast<std::size_t>(absl::Hours(24) / series.interval);
  const std::size_t past = question.history_days, ahead = (question.interval_count + slots - 1) / slots;
  const absl::Time from = question.starts_at - absl::Hours(24) * static_cast<std::int64_t>(past);
  const SeasonalData data(DayTable(Before(series, question.starts_at), from, past + ahead),
                          TableOf(temperature_c, from, past + ahead));
  SeriesForecast forecast;
  for (std::size_t lead = 1; lead <= ahead; ++lead) {
    ASSIGN_OR_RETURN(const CalibratedModel model, CalibratedModel::Fit(data, 0, past, lead, RangeOf(series.kind)));
    for (std::size_t slot = 0; slot < slots && forecast.points.size() < question.interval_count; ++slot) {
      const ForecastPoint point = model.Forecast(data, past + lead - 1, slot);
      if (std::isnan(point.p50)) return TooShort(kFewestDays, KnownDays(data.values, 0, past));
      forecast.points.push_back(point);
    }
    forecast.error_count = lead == 1 ? model.error_count() : std::min(forecast.error_count, model.error_count());
    if (lead > 1) continue;
    forecast.sample_count = model.model().sample_count();
    forecast.terms = HeaviestTerms(model.model(), temperature_c.has_value());
  }
  return forecast;
}

}  // namespace derms::forecast
