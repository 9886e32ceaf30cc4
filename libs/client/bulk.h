// Bulk streams: one message out, one answer back, in order, several under way. When the connection is lost, the stream
// is opened again and the messages without an answer are sent again as they were: their items carry request_ids, so
// what was already done is not done twice.
#pragma once

#include <grpcpp/support/sync_stream.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "libs/client/connection.h"

namespace derms::client {

inline constexpr std::size_t kBulkWindow = 4;  // messages under way: hides the round trip, bounds memory

// Not thread-safe; one object is one exchange. Request and Response are messages of a bidirectional stream.
template <typename Request, typename Response>
class BulkExchange {
 public:
  using Stream = grpc::ClientReaderWriter<Request, Response>;
  using Source = std::function<bool(Request*)>;  // false at the end; sets request_ids itself
  using Sink = std::function<void(const Request&, const Response&)>;

  // `stub_method` as &v1::RegistryService::Stub::RegisterDers.
  template <typename Stub>
  BulkExchange(Connection& connection, std::unique_ptr<Stream> (Stub::*stub_method)(grpc::ClientContext*))
      : connection_(connection), open_([&connection, stub_method](grpc::ClientContext* context) {
          Stub stub(connection.channel());
          return (stub.*stub_method)(context);
        }) {}

  // Sends everything `source` gives and hands each message with its answer to `sink`, in order, on this thread.
  // Ends early with the error when the service refuses the stream, stays silent for the connection's timeout, or the
  // attempts without progress are used up.
  absl::Status Run(const Source& source, const Sink& sink) {
    Backoff backoff(connection_.options().retry, connection_.surroundings().pacing);
    while (true) {
      const std::size_t answered_before = answered_;
      grpc::Status status;
      RETURN_IF_ERROR(Attempt(source, sink, &status));
      if (status.ok() && unanswered_.empty() && source_ended_) return absl::OkStatus();
      if (status.ok()) {
        return base::Internal("STREAM_CUT", "the service ended the stream before it had answered every message");
      }
      if (answered_ > answered_before) backoff.Reset();
      if (!IsRetryable(status) || !backoff.HasNext()) return connection_.Explain(status);
      connection_.surroundings().pacing.sleep(backoff.Next(RetryDelayOf(status)));
    }
  }

 private:
  // One stream from opening to its status. The reader has its own thread: a service that answers while we write would
  // otherwise wait for us to read while we wait for it to read.
  absl::Status Attempt(const Source& source, const Sink& sink, grpc::Status* status) {
    grpc::ClientContext context;
    RETURN_IF_ERROR(connection_.Authorize(context));
    auto stream = open_(&context);
    {
      absl::MutexLock lock(&mutex_);
      answers_.clear();
      reader_done_ = false;
    }
    std::thread reader([&] { Read(*stream); });
    std::size_t sent = 0;
    bool silent = false;
    while (!silent && NextToSend(source, sent)) {
      if (!stream->Write(unanswered_[sent])) break;
      ++sent;
      silent = !Settle(sink, kBulkWindow, &sent);
    }
    stream->WritesDone();
    while (!silent && sent > 0 && !ReaderDone()) silent = !Settle(sink, 1, &sent);
    if (silent) context.TryCancel();
    reader.join();
    TakeAnswers(sink, &sent);
    *status = stream->Finish();
    if (silent) *status = grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "");
    return absl::OkStatus();
  }

  bool NextToSend(const Source& source, std::size_t sent) {
    if (ReaderDone()) return false;
    if (sent < unanswered_.size()) return true;  // left over from a lost stream
    Request next;
    if (source_ended_ || !source(&next)) {
      source_ended_ = true;
      return false;
    }
    unanswered_.push_back(std::move(next));
    return true;
  }

  // Waits until fewer than `window` messages are under way; false when the service was silent for the timeout.
  bool Settle(const Sink& sink, std::size_t window, std::size_t* sent) {
    TakeAnswers(sink, sent);
    while (*sent >= window && !ReaderDone()) {
      {
        absl::MutexLock lock(&mutex_);
        const auto news = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !answers_.empty() || reader_done_; };
        if (!mutex_.AwaitWithTimeout(absl::Condition(&news), connection_.options().timeout)) return false;
      }
      TakeAnswers(sink, sent);
    }
    return true;
  }

  void TakeAnswers(const Sink& sink, std::size_t* sent) {
    std::deque<Response> answers;
    {
      absl::MutexLock lock(&mutex_);
      answers.swap(answers_);
    }
    for (const Response& answer : answers) {
      if (unanswered_.empty() || *sent == 0) return;  // more answers than messages: a broken service
      sink(unanswered_.front(), answer);
      unanswered_.pop_front();
      --*sent;
      ++answered_;
    }
  }

  void Read(Stream& stream) {
    Response answer;
    while (stream.Read(&answer)) {
      absl::MutexLock lock(&mutex_);
      answers_.push_back(std::move(answer));
    }
    absl::MutexLock lock(&mutex_);
    reader_done_ = true;
  }

  bool ReaderDone() {
    absl::MutexLock lock(&mutex_);
    return reader_done_;
  }

  Connection& connection_;
  const std::function<std::unique_ptr<Stream>(grpc::ClientContext*)> open_;
  std::deque<Request> unanswered_;
  bool source_ended_ = false;
  std::size_t answered_ = 0;
  absl::Mutex mutex_;
  std::deque<Response> answers_ ABSL_GUARDED_BY(mutex_);
  bool reader_done_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace derms::client
