// Offers readings to a registry at a rate of its own, whatever the registry takes, and prints what became of them as
// one JSON line. Without a rate it offers as much as is taken.
#include <grpcpp/support/client_callback.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "derms/v1/telemetry.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/bench/load_options.h"

namespace derms::bench {
namespace {

constexpr int kMostUnanswered = 8;  // as many as the service reads ahead of its answers
constexpr auto kTick = std::chrono::milliseconds(1);

struct FloodOptions {
  LoadOptions target;
  int streams = 64, readings = 500;
  double rate = 0;  // messages per second; 0: as many as are taken
};

// What all streams saw. Thread-safe.
struct Counts {
  std::atomic<std::int64_t> sent = 0, answered = 0, accepted = 0, rejected = 0;
  absl::Mutex mutex;
  std::map<std::string, int> ended ABSL_GUARDED_BY(mutex);  // streams, by status
};

v1::ReportReadingsRequest MessageOf(const FloodOptions& options, int stream) {
  v1::ReportReadingsRequest message;
  for (int i = 0; i < options.readings; ++i) {
    auto* reading = message.add_readings();
    reading->set_der_id(DerId((stream * options.readings + i) % options.target.ders));
    reading->set_power_kw(10 + i % 30);
    reading->set_voltage_v(12470);
    reading->set_frequency_hz(60);
  }
  return message;
}

// One stream after the other over the same connection: when one ends, the next is opened by its next message.
class Source {
 public:
  Source(const FloodOptions& options, int number, const Target& target, Counts& counts)
      : stub_(target.channel(number)), target_(target), counts_(counts), message_(MessageOf(options, number)) {}

  // False when nothing more may be under way.
  bool Offer() {
    const absl::MutexLock lock(&mutex_);
    if (closing_ || writing_ || unanswered_ >= kMostUnanswered) return false;
    if (stream_ == nullptr) {
      stream_ = new Stream(*this);
      stream_->Begin();
    }
    writing_ = true;
    ++unanswered_;
    ++counts_.sent;
    stream_->StartWrite(&message_);
    return true;
  }
  // Ends the stream and returns when it has ended.
  void Close() {
    const auto gone = [this] { return stream_ == nullptr; };
    const absl::MutexLock lock(&mutex_);
    closing_ = true;
    if (stream_ != nullptr) stream_->context.TryCancel();
    mutex_.Await(absl::Condition(&gone));
  }

 private:
  class Stream final : public grpc::ClientBidiReactor<v1::ReportReadingsRequest, v1::ReportReadingsResponse> {
   public:
    explicit Stream(Source& source) : source_(source) {}
    void Begin() {
      source_.target_.Authorize(context);
      source_.stub_.async()->ReportReadings(&context, this);
      StartRead(&answer_);
      StartCall();
    }
    grpc::ClientContext context;

   private:
    void OnWriteDone(bool) override {
      const absl::MutexLock lock(&source_.mutex_);
      source_.writing_ = false;
    }
    void OnReadDone(bool ok) override {
      if (!ok) return;
      source_.Answered(answer_);
      StartRead(&answer_);
    }
    void OnDone(const grpc::Status& status) override {
      source_.Ended(status);
      delete this;
    }
    Source& source_;
    v1::ReportReadingsResponse answer_;
  };

  void Answered(const v1::ReportReadingsResponse& answer) {
    ++counts_.answered;
    counts_.accepted += answer.accepted();
    counts_.rejected += answer.rejected_count();
    const absl::MutexLock lock(&mutex_);
    --unanswered_;
  }
  void Ended(const grpc::Status& status) {
    const absl::MutexLock lock(&mutex_);
    if (!closing_) {
      const absl::MutexLock counting(&counts_.mutex);
      ++counts_.ended[absl::StrCat(status.error_code(), " ", status.error_message())];
    }
    stream_ = nullptr;
    writing_ = false;
    unanswered_ = 0;
  }

  v1::TelemetryService::Stub stub_;
  const Target& target_;
  Counts& counts_;
  const v1::ReportReadingsRequest message_;
  absl::Mutex mutex_;
  Stream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;  // deletes itself
  bool writing_ ABSL_GUARDED_BY(mutex_) = false, closing_ ABSL_GUARDED_BY(mutex_) = false;
  int unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Offers to the sources in turn. Returns how many messages were due, of which those without room were not sent.
std::int64_t Run(const FloodOptions& options, std::vector<std::unique_ptr<Source>>& sources) {
  const auto begin = SteadyClock::now();
  std::int64_t due = 0, offered = 0;
  std::size_t next = 0;
  const auto offer_to_anyone = [&] {
    for (std::size_t tried = 0; tried < sources.size(); ++tried) {
      if (sources[next++ % sources.size()]->Offer()) return true;
    }
    return false;
  };
  for (double elapsed = 0; elapsed < options.target.seconds;) {
    elapsed = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    if (options.rate == 0) {
      while (offer_to_anyone()) ++due;
    } else {
      due = static_cast<std::int64_t>(options.rate * elapsed);
      while (offered < due && offer_to_anyone()) ++offered;
      offered = due;  // what finds no room is not made up for
    }
    std::this_thread::sleep_for(kTick);
  }
  return due;
}

FloodOptions Parse(int argc, char** argv) {
  FloodOptions options;
  CLI::App app("Offers readings to a TelemetryService and prints what became of them as one JSON line.");
  app.add_option("--address", options.target.address)->required();
  app.add_option("--ca-file", options.target.ca_file)->required();
  app.add_option("--token-file", options.target.token_file)->required();
  app.add_option("--ders", options.target.ders)->check(CLI::Range(1, 9'999'999));
  app.add_option("--streams", options.streams)->check(CLI::Range(1, 900));
  app.add_option("--readings", options.readings, "in a message")->check(CLI::Range(1, 10'000));
  app.add_option("--rate", options.rate, "messages per second; 0: as many as are taken")->check(CLI::Range(0.0, 1e6));
  app.add_option("--seconds", options.target.seconds)->check(CLI::Range(0.1, 3600.0));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return options;
}

int Main(int argc, char** argv) {
  const FloodOptions options = Parse(argc, argv);
  const Target target(options.target);
  Counts counts;
  std::vector<std::unique_ptr<Source>> sources;
  for (int i = 0; i < options.streams; ++i) {
    sources.push_back(std::make_unique<Source>(options, i, target, counts));
  }
  const std::int64_t due = Run(options, sources);
  const std::int64_t answered = counts.answered, accepted = counts.accepted;
  for (const auto& source : sources) source->Close();
  const absl::MutexLock lock(&counts.mutex);
  const double seconds = options.target.seconds;
  const nlohmann::json line = {{"offered_per_s", static_cast<double>(due) / seconds},
                               {"sent_per_s", static_cast<double>(counts.sent) / seconds},
                               {"answered_per_s", static_cast<double>(answered) / seconds},
                               {"readings_per_s", static_cast<double>(accepted) / seconds},
                               {"rejected", counts.rejected.load()},
                               {"streams_ended", counts.ended}};
  std::puts(line.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace derms::bench

int main(int argc, char** argv) {
  return derms::bench::Main(argc, argv);
}
