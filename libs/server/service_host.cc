#include "libs/server/service_host.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/descriptor_set.h"
#include "libs/server/reflection.h"

namespace derms::server {
namespace {

constexpr absl::Duration kReadinessEvery = absl::Milliseconds(500);
constexpr absl::Duration kSweepEvery = absl::Seconds(1);
// An order that waits for memory to catch up, or for a lock, holds its thread; four leave room for others.
constexpr std::size_t kReservedThreads = 4, kReservedQueue = 256;
constexpr char kHealth[] = "grpc.health.v1.Health";

auth::TokenRules RulesOf(const Config& config) {
  auth::TokenRules rules;
  if (!config.token_issuer.empty()) rules.issuers = {config.token_issuer};
  rules.audience = config.token_audience;
  return rules;
}

template <typename T>
std::unique_ptr<T> OnHeap(T value) {
  return std::make_unique<T>(std::move(value));
}

}  // namespace

ServiceHost::ServiceHost(const Config& config, std::unique_ptr<Storage> storage, observe::Metrics& metrics,
                         observe::Logger& logger)
    : config_(config),
      metrics_(metrics),
      logger_(logger),
      storage_(std::move(storage)),
      gate_log_(metrics, logger),
      budget_({.calls_per_second = config.caller_calls_per_second, .burst_calls = config.caller_burst_calls}),
      denials_(metrics, logger),
      pool_(static_cast<std::size_t>(config.worker_threads), static_cast<std::size_t>(config.worker_queue)),
      sweep_({storage_->fleet(), storage_->queries(), storage_->approvals(), storage_->committer(), ids_, logger}) {}

ServiceHost::~ServiceHost() {
  StopReadiness();
  StopWork();         // of one that was started and never drained: Open failed
  storage_->Drain();  // the sweep hears how its last commits ended
}

void ServiceHost::StopWork() {
  sweep_.Stop();
  if (hosted_ != nullptr) hosted_->Stop();
  hosted_ = nullptr;
}

absl::StatusOr<std::unique_ptr<ServiceHost>> ServiceHost::Create(const ServiceIdentity& identity, const Config& config,
                                                                 std::unique_ptr<Storage> storage,
                                                                 observe::Metrics& metrics, observe::Logger& logger) {
  std::unique_ptr<ServiceHost> host(new ServiceHost(config, std::move(storage), metrics, logger));
  RETURN_IF_ERROR(host->Build(identity));
  return host;
}

absl::Status ServiceHost::Build(const ServiceIdentity& identity) {
  ASSIGN_OR_RETURN(auto policies, auth::PolicyTable::Build(identity.services));
  policies_ = OnHeap(std::move(policies));
  ASSIGN_OR_RETURN(auto methods, MethodTable::Build(identity.services, *policies_, metrics_));
  methods_ = OnHeap(std::move(methods));
  ASSIGN_OR_RETURN(certificates_, CertificateReloader::Open({config_.tls_cert, config_.tls_key, config_.tls_client_ca},
                                                            system_clock_, metrics_, logger_));
  ASSIGN_OR_RETURN(keys_, auth::JwksFile::Open(config_.jwks_file, storage_->clock(), gate_log_));
  tokens_ = std::make_unique<auth::TokenVerifier>(RulesOf(config_), *keys_, storage_->clock());
  authenticator_ = std::make_unique<auth::Authenticator>(*tokens_, storage_->roles(), storage_->clock());
  gate_ = std::make_shared<auth::Gate>(*policies_, *authenticator_, gate_log_);
  ASSIGN_OR_RETURN(schema_, Schema::Load(EmbeddedDescriptorSet()));
  health_ = std::make_unique<HealthService>(identity.services);
  std::vector<std::string> listed = identity.services;
  listed.emplace_back(kHealth);
  reflection_ = MakeReflectionServices(*schema_, listed);
  const Lane usual{pool_, storage_->committer(), storage_->archive()};
  const Lane reserved = methods_->needs_reserved_lane() ? MakeReservedLane() : usual;
  rpc_ = std::make_unique<Rpc>(CallParts{*methods_, *authenticator_, validator_, storage_->clock(), ids_, usual,
                                         reserved, budget_, metrics_, logger_, denials_},
                               streams_);
  ExportGauges();
  return absl::OkStatus();
}

Lane ServiceHost::MakeReservedLane() {
  reserved_pool_ = std::make_unique<base::WorkerPool>(kReservedThreads, kReservedQueue);
  metrics_.AddGauge("derms_reserved_queue", "Emergency orders that wait for a thread.",
                    [this] { return static_cast<double>(reserved_pool_->queued()); });
  const Storage::Reserved way = storage_->reserved();
  return {*reserved_pool_, way.committer, way.archive};
}

void ServiceHost::ExportGauges() {
  metrics_.AddGauge("derms_worker_queue", "Work that waits for a thread.",
                    [this] { return static_cast<double>(pool_.queued()); });
  metrics_.AddCounter("derms_calls_over_budget_total", "Calls refused because their caller made too many.",
                      [this] { return static_cast<double>(budget_.refused()); });
  metrics_.AddGauge("derms_streams", "Open streams.", [this] { return static_cast<double>(streams_.size()); });
  metrics_.AddGauge("derms_read_model_age_seconds", "Time since the database was last heard of.",
                    [this] { return absl::ToDoubleSeconds(storage_->fleet().Age()); });
  metrics_.AddGauge("derms_certificate_expiry_seconds", "Time until the served certificate ends.",
                    [this] { return absl::ToDoubleSeconds(certificates_->expires_at() - absl::Now()); });
  metrics_.AddGauge("derms_log_lines_dropped", "Log lines lost to a full queue.",
                    [this] { return static_cast<double>(logger_.dropped()); });
}

absl::Status ServiceHost::Start(HostedServices& hosted) {
  RETURN_IF_ERROR(storage_->Start());
  hosted_ = &hosted;
  sweep_.Start(kSweepEvery);
  hosted.Start();
  return absl::OkStatus();
}

absl::Status ServiceHost::Open() {
  std::vector<grpc::Service*> services = hosted_->services();
  services.push_back(health_.get());
  for (const auto& service : reflection_) services.push_back(service.get());
  Port::Options options;
  options.listen = {config_.listen_address, config_.port, config_.max_connections, config_.max_connections_per_address};
  options.require_client_certificate = config_.require_client_cert;
  ASSIGN_OR_RETURN(port_, Port::Open(options, *certificates_, gate_, services, metrics_, logger_));
  health_->SetReady(storage_->Ready().ok());
  readiness_ = std::thread([this] { WatchReadiness(); });
  logger_.Info("serving", {{"address", config_.listen_address}, {"port", port_->port()}});
  return absl::OkStatus();
}

void ServiceHost::WatchReadiness() {
  const auto draining = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return draining_; };
  bool ready = storage_->Ready().ok();
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&draining), kReadinessEvery)) return;
    }
    const absl::Status status = storage_->Ready();
    health_->SetReady(status.ok());
    if (status.ok() != ready) {
      ready = status.ok();
      logger_.Warning(ready ? "ready again" : "not ready", {{"error", std::string(status.message())}});
    }
  }
}

void ServiceHost::StopReadiness() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  if (readiness_.joinable()) readiness_.join();
}

void ServiceHost::Drain() {
  logger_.Info("stopping", {{"limit_seconds", config_.drain_seconds}});
  StopReadiness();  // nothing may say SERVING from here on
  health_->Drain();
  gate_->SetDraining(true);
  port_->StopAccepting();
  StopWork();
  streams_.Drain();
  health_->EndWatches();
  port_->Shutdown(absl::Now() + absl::Seconds(config_.drain_seconds));
  pool_.Drain();
  if (reserved_pool_ != nullptr) reserved_pool_->Drain();
  storage_->Drain();
  logger_.Info("stopped", {});
}

}  // namespace derms::server
