#include "tests/sim/gateway.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/client/status.h"
#include "libs/wire/convert_time.h"
#include "tests/sim/seeded.h"

namespace derms::sim {
namespace {

constexpr std::size_t kMostItems = 1'000;  // in a batch of acknowledgements
constexpr absl::Duration kAgain = absl::Seconds(1);

client::RetryPolicy ForEver() {
  return {.max_attempts = std::numeric_limits<int>::max(),
          .first_delay = absl::Milliseconds(200),
          .max_delay = absl::Seconds(10)};
}

}  // namespace

// Deletes itself when it is over.
class Gateway::Watch final : public grpc::ClientReadReactor<v1::WatchSetpointsResponse> {
 public:
  explicit Watch(Gateway& gateway) : gateway_(gateway) {}
  void Begin(client::Connection& connection, v1::WatchSetpointsRequest request) {
    request_ = std::move(request);
    v1::ControlService::Stub stub(connection.channel());
    stub.async()->WatchSetpoints(&context, &request_, this);
    StartRead(&message_);
    StartCall();
  }
  grpc::ClientContext context;

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    gateway_.OnHeard(message_);
    StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    gateway_.OnWatchEnd(status);
    delete this;
  }

  Gateway& gateway_;
  v1::WatchSetpointsRequest request_;
  v1::WatchSetpointsResponse message_;
};

class Gateway::AckOwner final : public Acks::Owner {
 public:
  explicit AckOwner(Gateway& gateway) : gateway_(gateway) {}
  void OnAnswer(const v1::AcknowledgeInstructionsRequest& said,
                const v1::AcknowledgeInstructionsResponse& answer) override {
    gateway_.OnAcknowledged(said, answer);
  }
  void OnEnd(const v1::AcknowledgeInstructionsRequest&, const grpc::Status& status) override {
    gateway_.OnAckEnd(status);
  }

 private:
  Gateway& gateway_;
};

class Gateway::ReadingOwner final : public Readings::Owner {
 public:
  explicit ReadingOwner(Gateway& gateway) : gateway_(gateway) {}
  void OnAnswer(const v1::ReportReadingsRequest&, const v1::ReportReadingsResponse& answer) override {
    gateway_.surroundings_.tally.Reported(answer);
  }
  void OnEnd(const v1::ReportReadingsRequest&, const grpc::Status& status) override { gateway_.OnReadingEnd(status); }

 private:
  Gateway& gateway_;
};

Gateway::Gateway(int number, Surroundings surroundings, DerBook book)
    : number_(number),
      surroundings_(std::move(surroundings)),
      ack_owner_(std::make_unique<AckOwner>(*this)),
      reading_owner_(std::make_unique<ReadingOwner>(*this)),
      book_(std::move(book)),
      backoff_(ForEver(), surroundings_.pacing) {
  const absl::Time now = surroundings_.clock.Now();
  opens_watch_at_ = opens_acks_at_ = now;
  restarts_at_ = now + UptimeOf(surroundings_.faults, number_, 0);
  // Not all gateways at once.
  reports_at_ =
      now + surroundings_.readings_every * Chance(surroundings_.faults.seed, {"reports", absl::StrCat(number)});
}

Gateway::~Gateway() = default;

void Gateway::Tick() {
  const absl::Time now = surroundings_.clock.Now();
  const absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  if (const int fallen_back = book_.Advance(now)) surroundings_.tally.Add("ders_fell_back", fallen_back);
  if (now >= restarts_at_) Restart(now);
  if (watch_ == nullptr && now >= opens_watch_at_) OpenWatch();
  if (MayAcknowledge(now)) Acknowledge();
  if (now >= reports_at_) Report(now);
}

void Gateway::OpenWatch() {
  auto watch = std::make_unique<Watch>(*this);
  if (const absl::Status status = surroundings_.watching.Authorize(watch->context); !status.ok()) {
    surroundings_.tally.StreamEnded(absl::StrCat("watch ", base::ReasonOf(status)));
    opens_watch_at_ = surroundings_.clock.Now() + kAgain;
    return;
  }
  v1::WatchSetpointsRequest request;
  for (std::string& der_id : book_.DerIds()) request.add_der_ids(std::move(der_id));
  request.set_resume_token(resume_token_);
  watch_ = watch.release();
  watch_->Begin(surroundings_.watching, std::move(request));
}

void Gateway::OnHeard(const v1::WatchSetpointsResponse& message) {
  const absl::Time now = surroundings_.clock.Now();
  surroundings_.tally.Heard(message, now - wire::FromProto(message.as_of()));
  const absl::MutexLock lock(&mutex_);
  backoff_.Reset();
  for (const auto& [emergency_id, ders] : book_.Hear(message, now)) {
    surroundings_.tally.HeardOrder(emergency_id, ders, now);
  }
  if (!message.resume_token().empty()) resume_token_ = message.resume_token();
  if (message.complete() && !std::exchange(was_complete_, true)) surroundings_.tally.FirstComplete();
  WaitToAcknowledge(message, now);
  if (!stopping_ && MayAcknowledge(now)) Acknowledge();
}

// At random within what the service asks for. Who waits already does not begin anew.
void Gateway::WaitToAcknowledge(const v1::WatchSetpointsResponse& message, absl::Time now) {
  if (!message.has_acknowledge_within() || now < acknowledges_at_) return;
  const double share = Chance(surroundings_.faults.seed, {"waits", absl::StrCat(number_), absl::StrCat(++waits_)});
  acknowledges_at_ = now + wire::FromProto(message.acknowledge_within()) * share;
}

bool Gateway::MayAcknowledge(absl::Time now) const {
  return now >= opens_acks_at_ && now >= acknowledges_at_;
}

void Gateway::OnWatchEnd(const grpc::Status& status) {
  NoteEnd("watch", status);
  const absl::MutexLock lock(&mutex_);
  watch_ = nullptr;
  opens_watch_at_ = surroundings_.clock.Now() + backoff_.Next(client::RetryDelayOf(status));
}

void Gateway::Acknowledge() {
  if (acks_ != nullptr && !acks_->IsIdle()) return;
  auto request = book_.TakeAcknowledgements(kMostItems);
  if (request.items().empty()) return;
  if (acks_ == nullptr) {
    auto acks = std::make_unique<Acks>(*ack_owner_);
    if (!surroundings_.answering.Authorize(acks->context()).ok()) {
      book_.Unanswered();
      opens_acks_at_ = surroundings_.clock.Now() + kAgain;
      return;
    }
    acks_ = acks.release();
    v1::ControlService::Stub stub(surroundings_.answering.channel());
    stub.async()->AcknowledgeInstructions(&acks_->context(), acks_);
    acks_->Begin();
  }
  if (!acks_->Send(std::move(request))) book_.Unanswered();
}

void Gateway::OnAcknowledged(const v1::AcknowledgeInstructionsRequest& said,
                             const v1::AcknowledgeInstructionsResponse& answer) {
  surroundings_.tally.Acknowledged(said, answer, surroundings_.clock.Now());
  const absl::MutexLock lock(&mutex_);
  book_.Answered(said);
}

void Gateway::OnAckEnd(const grpc::Status& status) {
  NoteEnd("acknowledgements", status);
  const absl::MutexLock lock(&mutex_);
  acks_ = nullptr;
  book_.Unanswered();
  opens_acks_at_ = surroundings_.clock.Now() + backoff_.Next(client::RetryDelayOf(status));
}

// What is measured is worth something now: a reading that is not through by the next one is not sent again.
void Gateway::Report(absl::Time now) {
  reports_at_ = now + surroundings_.readings_every;
  if (readings_ != nullptr && !readings_->IsIdle()) return;
  if (readings_ == nullptr) {
    auto readings = std::make_unique<Readings>(*reading_owner_);
    if (!surroundings_.reporting.Authorize(readings->context()).ok()) return;
    readings_ = readings.release();
    v1::TelemetryService::Stub stub(surroundings_.reporting.channel());
    stub.async()->ReportReadings(&readings_->context(), readings_);
    readings_->Begin();
  }
  readings_->Send(book_.Readings(now));
}

void Gateway::OnReadingEnd(const grpc::Status& status) {
  NoteEnd("readings", status);
  const absl::MutexLock lock(&mutex_);
  readings_ = nullptr;
}

// Streams that this gateway dropped itself are no news.
void Gateway::NoteEnd(const char* stream, const grpc::Status& status) {
  if (status.ok() || status.error_code() == grpc::StatusCode::CANCELLED) return;
  const std::string reason(base::ReasonOf(surroundings_.watching.Explain(status)));
  const std::string why = status.error_details().empty() ? absl::StrCat(": ", status.error_message()) : "";
  surroundings_.tally.StreamEnded(absl::StrCat(stream, " ", reason, why));
}

void Gateway::Restart(absl::Time now) {
  surroundings_.tally.Add("restarts", 1);
  restarts_at_ = now + UptimeOf(surroundings_.faults, number_, ++restarts_);
  DropStreams();
}

void Gateway::DropStreams() {
  if (watch_ != nullptr) watch_->context.TryCancel();
  if (acks_ != nullptr) acks_->Cancel();
  if (readings_ != nullptr) readings_->Cancel();
}

void Gateway::Stop() {
  const absl::MutexLock lock(&mutex_);
  stopping_ = true;
  if (watch_ != nullptr) watch_->context.TryCancel();
  if (acks_ != nullptr) acks_->Close();
  if (readings_ != nullptr) readings_->Close();
}

void Gateway::Cancel() {
  const absl::MutexLock lock(&mutex_);
  DropStreams();
}

bool Gateway::IsQuiet() const {
  const absl::MutexLock lock(&mutex_);
  return watch_ == nullptr && acks_ == nullptr && readings_ == nullptr;
}

}  // namespace derms::sim
