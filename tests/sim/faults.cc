#include "tests/sim/faults.h"

#include "absl/strings/str_cat.h"
#include "tests/sim/seeded.h"

namespace derms::sim {

DerFaults FaultsOf(const FaultOptions& options, std::string_view der_id) {
  const auto drawn = [&](std::string_view what, double share) {
    return Chance(options.seed, {"fault", what, der_id}) < share;
  };
  DerFaults faults;
  faults.deaf = drawn("deaf", options.deaf_share);
  faults.rejects = drawn("reject", options.reject_share);
  faults.aborts = drawn("abort", options.abort_share);
  faults.stuck = drawn("stuck", options.stuck_share);
  if (drawn("late", options.late_share)) {
    faults.late = options.late_most * Chance(options.seed, {"fault", "how late", der_id});
  }
  return faults;
}

absl::Duration UptimeOf(const FaultOptions& options, int gateway, int restart) {
  if (options.restart_every == absl::InfiniteDuration()) return options.restart_every;
  return options.restart_every * (0.5 + Chance(options.seed, {"uptime", absl::StrCat(gateway), absl::StrCat(restart)}));
}

}  // namespace derms::sim
