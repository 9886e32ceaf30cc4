// What all commands share.
#pragma once

#include "absl/status/status.h"

namespace derms::admin {

// Ends a command: returns when OK, else prints the message on standard error and leaves through CLI11 with exit code 1
// (CLI11's way out of a callback is its own exception, which CLI11_PARSE in main turns into the exit code).
void FinishCommand(const absl::Status& status);

}  // namespace derms::admin
