#include "tests/sim/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <vector>

namespace derms::sim {
namespace {

void AddFaults(CLI::App& app, FaultOptions& faults, double& late_seconds, double& restart_seconds) {
  const auto share = CLI::Range(0.0, 1.0);
  app.add_option("--seed", faults.seed, "equal seeds give equal faults and weather");
  app.add_option("--deaf-share", faults.deaf_share, "DERs that follow and never say so")->check(share);
  app.add_option("--reject-share", faults.reject_share, "DERs that refuse")->check(share);
  app.add_option("--abort-share", faults.abort_share, "DERs that begin and give up")->check(share);
  app.add_option("--late-share", faults.late_share, "DERs that answer and begin late")->check(share);
  app.add_option("--stuck-share", faults.stuck_share, "DERs that inject all their reactive power, with --grid-support")
      ->check(share);
  app.add_option("--late-seconds", late_seconds, "how late at most")->check(CLI::Range(0.0, 3600.0));
  app.add_option("--restart-every", restart_seconds, "seconds between restarts of a gateway; 0: none")
      ->check(CLI::Range(0.0, 86400.0));
}

// A number of seconds that becomes a duration once all is parsed.
struct SecondsOption {
  absl::Duration* duration;
  double seconds;
};

void AddEnterService(CLI::App& app, std::vector<SecondsOption>& enter) {
  const char* kNames[] = {"--enter-delay", "--enter-ramp", "--enter-random"};
  const char* kWords[] = {"seconds before a device that was off the grid enters service, each from half of it up",
                          "seconds in which it then rises to its rating",
                          "seconds of a random part in place of the ramp, of half of those up to 500 kW"};
  for (std::size_t i = 0; i < enter.size(); ++i) {
    app.add_option(kNames[i], enter[i].seconds, kWords[i])->check(CLI::Range(0.0, 3600.0));
  }
}

}  // namespace

SimOptions ParseSimOptions(int argc, char** argv) {
  SimOptions options;
  double late_seconds = absl::ToDoubleSeconds(options.faults.late_most), restart_seconds = 0;
  CLI::App app("Gateways of simulated DERs: they follow set-points, acknowledge them and report readings.");
  app.add_option("--registry", options.registry, "HOST:PORT")->envname("DERMS_REGISTRY");
  app.add_option("--emergency", options.emergency, "HOST:PORT")->envname("DERMS_EMERGENCY");
  app.add_option("--ca", options.ca_file, "PEM that the servers' certificates chain to")->envname("DERMS_CA");
  app.add_option("--token-file", options.token_file, "bearer token")->envname("DERMS_TOKEN_FILE");
  app.add_option("--owner-token-file", options.owner_token_file, "the owner's, when the other token is a gateway's")
      ->envname("DERMS_OWNER_TOKEN_FILE");
  CLI::Option* registers =
      app.add_option("--register", options.registers, "first bring in so many DERs of a fleet made up from the seed")
          ->check(CLI::Range(1, 1'000'000))
          ->envname("DERMS_SIMULATED_DERS");
  app.add_option("--register-in", options.registers_in, "the region they are in")->envname("DERMS_SIMULATED_REGION");
  registers->needs("--register-in");
  CLI::Option* ders = app.add_option("--ders", options.ders, "the first so many, by id; those of --register by default")
                          ->check(CLI::Range(1, 1'000'000));
  app.add_option("--owner", options.owner_id, "only this owner's DERs");
  app.add_option("--region", options.region_id, "only DERs of this region and its parts");
  app.add_option("--gateways", options.gateways, "they share the DERs evenly")->check(CLI::Range(1, 20'000));
  app.add_option("--seconds", options.seconds, "0: until SIGTERM")->check(CLI::Range(0.0, 1e6));
  app.add_option("--readings-every", options.readings_every_seconds, "seconds; 0: no readings")
      ->check(CLI::Range(0.0, 86400.0));
  app.add_flag("--grid-support", options.grid_support,
               "DERs with a nameplate also report voltage, frequency and reactive power, which follows their settings; "
               "those of --register are given one");
  app.add_option("--report-every", options.report_every_seconds, "seconds; 0: at the end and on SIGUSR1")
      ->check(CLI::Range(0.0, 86400.0));
  AddFaults(app, options.faults, late_seconds, restart_seconds);
  std::vector<SecondsOption> enter = {
      {&options.enter_service.delay, 0}, {&options.enter_service.ramp, 0}, {&options.enter_service.random, 0}};
  AddEnterService(app, enter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  if (options.registers > 0 && ders->count() == 0) options.ders = options.registers;
  for (const SecondsOption& each : enter) *each.duration = absl::Seconds(each.seconds);
  options.faults.late_most = absl::Seconds(late_seconds);
  if (restart_seconds > 0) options.faults.restart_every = absl::Seconds(restart_seconds);
  return options;
}

}  // namespace derms::sim
