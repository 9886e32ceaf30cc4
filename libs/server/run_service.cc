#include <cstdio>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "libs/base/lock_checks.h"
#include "libs/server/foreign_logs.h"
#include "libs/server/health_probe.h"
#include "libs/server/lifecycle.h"
#include "libs/server/service_host.h"

namespace derms::server {
namespace {

constexpr int kStartFailed = 1;
constexpr int kUsage = 2;
constexpr absl::Duration kAfterDrain = absl::Seconds(10);  // for what comes after the calls: commits, the log

int Fail(const ServiceIdentity& identity, const absl::Status& status, int code) {
  std::fprintf(stderr, "%s: %s\n", identity.name.c_str(), std::string(status.message()).c_str());
  return code;
}

int Probe(const Config& config) {
  const ProbeOutcome outcome = ProbeHealth(config);
  std::puts(outcome.text.c_str());
  return static_cast<int>(outcome.result);
}

absl::Status Serve(const ServiceIdentity& identity, const Config& config, const MakeStorage& make_storage,
                   const MakeServices& make_services, observe::Metrics& metrics, observe::Logger& logger) {
  auto storage = make_storage(identity, config, metrics, logger);
  if (!storage.ok()) return storage.status();
  std::unique_ptr<HostedServices> hosted;  // outlives the host, whose port calls it
  auto host = ServiceHost::Create(identity, config, *std::move(storage), metrics, logger);
  if (!host.ok()) return host.status();
  auto made = make_services(**host);
  if (!made.ok()) return made.status();
  hosted = *std::move(made);
  if (const absl::Status started = (*host)->Start(*hosted); !started.ok()) return started;
  std::unique_ptr<observe::MetricsEndpoint> endpoint;  // goes before what it reads
  if (config.metrics_port != 0) {
    auto opened =
        observe::MetricsEndpoint::Open(absl::StrCat(config.metrics_address, ":", config.metrics_port), metrics);
    if (!opened.ok()) return opened.status();
    endpoint = *std::move(opened);
  }
  if (const absl::Status open = (*host)->Open(); !open.ok()) return open;
  WaitForStopSignal();
  const ForcedExit limit(absl::Seconds(config.drain_seconds) + kAfterDrain);
  (*host)->Drain();
  return absl::OkStatus();
}

}  // namespace

int RunService(const ServiceIdentity& identity, int argc, char** argv, const MakeStorage& make_storage,
               const MakeServices& make_services) {
  const auto line = ParseCommandLine(identity, std::vector<std::string>(argv + 1, argv + argc));
  if (!line.ok()) return Fail(identity, line.status(), kUsage);
  switch (line->mode) {
    case Mode::kHelp:
      std::fputs(line->text.c_str(), stdout);
      return 0;
    case Mode::kVersion:
      std::printf("%s %s\n", identity.name.c_str(), DERMS_VERSION);
      return 0;
    case Mode::kPrintConfig:
      std::fputs(PrintConfig(line->config).c_str(), stdout);
      return 0;
    case Mode::kPrintConfigTable:
      std::fputs(PrintConfigTable().c_str(), stdout);
      return 0;
    case Mode::kHealthCheck:
      return Probe(line->config);
    case Mode::kServe:
      break;
  }
  const auto level = observe::ParseLogLevel(line->config.log_level);
  if (!level) return Fail(identity, absl::InvalidArgumentError("--log-level: debug, info, warning or error"), kUsage);
  BlockStopSignals();
  base::SkipDeadlockDetection();
  RaiseDescriptorLimit();
  observe::Metrics metrics;
  observe::Logger logger({.service = identity.name, .level = *level}, std::cout);
  const ForeignLogs foreign_logs(identity.name, logger);
  const absl::Status status = Serve(identity, line->config, make_storage, make_services, metrics, logger);
  if (status.ok()) return 0;
  logger.Error("cannot start", {{"error", std::string(status.message())}});
  return Fail(identity, status, kStartFailed);
}

}  // namespace derms::server
