#include "absl/strings/str_cat.h"
#include "derms/v1/optimizer.grpc.pb.h"
#include "derms/v1/registry.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/day_view.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

using Stub = v1::OptimizerService::Stub;
using Result = absl::StatusOr<ExitCode>;

struct ScheduleOptions {
  std::string der_id;
  std::string run_id;
  std::string region;
  std::string from;
  std::string until;
};

void Declare(CLI::App& command, ScheduleOptions& options) {
  AddValue(command, "--der", options.der_id, "DER", "Only this DER.");
  AddValue(command, "--run", options.run_id, "RUN", "The schedule of this run; default the one in force.");
  AddValue(command, "--region", options.region, "REGION", "Only DERs of this region and its parts.");
  AddValue(command, "--from", options.from, "TIME", "Only intervals that end after this.");
  AddValue(command, "--until", options.until, "TIME", "Only intervals that begin before this.");
}

absl::StatusOr<std::vector<v1::OptimizationSchedule>> FindSetPoints(Session& session, const ScheduleOptions& options) {
  v1::ListSchedulesRequest request;
  request.set_der_id(options.der_id);
  request.set_run_id(options.run_id);
  request.set_region_id(options.region);
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(const absl::Time from, ParseTime(options.from, session.given_zone()));
    *request.mutable_from() = ToTimestamp(from);
  }
  if (!options.until.empty()) {
    ASSIGN_OR_RETURN(const absl::Time until, ParseTime(options.until, session.given_zone()));
    *request.mutable_until() = ToTimestamp(until);
  }
  std::vector<v1::OptimizationSchedule> set_points;
  RETURN_IF_ERROR((session.ForEachPage<Stub, v1::ListSchedulesRequest, v1::ListSchedulesResponse>(
      Process::kOptimizer, &Stub::ListSchedules, request, [&](const v1::ListSchedulesResponse& page) {
        set_points.insert(set_points.end(), page.schedules().begin(), page.schedules().end());
        return true;
      })));
  return set_points;
}

Table SetPointTable(Session& session, const std::vector<v1::OptimizationSchedule>& set_points) {
  Table table({{"der"},
               {"time"},
               {"output kW", Align::kRight},
               {"priority", Align::kRight},
               {"stability", Align::kRight},
               {"stored kWh", Align::kRight}});
  for (const v1::OptimizationSchedule& s : set_points) {
    table.AddRow({s.der_id(), session.Time(s.timestamp()), FormatNumber(s.power_output_kw(), 1),
                  FormatCount(s.priority()), FormatCount(s.grid_stability_score()),
                  s.has_state_of_charge_kwh() ? FormatNumber(s.state_of_charge_kwh(), 1) : ""});
  }
  return table;
}

Result List(Session& session, const ScheduleOptions& options) {
  ASSIGN_OR_RETURN(const auto set_points, FindSetPoints(session, options));
  if (session.json()) {
    for (const auto& set_point : set_points) session.PrintJson(set_point);
  } else {
    session.Print(SetPointTable(session, set_points));
  }
  return ExitCode::kOk;
}

// Nothing for those who may not see runs: owners see their DERs without the area.
absl::StatusOr<std::optional<v1::OptimizationRun>> FindRun(Session& session, const std::string& run_id) {
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  auto answer = session.Call(Process::kOptimizer, &Stub::GetRun, request);
  if (absl::IsPermissionDenied(answer.status())) return std::optional<v1::OptimizationRun>();
  RETURN_IF_ERROR(answer.status());
  return std::optional(answer->run());
}

absl::StatusOr<std::map<std::string, v1::DerType>> FindTypes(Session& session) {
  using RegistryStub = v1::RegistryService::Stub;
  std::map<std::string, v1::DerType> types;
  v1::ListDersRequest request;
  request.set_include_retired(true);
  RETURN_IF_ERROR((session.ForEachPage<RegistryStub, v1::ListDersRequest, v1::ListDersResponse>(
      Process::kRegistry, &RegistryStub::ListDers, request, [&](const v1::ListDersResponse& page) {
        for (const v1::Der& der : page.ders()) types[der.der_id()] = der.type();
        return true;
      })));
  return types;
}

Result Show(Session& session, const ScheduleOptions& options) {
  ASSIGN_OR_RETURN(const auto set_points, FindSetPoints(session, options));
  if (set_points.empty()) {
    return base::NotFound("NO_SCHEDULE", "there is no such schedule; make one with: dermsctl optimize --apply");
  }
  if (session.json()) {
    for (const auto& set_point : set_points) session.PrintJson(set_point);
    return ExitCode::kOk;
  }
  const bool whole_area = options.der_id.empty() && options.region.empty();
  std::optional<v1::OptimizationRun> run;
  if (whole_area) {
    ASSIGN_OR_RETURN(run, FindRun(session, set_points.front().run_id()));
  }
  ASSIGN_OR_RETURN(auto types, FindTypes(session));
  DayView day(run, std::move(types));
  for (const auto& set_point : set_points) day.Add(set_point);
  session.Print(options.der_id.empty() ? day.ToTable(session.zone()) : SetPointTable(session, set_points));
  const Terminal& terminal = session.world().terminal;
  session.out() << '\n' << day.ToPlot(session.zone(), {.unicode = terminal.utf8, .columns = terminal.columns});
  if (run) session.out() << "\ncost " << FormatNumber(run->objective_usd(), 2) << " USD, run " << run->run_id() << '\n';
  return ExitCode::kOk;
}

}  // namespace

void AddScheduleCommands(CLI::App& root, Selected& selected) {
  CLI::App& schedule = AddGroup(root, "schedule", "Schedules: in force, or of a run.");
  AddCommand(schedule, selected,
             {"show", "Shows a schedule as a table and a plot of the day.",
              "dermsctl schedule show --utc-offset -08:00\n"
              "dermsctl schedule show --der BATTERY-01"},
             Declare, Show);
  AddCommand(schedule, selected,
             {"list", "Lists set-points by DER and time.", "dermsctl schedule list --der BATTERY-01 --json"}, Declare,
             List);
}

}  // namespace derms::dermsctl
