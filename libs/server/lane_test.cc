// Calls of the reserved lane while everything that the others share is busy.
#include <gmock/gmock.h>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/server/testing/rpc_fixture.h"

namespace derms::server {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReservedLane : public RpcFixture {
 protected:
  ReservedLane() {
    emergency_.allocate = [](Call& call, const v1::AllocateEmergencyRequest&) {
      call.MarkFiltered();
      v1::AllocateEmergencyResponse response;
      response.mutable_order()->set_emergency_id("order");
      return absl::StatusOr<Plan<v1::AllocateEmergencyResponse>>(PlanOfOneWrite(std::move(response)));
    };
    emergency_.get = [](Call&, const v1::GetEmergencyRequest&) { return v1::GetEmergencyResponse(); };
  }
  ~ReservedLane() override {
    flood_over_.Notify();
    pool_.Drain();
    reserved_pool_.Drain();
  }

  // Every thread is stuck, the queue is full, and no commit ends.
  void FloodUsualLane() {
    committer_.Hold();
    Fill(pool_, 2);
  }
  void Fill(base::WorkerPool& pool, int threads) {
    const auto submit = [&] { return pool.Submit([this] { flood_over_.WaitForNotification(); }).ok(); };
    for (int i = 0; i < threads; ++i) EXPECT_TRUE(submit());
    while (pool.queued() > 0) absl::SleepFor(absl::Milliseconds(1));
    while (submit()) continue;
  }
  grpc::Status Allocate(v1::AllocateEmergencyResponse& response) {
    v1::AllocateEmergencyRequest request;
    request.set_der_id("ALL_DERS");
    request.set_power_kw(0);
    request.set_reason("test");
    request.mutable_duration()->set_seconds(60);
    request.set_request_id("00000000-0000-4000-8000-000000000001");
    return emergency_stub_->AllocateEmergency(As("operator-1").get(), request, &response);
  }
  grpc::Status Get() {
    v1::GetEmergencyRequest request;
    request.set_emergency_id("00000000-0000-4000-8000-000000000001");
    v1::GetEmergencyResponse response;
    return emergency_stub_->GetEmergency(As("operator-1").get(), request, &response);
  }

  absl::Notification flood_over_;
};

TEST_F(ReservedLane, AnOrderIsCommittedWhileOtherCallsAreRefused) {
  FloodUsualLane();
  v1::AllocateEmergencyResponse response;
  const grpc::Status status = Allocate(response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.order().emergency_id(), "order");
  EXPECT_THAT(reserved_committer_.committed(), SizeIs(1));
  EXPECT_THAT(committer_.committed(), IsEmpty());
  EXPECT_EQ(ReasonIn(Get()), "QUEUE_FULL");
}

TEST_F(ReservedLane, WhatMemoryMissesIsFetchedOnIt) {
  FloodUsualLane();
  const auto plan = emergency_.allocate;
  emergency_.allocate = [plan](Call& call, const v1::AllocateEmergencyRequest& request) {
    call.DoubtMemory();
    return plan(call, request);
  };
  v1::AllocateEmergencyResponse response;
  ASSERT_TRUE(Allocate(response).ok());
  EXPECT_EQ(reserved_archive_.catch_ups, 1);
  EXPECT_EQ(archive_.catch_ups, 0);
}

TEST_F(ReservedLane, HoldsUpNobodyElseWhenItIsFullItself) {
  Fill(reserved_pool_, 1);
  v1::AllocateEmergencyResponse response;
  EXPECT_EQ(ReasonIn(Allocate(response)), "QUEUE_FULL");
  EXPECT_TRUE(Get().ok());
}

}  // namespace
}  // namespace derms::server
