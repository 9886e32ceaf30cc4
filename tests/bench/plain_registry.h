// UpdateDerStatus as it would first be written, and well: a pool of connections, a thread for each, and for every call
// one transaction that locks the row, writes state, idempotency row and event, and commits. It keeps what the product
// keeps: the same tables, rows, answers and checks of the caller and the transition. It has no memory of the fleet, no
// event chain and no derived status.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/auth/authenticator.h"
#include "libs/base/ids.h"
#include "libs/base/worker_pool.h"
#include "libs/store/connection.h"

namespace derms::bench {

class PlainRegistry final : public v1::RegistryService::CallbackService {
 public:
  // The authenticator outlives it.
  static absl::StatusOr<std::unique_ptr<PlainRegistry>> Open(const std::string& database_url, int connections,
                                                             auth::Authenticator& authenticator);

  grpc::ServerUnaryReactor* UpdateDerStatus(grpc::CallbackServerContext* context,
                                            const v1::UpdateDerStatusRequest* request,
                                            v1::UpdateDerStatusResponse* response) override;

 private:
  using Connections = std::vector<std::unique_ptr<store::Connection>>;
  PlainRegistry(Connections connections, auth::Authenticator& authenticator);

  absl::Status Update(const grpc::CallbackServerContext& context, const v1::UpdateDerStatusRequest& request,
                      v1::UpdateDerStatusResponse& response);
  std::unique_ptr<store::Connection> Take();  // never waits: there are as many connections as threads
  void PutBack(std::unique_ptr<store::Connection> connection);

  auth::Authenticator& authenticator_;
  base::RandomIdSource ids_;
  absl::Mutex mutex_;
  Connections idle_ ABSL_GUARDED_BY(mutex_);
  base::WorkerPool workers_;  // goes first: its threads use the rest
};

}  // namespace derms::bench
