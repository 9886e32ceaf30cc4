#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "derms/v1/optimizer.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/commands/solving_options.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/run_report.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::OptimizerService::Stub;
using Result = absl::StatusOr<ExitCode>;

constexpr absl::Duration kDefaultTimeLimit = absl::Seconds(30);  // as the service's
constexpr std::int64_t kMaxIntervalCount = 1'000'000;            // far above the service's limit, which names itself
constexpr absl::Duration kMaxInterval = absl::Hours(24);

struct OptimizeOptions {
  std::string day;
  std::string as_of;
  std::string interval = "1h";
  std::int64_t interval_count = 0;
  SolvingOptions solving;
  bool apply = false;
  bool dry_run = false;
  bool background = false;
  bool without_storage = false;
  bool compare_without_storage = false;
};

void Declare(CLI::App& command, OptimizeOptions& options) {
  AddValue(command, "--day", options.day, "DATE",
           "Day to optimise, in --utc-offset, which is then mandatory. Default: from the next full interval.");
  AddValue(command, "--as-of", options.as_of, "DATE",
           "Rehearse the day's series as if it were this day: a date or `today`.");
  DeclareRegion(command, options.solving);
  AddValue(command, "--interval", options.interval, "DURATION", "Length of an interval; default 1h.");
  AddValue(command, "--intervals", options.interval_count, "N", "Number of intervals; default a day of them.");
  DeclareSolving(command, options.solving);
  const Declared apply =
      AddFlag(command, "--apply", options.apply, "Put the schedule in force; otherwise it is a study.");
  AddFlag(command, "--dry-run", options.dry_run, "Build and check the problem only.");
  AddFlag(command, "--background", options.background, "Do not wait for the schedule; see `runs watch`.");
  AddFlag(command, "--without-storage", options.without_storage, "Leave batteries out.").Excludes(apply);
  AddFlag(command, "--compare-without-storage", options.compare_without_storage,
          "Also study the day without batteries and print what they save.");
}

absl::Status SetHorizon(Session& session, const OptimizeOptions& options, v1::OptimizeResourcesRequest* request) {
  ASSIGN_OR_RETURN(const absl::Duration interval, ParseDuration(options.interval));
  if (interval > kMaxInterval) return base::InvalidArgument("INVALID_DURATION", "--interval is at most 24h");
  request->mutable_interval()->set_seconds(absl::ToInt64Seconds(interval));
  request->set_interval_count(options.interval_count > 0
                                  ? static_cast<int>(std::min(options.interval_count, kMaxIntervalCount))
                                  : static_cast<int>(kMaxInterval / interval));
  if (options.day.empty()) {
    if (options.as_of.empty()) return absl::OkStatus();
    return base::InvalidArgument("DAY_MISSING", "--as-of shifts a day: give --day too");
  }
  ASSIGN_OR_RETURN(const absl::TimeZone zone, session.RequireZone("to know when --day begins"));
  ASSIGN_OR_RETURN(const absl::Time day, ParseDay(options.day, zone));
  absl::Time starts_at = day;
  if (options.as_of == "today") {
    starts_at = absl::FromCivil(absl::CivilDay(absl::ToCivilDay(session.world().clock.Now(), zone)), zone);
  } else if (!options.as_of.empty()) {
    ASSIGN_OR_RETURN(starts_at, ParseDay(options.as_of, zone));
  }
  *request->mutable_starts_at() = ToTimestamp(starts_at);
  if (starts_at != day) *request->mutable_series_starts_at() = ToTimestamp(day);
  return absl::OkStatus();
}

absl::StatusOr<v1::OptimizeResourcesRequest> ToRequest(Session& session, const OptimizeOptions& options) {
  v1::OptimizeResourcesRequest request;
  RETURN_IF_ERROR(SetHorizon(session, options, &request));
  RETURN_IF_ERROR(FillRequest(options.solving, request));
  request.set_apply(options.apply);
  request.set_validate_only(options.dry_run);
  request.set_background(options.background);
  if (options.without_storage) request.add_excluded_types(v1::DER_TYPE_BATTERY);
  return request;
}

absl::StatusOr<v1::OptimizationRun> Solve(Session& session, const v1::OptimizeResourcesRequest& request) {
  const absl::Duration limit =
      request.has_time_limit() ? absl::Seconds(request.time_limit().seconds() + 1) : kDefaultTimeLimit;
  const absl::Duration timeout = limit + absl::Seconds(session.options().timeout_seconds);
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kOptimizer, &Stub::OptimizeResources, request, timeout));
  return answer.run();
}

void PrintComparison(Session& session, const v1::OptimizationRun& with, const v1::OptimizationRun& without) {
  const double saved_usd = without.objective_usd() - with.objective_usd();
  if (session.json()) {
    session.out() << "{\"run\":" << ToJson(with) << ",\"withoutStorage\":" << ToJson(without)
                  << ",\"storageSavesUsd\":" << absl::StrFormat("%.17g", saved_usd) << "}\n";
    return;
  }
  PrintRun(session, with);
  const double base_usd = std::abs(without.objective_usd());
  session.out() << '\n';
  Table table({{"storage"}, {"cost USD", Align::kRight}, {"run"}});
  table.AddRow({"without", FormatNumber(without.objective_usd(), 2), without.run_id()});
  table.AddRow({"with", FormatNumber(with.objective_usd(), 2), with.run_id()});
  table.AddRow(
      {"saves", FormatNumber(saved_usd, 2), base_usd > 0 ? FormatNumber(100 * saved_usd / base_usd, 2) + " %" : ""});
  session.Print(table);
}

Result Optimize(Session& session, const OptimizeOptions& options) {
  ASSIGN_OR_RETURN(v1::OptimizeResourcesRequest request, ToRequest(session, options));
  if (options.without_storage && options.compare_without_storage) {
    return base::InvalidArgument("CONTRADICTION", "give --without-storage or --compare-without-storage, not both");
  }
  if (options.background && options.compare_without_storage) {
    return base::InvalidArgument("CONTRADICTION",
                                 "--compare-without-storage waits for both runs: leave out --background");
  }
  if (!options.compare_without_storage) {
    ASSIGN_OR_RETURN(const v1::OptimizationRun run, Solve(session, request));
    PrintRun(session, run);
    const char* next = options.background ? "Next: dermsctl runs watch " : "Next: dermsctl schedule show --run ";
    if (!run.run_id().empty()) session.Note(next + run.run_id());
    return ExitCode::kOk;
  }
  v1::OptimizeResourcesRequest study = request;
  study.set_apply(false);  // a schedule in force comes from the run with storage alone
  study.add_excluded_types(v1::DER_TYPE_BATTERY);
  ASSIGN_OR_RETURN(const v1::OptimizationRun without, Solve(session, study));
  ASSIGN_OR_RETURN(const v1::OptimizationRun with, Solve(session, request));
  PrintComparison(session, with, without);
  session.Note("Next: dermsctl schedule show --run " + with.run_id());
  return ExitCode::kOk;
}

}  // namespace

void AddOptimizeCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"optimize", "Finds the best schedule of the ONLINE DERs.",
              "dermsctl optimize --day 2020-07-15 --utc-offset -08:00 --compare-without-storage\n"
              "dermsctl optimize --day 2020-07-15 --as-of today --utc-offset -08:00 --apply\n"
              "dermsctl optimize --objective cost=1 --objective stability=0.5\n"
              "dermsctl optimize --grid-conditions NORTH:lowest_hz=59.5,lowest_pu=0.95\n"
              "dermsctl optimize --day 2020-07-15 --utc-offset -08:00 --robust 0.95 --forecast-skill 0.8\n"
              "dermsctl optimize --robust 0.9 --quantiles load_kw=load_low_kw,load_high_kw --independent-errors"},
             Declare, Optimize);
}

}  // namespace derms::dermsctl
