// Bidirectional streams of mutations: each message is answered by one, in order, once what it asks for is durable.
//
// A client may have kMaxUnanswered messages under way, one while the service is busy; beyond it nothing is read, and
// HTTP/2 flow control holds the client back. A message whose envelope is wrong, or a caller whose rights have ended,
// ends the stream after the answers already owed.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "libs/server/running_call.h"
#include "libs/server/stream_hub.h"

namespace derms::server {

inline constexpr std::size_t kMaxUnanswered = 8;

// Thread-safe. `Work` answers one message: it is called with the message, and calls `done` once, from any thread;
// an error ends the stream.
template <typename Message, typename Answer>
class BulkStream final : public grpc::ServerBidiReactor<Message, Answer>,
                         public LiveStream,
                         public std::enable_shared_from_this<BulkStream<Message, Answer>> {
 public:
  using Done = std::function<void(absl::StatusOr<Answer>)>;
  using Work = std::function<void(const std::shared_ptr<RunningCall>&, const Message&, Done)>;

  BulkStream(std::shared_ptr<RunningCall> running, Work work) : running_(std::move(running)), work_(std::move(work)) {}

  // Call once; then the stream lives until gRPC is done with it.
  void Begin(const absl::Status& admitted) {
    self_ = this->shared_from_this();
    if (!admitted.ok()) return End(admitted);
    this->StartRead(&incoming_);
  }
  // Nothing more is read; what is owed is answered, then the stream ends with the status.
  void End(const absl::Status& status) override {
    {
      absl::MutexLock lock(&mutex_);
      if (!ending_) ending_ = status;
    }
    Step();
  }
  void Tick() override {
    if (const absl::Status still = running_->StillAdmitted(); !still.ok()) End(still);
  }

 private:
  struct Slot {
    Message message;
    std::optional<Answer> answer;
  };

  void OnReadDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());  // the client has said all
    auto slot = std::make_shared<Slot>();
    slot->message = std::move(incoming_);
    incoming_ = Message();
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      if (ending_) return;  // not begun, not answered
      slots_.push_back(slot);
    }
    const absl::Status envelope = running_->parts().validator.CheckEnvelope(slot->message);
    if (!envelope.ok()) {
      Drop(slot);
      return End(envelope);
    }
    work_(running_, slot->message, [self = this->shared_from_this(), slot](absl::StatusOr<Answer> answer) {
      self->Answered(slot, std::move(answer));
    });
    Step();
  }

  void Answered(const std::shared_ptr<Slot>& slot, absl::StatusOr<Answer> answer) {
    if (!answer.ok()) {
      Drop(slot);
      return End(answer.status());
    }
    {
      absl::MutexLock lock(&mutex_);
      slot->answer = *std::move(answer);
    }
    Step();
  }

  void Drop(const std::shared_ptr<Slot>& slot) {
    absl::MutexLock lock(&mutex_);
    std::erase(slots_, slot);
  }

  struct Moves {
    Answer* write = nullptr;
    bool read = false, finish = false;
    bool any() const { return write != nullptr || read || finish; }
  };
  std::size_t Unanswered() const { return running_->lane().pool.crowded() ? 1 : kMaxUnanswered; }
  Moves NextMoves() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Moves moves;
    if (!writing_ && !slots_.empty() && slots_.front()->answer) {
      writing_ = true;
      moves.write = &*slots_.front()->answer;  // the front stays until this write is done
    }
    if (!reading_ && !ending_ && slots_.size() < Unanswered()) moves.read = reading_ = true;
    moves.finish = ending_ && !writing_ && (slots_.empty() || cancelled_);
    return moves;
  }

  // Does whatever is possible now: writes the oldest answer, reads the next message, finishes. One thread at a time,
  // or a read could be started after the finish; who comes meanwhile leaves its wish behind.
  void Step() {
    {
      absl::MutexLock lock(&mutex_);
      step_again_ = true;
      if (std::exchange(stepping_, true)) return;
    }
    while (true) {
      Moves moves;
      {
        absl::MutexLock lock(&mutex_);
        moves = NextMoves();
        if (!moves.any() && !std::exchange(step_again_, false)) {
          stepping_ = false;
          return;
        }
      }
      if (moves.write != nullptr) this->StartWrite(moves.write);
      if (moves.read) this->StartRead(&incoming_);
      if (moves.finish) return this->Finish(running_->Finish(*ending_, request_id_));  // for good: nobody steps again
    }
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      slots_.pop_front();
      cancelled_ |= !ok;
    }
    if (!ok) return End(absl::CancelledError("the client went away"));
    Step();
  }
  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      cancelled_ = true;
    }
    End(absl::CancelledError("the client went away"));
  }
  void OnDone() override {
    running_->CloseContext();
    const auto last = std::move(self_);  // may delete this
  }

  const std::shared_ptr<RunningCall> running_;
  const std::string request_id_;  // of the stream, for its end
  const Work work_;
  Message incoming_;  // belongs to the read under way
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Slot>> slots_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> ending_;  // set once, under mutex_
  bool reading_ ABSL_GUARDED_BY(mutex_) = true;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stepping_ ABSL_GUARDED_BY(mutex_) = false;
  bool step_again_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<BulkStream> self_;
};

}  // namespace derms::server
