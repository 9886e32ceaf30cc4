// A server stream that any thread may write to: a bounded queue, one write in flight, one end.
//
// gRPC wants one write at a time, none after Finish, and no lock held while either is called; a slow client shows only
// as a write that does not complete. The stream keeps itself alive until gRPC is done with it, and whoever writes to it
// holds a shared_ptr too.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"

namespace derms::server {

// Thread-safe. Make one with StartStream and return its get() from the service method.
template <typename Message>
class StreamWriter : public grpc::ServerWriteReactor<Message>,
                     public std::enable_shared_from_this<StreamWriter<Message>> {
 public:
  explicit StreamWriter(std::size_t queue_limit) : queue_limit_(queue_limit) {}

  // False when the queue is full or the stream has ended: the message was not taken.
  bool Push(Message message) {
    {
      absl::MutexLock lock(&mutex_);
      if (ending_ || queue_.size() >= queue_limit_) return false;
      queue_.push_back(std::move(message));
    }
    Step();
    return true;
  }
  // For messages that replace each other: what waits is dropped.
  void PushLatest(Message message) {
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) return;
      queue_.clear();
      queue_.push_back(std::move(message));
    }
    Step();
  }
  // The first call counts. What waits is dropped, the write in flight ends first.
  void End(grpc::Status status) {
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) return;
      ending_ = std::move(status);
      queue_.clear();
    }
    Step();
  }
  bool ended() const {
    absl::MutexLock lock(&mutex_);
    return ending_.has_value();
  }

 protected:
  // The transport has taken everything that was pushed: there is room for more.
  virtual void OnRoom() {}
  // Called once, with the final status, when gRPC is done with the stream.
  virtual void OnEnded(const grpc::Status& status) = 0;

 private:
  template <typename Stream, typename... Args>
  friend std::shared_ptr<Stream> StartStream(Args&&... args);

  // Starts the next write, or finishes; at most one of both at a time.
  void Step() {
    bool finish = false;
    {
      absl::MutexLock lock(&mutex_);
      if (writing_ || finished_) return;
      if (ending_) {
        finish = finished_ = true;
      } else if (queue_.empty()) {
        return;
      } else {
        writing_ = true;
        in_flight_ = std::move(queue_.front());
        queue_.pop_front();
      }
    }
    if (finish) {
      this->Finish(*ending_);  // not changed any more
    } else {
      this->StartWrite(&in_flight_);
    }
  }
  void OnWriteDone(bool ok) final {
    bool room = false;
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      room = ok && !ending_ && queue_.empty();
    }
    if (!ok) End(grpc::Status(grpc::StatusCode::CANCELLED, "the client went away"));
    Step();
    if (room) OnRoom();
  }
  void OnCancel() final { End(grpc::Status(grpc::StatusCode::CANCELLED, "the client went away")); }
  void OnDone() final {
    OnEnded(*ending_);
    const auto last = std::move(self_);  // may delete this
  }

  const std::size_t queue_limit_;
  mutable absl::Mutex mutex_;
  std::deque<Message> queue_ ABSL_GUARDED_BY(mutex_);
  std::optional<grpc::Status> ending_;  // set once, under mutex_
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  Message in_flight_;  // belongs to the write under way
  std::shared_ptr<StreamWriter> self_;
};

template <typename Stream, typename... Args>
std::shared_ptr<Stream> StartStream(Args&&... args) {
  auto stream = std::make_shared<Stream>(std::forward<Args>(args)...);
  stream->self_ = stream;
  return stream;
}

}  // namespace derms::server
