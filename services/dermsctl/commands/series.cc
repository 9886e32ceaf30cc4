#include "absl/strings/str_cat.h"
#include "derms/v1/series.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/series_csv.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/text.h"
#include "services/dermsctl/report.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::SeriesService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr std::size_t kMaxValuesPerCall = 10'000;  // PutSeries takes no more

struct ImportOptions {
  std::string file;
  std::string interval;
};

void DeclareImport(CLI::App& command, ImportOptions& options) {
  AddValue(command, "FILE", options.file, "",
           "CSV with a column `time` (beginning of the interval) and one column per series. The end of a name gives "
           "the kind: load_kw, price_usd_per_kwh, co2_kg_per_kwh, those of the weather (docs/forecast.md); others are "
           "availability, 0 to 1.")
      .Required();
  AddValue(command, "--interval", options.interval, "DURATION", "Step of the rows; default that of the first two.");
}

absl::StatusOr<v1::Series> ToSeries(const SeriesFile& file, const SeriesRun& run) {
  v1::Series series;
  series.set_series_id(file.ids[run.column]);
  series.set_kind(KindOfColumn(file.ids[run.column]));
  *series.mutable_starts_at() = ToTimestamp(run.starts_at);
  series.mutable_interval()->set_seconds(absl::ToInt64Seconds(file.interval));
  series.mutable_values()->Assign(run.values.begin(), run.values.end());
  return series;
}

Result Import(Session& session, const ImportOptions& options) {
  ASSIGN_OR_RETURN(const absl::TimeZone zone, session.RequireZone("to know what the times of the file mean"));
  std::optional<absl::Duration> interval;
  if (!options.interval.empty()) {
    ASSIGN_OR_RETURN(interval, ParseDuration(options.interval));
  }
  ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(options.file));
  ASSIGN_OR_RETURN(const SeriesFile file, ReadSeriesFile(*reader, zone, interval, kMaxValuesPerCall));

  std::size_t value_count = 0;
  auto progress = session.NewProgress("series");
  for (std::size_t i = 0; i < file.runs.size(); ++i) {
    v1::PutSeriesRequest request;
    ASSIGN_OR_RETURN(*request.mutable_series(), ToSeries(file, file.runs[i]));
    RETURN_IF_ERROR(session.Call(Process::kOptimizer, &Stub::PutSeries, request).status());
    value_count += file.runs[i].values.size();
    progress->Update(static_cast<double>(i + 1) / static_cast<double>(file.runs.size()), file.ids[file.runs[i].column]);
  }
  progress.reset();
  if (session.json()) {
    session.out() << "{\"series\":" << file.ids.size() << ",\"values\":" << value_count << "}\n";
  } else {
    session.out() << FormatCount(static_cast<std::int64_t>(value_count)) << " values of " << file.ids.size()
                  << " series stored, each for " << DurationText(file.interval) << '\n';
  }
  return ExitCode::kOk;
}

Result List(Session& session) {
  Table table({{"series"}, {"kind"}, {"starts at"}, {"interval"}, {"values", Align::kRight}});
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListSeriesRequest, v1::ListSeriesResponse>(
      Process::kOptimizer, &Stub::ListSeries, {}, [&](const v1::ListSeriesResponse& page) {
        for (const v1::Series& s : page.series()) {
          if (session.json()) session.PrintJson(s);
          table.AddRow({s.series_id(), Word(s.kind()), session.Time(s.starts_at()),
                        DurationText(absl::Seconds(s.interval().seconds())), FormatCount(s.stored_count())});
        }
        return true;
      })));
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

}  // namespace

void AddSeriesCommands(CLI::App& root, Selected& selected) {
  CLI::App& series = AddGroup(root, "series", "Load, prices, carbon, availability and weather over time.");
  AddCommand(series, selected,
             {"import", "Stores the series of a CSV file; --utc-offset is mandatory.",
              "dermsctl series import series_2020.csv --utc-offset -08:00"},
             DeclareImport, Import);
  AddCommand(series, selected, {"list", "Lists the stored series.", "dermsctl series list"}, List);
}

}  // namespace derms::dermsctl
