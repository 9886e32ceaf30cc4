#include "absl/strings/str_cat.h"
#include "derms/v1/series.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/problem_json.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/plot.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::SeriesService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr int kDecimals = 4;
constexpr absl::Duration kPatience = absl::Minutes(2);  // a year of five minutes takes a while

struct AvailabilityOptions {
  std::string der_id;
  std::string from;
  std::string interval;
  std::int64_t count = 0;
  std::string plant_file;
  std::string measured;
  std::int64_t history_days = 0;
  std::string put;
};

void DeclareAvailability(CLI::App& command, AvailabilityOptions& options) {
  AddValue(command, "DER", options.der_id, "", "The DER.").Required();
  AddValue(command, "--from", options.from, "TIME", "Begin of the first interval; default the next full one.");
  AddValue(command, "--interval", options.interval, "DURATION", "Length of an interval; default 1h.");
  AddValue(command, "--count", options.count, "N", "Number of intervals; default 24.");
  AddValue(command, "--plant", options.plant_file, "FILE",
           "The plant, as JSON: {\"solar\": {\"tiltDeg\": 30}}; - is standard input. Default: the DER's, else that of "
           "docs/forecast.md.");
  AddValue(command, "--measured", options.measured, "SERIES", "Measured availability of the past: adds P10 and P90.");
  AddValue(command, "--history-days", options.history_days, "N", "Days of it; default 60.");
  AddValue(command, "--put", options.put, "SERIES", "Store P50 as this series of availability.");
}

struct SeriesOptions {
  std::string series_id;
  std::string from, until;
  std::int64_t count = 0;
  std::string temperature;
  std::int64_t history_days = 0;
};

void DeclarePast(CLI::App& command, SeriesOptions& options) {
  AddValue(command, "SERIES", options.series_id, "", "The series.").Required();
  AddValue(command, "--temperature", options.temperature, "SERIES", "Air temperature that it depends on.");
  AddValue(command, "--history-days", options.history_days, "N", "Days of the past to learn from; default 365.");
}

void DeclareSeries(CLI::App& command, SeriesOptions& options) {
  DeclarePast(command, options);
  AddValue(command, "--from", options.from, "TIME", "Begin of the forecast; default the next full interval.");
  AddValue(command, "--count", options.count, "N", "Number of intervals, at most a week; default a day.");
}

void DeclareBacktest(CLI::App& command, SeriesOptions& options) {
  DeclarePast(command, options);
  AddValue(command, "--from", options.from, "TIME", "First day to forecast; default 28 days before the end.");
  AddValue(command, "--until", options.until, "TIME", "End of the last one; default the end of what is stored.");
}

absl::Status SetTime(const Session& session, const std::string& text, google::protobuf::Timestamp* to) {
  ASSIGN_OR_RETURN(const absl::Time time, ParseTime(text, session.given_zone()));
  *to = ToTimestamp(time);
  return absl::OkStatus();
}

template <typename Points>
void PrintPoints(Session& session, const Points& points, const google::protobuf::Duration& interval) {
  Table table({{"time"}, {"P10", Align::kRight}, {"P50", Align::kRight}, {"P90", Align::kRight}});
  PlotStrip strip{"P50", {}};
  for (const v1::ForecastPoint& point : points) {
    table.AddRow({session.Time(point.starts_at()), point.has_p10() ? FormatNumber(point.p10(), kDecimals) : "",
                  FormatNumber(point.p50(), kDecimals), point.has_p90() ? FormatNumber(point.p90(), kDecimals) : ""});
    strip.values.push_back(point.p50());
  }
  session.Print(table);
  if (points.empty()) return;
  const Terminal& terminal = session.world().terminal;
  session.out() << '\n'
                << Plot({strip}, ToTime(points[0].starts_at()), absl::Seconds(interval.seconds()), session.zone(),
                        {.unicode = terminal.utf8, .columns = terminal.columns});
}

const char* PlantSourceText(v1::PlantSource source) {
  switch (source) {
    case v1::PLANT_SOURCE_REQUEST:
      return "as given here";
    case v1::PLANT_SOURCE_DER:
      return "as the DER was registered";
    default:
      return "of defaults";
  }
}

// P50 as values of a series.
absl::Status Store(Session& session, const v1::PredictAvailabilityResponse& forecast, const std::string& series_id) {
  v1::PutSeriesRequest request;
  v1::Series& series = *request.mutable_series();
  series.set_series_id(series_id);
  series.set_kind(v1::SERIES_KIND_AVAILABILITY_SHARE);
  *series.mutable_starts_at() = forecast.points(0).starts_at();
  *series.mutable_interval() = forecast.interval();
  for (const v1::ForecastPoint& point : forecast.points()) series.add_values(point.p50());
  RETURN_IF_ERROR(session.Call(Process::kOptimizer, &Stub::PutSeries, request).status());
  session.Note(absl::StrCat("stored as ", series_id, "; DERs use it when their availability_series_id names it"));
  return absl::OkStatus();
}

absl::StatusOr<v1::PredictAvailabilityRequest> RequestOf(Session& session, const AvailabilityOptions& options) {
  v1::PredictAvailabilityRequest request;
  if (!options.plant_file.empty()) {
    RETURN_IF_ERROR(ReadJson(options.plant_file, session.world().in, "plant", request));
  }
  request.set_der_id(options.der_id);
  if (!options.from.empty()) RETURN_IF_ERROR(SetTime(session, options.from, request.mutable_starts_at()));
  if (!options.interval.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration interval, ParseDuration(options.interval));
    *request.mutable_interval() = ToDurationMessage(interval);
  }
  request.set_interval_count(static_cast<int>(options.count));
  request.set_measured_series_id(options.measured);
  request.set_history_days(static_cast<int>(options.history_days));
  return request;
}

Result Availability(Session& session, const AvailabilityOptions& options) {
  ASSIGN_OR_RETURN(const auto request, RequestOf(session, options));
  ASSIGN_OR_RETURN(const auto forecast,
                   session.Call(Process::kOptimizer, &Stub::PredictAvailability, request, kPatience));
  if (session.json()) {
    session.PrintJson(forecast);
  } else {
    PrintPoints(session, forecast.points(), forecast.interval());
    session.out() << "\nmethod: " << Printable(forecast.method())
                  << "\nplant: " << PlantSourceText(forecast.plant_source()) << '\n';
    for (const std::string& text : forecast.assumptions()) session.out() << "assumed: " << Printable(text) << '\n';
    for (const std::string& id : forecast.series_ids()) session.out() << "from: " << Printable(id) << '\n';
  }
  if (!options.put.empty()) RETURN_IF_ERROR(Store(session, forecast, options.put));
  return ExitCode::kOk;
}

Result Predict(Session& session, const SeriesOptions& options) {
  v1::PredictSeriesRequest request;
  request.set_series_id(options.series_id);
  request.set_temperature_series_id(options.temperature);
  request.set_history_days(static_cast<int>(options.history_days));
  request.set_interval_count(static_cast<int>(options.count));
  if (!options.from.empty()) RETURN_IF_ERROR(SetTime(session, options.from, request.mutable_starts_at()));
  ASSIGN_OR_RETURN(const auto forecast, session.Call(Process::kOptimizer, &Stub::PredictSeries, request, kPatience));
  if (session.json()) {
    session.PrintJson(forecast);
    return ExitCode::kOk;
  }
  PrintPoints(session, forecast.points(), forecast.interval());
  session.out() << "\nmethod: " << Printable(forecast.method()) << "\nlearned from "
                << FormatCount(forecast.learned_count()) << " values since " << session.Time(forecast.learned_from())
                << ", quantiles from " << FormatCount(forecast.error_count()) << " past errors or more\n";
  return ExitCode::kOk;
}

void AddScore(Table& table, const char* name, const v1::ForecastScore& score) {
  table.AddRow({name, FormatNumber(score.mean_absolute_error(), kDecimals),
                FormatNumber(score.root_mean_square_error(), kDecimals), FormatNumber(score.pinball_loss(), kDecimals),
                FormatNumber(100 * score.coverage(), 1), FormatNumber(score.mean_width(), kDecimals)});
}

Result Backtest(Session& session, const SeriesOptions& options) {
  v1::BacktestForecastRequest request;
  request.set_series_id(options.series_id);
  request.set_temperature_series_id(options.temperature);
  request.set_history_days(static_cast<int>(options.history_days));
  if (!options.from.empty()) RETURN_IF_ERROR(SetTime(session, options.from, request.mutable_test_from()));
  if (!options.until.empty()) RETURN_IF_ERROR(SetTime(session, options.until, request.mutable_test_until()));
  ASSIGN_OR_RETURN(const auto found, session.Call(Process::kOptimizer, &Stub::BacktestForecast, request, kPatience));
  if (session.json()) {
    session.PrintJson(found);
    return ExitCode::kOk;
  }
  Table table({{"forecast"},
               {"MAE", Align::kRight},
               {"RMSE", Align::kRight},
               {"pinball", Align::kRight},
               {"coverage %", Align::kRight},
               {"width", Align::kRight}});
  AddScore(table, "model", found.forecast());
  AddScore(table, "persistence", found.persistence());
  session.Print(table);
  session.out() << "\nskill " << FormatNumber(100 * found.skill(), 1) << " % over " << FormatCount(found.value_count())
                << " values from " << session.Time(found.test_from()) << " to " << session.Time(found.test_until())
                << "; coverage of 80 % is right\nmethod: " << Printable(found.method()) << '\n';
  return ExitCode::kOk;
}

}  // namespace

void AddForecastCommands(CLI::App& root, Selected& selected) {
  CLI::App& forecast = AddGroup(root, "forecast", "What plants will give, how series go on, and how good that was.");
  AddCommand(forecast, selected,
             {"availability", "Predicts what a DER can give, from the weather of its region.",
              "dermsctl forecast availability SOLAR-01 --put solar_01_tomorrow\n"
              "dermsctl forecast availability WIND-01 --plant turbine.json --measured wind_a"},
             DeclareAvailability, Availability);
  AddCommand(forecast, selected,
             {"series", "Predicts how a series goes on, with P10, P50 and P90.",
              "dermsctl forecast series load_kw --from 2020-07-15T00:00 --utc-offset -08:00"},
             DeclareSeries, Predict);
  AddCommand(
      forecast, selected,
      {"backtest", "Tells how good such forecasts were, against persistence.",
       "dermsctl forecast backtest load_kw --from 2020-07-01T00:00 --until 2020-12-01T00:00 --utc-offset -08:00"},
      DeclareBacktest, Backtest);
}

}  // namespace derms::dermsctl
