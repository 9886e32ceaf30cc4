// What the commands have in common that say something about the power of DERs.
#pragma once

#include <optional>

#include "derms/v1/control.pb.h"
#include "services/dermsctl/command.h"

namespace derms::dermsctl {

struct PowerOptions {
  std::optional<double> power_kw, max_power_kw, min_power_kw;
  std::optional<double> power_share, max_power_share, min_power_share;
};

void DeclareSetpoint(CLI::App& command, PowerOptions& options);
void DeclarePowerLimits(CLI::App& command, PowerOptions& options);

// Only what was given; which go together is the service's to judge.
void FillPower(const PowerOptions& options, v1::ControlPower& power);

}  // namespace derms::dermsctl
