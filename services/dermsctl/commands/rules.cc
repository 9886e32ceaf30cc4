#include "derms/v1/registry.grpc.pb.h"
#include "services/dermsctl/commands/commands.h"
#include "services/dermsctl/input/enum_words.h"
#include "services/dermsctl/output/text.h"

namespace derms::dermsctl {
namespace {

absl::StatusOr<ExitCode> List(Session& session) {
  ASSIGN_OR_RETURN(const auto answer, session.Call(Process::kRegistry, &v1::RegistryService::Stub::ListCapacityRules,
                                                   v1::ListCapacityRulesRequest()));
  Table table({{"type"},
               {"min kW", Align::kRight},
               {"usual min kW", Align::kRight},
               {"usual max kW", Align::kRight},
               {"max kW", Align::kRight}});
  for (const v1::CapacityRule& rule : answer.capacity_rules()) {
    if (session.json()) session.PrintJson(rule);
    table.AddRow({Word(rule.type()), FormatNumber(rule.min_kw(), 1), FormatNumber(rule.usual_min_kw(), 1),
                  FormatNumber(rule.usual_max_kw(), 1), FormatNumber(rule.max_kw(), 1)});
  }
  if (!session.json()) session.Print(table);
  return ExitCode::kOk;
}

}  // namespace

void AddRuleCommands(CLI::App& root, Selected& selected) {
  CLI::App& rules = AddGroup(root, "rules", "Capacity rules of the DER types.");
  AddCommand(rules, selected,
             {"list", "Lists the smallest and largest rated power of each type.", "dermsctl rules list"}, List);
}

}  // namespace derms::dermsctl
