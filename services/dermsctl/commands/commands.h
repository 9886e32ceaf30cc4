// One function per file of this folder; each adds its commands.
#pragma once

#include "services/dermsctl/command.h"

namespace derms::dermsctl {

void AddAccessCommands(CLI::App& root, Selected& selected);
void AddRegionCommands(CLI::App& root, Selected& selected);
void AddRuleCommands(CLI::App& root, Selected& selected);
CLI::App& AddDerCommands(CLI::App& root, Selected& selected);
void AddDerImportCommand(CLI::App& ders, Selected& selected);
void AddGridCommands(CLI::App& root, Selected& selected);
void AddComplianceCommands(CLI::App& root, Selected& selected);
void AddSeriesCommands(CLI::App& root, Selected& selected);
void AddForecastCommands(CLI::App& root, Selected& selected);
void AddReadingCommands(CLI::App& root, Selected& selected);
void AddStatusCommands(CLI::App& root, Selected& selected);
void AddMaintenanceCommands(CLI::App& root, Selected& selected);
void AddOptimizeCommand(CLI::App& root, Selected& selected);
void AddPolicyCommands(CLI::App& root, Selected& selected);
void AddSolveCommand(CLI::App& root, Selected& selected);
void AddScheduleCommands(CLI::App& root, Selected& selected);
void AddCarbonCommands(CLI::App& root, Selected& selected);
void AddRunCommands(CLI::App& root, Selected& selected);
void AddSetpointsCommand(CLI::App& root, Selected& selected);
void AddWhyCommand(CLI::App& root, Selected& selected);
void AddInstructCommand(CLI::App& root, Selected& selected);
CLI::App& AddInstructionCommands(CLI::App& root, Selected& selected);
void AddAcknowledgeCommand(CLI::App& instructions, Selected& selected);
void AddLimitCommands(CLI::App& root, Selected& selected);
void AddDefaultCommands(CLI::App& root, Selected& selected);
CLI::App& AddEmergencyCommands(CLI::App& root, Selected& selected);
void AddApprovalCommands(CLI::App& emergency, Selected& selected);
void AddEmergencyWatchCommand(CLI::App& emergency, Selected& selected);
void AddWatchCommand(CLI::App& root, Selected& selected);
void AddStatsCommand(CLI::App& root, Selected& selected);
void AddReportCommands(CLI::App& root, Selected& selected);
void AddAuditCommands(CLI::App& root, Selected& selected);
void AddCompletionCommands(CLI::App& root, Selected& selected);
void AddVersionCommand(CLI::App& root, Selected& selected);

// All of them, in the order of the help: as an operator meets them.
void AddAllCommands(CLI::App& root, Selected& selected);

}  // namespace derms::dermsctl
