// Streams through the whole way: bulk mutations and watches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/server/testing/rpc_fixture.h"

namespace derms::server {
namespace {

using v1::UpdateDerStatusesRequest;
using v1::UpdateDerStatusesResponse;

class BulkTest : public RpcFixture {
 protected:
  BulkTest() {
    registry_.update_status =
        [this](Call& call,
               const v1::UpdateDerStatusRequest& request) -> absl::StatusOr<Plan<v1::UpdateDerStatusResponse>> {
      call.MarkFiltered();
      ++planned_;
      if (request.der_id() == "ABSENT-1") return base::NotFound("DER_NOT_FOUND", "no such DER");
      v1::UpdateDerStatusResponse response;
      response.set_revision(7);
      return PlanOfOneWrite(response);
    };
  }
  static UpdateDerStatusesRequest Message(const std::vector<std::string>& der_ids) {
    UpdateDerStatusesRequest message;
    for (const auto& id : der_ids) {
      auto* item = message.add_items();
      item->set_der_id(id);
      item->set_status(v1::DER_STATUS_ONLINE);
    }
    return message;
  }
  std::atomic<int> planned_ = 0;
};

TEST_F(BulkTest, ItemsSucceedAndFailAloneInOrder) {
  auto context = As("owner-1");
  auto stream = registry_stub_->UpdateDerStatuses(context.get());
  ASSERT_TRUE(stream->Write(Message({"SOLAR-1", "ABSENT-1", "bad id", "SOLAR-2"})));
  UpdateDerStatusesResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  ASSERT_EQ(answer.results_size(), 4);
  EXPECT_FALSE(answer.results(0).has_error());
  EXPECT_EQ(answer.results(0).revision(), 7);
  EXPECT_EQ(answer.results(1).error().code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(answer.results(2).error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(answer.results(3).der_id(), "SOLAR-2");
  EXPECT_FALSE(answer.results(3).has_error());
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(BulkTest, AnswersKeepTheOrderOfMessagesEvenWhenALaterOneIsDurableFirst) {
  committer_.Hold();
  auto context = As("owner-1");
  auto stream = registry_stub_->UpdateDerStatuses(context.get());
  ASSERT_TRUE(stream->Write(Message({"FIRST-1"})));
  ASSERT_EQ(committer_.WaitUntilHeld(1), 1u);
  ASSERT_TRUE(stream->Write(Message({"SECOND-1"})));
  ASSERT_EQ(committer_.WaitUntilHeld(2), 2u);
  committer_.ReleaseNewest();
  committer_.Release();
  stream->WritesDone();
  UpdateDerStatusesResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.results(0).der_id(), "FIRST-1");
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.results(0).der_id(), "SECOND-1");
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(BulkTest, NothingIsReadWhileEightMessagesAreUnanswered) {
  committer_.Hold();
  auto context = As("owner-1");
  auto stream = registry_stub_->UpdateDerStatuses(context.get());
  constexpr int kMessages = 20;
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(stream->Write(Message({"SOLAR-1"})));
  EXPECT_EQ(committer_.WaitUntilHeld(kMaxUnanswered), kMaxUnanswered);
  absl::SleepFor(absl::Milliseconds(100));  // room for a mistake to show; passes however slow the machine is
  EXPECT_EQ(planned_, static_cast<int>(kMaxUnanswered));
  committer_.Release();
  stream->WritesDone();
  UpdateDerStatusesResponse answer;
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE(stream->Read(&answer)) << i;
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(BulkTest, ABadEnvelopeEndsTheStreamAfterTheAnswersOwed) {
  auto context = As("owner-1");
  auto stream = registry_stub_->UpdateDerStatuses(context.get());
  ASSERT_TRUE(stream->Write(Message({"SOLAR-1"})));
  ASSERT_TRUE(stream->Write(UpdateDerStatusesRequest()));  // no items
  UpdateDerStatusesResponse answer;
  EXPECT_TRUE(stream->Read(&answer));
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(BulkTest, DrainAnswersWhatIsOwedAndThenEnds) {
  committer_.Hold();
  auto context = As("owner-1");
  auto stream = registry_stub_->UpdateDerStatuses(context.get());
  ASSERT_TRUE(stream->Write(Message({"SOLAR-1"})));
  committer_.WaitUntilHeld(1);
  streams_.Drain();
  committer_.Release();
  UpdateDerStatusesResponse answer;
  EXPECT_TRUE(stream->Read(&answer));
  EXPECT_FALSE(stream->Read(&answer));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(status), "DRAINING");
}

TEST_F(BulkTest, AStreamIsRefusedLikeACall) {
  auto context = As("nobody");
  auto stream = registry_stub_->UpdateDerStatuses(context.get());
  UpdateDerStatusesResponse answer;
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(BulkTest, AClientThatGoesAwayLeavesNothingBehind) {
  committer_.Hold();
  {
    auto context = As("owner-1");
    auto stream = registry_stub_->UpdateDerStatuses(context.get());
    ASSERT_TRUE(stream->Write(Message({"SOLAR-1"})));
    committer_.WaitUntilHeld(1);
    context->TryCancel();
    UpdateDerStatusesResponse answer;
    EXPECT_FALSE(stream->Read(&answer));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  committer_.Release();
  EXPECT_EQ(committer_.WaitUntilHeld(0), 0u);  // the destructor of the fixture proves that the server can stop
}

TEST_F(BulkTest, AMessageThatIsOneMutationIsAnsweredOnceDurable) {
  telemetry_.report_readings = [](Call& call, const v1::ReportReadingsRequest& request) {
    call.MarkFiltered();
    v1::ReportReadingsResponse response;
    response.set_batch(request.batch());
    response.set_accepted(request.readings_size());
    return absl::StatusOr<Plan<v1::ReportReadingsResponse>>(PlanOfOneWrite(response));
  };
  auto context = As("owner-1");
  auto stream = telemetry_stub_->ReportReadings(context.get());
  v1::ReportReadingsRequest request;
  request.set_batch(42);
  auto* reading = request.add_readings();
  reading->set_der_id("SOLAR-1");
  reading->set_power_kw(1);
  ASSERT_TRUE(stream->Write(request));
  v1::ReportReadingsResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.batch(), 42);
  EXPECT_EQ(committer_.committed().size(), 1u);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// Numbers that the test puts in; one message each.
class Numbers final : public WatchSource<v1::WatchEventsResponse> {
 public:
  struct Tap {
    absl::Mutex mutex;
    std::deque<std::int64_t> waiting ABSL_GUARDED_BY(mutex);
    absl::Status failure ABSL_GUARDED_BY(mutex);
    std::function<void()> wake;
    void Put(std::int64_t number) {
      {
        absl::MutexLock lock(&mutex);
        waiting.push_back(number);
      }
      wake();
    }
    void Fail(absl::Status status) {
      {
        absl::MutexLock lock(&mutex);
        failure = std::move(status);
      }
      wake();
    }
  };
  Numbers(Tap& tap, bool needs_database) : tap_(tap), needs_database_(needs_database) {}
  bool NeedsDatabase() const override { return needs_database_; }
  absl::StatusOr<std::optional<v1::WatchEventsResponse>> Next(absl::Time) override {
    absl::MutexLock lock(&tap_.mutex);
    if (!tap_.failure.ok()) return tap_.failure;
    if (tap_.waiting.empty()) return std::nullopt;
    v1::WatchEventsResponse message;
    message.set_through_sequence(tap_.waiting.front());
    tap_.waiting.pop_front();
    return message;
  }

 private:
  Tap& tap_;
  const bool needs_database_;
};

class WatchTest : public RpcFixture {
 protected:
  void Open(bool needs_database = false) {
    telemetry_.watch_events = [this, needs_database](std::function<void()> wake) -> EventSource {
      tap_.wake = std::move(wake);
      return std::make_unique<Numbers>(tap_, needs_database);
    };
    context_ = As("owner-1");
    stream_ = telemetry_stub_->WatchEvents(context_.get(), v1::WatchEventsRequest());
  }
  std::int64_t Next() {
    v1::WatchEventsResponse message;
    return stream_->Read(&message) ? message.through_sequence() : -1;
  }
  void ExpectFiftyInOrder(bool needs_database) {
    tap_.waiting = {1, 2, 3};
    Open(needs_database);
    for (int i = 1; i <= 3; ++i) ASSERT_EQ(Next(), i);
    for (int i = 4; i <= 50; ++i) tap_.Put(i);
    for (int i = 4; i <= 50; ++i) ASSERT_EQ(Next(), i);
    context_->TryCancel();
    EXPECT_EQ(Next(), -1);
  }
  Numbers::Tap tap_;  // of one stream: a cancelled one may still take what a later one is to get
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> stream_;
};

TEST_F(WatchTest, WhatComesIsSentInOrder) {
  ExpectFiftyInOrder(/*needs_database=*/false);
}
TEST_F(WatchTest, WhatComesFromTheDatabaseIsSentInOrder) {
  ExpectFiftyInOrder(/*needs_database=*/true);
}

TEST_F(WatchTest, EndsWithUnavailableWhenTheServiceStops) {
  tap_.waiting = {1};
  Open();
  EXPECT_EQ(Next(), 1);
  streams_.Drain();
  EXPECT_EQ(Next(), -1);
  const grpc::Status status = stream_->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(status), "DRAINING");
}

TEST_F(WatchTest, EndsWhenTheTokenEnds) {
  tap_.waiting = {1};
  Open();
  EXPECT_EQ(Next(), 1);
  clock_.Advance(absl::Hours(2));
  streams_.TickAll();
  EXPECT_EQ(Next(), -1);
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(WatchTest, EndsWhenTheRoleIsTakenAway) {
  tap_.waiting = {1};
  Open();
  EXPECT_EQ(Next(), 1);
  roles_.grants.erase("owner-1");
  streams_.TickAll();
  EXPECT_EQ(Next(), -1);
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(WatchTest, EndsWithTheErrorOfItsSource) {
  tap_.waiting = {1};
  Open();
  EXPECT_EQ(Next(), 1);
  tap_.Fail(base::ResourceExhausted("TOO_SLOW", "resume from the last through_sequence"));
  EXPECT_EQ(Next(), -1);
  EXPECT_EQ(ReasonIn(stream_->Finish()), "TOO_SLOW");
}

}  // namespace
}  // namespace derms::server
