// Everything that the three services have in common, so that a main.cc is one screen: it makes its handlers and its
// service classes, and says RunService.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/auth/gate.h"
#include "libs/auth/jwks_file.h"
#include "libs/auth/token_verifier.h"
#include "libs/base/ids.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/server/call_budget.h"
#include "libs/server/config.h"
#include "libs/server/denial_log.h"
#include "libs/server/gate_log.h"
#include "libs/server/health.h"
#include "libs/server/order_sweep.h"
#include "libs/server/port.h"
#include "libs/server/rpc.h"
#include "libs/server/schema.h"
#include "libs/server/storage.h"

namespace derms::server {

// The handlers and service classes of a binary, which main.cc makes.
class HostedServices {
 public:
  virtual ~HostedServices() = default;
  virtual std::vector<grpc::Service*> services() = 0;
  virtual void Start() {}  // background work, once storage has started and before the port opens
  virtual void Stop() {}   // ends it; calls may still be under way
};

// Nothing is bound before Open; every error is one sentence for the operator.
class ServiceHost {
 public:
  static absl::StatusOr<std::unique_ptr<ServiceHost>> Create(const ServiceIdentity& identity, const Config& config,
                                                             std::unique_ptr<Storage> storage,
                                                             observe::Metrics& metrics, observe::Logger& logger);
  ~ServiceHost();

  const Config& config() const { return config_; }
  const Rpc& rpc() const { return *rpc_; }
  Storage& storage() { return *storage_; }
  base::IdSource& ids() { return ids_; }
  observe::Metrics& metrics() { return metrics_; }
  observe::Logger& logger() { return logger_; }

  // Storage, then the sweep of orders and the services' background work; no port is bound yet. `hosted` outlives the
  // host.
  absl::Status Start(HostedServices& hosted);
  // Begins to serve.
  absl::Status Open();
  int port() const { return port_->port(); }
  // Health NOT_SERVING, no new calls, streams end, calls under way end (until the limit), commits end.
  void Drain();

 private:
  ServiceHost(const Config& config, std::unique_ptr<Storage> storage, observe::Metrics& metrics,
              observe::Logger& logger);
  absl::Status Build(const ServiceIdentity& identity);
  Lane MakeReservedLane();
  void ExportGauges();
  void WatchReadiness();
  void StopReadiness();
  void StopWork();

  const Config config_;
  observe::Metrics& metrics_;
  observe::Logger& logger_;
  const std::unique_ptr<Storage> storage_;
  base::RandomIdSource ids_;
  base::SystemClock system_clock_;  // certificates are judged by the machine's clock, as peers do
  GateLog gate_log_;
  CallBudget budget_;
  DenialLog denials_;
  base::WorkerPool pool_;
  std::unique_ptr<base::WorkerPool> reserved_pool_;  // where a method needs it
  StreamHub streams_;
  const wire::Validator validator_;
  std::unique_ptr<auth::PolicyTable> policies_;
  std::unique_ptr<MethodTable> methods_;
  std::unique_ptr<auth::JwksFile> keys_;
  std::unique_ptr<auth::TokenVerifier> tokens_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::shared_ptr<auth::Gate> gate_;
  std::unique_ptr<CertificateReloader> certificates_;
  std::unique_ptr<Schema> schema_;
  std::unique_ptr<HealthService> health_;
  std::vector<std::unique_ptr<grpc::Service>> reflection_;
  std::unique_ptr<Rpc> rpc_;
  OrderSweep sweep_;
  HostedServices* hosted_ = nullptr;  // between Start and Drain
  std::unique_ptr<Port> port_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread readiness_;
};

// Makes the services on a host that is built and not yet open.
using MakeServices = std::function<absl::StatusOr<std::unique_ptr<HostedServices>>(ServiceHost&)>;
using MakeStorage = std::function<absl::StatusOr<std::unique_ptr<Storage>>(const ServiceIdentity&, const Config&,
                                                                           observe::Metrics&, observe::Logger&)>;

// The whole life of a service process: settings, start, signal, drain. Returns the exit code.
int RunService(const ServiceIdentity& identity, int argc, char** argv, const MakeStorage& make_storage,
               const MakeServices& make_services);

}  // namespace derms::server
