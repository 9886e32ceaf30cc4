// The command line of the simulator.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "tests/sim/enter_service.h"
#include "tests/sim/faults.h"

namespace derms::sim {

struct SimOptions {
  std::string registry = "localhost:7001", emergency = "localhost:7003";
  std::string ca_file, token_file;
  std::string owner_token_file;  // who lists, registers and delegates the DERs; empty: token_file
  int registers = 0;             // so many DERs of a made-up fleet are brought in first
  std::string registers_in;      // their region
  int ders = 1000;
  std::string owner_id, region_id;  // empty: all that the caller may see
  int gateways = 10;
  double seconds = 0;         // 0: until SIGTERM
  bool grid_support = false;  // readings tell of voltage, frequency and reactive power
  double readings_every_seconds = 10;
  double report_every_seconds = 0;  // 0: at the end and on SIGUSR1 alone
  FaultOptions faults;
  EnterServiceOptions enter_service;
};

// Exits with usage when the arguments make no sense.
SimOptions ParseSimOptions(int argc, char** argv);

}  // namespace derms::sim
