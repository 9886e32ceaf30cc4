#include "tests/sim/simulation.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "tests/sim/fleet.h"
#include "tests/sim/grid_records.h"
#include "tests/sim/made_up_fleet.h"
#include "tests/sim/registration.h"

namespace derms::sim {
namespace {

constexpr int kStreamsPerConnection = 900;  // the services take 1,000 calls under way on each
constexpr absl::Duration kTick = absl::Milliseconds(100);
constexpr absl::Duration kPatienceAtEnd = absl::Seconds(5);

absl::Duration OrNever(double seconds) {
  return seconds > 0 ? absl::Seconds(seconds) : absl::InfiniteDuration();
}

}  // namespace

Simulation::Simulation(const SimOptions& options) : options_(options) {}

absl::StatusOr<std::unique_ptr<Simulation>> Simulation::Create(const SimOptions& options) {
  std::unique_ptr<Simulation> simulation(new Simulation(options));
  const std::string& lister = options.owner_token_file.empty() ? options.token_file : options.owner_token_file;
  ASSIGN_OR_RETURN(client::Connection * registry, simulation->Open("registry", options.registry, lister));
  if (options.registers > 0) RETURN_IF_ERROR(simulation->Prepare(*registry));
  ASSIGN_OR_RETURN(auto fleet, ListFleet(*registry, options));
  if (options.grid_support) RETURN_IF_ERROR(LearnGridSettings(*registry, simulation->profiles_, fleet));
  auto shares = Share(std::move(fleet), options.gateways);
  RETURN_IF_ERROR(simulation->OpenConnections(static_cast<int>(shares.size())));
  simulation->MakeGateways(std::move(shares));
  return simulation;
}

absl::Status Simulation::Prepare(client::Connection& as_owner) {
  std::string gateway_id;
  if (!options_.owner_token_file.empty()) {
    ASSIGN_OR_RETURN(client::Connection * as_gateway, Open("registry", options_.registry, options_.token_file));
    ASSIGN_OR_RETURN(gateway_id, SubjectOf(*as_gateway));
  }
  const auto fleet = MadeUpFleet(options_.registers, options_.faults.seed, options_.registers_in);
  RETURN_IF_ERROR(PrepareFleet(as_owner, fleet, gateway_id));
  return options_.grid_support ? PutMissingGridRecords(as_owner, fleet) : absl::OkStatus();
}

absl::StatusOr<client::Connection*> Simulation::Open(const std::string& name, const std::string& address,
                                                     const std::string& token_file) {
  client::ConnectionOptions options;
  options.name = name;
  options.address = address;
  options.ca_file = options_.ca_file;
  options.token_file = token_file;
  options.timeout = absl::Seconds(30);
  options.own_socket = true;
  ASSIGN_OR_RETURN(auto connection, client::Connection::Open(options, {clock_, ids_, pacing_}));
  connections_.push_back(std::move(connection));
  return connections_.back().get();
}

// Set-points have connections of their own: what is said must not hold up what is heard.
absl::Status Simulation::OpenConnections(int gateways) {
  const int count = (gateways + kStreamsPerConnection - 1) / kStreamsPerConnection;
  const std::string& token_file = options_.token_file;
  for (int i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(watching_.emplace_back(), Open("emergency service", options_.emergency, token_file));
    ASSIGN_OR_RETURN(answering_.emplace_back(), Open("emergency service", options_.emergency, token_file));
    ASSIGN_OR_RETURN(reporting_.emplace_back(), Open("registry", options_.registry, token_file));
  }
  return absl::OkStatus();
}

void Simulation::MakeGateways(std::vector<std::vector<DerTraits>> shares) {
  const absl::Time now = clock_.Now();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    std::vector<SimulatedDer> ders;
    for (DerTraits& traits : shares[i]) {
      der_ids_.push_back(traits.der_id);
      const std::uint64_t seed = options_.faults.seed;
      EnterService enter_service(options_.enter_service, seed, traits.der_id, traits.capacity_kw);
      ders.emplace_back(std::move(traits), seed, now, std::move(enter_service));
    }
    const std::size_t at = i % watching_.size();
    Gateway::Surroundings surroundings{
        *watching_[at], *answering_[at], *reporting_[at], clock_,
        pacing_,        tally_,          options_.faults, OrNever(options_.readings_every_seconds)};
    gateways_.push_back(std::make_unique<Gateway>(static_cast<int>(i), std::move(surroundings),
                                                  DerBook(std::move(ders), options_.faults)));
  }
  tally_.Add("gateways", static_cast<std::int64_t>(gateways_.size()));
  tally_.Add("ders", static_cast<std::int64_t>(der_ids_.size()));
}

nlohmann::json Simulation::Beginning() const {
  nlohmann::json json = {{"event", "begin"}, {"gateways", gateways_.size()}, {"ders", der_ids_.size()}};
  for (const char* fault : {"deaf", "rejects", "aborts", "late", "stuck"}) json[fault] = nlohmann::json::array();
  for (const std::string& der_id : der_ids_) {
    const DerFaults faults = FaultsOf(options_.faults, der_id);
    if (faults.deaf) json["deaf"].push_back(der_id);
    if (faults.rejects) json["rejects"].push_back(der_id);
    if (faults.aborts) json["aborts"].push_back(der_id);
    if (faults.late > absl::ZeroDuration()) json["late"].push_back(der_id);
    if (faults.stuck) json["stuck"].push_back(der_id);
  }
  return json;
}

void Simulation::Print(const char* event, std::ostream& out) const {
  nlohmann::json json = tally_.ToJson();
  json["event"] = event;
  out << json.dump() << std::endl;
}

void Simulation::Run(const Wishes& wishes, std::ostream& out) {
  out << Beginning().dump() << std::endl;
  const absl::Time ends_at = clock_.Now() + OrNever(options_.seconds);
  absl::Time reports_at = clock_.Now() + OrNever(options_.report_every_seconds);
  bool is_ready = false;
  for (absl::Time now = clock_.Now(); now < ends_at && !wishes.stop(); now = clock_.Now()) {
    for (const auto& gateway : gateways_) gateway->Tick();
    const auto complete = static_cast<std::size_t>(tally_.count("gateways_complete"));
    if (!is_ready && complete == gateways_.size()) Print("ready", out);
    is_ready = complete == gateways_.size();
    const bool asked = wishes.take_report();
    if (asked || now >= reports_at) Print("report", out);
    if (now >= reports_at) reports_at = now + OrNever(options_.report_every_seconds);
    absl::SleepFor(std::max(absl::ZeroDuration(), now + kTick - clock_.Now()));
  }
  Stop();
  Print("end", out);
}

void Simulation::Stop() {
  const auto all_quiet = [this] {
    return std::all_of(gateways_.begin(), gateways_.end(), [](const auto& gateway) { return gateway->IsQuiet(); });
  };
  for (const auto& gateway : gateways_) gateway->Stop();
  const absl::Time until = clock_.Now() + kPatienceAtEnd;
  while (!all_quiet() && clock_.Now() < until) absl::SleepFor(kTick);
  for (const auto& gateway : gateways_) gateway->Cancel();
  while (!all_quiet()) absl::SleepFor(kTick);
}

}  // namespace derms::sim
