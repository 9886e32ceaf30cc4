#include "services/registry/access_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::registry {
namespace {

using domain::Role;
using server::testing::Admin;
using server::testing::CallAs;
using server::testing::CallerOf;
using ::testing::_;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

constexpr char kSecret[] = "correct horse battery staple";

class TestRoles final : public auth::RoleSource {
 public:
  absl::StatusOr<std::vector<domain::Grant>> GrantsOf(std::string_view subject) const override {
    const auto it = grants.find(std::string(subject));
    return it == grants.end() ? std::vector<domain::Grant>() : it->second;
  }
  bool IsTokenRevoked(std::string_view, std::string_view, std::optional<absl::Time>) const override { return false; }
  absl::Duration Age() const override { return absl::ZeroDuration(); }

  std::map<std::string, std::vector<domain::Grant>> grants;
};

class AccessHandlersTest : public ::testing::Test {
 protected:
  auto Initialize(const AccessHandlers& handlers, const std::string& secret) {
    server::Call call = CallAs(CallerOf("newcomer", {}));
    v1::InitializeRequest request;
    request.set_bootstrap_secret(secret);
    return handlers.Initialize(call, request);
  }
  auto Grant(domain::Caller caller, const std::string& subject, v1::Role role, std::vector<std::string> regions = {}) {
    server::Call call = CallAs(std::move(caller));
    v1::GrantRoleRequest request;
    request.set_subject(subject);
    request.set_role(role);
    for (const auto& region : regions) request.add_region_ids(region);
    return handlers_.GrantRole(call, request);
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  TestRoles roles_;
  ::testing::StrictMock<server::testing::MockQueries> queries_;
  AccessHandlers handlers_{fleet_, roles_, queries_, ids_, base::Sha256(kSecret)};
};

TEST_F(AccessHandlersTest, TheSecretMakesItsBearerTheFirstAdmin) {
  const auto plan = Initialize(handlers_, kSecret);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.principal().subject(), "newcomer");
  ASSERT_EQ(plan->response.principal().grants_size(), 1);
  EXPECT_EQ(plan->response.principal().grants(0).role(), v1::ROLE_ADMIN);
  ASSERT_THAT(plan->mutation.writes, SizeIs(1));
  EXPECT_EQ(std::get<store::FirstAdmin>(plan->mutation.writes[0]).subject, "newcomer");
}

TEST_F(AccessHandlersTest, AnotherSecretMakesNobodyAdmin) {
  for (const std::string& wrong :
       {std::string("wrong"), std::string(), std::string(kSecret) + " ", base::ToHex(base::Sha256(kSecret))}) {
    EXPECT_EQ(base::ReasonOf(Initialize(handlers_, wrong).status()), "WRONG_BOOTSTRAP_SECRET") << wrong;
  }
  const AccessHandlers without_secret(fleet_, roles_, queries_, ids_, std::nullopt);
  EXPECT_EQ(base::ReasonOf(Initialize(without_secret, "").status()), "WRONG_BOOTSTRAP_SECRET");
}

TEST_F(AccessHandlersTest, GrantAddsToWhatTheSubjectHolds) {
  roles_.grants["ann"] = {{.role = Role::kOwner}};
  const auto plan = Grant(Admin(), "ann", v1::ROLE_OPERATOR, {"NORTH"});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.principal().grants_size(), 2);
  EXPECT_EQ(plan->mutation.events.at(0).resource_id, "ann");
  EXPECT_EQ(plan->mutation.events.at(0).summary, "ann was granted the role operator.");
}

TEST_F(AccessHandlersTest, GrantingAgainWritesNothingOtherRegionsReplace) {
  roles_.grants["ann"] = {{.role = Role::kOperator, .region_ids = {"NORTH"}}};
  EXPECT_THAT(Grant(Admin(), "ann", v1::ROLE_OPERATOR, {"NORTH"})->mutation.writes, IsEmpty());
  const auto wider = Grant(Admin(), "ann", v1::ROLE_OPERATOR);
  EXPECT_THAT(wider->mutation.writes, SizeIs(1));
  EXPECT_EQ(wider->response.principal().grants_size(), 1);
}

TEST_F(AccessHandlersTest, AGrantThatMemoryTakesForDoneIsDoubted) {
  roles_.grants["ann"] = {{.role = Role::kOwner}};
  server::Call call = CallAs(Admin());
  v1::GrantRoleRequest request;
  request.set_subject("ann");
  request.set_role(v1::ROLE_OWNER);
  ASSERT_TRUE(handlers_.GrantRole(call, request).ok());
  EXPECT_TRUE(call.TakeWants().catch_up);
}

TEST_F(AccessHandlersTest, GrantRefusesByName) {
  EXPECT_EQ(base::ReasonOf(Grant(Admin(), "ann", v1::ROLE_OPERATOR, {"MARS"}).status()), "UNKNOWN_REGION");
  EXPECT_EQ(base::ReasonOf(Grant(Admin(), "ann", v1::ROLE_OWNER, {"NORTH"}).status()), "REGIONS_ONLY_FOR_OPERATORS");
  EXPECT_EQ(base::ReasonOf(Grant(server::testing::Operator(), "ann", v1::ROLE_OWNER).status()), "UNAUTHORIZED");
}

TEST_F(AccessHandlersTest, RevokeTellsWhatRemains) {
  roles_.grants["ann"] = {{.role = Role::kOwner}, {.role = Role::kOperator}};
  server::Call call = CallAs(Admin());
  v1::RevokeRoleRequest request;
  request.set_subject("ann");
  request.set_role(v1::ROLE_OPERATOR);
  const auto plan = handlers_.RevokeRole(call, request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->response.principal().grants_size(), 1);
  EXPECT_EQ(plan->response.principal().grants(0).role(), v1::ROLE_OWNER);
}

TEST_F(AccessHandlersTest, RevokeTokenWantsExactlyOneOfTokenAndSubject) {
  server::Call call = CallAs(Admin());
  v1::RevokeTokenRequest request;
  EXPECT_EQ(base::ReasonOf(handlers_.RevokeToken(call, request).status()), "TOKEN_OR_SUBJECT");
  request.set_subject("ann");
  EXPECT_TRUE(handlers_.RevokeToken(call, request).ok());
  request.set_token_id("jti-1");
  EXPECT_EQ(base::ReasonOf(handlers_.RevokeToken(call, request).status()), "TOKEN_OR_SUBJECT");
}

TEST_F(AccessHandlersTest, PrincipalsArePagedBySubject) {
  EXPECT_CALL(queries_, ListPrincipals(std::string_view(""), 3, _))
      .WillOnce(Return(std::vector<store::PrincipalRow>{{"ann", {}}, {"bob", {}}, {"cid", {}}}));
  EXPECT_CALL(queries_, ListPrincipals(std::string_view("bob"), 3, _))
      .WillOnce(Return(std::vector<store::PrincipalRow>{{"cid", {}}}));
  server::Call call = CallAs(Admin());
  v1::ListPrincipalsRequest request;
  request.set_page_size(2);
  const auto first = handlers_.ListPrincipals(call, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->principals_size(), 2);
  request.set_page_token(first->next_page_token());
  const auto second = handlers_.ListPrincipals(call, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->principals_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(AccessHandlersTest, WhoAmITellsHowTheCallerProvedItself) {
  domain::Caller caller = CallerOf("ann", {Role::kOwner});
  caller.proof = domain::IdentityProof::kMutualTls;
  server::Call call = CallAs(caller);
  const auto response = handlers_.WhoAmI(call, {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->proof(), "mtls");
  EXPECT_EQ(response->principal().subject(), "ann");
  EXPECT_FALSE(response->has_expires_at());
}

}  // namespace
}  // namespace derms::registry
