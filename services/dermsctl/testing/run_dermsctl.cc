#include "services/dermsctl/testing/run_dermsctl.h"

#include <sstream>

#include "services/dermsctl/app.h"

namespace derms::dermsctl::testing {

Outcome RunDermsctl(const std::vector<std::string>& arguments, const Setting& setting) {
  std::istringstream in(setting.input);
  std::ostringstream out;
  std::ostringstream err;
  const base::SystemClock clock;  // the real one: gRPC's deadlines follow it
  base::RandomIdSource ids;
  const auto environment = [&](const std::string& name) {
    const auto it = setting.environment.find(name);
    return it == setting.environment.end() ? std::nullopt : std::optional(it->second);
  };
  World world{in, out, err, setting.terminal, environment, clock, ids, {[](absl::Duration) {}, [] { return 0.5; }}};
  Outcome outcome;
  outcome.exit_code = Run(arguments, world);
  outcome.out = out.str();
  outcome.err = err.str();
  return outcome;
}

}  // namespace derms::dermsctl::testing
