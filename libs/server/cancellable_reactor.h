// A unary call that says when nobody waits for its answer any more.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <utility>

namespace derms::server {

// Frees itself when gRPC is done with the call. `cancelled` becomes true when the caller cancels, goes away, or the
// deadline passes; the call still has to be finished.
class CancellableReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit CancellableReactor(std::shared_ptr<std::atomic<bool>> cancelled) : cancelled_(std::move(cancelled)) {}

  void OnCancel() override { cancelled_->store(true); }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<std::atomic<bool>> cancelled_;
};

}  // namespace derms::server
