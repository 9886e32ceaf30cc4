#include "tests/bench/peer_host.h"

#include <cstdio>
#include <iostream>

#include "absl/time/clock.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/auth/gate.h"
#include "libs/auth/jwks_file.h"
#include "libs/auth/policy_table.h"
#include "libs/auth/token_verifier.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/lock_checks.h"
#include "libs/server/certificates.h"
#include "libs/server/gate_log.h"
#include "libs/server/health.h"
#include "libs/server/lifecycle.h"
#include "libs/server/port.h"
#include "libs/server/role_binding.h"
#include "libs/store/pool.h"
#include "libs/store/role_cache.h"

namespace derms::bench {
namespace {

constexpr std::size_t kRoleConnections = 1;

auth::TokenRules RulesOf(const server::Config& config) {
  auth::TokenRules rules;
  rules.audience = config.token_audience;
  return rules;
}

absl::Status Serve(const std::string& name, const server::Config& config, const MakePeer& make_peer) {
  const std::vector<std::string> services = {v1::RegistryService::service_full_name()};
  const base::SystemClock clock;
  observe::Metrics metrics;
  observe::Logger logger({.service = name}, std::cout);
  server::GateLog gate_log(metrics, logger);
  ASSIGN_OR_RETURN(const auto policies, auth::PolicyTable::Build(services));
  ASSIGN_OR_RETURN(const auto certificates,
                   server::CertificateReloader::Open({config.tls_cert, config.tls_key, config.tls_client_ca}, clock,
                                                     metrics, logger));
  ASSIGN_OR_RETURN(const auto keys, auth::JwksFile::Open(config.jwks_file, clock, gate_log));
  store::Pool pool({.connect = {.database_url = config.database_url}, .max_connections = kRoleConnections});
  store::RoleCache role_cache({}, pool);
  RETURN_IF_ERROR(role_cache.Refresh());
  const server::RoleBinding roles(role_cache);
  auth::TokenVerifier tokens(RulesOf(config), *keys, clock);
  auth::Authenticator authenticator(tokens, roles, clock);
  ASSIGN_OR_RETURN(const auto peer, make_peer(config, authenticator));
  server::HealthService health(services);
  health.SetReady(true);
  server::Port::Options options;
  options.listen = {config.listen_address, config.port, config.max_connections, config.max_connections_per_address};
  ASSIGN_OR_RETURN(const auto port, server::Port::Open(options, *certificates,
                                                       std::make_shared<auth::Gate>(policies, authenticator, gate_log),
                                                       {peer.get(), &health}, metrics, logger));
  server::WaitForStopSignal();
  port->Shutdown(absl::Now() + absl::Seconds(config.drain_seconds));
  return absl::OkStatus();
}

}  // namespace

int RunPeer(const std::string& name, const std::vector<std::string>& arguments, const MakePeer& make_peer) {
  const auto line = server::ParseCommandLine({.name = name}, arguments);
  absl::Status status = line.status();
  if (status.ok()) {
    server::BlockStopSignals();
    base::SkipDeadlockDetection();
    status = Serve(name, line->config, make_peer);
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s: %s\n", name.c_str(), std::string(status.message()).c_str());
  return 1;
}

}  // namespace derms::bench
