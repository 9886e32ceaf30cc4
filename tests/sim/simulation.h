// The whole fleet from its first stream to its last: gateways on a few connections, driven in turn.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/client/connection.h"
#include "libs/gridcode/profile_shelf.h"
#include "nlohmann/json.hpp"
#include "tests/sim/gateway.h"
#include "tests/sim/options.h"
#include "tests/sim/tally.h"

namespace derms::sim {

// What signals ask for; set from their handlers.
struct Wishes {
  bool (*stop)();         // true from SIGTERM on
  bool (*take_report)();  // true once for each SIGUSR1
};

// One thread at a time.
class Simulation {
 public:
  // Brings the fleet in, if that is wanted, and lists it; nothing is followed yet. Errors: those of Connection::Open,
  // PrepareFleet and ListFleet.
  static absl::StatusOr<std::unique_ptr<Simulation>> Create(const SimOptions& options);

  // Runs until its time is over or `wishes.stop`. Prints JSON lines, each with an "event": "begin" with the DERs that
  // will misbehave; "ready" when every gateway has been told all that holds; "report"; "end". All but the first are
  // the tally.
  void Run(const Wishes& wishes, std::ostream& out);

 private:
  explicit Simulation(const SimOptions& options);
  absl::StatusOr<client::Connection*> Open(const std::string& name, const std::string& address,
                                           const std::string& token_file);
  absl::Status Prepare(client::Connection& as_owner);
  absl::Status OpenConnections(int gateways);
  void MakeGateways(std::vector<std::vector<DerTraits>> shares);
  nlohmann::json Beginning() const;
  void Print(const char* event, std::ostream& out) const;
  void Stop();

  const SimOptions options_;
  const base::SystemClock clock_;
  const gridcode::ProfileShelf profiles_;
  base::RandomIdSource ids_;
  const client::Pacing pacing_ = client::Pacing::Real();
  Tally tally_;
  std::vector<std::unique_ptr<client::Connection>> connections_;
  std::vector<client::Connection*> watching_, answering_, reporting_;
  std::vector<std::string> der_ids_;
  std::vector<std::unique_ptr<Gateway>> gateways_;
};

}  // namespace derms::sim
