#include "services/dermsctl/commands/power_options.h"

namespace derms::dermsctl {

void DeclareSetpoint(CLI::App& command, PowerOptions& options) {
  AddValue(command, "--power-kw", options.power_kw, "KW", "Set-point: positive to give, negative to take.");
  AddValue(command, "--power-share", options.power_share, "SHARE",
           "Set-point as a share of the capacity, -1 to 1; negative ones are of the charging capacity.");
}

void DeclarePowerLimits(CLI::App& command, PowerOptions& options) {
  AddValue(command, "--max-kw", options.max_power_kw, "KW", "Highest power; below 0: charge at least as much.");
  AddValue(command, "--min-kw", options.min_power_kw, "KW", "Lowest power; above 0: generate at least as much.");
  AddValue(command, "--max-share", options.max_power_share, "SHARE", "Highest power as a share, -1 to 1.");
  AddValue(command, "--min-share", options.min_power_share, "SHARE", "Lowest power as a share, -1 to 1.");
}

void FillPower(const PowerOptions& options, v1::ControlPower& power) {
  if (options.power_kw) power.set_power_kw(*options.power_kw);
  if (options.max_power_kw) power.set_max_power_kw(*options.max_power_kw);
  if (options.min_power_kw) power.set_min_power_kw(*options.min_power_kw);
  if (options.power_share) power.set_power_share(*options.power_share);
  if (options.max_power_share) power.set_max_power_share(*options.max_power_share);
  if (options.min_power_share) power.set_min_power_share(*options.min_power_share);
}

}  // namespace derms::dermsctl
