// grpc.health.v1.Health of our own: gRPC's built-in one has no descriptor, which breaks grpcurl for the whole server.
//
// Names: "" and each service (SERVING while the process may be used), "liveness" (never depends on the database) and
// "readiness".
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace derms::server {

class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  static constexpr std::size_t kMaxWatchers = 1000;

  // All begin NOT_SERVING but "liveness".
  explicit HealthService(const std::vector<std::string>& services);

  void SetReady(bool ready);  // everything but "liveness"
  // All NOT_SERVING for good, so that balancers stop sending here.
  void Drain();
  // Ends the watch streams; call it after Drain, before the server is shut down.
  void EndWatches();

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class Watcher;
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;
  Status StatusOf(const std::string& service) const;
  void Set(bool ready, bool live);
  void Forget(const std::shared_ptr<Watcher>& watcher);

  mutable absl::Mutex mutex_;
  std::map<std::string, Status> statuses_ ABSL_GUARDED_BY(mutex_);
  std::set<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace derms::server
