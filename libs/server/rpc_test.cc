// Unary calls through the whole way: TLS, gate, adapter, handler.
#include "libs/server/rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "absl/synchronization/notification.h"
#include "libs/server/testing/rpc_fixture.h"

namespace derms::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRequestId[] = "0af76519-16cd-43dd-8448-eb211c80319c";

class UnaryTest : public RpcFixture {
 protected:
  UnaryTest() {
    registry_.get_der = [this](Call&, const v1::GetDerRequest& request) -> absl::StatusOr<v1::GetDerResponse> {
      ++handled_;
      v1::GetDerResponse response;
      response.mutable_der()->set_der_id(request.der_id());
      return response;
    };
    registry_.retire_der = [this](Call& call, const v1::RetireDerRequest& request) {
      ++handled_;
      call.MarkFiltered();
      v1::RetireDerResponse response;
      response.mutable_der()->set_der_id(request.der_id());
      return absl::StatusOr<Plan<v1::RetireDerResponse>>(PlanOfOneWrite(response));
    };
  }
  grpc::Status Get(const std::string& subject, const std::string& der_id, v1::GetDerResponse* response = nullptr) {
    v1::GetDerRequest request;
    request.set_der_id(der_id);
    v1::GetDerResponse unused;
    return registry_stub_->GetDer(As(subject).get(), request, response == nullptr ? &unused : response);
  }
  grpc::Status Retire(const std::string& request_id = "", v1::RetireDerResponse* response = nullptr) {
    v1::RetireDerRequest request;
    request.set_der_id("SOLAR-1");
    request.set_request_id(request_id);
    v1::RetireDerResponse unused;
    return registry_stub_->RetireDer(As("owner-1").get(), request, response == nullptr ? &unused : response);
  }
  std::atomic<int> handled_ = 0;
};

TEST_F(UnaryTest, AReadAnswersAndIsCounted) {
  v1::GetDerResponse response;
  const grpc::Status status = Get("owner-1", "SOLAR-1", &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.der().der_id(), "SOLAR-1");
  EXPECT_THAT(metrics_.Text(), HasSubstr(R"(started_total{method="/derms.v1.RegistryService/GetDer"} 1)"));
}

TEST_F(UnaryTest, TheGateRefusesBeforeTheHandler) {
  EXPECT_EQ(Get("nobody", "SOLAR-1").error_code(), grpc::StatusCode::PERMISSION_DENIED);
  v1::GetDerResponse response;
  grpc::ClientContext without_token;
  EXPECT_EQ(registry_stub_->GetDer(&without_token, {}, &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(handled_, 0);
}

TEST_F(UnaryTest, ABadFieldIsRefusedBeforeTheHandler) {
  const grpc::Status status = Get("owner-1", "not a der id");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonIn(status), "INVALID_DER_ID");
  EXPECT_EQ(handled_, 0);
}

TEST_F(UnaryTest, ADerThatMemoryMissesIsLoadedOnceAndAskedForAgain) {
  registry_.get_der = [this](Call& call, const v1::GetDerRequest& request) -> absl::StatusOr<v1::GetDerResponse> {
    ++handled_;
    if (archive_.loaded.empty() || request.der_id() == "NOWHERE-1") {
      call.Miss(request.der_id());
      return base::NotFound("DER_NOT_FOUND", "no such DER");
    }
    return v1::GetDerResponse();
  };
  EXPECT_TRUE(Get("owner-1", "SOLAR-1").ok());
  EXPECT_THAT(archive_.loaded, ElementsAre("SOLAR-1"));
  EXPECT_EQ(handled_, 2);
  EXPECT_EQ(ReasonIn(Get("owner-1", "NOWHERE-1")), "DER_NOT_FOUND");
  EXPECT_EQ(handled_, 4);
}

TEST_F(UnaryTest, AHandlerThatDoubtsMemoryIsAskedAgainOnceMemoryHasCaughtUp) {
  registry_.get_der = [this](Call& call, const v1::GetDerRequest&) -> absl::StatusOr<v1::GetDerResponse> {
    ++handled_;
    if (call.DoubtMemory()) return base::NotFound("DER_NOT_FOUND", "not the answer");
    call.MarkFiltered();
    return v1::GetDerResponse();
  };
  EXPECT_TRUE(Get("owner-1", "SOLAR-1").ok());
  EXPECT_EQ(archive_.catch_ups, 1);
  EXPECT_EQ(handled_, 2);
  archive_.catch_up_status = base::Unavailable("MEMORY_BEHIND", "the chain stands still");
  EXPECT_TRUE(Get("owner-1", "SOLAR-1").ok()) << "partial truth instead of silence";
  registry_.get_der = [](Call& call, const v1::GetDerRequest&) -> absl::StatusOr<v1::GetDerResponse> {
    call.DoubtMemory();
    return base::NotFound("DER_NOT_FOUND", "may be wrong");
  };
  EXPECT_EQ(ReasonIn(Get("owner-1", "SOLAR-1")), "MEMORY_BEHIND");
  EXPECT_THAT(Log(), HasSubstr("the chain stands still"));
}

TEST_F(UnaryTest, AnExceptionIsInternalWithoutItsTextButWithTheRequestId) {
  registry_.get_der = [](Call&, const v1::GetDerRequest&) -> absl::StatusOr<v1::GetDerResponse> {
    throw std::runtime_error("SELECT secret FROM table");
  };
  const grpc::Status status = Get("owner-1", "SOLAR-1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message() + status.error_details(), Not(HasSubstr("SELECT")));
  EXPECT_THAT(Log(), HasSubstr("SELECT secret FROM table"));
}

TEST_F(UnaryTest, AnAnswerWhoseScopeWasNeverCheckedIsWithheldAndCommitsNothing) {
  registry_.retire_der = [](Call&, const v1::RetireDerRequest&) {
    return absl::StatusOr<Plan<v1::RetireDerResponse>>(PlanOfOneWrite(v1::RetireDerResponse()));
  };
  EXPECT_EQ(Retire().error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_TRUE(committer_.committed().empty());
  EXPECT_THAT(metrics_.Text(), HasSubstr("derms_scope_unchecked_total 1"));
}

TEST_F(UnaryTest, AConflictIsPlannedAgainThreeTimesAtMost) {
  int conflicts = 2;
  committer_.outcome = [&](const store::Mutation&) -> absl::StatusOr<store::Committed> {
    if (conflicts-- > 0) return base::Aborted("REVISION_MISMATCH", "someone was faster");
    return store::Committed();
  };
  EXPECT_TRUE(Retire().ok());
  EXPECT_EQ(handled_, 3);
  handled_ = 0;
  conflicts = 100;
  EXPECT_EQ(ReasonIn(Retire()), "REVISION_MISMATCH");
  EXPECT_EQ(handled_, 1 + kMaxConflictRetries);
}

TEST_F(UnaryTest, EveryPlanHearsHowItsCommitEndedBeforeTheNextIsMadeOrTheCallIsAnswered) {
  std::vector<std::string> heard;
  int conflicts = 1;
  committer_.outcome = [&](const store::Mutation&) -> absl::StatusOr<store::Committed> {
    if (conflicts-- > 0) return base::Aborted("ORDERS_CHANGED", "someone was faster");
    return store::Committed();
  };
  registry_.retire_der = [&](Call& call, const v1::RetireDerRequest&) {
    heard.emplace_back("planned");
    call.MarkFiltered();
    auto plan = PlanOfOneWrite(v1::RetireDerResponse());
    plan.settled = [&heard](const absl::StatusOr<store::Committed>& outcome) {
      heard.push_back(outcome.ok() ? "stored" : base::ReasonOf(outcome.status()));
    };
    return absl::StatusOr<Plan<v1::RetireDerResponse>>(std::move(plan));
  };
  EXPECT_TRUE(Retire().ok());
  EXPECT_THAT(heard, ElementsAre("planned", "ORDERS_CHANGED", "planned", "stored"));
}

TEST_F(UnaryTest, AConflictWithARevisionThatTheClientExpectedIsNotPlannedAgain) {
  committer_.outcome = [](const store::Mutation&) -> absl::StatusOr<store::Committed> {
    return base::Aborted("REVISION_MISMATCH", "someone was faster");
  };
  registry_.retire_der = [this](Call& call, const v1::RetireDerRequest&) {
    ++handled_;
    call.MarkFiltered();
    auto plan = PlanOfOneWrite(v1::RetireDerResponse());
    plan.retry_on_conflict = false;
    return absl::StatusOr<Plan<v1::RetireDerResponse>>(std::move(plan));
  };
  EXPECT_EQ(Retire().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(handled_, 1);
}

TEST_F(UnaryTest, ARequestIdIsKeptWithPrincipalMethodDerDigestAndAnswer) {
  ASSERT_TRUE(Retire(kRequestId).ok());
  ASSERT_TRUE(Retire().ok());
  const auto committed = committer_.committed();
  ASSERT_EQ(committed.size(), 2u);
  const auto& key = committed[0].idempotency;
  ASSERT_TRUE(key);
  EXPECT_EQ(key->principal, "owner-1");
  EXPECT_EQ(key->method, "/derms.v1.RegistryService/RetireDer");
  EXPECT_EQ(key->der_key, base::DerKeyOf("SOLAR-1"));
  EXPECT_EQ(key->request_id, kRequestId);
  EXPECT_EQ(key->request_sha256.size(), 32u);
  v1::RetireDerResponse kept;
  ASSERT_TRUE(kept.ParseFromString(key->response_bytes));
  EXPECT_EQ(kept.der().der_id(), "SOLAR-1");
  EXPECT_EQ(committed[0].events[0].request_id, kRequestId);
  EXPECT_EQ(committed[0].events[0].actor, "owner-1");
  EXPECT_FALSE(committed[1].idempotency);
}

TEST_F(UnaryTest, ARepeatThatTheCommitFindsAnswersLikeTheFirst) {
  v1::RetireDerResponse first;
  first.mutable_der()->set_der_id("FIRST-ANSWER");
  committer_.outcome = [&](const store::Mutation&) {
    return store::Committed{.replayed = true, .response_bytes = first.SerializeAsString()};
  };
  v1::RetireDerResponse response;
  ASSERT_TRUE(Retire(kRequestId, &response).ok());
  EXPECT_EQ(response.der().der_id(), "FIRST-ANSWER");
}

TEST_F(UnaryTest, ARepeatThatCannotBePlannedAnyMoreAnswersLikeTheFirst) {
  registry_.retire_der = [](Call& call, const v1::RetireDerRequest&) -> absl::StatusOr<Plan<v1::RetireDerResponse>> {
    call.MarkFiltered();
    return base::FailedPrecondition("DER_RETIRED", "it is retired");
  };
  EXPECT_EQ(ReasonIn(Retire(kRequestId)), "DER_RETIRED");  // nobody knows this request: the failure is its own
  v1::RetireDerResponse first;
  first.mutable_der()->set_der_id("FIRST-ANSWER");
  archive_.responses[kRequestId] = first.SerializeAsString();
  v1::RetireDerResponse response;
  ASSERT_TRUE(Retire(kRequestId, &response).ok());
  EXPECT_EQ(response.der().der_id(), "FIRST-ANSWER");
  EXPECT_EQ(ReasonIn(Retire()), "DER_RETIRED");
}

TEST_F(UnaryTest, ALostRightGetsNoOldAnswer) {
  registry_.retire_der = [](Call& call, const v1::RetireDerRequest&) -> absl::StatusOr<Plan<v1::RetireDerResponse>> {
    call.MarkFiltered();
    return base::PermissionDenied("UNAUTHORIZED", "not yours any more");
  };
  archive_.responses[kRequestId] = v1::RetireDerResponse().SerializeAsString();
  EXPECT_EQ(Retire(kRequestId).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(UnaryTest, APlanWithoutWritesCommitsNothing) {
  registry_.retire_der = [](Call& call, const v1::RetireDerRequest&) {
    call.MarkFiltered();
    return absl::StatusOr<Plan<v1::RetireDerResponse>>(Plan<v1::RetireDerResponse>());
  };
  EXPECT_TRUE(Retire().ok());
  EXPECT_TRUE(committer_.committed().empty());
}

TEST_F(UnaryTest, WorkWhoseDeadlineHasPassedInTheQueueIsNotBegun) {
  absl::Notification release;
  registry_.get_stats = [&](Call&, const v1::GetStatsRequest&) -> absl::StatusOr<v1::GetStatsResponse> {
    ++handled_;
    return v1::GetStatsResponse();
  };
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(pool_.Submit([&] { release.WaitForNotification(); }).ok());
  auto context = As("owner-1");
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  v1::GetStatsResponse response;
  EXPECT_EQ(registry_stub_->GetStats(context.get(), {}, &response).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  absl::SleepFor(absl::Milliseconds(60));  // the server counts the client's 50 ms from when the call arrived
  release.Notify();
  pool_.Drain();
  EXPECT_EQ(handled_, 0);
}

// Long work learns that nobody waits for it any more, by cancellation or by the caller's deadline.
TEST_F(UnaryTest, LongWorkLearnsThatItsCallerHasGone) {
  absl::Notification begun, seen;
  registry_.list_regions = [&](Call& call, const v1::ListRegionsRequest&) -> absl::StatusOr<v1::ListRegionsResponse> {
    EXPECT_FALSE(call.cancelled()->load());
    begun.Notify();
    const absl::Time limit = absl::Now() + absl::Seconds(20);
    while (!call.cancelled()->load() && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(1));
    if (call.cancelled()->load()) seen.Notify();
    return base::ErrorBuilder(absl::StatusCode::kCancelled, "CANCELLED", "the work was cancelled");
  };
  const auto context = As("owner-1");
  std::thread canceller([&] {
    begun.WaitForNotification();
    context->TryCancel();
  });
  v1::ListRegionsResponse response;
  EXPECT_EQ(registry_stub_->ListRegions(context.get(), {}, &response).error_code(), grpc::StatusCode::CANCELLED);
  canceller.join();
  EXPECT_TRUE(seen.WaitForNotificationWithTimeout(absl::Seconds(20)));
  pool_.Drain();
}

TEST_F(UnaryTest, ACancellableQueryAnswersAndRefusesAsOthers) {
  registry_.list_regions = [&](Call&, const v1::ListRegionsRequest&) -> absl::StatusOr<v1::ListRegionsResponse> {
    ++handled_;
    v1::ListRegionsResponse response;
    response.add_regions()->set_region_id("NORTH");
    return response;
  };
  v1::ListRegionsResponse response;
  EXPECT_TRUE(registry_stub_->ListRegions(As("owner-1").get(), {}, &response).ok());
  EXPECT_EQ(response.regions(0).region_id(), "NORTH");
  v1::ListRegionsRequest bad;
  bad.set_page_token(std::string(2000, 'x'));
  EXPECT_EQ(ReasonIn(registry_stub_->ListRegions(As("owner-1").get(), bad, &response)), "INVALID_REQUEST");
  EXPECT_EQ(registry_stub_->ListRegions(As("nobody").get(), {}, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(handled_, 1);
}

TEST_F(UnaryTest, ACallWithoutDeadlineGetsTheDefault) {
  absl::Time deadline;
  registry_.get_der = [&](Call& call, const v1::GetDerRequest&) -> absl::StatusOr<v1::GetDerResponse> {
    deadline = call.deadline();
    return v1::GetDerResponse();
  };
  const absl::Time before = absl::Now();
  ASSERT_TRUE(Get("owner-1", "SOLAR-1").ok());
  EXPECT_GE(deadline, before + kDefaultUnaryDeadline);
  EXPECT_LE(deadline, absl::Now() + kDefaultUnaryDeadline);
}

TEST_F(UnaryTest, FailuresAreLoggedAsOneJsonObjectEachAndSuccessesAreNot) {
  ASSERT_TRUE(Get("owner-1", "SOLAR-1").ok());
  auto context = As("owner-1");
  v1::RetireDerRequest request;
  request.set_der_id("SOLAR-1");
  v1::RetireDerResponse response;
  ASSERT_TRUE(registry_stub_->RetireDer(context.get(), request, &response).ok());
  context = As("owner-1");
  context->AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  request.set_der_id("bad id");
  ASSERT_FALSE(registry_stub_->RetireDer(context.get(), request, &response).ok());
  std::istringstream lines(Log());
  std::vector<nlohmann::json> calls;
  for (std::string line; std::getline(lines, line);) calls.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0]["method"], "/derms.v1.RegistryService/RetireDer");
  EXPECT_EQ(calls[0]["subject"], "owner-1");
  EXPECT_EQ(calls[0]["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(calls[0]["reason"], "INVALID_DER_ID");
  EXPECT_EQ(calls[0]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
}

}  // namespace
}  // namespace derms::server
