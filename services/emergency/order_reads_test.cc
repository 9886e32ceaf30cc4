// Two tables told as one list of orders; nothing is lost or told twice when one is approved between two reads.
#include "services/emergency/order_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_approval_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/wire/convert_time.h"

namespace derms::emergency {
namespace {

using domain::EmergencyApproval;
using domain::EmergencyOrder;
using domain::EmergencyState;
using server::testing::kNow;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Return;

EmergencyOrder OrderOf(const std::string& id, absl::Duration ago = absl::ZeroDuration()) {
  EmergencyOrder order;
  order.emergency_id = id;
  order.region_id = "NORTH";
  order.starts_at = kNow - ago;
  order.ends_at = kNow + absl::Minutes(5);
  order.issued_by = "operator-1";
  return order;
}

EmergencyApproval RequestFor(const std::string& id, EmergencyState state, absl::Duration ago = absl::ZeroDuration()) {
  EmergencyApproval approval;
  approval.emergency_id = id;
  approval.region_id = "NORTH";
  approval.request_json = R"({"reason":"line 7","power_kw":-50,"override_limits":true,"duration":"60s",
                              "restoration":{"delay":"5s"}})";
  approval.requested_at = kNow - ago;
  approval.expires_at = approval.requested_at + domain::kApprovalTime;
  approval.state = state;
  if (state == EmergencyState::kPendingApproval) return approval;
  approval.decided_by = "operator-2";
  approval.decided_at = kNow;
  approval.decision_reason = "seen on site";
  return approval;
}

class OrderReadsTest : public ::testing::Test {
 protected:
  auto Find(const std::string& id) { return reads_.Find(id, kNow, absl::InfiniteFuture()); }
  std::vector<std::string> List(const v1::ListEmergenciesRequest& request, std::string* next = nullptr) {
    const auto listed = reads_.List(request, kNow, absl::InfiniteFuture());
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::vector<std::string> ids;
    for (const v1::EmergencyOrder& order : listed->orders()) ids.push_back(order.emergency_id());
    if (next != nullptr) *next = listed->next_page_token();
    return ids;
  }

  ::testing::StrictMock<server::testing::MockQueries> queries_;
  ::testing::StrictMock<server::testing::MockApprovalQueries> approvals_;
  const OrderReads reads_{queries_, approvals_};
};

TEST_F(OrderReadsTest, WhatWaitsIsToldAsItWasAskedForAndIsNoOrder) {
  EXPECT_CALL(approvals_, GetApproval(_, _)).WillOnce(Return(RequestFor("a", EmergencyState::kPendingApproval)));
  const auto found = Find("a");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->order);
  EXPECT_EQ(found->told.state(), v1::EMERGENCY_STATE_PENDING_APPROVAL);
  EXPECT_FALSE(found->told.has_starts_at());
  EXPECT_EQ(found->told.power_kw(), -50);
  EXPECT_EQ(found->told.duration().seconds(), 60);
  EXPECT_TRUE(found->told.override_limits()) << "who approves must know";
  EXPECT_EQ(found->told.restoration().delay().seconds(), 5);
  EXPECT_EQ(found->told.restoration().ramp().seconds(), 300) << "what was not said is the usual";
}

TEST_F(OrderReadsTest, ADeclinedOneSaysByWhomWhenAndWhy) {
  EXPECT_CALL(approvals_, GetApproval(_, _)).WillOnce(Return(RequestFor("a", EmergencyState::kDeclined)));
  const auto found = Find("a");
  EXPECT_EQ(found->told.approved_by(), "operator-2");
  EXPECT_EQ(wire::FromProto(found->told.decided_at()), kNow);
  EXPECT_EQ(found->told.decision_reason(), "seen on site");
}

TEST_F(OrderReadsTest, ALapsedOneSaysSoBeforeItIsWrittenDown) {
  const EmergencyApproval over = RequestFor("a", EmergencyState::kPendingApproval, domain::kApprovalTime);
  EXPECT_CALL(approvals_, GetApproval(_, _)).WillOnce(Return(over));
  const auto found = Find("a");
  EXPECT_EQ(found->told.state(), v1::EMERGENCY_STATE_LAPSED);
  EXPECT_EQ(found->told.approved_by(), "system");
  EXPECT_EQ(wire::FromProto(found->told.decided_at()), over.expires_at);
}

TEST_F(OrderReadsTest, AnApprovedOrderNamesBothPeople) {
  EXPECT_CALL(approvals_, GetApproval(_, _)).WillOnce(Return(RequestFor("a", EmergencyState::kActive)));
  EXPECT_CALL(queries_, GetEmergency(_, _)).WillOnce(Return(OrderOf("a")));
  const auto found = Find("a");
  ASSERT_TRUE(found->order);
  EXPECT_EQ(found->told.state(), v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_EQ(found->told.issued_by(), "operator-1");
  EXPECT_EQ(found->told.approved_by(), "operator-2");
  EXPECT_EQ(wire::FromProto(found->told.decided_at()), kNow);
  EXPECT_EQ(found->told.decision_reason(), "seen on site");
}

TEST_F(OrderReadsTest, WhatIsInNeitherTableIsNotFound) {
  EXPECT_CALL(approvals_, GetApproval(_, _)).WillOnce(Return(std::nullopt));
  EXPECT_CALL(queries_, GetEmergency(_, _)).WillOnce(Return(std::nullopt));
  EXPECT_EQ(base::ReasonOf(Find("a").status()), "EMERGENCY_NOT_FOUND");
}

TEST_F(OrderReadsTest, BothAreListedNewestFirstAndPagesGoThroughBoth) {
  v1::ListEmergenciesRequest request;
  request.set_page_size(2);
  EXPECT_CALL(approvals_, ListApprovals(false, _, 3, _))
      .WillRepeatedly(Return(std::vector{RequestFor("b", EmergencyState::kDeclined, absl::Minutes(2))}));
  EXPECT_CALL(queries_, ListEmergencies(false, _, 3, _))
      .WillRepeatedly(Return(std::vector{OrderOf("c", absl::Minutes(1)), OrderOf("a", absl::Minutes(3))}));
  EXPECT_CALL(approvals_, ApprovalsOf(_, _)).WillRepeatedly(Return(std::map<std::string, domain::Decision>()));
  std::string next;
  EXPECT_THAT(List(request, &next), ElementsAre("c", "b"));
  request.set_page_token(next);
  EXPECT_CALL(approvals_,
              ListApprovals(false, std::optional(std::pair(kNow - absl::Minutes(2), std::string("b"))), 3, _))
      .WillOnce(Return(std::vector<EmergencyApproval>()));
  EXPECT_CALL(queries_,
              ListEmergencies(false, std::optional(std::pair(kNow - absl::Minutes(2), std::string("b"))), 3, _))
      .WillOnce(Return(std::vector{OrderOf("a", absl::Minutes(3))}));
  EXPECT_THAT(List(request, &next), ElementsAre("a"));
  EXPECT_EQ(next, "");
}

TEST_F(OrderReadsTest, WhatIsApprovedBetweenBothReadsIsListedOnceAndInForce) {
  ::testing::InSequence requests_first;
  EXPECT_CALL(approvals_, ListApprovals(_, _, _, _))
      .WillOnce(Return(std::vector{RequestFor("a", EmergencyState::kPendingApproval)}));
  EXPECT_CALL(queries_, ListEmergencies(_, _, _, _)).WillOnce(Return(std::vector{OrderOf("a")}));
  EXPECT_CALL(approvals_, ApprovalsOf(ElementsAre("a"), _))
      .WillOnce(Return(std::map<std::string, domain::Decision>{{"a", {"operator-2", kNow, "seen"}}}));
  const auto listed = reads_.List({}, kNow, absl::InfiniteFuture());
  ASSERT_EQ(listed->orders_size(), 1);
  EXPECT_EQ(listed->orders(0).state(), v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_EQ(listed->orders(0).approved_by(), "operator-2");
  EXPECT_EQ(wire::FromProto(listed->orders(0).decided_at()), kNow);
  EXPECT_EQ(listed->orders(0).decision_reason(), "seen");
}

TEST_F(OrderReadsTest, FiltersAskOneTableAlone) {
  v1::ListEmergenciesRequest pending, active;
  pending.set_pending_only(true);
  active.set_active_only(true);
  EXPECT_CALL(approvals_, ApprovalsOf(_, _)).WillRepeatedly(Return(std::map<std::string, domain::Decision>()));
  EXPECT_CALL(approvals_, ListApprovals(true, _, _, _))
      .WillOnce(Return(std::vector{RequestFor("a", EmergencyState::kPendingApproval)}));
  EXPECT_THAT(List(pending), ElementsAre("a"));
  EXPECT_CALL(queries_, ListEmergencies(true, _, _, _)).WillOnce(Return(std::vector{OrderOf("b")}));
  EXPECT_THAT(List(active), ElementsAre("b"));
}

}  // namespace
}  // namespace derms::emergency
