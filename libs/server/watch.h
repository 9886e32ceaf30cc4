// Server streams that follow something: a source is asked for the next message whenever the client has taken the last.
//
// A slow client holds back its own stream only: one message is in flight, and what waits behind it waits in the
// source, which bounds its queue and answers RESOURCE_EXHAUSTED TOO_SLOW when that is full.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/running_call.h"
#include "libs/server/status_map.h"
#include "libs/server/stream_hub.h"
#include "libs/server/stream_writer.h"

namespace derms::server {

inline constexpr absl::Duration kHeartbeatEvery = absl::Seconds(5);  // of silence

// Everything has been told.
inline absl::Status EndOfStream() {
  return base::ErrorBuilder(absl::StatusCode::kOutOfRange, "END_OF_STREAM", "everything has been told");
}

// Used by one thread at a time.
template <typename Message>
class WatchSource {
 public:
  virtual ~WatchSource() = default;
  // Whether Next will block: it then runs on the worker pool.
  virtual bool NeedsDatabase() const = 0;
  // What to send now; nothing when all is sent: the source then calls its `wake` when there is more. An error ends
  // the stream with it; EndOfStream() ends it with OK.
  virtual absl::StatusOr<std::optional<Message>> Next(absl::Time deadline) = 0;
  // Sent after a silence; nothing when the method has no heartbeat.
  virtual std::optional<Message> Heartbeat() { return std::nullopt; }
};

template <typename Message>
class WatchStream final : public StreamWriter<Message>, public LiveStream {
 public:
  using Source = std::unique_ptr<WatchSource<Message>>;

  WatchStream(std::shared_ptr<RunningCall> running, std::string request_id)
      : StreamWriter<Message>(/*queue_limit=*/1), running_(std::move(running)), request_id_(std::move(request_id)) {}

  void Begin(Source source) {
    {
      absl::MutexLock lock(&mutex_);
      source_ = std::move(source);
    }
    Wake();
  }
  // Any thread; never blocks.
  void Wake() {
    if (!Take()) return;
    const auto self = Self();
    if (!source_->NeedsDatabase()) return Pump();
    const absl::Status taken = running_->lane().pool.SubmitPatient([self] {
      if (!self->ended()) self->Pump();
    });
    if (!taken.ok()) Release(/*asked_again=*/true);  // the service is stopping
  }
  void Tick() override {
    if (const absl::Status still = running_->StillAdmitted(); !still.ok()) return End(still);
    bool silent = false, retry = false;
    {
      absl::MutexLock lock(&mutex_);
      retry = asked_again_ && !busy_;
      silent = !busy_ && absl::Now() - last_sent_ >= kHeartbeatEvery;
    }
    if (retry) return Wake();
    if (silent) SendHeartbeat();
  }
  void End(const absl::Status& status) override {
    {
      absl::MutexLock lock(&mutex_);
      if (!final_) final_ = status;
    }
    StreamWriter<Message>::End(ToGrpcStatus(status, request_id_));
  }

 private:
  std::shared_ptr<WatchStream> Self() { return std::static_pointer_cast<WatchStream>(this->shared_from_this()); }

  // The right to use the source; whoever asks meanwhile is remembered.
  bool Take() {
    absl::MutexLock lock(&mutex_);
    if (busy_ || source_ == nullptr) {
      asked_again_ = true;
      return false;
    }
    busy_ = true;
    asked_again_ = false;
    return true;
  }
  void Release(bool asked_again) {
    absl::MutexLock lock(&mutex_);
    busy_ = false;
    asked_again_ |= asked_again;
  }
  // With the right to use the source; keeps it while a message is in flight.
  void Pump() {
    auto next = Guarded([this] { return source_->Next(absl::Now() + kStreamItemDeadline); });
    if (!next.ok()) {
      return End(absl::IsOutOfRange(next.status()) ? absl::OkStatus() : next.status());
    }
    if (*next) return Send(std::move(**next));
    bool again = false;
    {
      absl::MutexLock lock(&mutex_);
      busy_ = false;
      again = asked_again_;
    }
    if (again) Wake();
  }
  void Send(Message message) {
    {
      absl::MutexLock lock(&mutex_);
      last_sent_ = absl::Now();
    }
    this->Push(std::move(message));  // refused only when the stream has ended
  }
  void SendHeartbeat() {
    if (!Take()) return;
    auto heartbeat = source_->Heartbeat();
    if (heartbeat) return Send(*std::move(heartbeat));
    Release(/*asked_again=*/false);
  }
  void OnRoom() override {  // the message was taken by the transport: give the source back and ask it for more
    Release(/*asked_again=*/false);
    Wake();
  }
  void OnEnded(const grpc::Status& status) override {
    absl::Status final_status;
    {
      absl::MutexLock lock(&mutex_);
      final_status =
          final_.value_or(absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()));
    }
    running_->Finish(final_status, request_id_);
    running_->CloseContext();
  }

  const std::shared_ptr<RunningCall> running_;
  const std::string request_id_;
  Source source_;  // set once by Begin, before the first Take succeeds
  absl::Mutex mutex_;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool asked_again_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time last_sent_ ABSL_GUARDED_BY(mutex_) = absl::Now();
  std::optional<absl::Status> final_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::server
