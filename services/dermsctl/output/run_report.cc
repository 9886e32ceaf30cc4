#include "services/dermsctl/output/run_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/input/time.h"
#include "services/dermsctl/output/cost_table.h"
#include "services/dermsctl/output/grid_table.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

constexpr int kExcludedShown = 20;

std::string Usd(double usd) {
  return FormatNumber(usd, 2);
}
std::string Percent(double share) {
  return FormatNumber(share * 100, 4) + " %";
}

std::string ObjectiveWords(const v1::OptimizationRun& run) {
  std::vector<std::string> words;
  for (const v1::ObjectiveWeight& o : run.objectives())
    words.push_back(absl::StrCat(Word(o.objective()), "=", o.weight()));
  return words.empty() ? "COST=1" : absl::StrJoin(words, " ");
}

std::string WhoAsked(const v1::OptimizationRun& run) {
  return run.policy_id().empty() ? run.requested_by() : absl::StrCat(run.requested_by(), ", policy ", run.policy_id());
}

std::string RobustWords(const v1::RobustReport& robust) {
  std::string words = absl::StrCat(robust.confidence() * 100, " %");
  if (robust.has_error_count()) absl::StrAppend(&words, " from ", robust.error_count(), " past errors");
  absl::StrAppend(&words, ", asked ", FormatNumber(robust.asked_kwh(), 0), " kWh, short ",
                  FormatNumber(robust.short_kwh(), 0), " kWh");
  if (robust.has_cost_usd()) absl::StrAppend(&words, ", costs ", Usd(robust.cost_usd()), " USD");
  return words;
}

void PrintCost(Session& session, const v1::CostBreakdown& cost, double total_usd) {
  const CostPart parts[] = {{"import", cost.import_usd()},
                            {"export", cost.export_usd()},
                            {"generation", cost.generation_usd()},
                            {"wear of storage", cost.wear_usd()},
                            {"commitment", cost.commitment_usd()},
                            {"load not served", cost.unserved_usd()},
                            {"over-generation", cost.over_generation_usd()},
                            {"objectives", cost.objective_usd()}};
  PrintCostTable(session, parts, total_usd);
}

void PrintExcluded(Session& session, const v1::OptimizationRun& run) {
  if (run.excluded_count() == 0) return;
  Table table({{"left out"}, {"reason"}, {"detail"}});
  for (const v1::ExcludedDer& der : run.excluded()) {
    table.AddRow({der.der_id(), der.reason(), der.detail()});
    if (&der - &*run.excluded().begin() + 1 == kExcludedShown) break;
  }
  session.out() << '\n';
  session.Print(table);
  const int shown = std::min({run.excluded_size(), kExcludedShown});
  if (run.excluded_count() > shown)
    session.out() << "and " << run.excluded_count() - shown << " more (--json lists 1,000)\n";
}

std::string ProgressWords(const v1::RunProgress& progress) {
  std::string words = Printable(progress.phase());
  if (progress.has_best_objective_usd()) absl::StrAppend(&words, ", ", Usd(progress.best_objective_usd()), " USD");
  if (progress.has_gap()) absl::StrAppend(&words, ", gap ", Percent(progress.gap()));
  return words;
}

// One without a schedule (yet).
void PrintUnfinished(Session& session, const v1::OptimizationRun& run) {
  session.out() << "result       " << Word(run.state());
  if (!run.cancelled_by().empty()) session.out() << ", cancelled by " << Printable(run.cancelled_by());
  session.out() << '\n';
  if (run.has_progress()) session.out() << "progress     " << ProgressWords(run.progress()) << '\n';
  if (run.has_failure()) {
    session.out() << "reason       " << Printable(run.failure().reason()) << ": " << Printable(run.failure().detail())
                  << '\n';
  }
  PrintExcluded(session, run);
}

}  // namespace

void PrintRunProgress(Session& session, const v1::OptimizationRun& run) {
  if (session.json()) return session.PrintJson(run);
  const absl::Duration elapsed =
      absl::Seconds(run.progress().elapsed().seconds()) + absl::Nanoseconds(run.progress().elapsed().nanos());
  session.out() << FormatNumber(absl::ToDoubleSeconds(elapsed), 2) << " s  " << ProgressWords(run.progress())
                << std::endl;  // seen at once in a pipe
}

void PrintRun(Session& session, const v1::OptimizationRun& run) {
  if (session.json()) return session.PrintJson(run);
  const absl::Duration interval = absl::Seconds(run.interval().seconds());
  const absl::Time ends_at = ToTime(run.starts_at()) + interval * run.interval_count();
  session.out() << "run          " << run.run_id() << (run.applied() ? "  (in force)" : "  (study)") << '\n'
                << "area         " << Printable(run.region_id()) << ", " << run.der_count() << " DERs, "
                << run.excluded_count() << " left out\n"
                << "horizon      " << session.Time(run.starts_at()) << " to " << TimeText(ends_at, session.zone())
                << ", " << run.interval_count() << " x " << DurationText(interval) << '\n'
                << "objectives   " << ObjectiveWords(run) << '\n';
  if (run.state() >= v1::RUN_STATE_RUNNING) return PrintUnfinished(session, run);
  session.out() << "result       " << Word(run.state()) << " by " << Printable(run.solver()) << " in "
                << FormatNumber(run.solve_seconds(), 3) << " s\n"
                << "lower bound  " << Usd(run.lower_bound_usd()) << " USD, gap " << Percent(run.gap()) << '\n'
                << "certificate  " << Word(run.bound_proof()) << '\n';
  if (run.has_robust()) session.out() << "reserve      " << RobustWords(run.robust()) << '\n';
  for (const std::string& note : run.notes()) session.out() << "note         " << Printable(note) << '\n';
  session.out() << '\n';
  PrintCost(session, run.cost(), run.objective_usd());
  PrintGridStability(session, run.grid_stability());
  PrintExcluded(session, run);
}

void PrintRuns(Session& session, const std::vector<v1::OptimizationRun>& runs) {
  Table table({{"run"},
               {"area"},
               {"starts at"},
               {"intervals", Align::kRight},
               {"cost USD", Align::kRight},
               {"gap", Align::kRight},
               {"result"},
               {"applied"},
               {"stored at"},
               {"by"}});
  for (const v1::OptimizationRun& run : runs) {
    if (session.json()) session.PrintJson(run);
    table.AddRow({run.run_id(), run.region_id(), session.Time(run.starts_at()), FormatCount(run.interval_count()),
                  Usd(run.objective_usd()), Percent(run.gap()), Word(run.state()), run.applied() ? "yes" : "no",
                  session.Time(run.created_at()), WhoAsked(run)});
  }
  if (!session.json()) session.Print(table);
}

}  // namespace derms::dermsctl
