#include "absl/strings/str_cat.h"
#include "derms/v1/registry.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

struct StatsOptions {
  std::string region;
};

void Declare(CLI::App& command, StatsOptions& options) {
  AddValue(command, "--region", options.region, "REGION", "Only this region and its parts.");
}

absl::StatusOr<ExitCode> Stats(Session& session, const StatsOptions& options) {
  v1::GetStatsRequest request;
  request.set_region_id(options.region);
  ASSIGN_OR_RETURN(const auto stats, session.Call(Process::kRegistry, &v1::RegistryService::Stub::GetStats, request));
  if (session.json()) {
    session.PrintJson(stats);
    return ExitCode::kOk;
  }
  session.out() << FormatCount(stats.der_count()) << " DERs, " << FormatNumber(stats.capacity_kw(), 1) << " kW, "
                << stats.live_emergency_count() << " live emergency orders\n\n";
  Table types({{"type"}, {"DERs", Align::kRight}, {"capacity kW", Align::kRight}, {"measured kW", Align::kRight}});
  for (const v1::TypeStats& t : stats.types()) {
    types.AddRow({Word(t.type()), FormatCount(t.count()), FormatNumber(t.capacity_kw(), 1),
                  t.has_measured_power_kw() ? FormatNumber(t.measured_power_kw(), 1) : ""});
  }
  session.Print(types);
  session.out() << '\n';
  Table statuses({{"status"}, {"DERs", Align::kRight}});
  for (const v1::StatusStats& s : stats.statuses()) statuses.AddRow({Word(s.status()), FormatCount(s.count())});
  session.Print(statuses);
  if (stats.age_seconds() >= 1) {
    session.Warn(absl::StrCat("the figures are up to ", FormatNumber(stats.age_seconds(), 0), " s old"));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddStatsCommand(CLI::App& root, Selected& selected) {
  AddCommand(root, selected,
             {"stats", "Counts and sums the fleet by type and status.", "dermsctl stats --region NORTH"}, Declare,
             Stats);
}

}  // namespace derms::dermsctl
