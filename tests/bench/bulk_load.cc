#include "tests/bench/bulk_load.h"

#include <grpcpp/support/client_callback.h>

#include <deque>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "derms/v1/registry.grpc.pb.h"

namespace derms::bench {
namespace {

// DERs of its own, in two messages sent in turn: they go ONLINE, then OFFLINE as they were.
struct Block {
  v1::UpdateDerStatusesRequest to_online, to_offline;
  bool online = false;  // as last sent
  SteadyClock::time_point sent;

  Block(int first_der, int items) {
    for (int number = first_der; number < first_der + items; ++number) {
      AddItem(to_online, number, v1::DER_STATUS_ONLINE);
      AddItem(to_offline, number, v1::DER_STATUS_OFFLINE);
    }
  }
  static void AddItem(v1::UpdateDerStatusesRequest& request, int der, v1::DerStatus status) {
    auto* item = request.add_items();
    item->set_der_id(DerId(der));
    item->set_status(status);
  }
  int size() const { return to_online.items_size(); }
};

class StatusStream final : public grpc::ClientBidiReactor<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse> {
 public:
  StatusStream(const LoadOptions& options, int index, const Target& target, const Window& window,
               absl::BlockingCounter& running)
      : stub_(target.channel(index)), window_(window), running_(running), tally_(window) {
    for (int i = 0; i < options.unanswered; ++i) {
      blocks_.push_back(std::make_unique<Block>((index * options.unanswered + i) * options.items, options.items));
    }
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
    target.Authorize(context_);
  }

  void Start() {
    stub_.async()->UpdateDerStatuses(&context_, this);
    absl::MutexLock lock(&mutex_);
    busy_ = static_cast<int>(blocks_.size());
    for (const auto& block : blocks_) to_send_.push_back(block.get());
    WriteNext();
    StartRead(&answer_);
    StartCall();
  }
  Tally TakeTally() { return std::move(tally_); }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || to_send_.empty()) return;
    Block& block = *to_send_.front();
    to_send_.pop_front();
    unanswered_.push_back(&block);
    block.online = !block.online;
    block.sent = SteadyClock::now();
    writing_ = true;
    StartWrite(block.online ? &block.to_online : &block.to_offline);
  }
  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) return;
    WriteNext();
    if (busy_ == 0) StartWritesDone();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;  // the stream ends; OnDone tells why
    const auto now = SteadyClock::now();
    absl::MutexLock lock(&mutex_);
    Block& block = *unanswered_.front();
    unanswered_.pop_front();
    const bool succeeded = Check(block);
    if (succeeded) tally_.Succeeded(block.sent, now, block.size());
    if (!succeeded || (now >= window_.end && !block.online)) {
      --busy_;
    } else {
      to_send_.push_back(&block);
      WriteNext();
    }
    if (busy_ == 0 && !writing_) StartWritesDone();
    StartRead(&answer_);
  }
  bool Check(const Block& block) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    bool succeeded = answer_.results_size() == block.size();
    if (!succeeded) tally_.Failed("an answer with another number of results");
    for (const auto& result : answer_.results()) {
      if (!result.has_error()) continue;
      succeeded = false;
      tally_.Failed(absl::StrCat(result.error().code(), " ", result.error().message()));
    }
    return succeeded;
  }
  void OnDone(const grpc::Status& status) override {
    {
      absl::MutexLock lock(&mutex_);
      if (!status.ok() || busy_ != 0) {
        tally_.Failed(absl::StrCat(status.error_code(), " the stream ended: ", status.error_message()));
      }
    }
    running_.DecrementCount();
  }

  v1::RegistryService::Stub stub_;
  const Window window_;
  absl::BlockingCounter& running_;
  grpc::ClientContext context_;
  std::vector<std::unique_ptr<Block>> blocks_;
  v1::UpdateDerStatusesResponse answer_;  // of the read under way
  absl::Mutex mutex_;
  std::deque<Block*> to_send_ ABSL_GUARDED_BY(mutex_);
  std::deque<Block*> unanswered_ ABSL_GUARDED_BY(mutex_);  // in the order of their answers
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  int busy_ ABSL_GUARDED_BY(mutex_) = 0;  // blocks that go on
  Tally tally_;
};

}  // namespace

std::vector<Tally> RunBulkLoad(const LoadOptions& options, const Target& target) {
  const Window window = Window::FromNow(options);
  absl::BlockingCounter running(options.channels);
  std::vector<std::unique_ptr<StatusStream>> streams;
  for (int i = 0; i < options.channels; ++i) {
    streams.push_back(std::make_unique<StatusStream>(options, i, target, window, running));
  }
  for (const auto& stream : streams) stream->Start();
  running.Wait();
  std::vector<Tally> tallies;
  for (const auto& stream : streams) tallies.push_back(stream->TakeTally());
  return tallies;
}

}  // namespace derms::bench
