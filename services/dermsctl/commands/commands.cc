#include "services/dermsctl/commands/commands.h"

namespace derms::dermsctl {

void AddAllCommands(CLI::App& root, Selected& selected) {
  AddAccessCommands(root, selected);
  AddRegionCommands(root, selected);
  AddRuleCommands(root, selected);
  AddDerImportCommand(AddDerCommands(root, selected), selected);
  AddGridCommands(root, selected);
  AddComplianceCommands(root, selected);
  AddSeriesCommands(root, selected);
  AddForecastCommands(root, selected);
  AddReadingCommands(root, selected);
  AddStatusCommands(root, selected);
  AddMaintenanceCommands(root, selected);
  AddOptimizeCommand(root, selected);
  AddPolicyCommands(root, selected);
  AddSolveCommand(root, selected);
  AddScheduleCommands(root, selected);
  AddCarbonCommands(root, selected);
  AddRunCommands(root, selected);
  AddSetpointsCommand(root, selected);
  AddWhyCommand(root, selected);
  AddInstructCommand(root, selected);
  AddAcknowledgeCommand(AddInstructionCommands(root, selected), selected);
  AddLimitCommands(root, selected);
  AddDefaultCommands(root, selected);
  AddEmergencyWatchCommand(AddEmergencyCommands(root, selected), selected);
  AddWatchCommand(root, selected);
  AddStatsCommand(root, selected);
  AddReportCommands(root, selected);
  AddAuditCommands(root, selected);
  AddCompletionCommands(root, selected);
  AddVersionCommand(root, selected);
}

}  // namespace derms::dermsctl
