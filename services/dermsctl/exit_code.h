// What dermsctl's exit code tells a script. Documented in --help and docs/dermsctl.md.
#pragma once

#include "absl/status/status.h"

namespace derms::dermsctl {

enum class ExitCode {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,        // the command line, a file or a request is not valid
  kDenied = 3,       // not authenticated, or not allowed
  kNotFound = 4,     // a DER, run, order, file or the like
  kConflict = 5,     // the state forbids it, or somebody else was faster
  kUnavailable = 6,  // unreachable, overloaded or too slow: try again
  kPartlyDone = 7,   // some items of a bulk command were refused
};

ExitCode ExitCodeOf(const absl::Status& status);

inline constexpr char kExitCodesHelp[] =
    "Exit codes: 0 done, 1 failure, 2 command line or input not valid, 3 not authenticated or not allowed,\n"
    "4 not found, 5 conflict or wrong state, 6 unreachable, overloaded or timed out, 7 partly done.";

}  // namespace derms::dermsctl
