#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

#include "libs/base/lock_checks.h"
#include "tests/sim/options.h"
#include "tests/sim/simulation.h"

namespace {

std::atomic<bool> stop_wished = false, report_wished = false;

void OnSignal(int signal) {
  (signal == SIGUSR1 ? report_wished : stop_wished).store(true);
}

}  // namespace

int main(int argc, char** argv) {
  derms::base::SkipDeadlockDetection();
  const auto options = derms::sim::ParseSimOptions(argc, argv);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) std::signal(signal, OnSignal);
  const auto simulation = derms::sim::Simulation::Create(options);
  if (!simulation.ok()) {
    std::fprintf(stderr, "derms-sim: %s\n", std::string(simulation.status().message()).c_str());
    return 1;
  }
  (*simulation)
      ->Run({.stop = [] { return stop_wished.load(); }, .take_report = [] { return report_wished.exchange(false); }},
            std::cout);
  return 0;
}
