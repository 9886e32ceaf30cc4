#include "services/dermsctl/output/solution_report.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/cost_table.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr int kDevicesShown = 6, kRegionsShown = 3, kLimitsShown = 10;
constexpr int kPowerDecimals = 3, kPriceDecimals = 4;

double At(const google::protobuf::RepeatedField<double>& series, int interval) {
  return interval < series.size() ? series.Get(interval) : 0.0;
}

std::string WhenOf(Session& session, const v1::DispatchProblem& problem, int interval) {
  if (!problem.has_starts_at()) return absl::StrCat(interval);
  const absl::Duration length =
      absl::Seconds(problem.interval().seconds()) + absl::Nanoseconds(problem.interval().nanos());
  return TimeText(ToTime(problem.starts_at()) + interval * length, session.zone());
}

void PrintHead(Session& session, const v1::DispatchSolution& solution, const v1::DispatchCertificate& certificate) {
  session.out() << "result       " << Word(solution.status()) << " by " << Printable(solution.solver()) << " in "
                << FormatNumber(solution.solve_seconds(), 3) << " s\n"
                << "cost         " << FormatNumber(certificate.cost_usd(), 2) << " USD\n";
  if (certificate.has_lower_bound_usd()) {
    session.out() << "lower bound  " << FormatNumber(certificate.lower_bound_usd(), 2) << " USD, gap "
                  << FormatNumber(certificate.relative_gap() * 100, 4) << " %\n";
  }
  session.out() << "certificate  " << Word(certificate.bound_proof()) << '\n';
  for (const std::string& note : solution.notes()) session.out() << "note         " << Printable(note) << '\n';
  session.out() << '\n';
}

void PrintCost(Session& session, const v1::DispatchCost& cost) {
  const CostPart parts[] = {{"import", cost.import_usd()},
                            {"export", -cost.export_usd()},
                            {"generation", cost.generation_usd()},
                            {"starts", cost.start_usd()},
                            {"wear of storage", cost.wear_usd()},
                            {"carbon", cost.carbon_usd()},
                            {"load not served", cost.lost_load_usd()},
                            {"over-generation", cost.over_generation_usd()},
                            {"peak", cost.peak_usd()},
                            {"flattening", cost.flattening_usd()},
                            {"curtailment", cost.curtailment_usd()},
                            {"reserve short", cost.reserve_usd()}};
  PrintCostTable(session, parts, cost.total_usd());
}

// A row per interval: what each region takes in and at what price, what each device gives.
void PrintSchedule(Session& session, const v1::DispatchProblem& problem, const v1::DispatchSolution& solution) {
  const int regions = std::min(solution.regions_size(), kRegionsShown);
  const int devices = std::min(solution.devices_size(), kDevicesShown);
  std::vector<Column> columns = {{problem.has_starts_at() ? "time" : "interval", Align::kRight}};
  for (int r = 0; r < regions; ++r) {
    columns.push_back({solution.regions(r).region_id() + " kW", Align::kRight});
    columns.push_back({"USD/kWh", Align::kRight});
  }
  for (int d = 0; d < devices; ++d) {
    columns.push_back({solution.devices(d).device_id() + " kW", Align::kRight});
    if (!solution.devices(d).state_of_charge_kwh().empty()) columns.push_back({"kWh", Align::kRight});
  }
  Table table(std::move(columns));
  for (int t = 0; t < problem.interval_count(); ++t) {
    std::vector<std::string> cells = {WhenOf(session, problem, t)};
    for (int r = 0; r < regions; ++r) {
      const v1::RegionSchedule& region = solution.regions(r);
      const auto& prices = region.shadow_price_usd_per_kwh();
      cells.push_back(FormatNumber(At(region.net_import_kw(), t), kPowerDecimals));
      cells.push_back(prices.empty() ? "" : FormatNumber(At(prices, t), kPriceDecimals));
    }
    for (int d = 0; d < devices; ++d) {
      const v1::DeviceSchedule& device = solution.devices(d);
      cells.push_back(FormatNumber(At(device.power_kw(), t), kPowerDecimals));
      const auto& energy = device.state_of_charge_kwh();
      if (!energy.empty()) cells.push_back(FormatNumber(At(energy, t), kPowerDecimals));
    }
    table.AddRow(std::move(cells));
  }
  session.out() << '\n';
  session.Print(table);
  const int left_out = solution.devices_size() - devices + solution.regions_size() - regions;
  if (left_out > 0) session.out() << "and " << left_out << " more devices and regions (--json has all)\n";
}

template <typename Limit>
std::string IntervalOf(Session& session, const v1::DispatchProblem& problem, const Limit& limit) {
  return limit.has_interval() ? WhenOf(session, problem, limit.interval()) : "all";
}

void PrintGivenUp(Session& session, const v1::DispatchProblem& problem, const v1::DispatchSolution& solution) {
  if (solution.given_up().empty()) return;
  Table table({{"given up"}, {"of"}, {"interval"}, {"amount", Align::kRight}, {"unit"}});
  for (const v1::GivenUpRequirement& given_up : solution.given_up()) {
    table.AddRow({given_up.name(), given_up.subject_id(), IntervalOf(session, problem, given_up),
                  FormatNumber(given_up.amount(), kPowerDecimals), given_up.unit()});
  }
  session.out() << '\n';
  session.Print(table);
}

void PrintBinding(Session& session, const v1::DispatchProblem& problem, const v1::DispatchSolution& solution) {
  if (solution.binding().empty()) return;
  Table table({{"binding limit"}, {"of"}, {"interval"}, {"saves USD per kW", Align::kRight}});
  const int shown = std::min(solution.binding_size(), kLimitsShown);
  for (int i = 0; i < shown; ++i) {
    const v1::BindingLimit& limit = solution.binding(i);
    table.AddRow({limit.name(), limit.subject_id(), IntervalOf(session, problem, limit),
                  FormatNumber(limit.shadow_price_usd_per_kw(), kPriceDecimals)});
  }
  session.out() << '\n';
  session.Print(table);
  if (solution.binding_size() > shown) {
    session.out() << "and " << solution.binding_size() - shown << " more (--json has all)\n";
  }
}

}  // namespace

void PrintSolution(Session& session, const v1::DispatchProblem& problem, const v1::SolveDispatchResponse& answer) {
  if (session.json()) return session.PrintJson(answer);
  PrintHead(session, answer.solution(), answer.certificate());
  PrintCost(session, answer.solution().cost());
  PrintGivenUp(session, problem, answer.solution());
  PrintSchedule(session, problem, answer.solution());
  PrintBinding(session, problem, answer.solution());
}

}  // namespace derms::dermsctl
