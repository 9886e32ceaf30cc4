// A stream of batches, each of which is answered: one under way at a time. It deletes itself when it is over.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace derms::sim {

// Whoever opened it hears of answers and of the end on gRPC's threads, without a lock held.
template <typename Request, typename Response>
class BatchStreamOwner {
 public:
  virtual ~BatchStreamOwner() = default;
  virtual void OnAnswer(const Request& request, const Response& response) = 0;
  // The last call; a batch that was under way has no answer and will have none.
  virtual void OnEnd(const Request&, const grpc::Status& status) = 0;
};

// Send and Close only while OnEnd has not been called.
template <typename Request, typename Response>
class BatchStream final : public grpc::ClientBidiReactor<Request, Response> {
 public:
  using Owner = BatchStreamOwner<Request, Response>;

  explicit BatchStream(Owner& owner) : owner_(owner) {}

  grpc::ClientContext& context() { return context_; }
  // After the stub's method was called with this reactor.
  void Begin() {
    this->StartRead(&answer_);
    this->StartCall();
  }
  // False when one is under way or the stream is about to end.
  bool Send(Request&& request) {
    const absl::MutexLock lock(&mutex_);
    if (busy_ || ending_) return false;
    busy_ = true;
    request_ = std::move(request);
    this->StartWrite(&request_);
    return true;
  }
  bool IsIdle() const {
    const absl::MutexLock lock(&mutex_);
    return !busy_ && !ending_;
  }
  void Cancel() { context_.TryCancel(); }
  // After the batch under way.
  void Close() {
    const absl::MutexLock lock(&mutex_);
    if (!busy_ && !ending_) this->StartWritesDone();
    ending_ = true;
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      const absl::MutexLock lock(&mutex_);
      ending_ = true;  // nothing may be started any more
      return;
    }
    owner_.OnAnswer(request_, answer_);
    const absl::MutexLock lock(&mutex_);
    busy_ = false;
    if (ending_) this->StartWritesDone();
    this->StartRead(&answer_);
  }
  void OnDone(const grpc::Status& status) override {
    owner_.OnEnd(request_, status);
    delete this;
  }

  Owner& owner_;
  grpc::ClientContext context_;
  Response answer_;
  mutable absl::Mutex mutex_;
  Request request_;  // written by gRPC while busy_
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace derms::sim
