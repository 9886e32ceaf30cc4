#include "services/registry/audit_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"

namespace derms::registry {
namespace {

using server::testing::Admin;
using server::testing::CallAs;
using ::testing::_;
using ::testing::Eq;
using ::testing::Return;

TEST(AuditHandlersTest, VerifyLogHasDefaultsAndAsksForAWholeCheckpoint) {
  ::testing::StrictMock<server::testing::MockQueries> queries;
  const AuditHandlers handlers(queries);
  EXPECT_CALL(queries, VerifyChain(1, 100'000, Eq(std::nullopt), _))
      .WillOnce(Return(store::ChainCheck{.valid = false,
                                         .broken_sequence = 4,
                                         .finding = "the hash of 4 differs",
                                         .checked = 4,
                                         .through_sequence = 4}));
  server::Call call = CallAs(Admin());
  v1::VerifyLogRequest request;
  const auto verdict = handlers.VerifyLog(call, request);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->valid());
  EXPECT_EQ(verdict->broken_sequence(), 4);
  request.mutable_checkpoint()->set_sequence(4);
  request.mutable_checkpoint()->set_chain_hash("ABC");
  EXPECT_EQ(base::ReasonOf(handlers.VerifyLog(call, request).status()), "INVALID_CHECKPOINT");
}

}  // namespace
}  // namespace derms::registry
