// Completion scripts, made from the declarations of the commands.
#pragma once

#include <string>

#include "services/dermsctl/command_reference.h"

namespace derms::dermsctl {

std::string BashCompletion(const CommandDoc& root);
std::string ZshCompletion(const CommandDoc& root);
std::string FishCompletion(const CommandDoc& root);

}  // namespace derms::dermsctl
