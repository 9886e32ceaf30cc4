#include "libs/auth/gate.h"

#include <gmock/gmock.h>

#include "derms/v1/access.pb.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/auth/testing/collaborators.h"
#include "libs/auth/testing/token_maker.h"

namespace derms::auth {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kWhoAmI[] = "/derms.v1.AccessService/WhoAmI";
constexpr char kOptimize[] = "/derms.v1.OptimizerService/OptimizeResources";
constexpr char kHealth[] = "/grpc.health.v1.Health/Check";

PolicyTable Table() {
  EXPECT_NE(v1::WhoAmIRequest::descriptor(), nullptr);
  EXPECT_NE(v1::OptimizeResourcesRequest::descriptor(), nullptr);
  return PolicyTable::Build({"derms.v1.AccessService", "derms.v1.OptimizerService"}).value();
}

class GateTest : public testing::Test {
 protected:
  grpc::Status Ask(const char* path, bool with_token = true) {
    Gate::InputMetadata metadata;
    if (path != nullptr) metadata.emplace(":path", path);
    if (with_token) metadata.emplace("authorization", grpc::string_ref(header_));
    return gate_.Process(metadata, &connection_, nullptr, nullptr);
  }

  base::ManualClock clock_{kNow};
  TestKey key_ = TestKey::Es256("k");
  SetKeys keys_{Jwks({key_})};
  TokenVerifier tokens_{TokenRules(), keys_, clock_};
  SetRoles roles_;
  Authenticator authenticator_{tokens_, roles_, clock_};
  PolicyTable table_ = Table();
  Decisions decisions_;
  Gate gate_{table_, authenticator_, decisions_};
  PlainConnection connection_;
  const std::string header_ = "Bearer " + Signed(key_, GoodClaims(kNow));
};

TEST_F(GateTest, NeverBlocksAThreadOfGrpc) {
  EXPECT_FALSE(gate_.IsBlocking());
}

TEST_F(GateTest, HealthNeedsNoCredentialsAndBadOnesDoNotMatter) {
  EXPECT_TRUE(Ask(kHealth, false).ok());
  roles_.age = absl::InfiniteDuration();
  gate_.SetDraining(true);
  EXPECT_TRUE(Ask(kHealth).ok()) << "a probe must hear NOT_SERVING from the health service itself";
}

TEST_F(GateTest, RefusesWithoutCredentials) {
  EXPECT_EQ(Ask(kWhoAmI, false).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(Ask(kWhoAmI, false).error_message(), testing::StartsWith("UNAUTHENTICATED: no credentials"));
  EXPECT_EQ(decisions_.list[0], std::string(kWhoAmI) + " NO_CREDENTIALS ");
}

TEST_F(GateTest, OneMessageForEveryBadToken) {
  clock_.Advance(absl::Hours(2));
  const grpc::Status status = Ask(kWhoAmI);
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(status.error_message(), "UNAUTHENTICATED: invalid token");
  EXPECT_THAT(decisions_.list, ElementsAre(std::string(kWhoAmI) + " TOKEN_EXPIRED "));
}

TEST_F(GateTest, ASubjectWithoutGrantsMayOnlyCallWhatIsForAnySubject) {
  EXPECT_TRUE(Ask(kWhoAmI).ok());
  const grpc::Status status = Ask(kOptimize);
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), "UNAUTHORIZED: role operator or admin is needed");
  EXPECT_THAT(decisions_.list,
              ElementsAre(std::string(kWhoAmI) + " OK ann", std::string(kOptimize) + " UNAUTHORIZED ann"));
}

TEST_F(GateTest, EveryRoleIsAskedForByName) {
  const std::vector<domain::Role> roles = {domain::Role::kAdmin, domain::Role::kOperator, domain::Role::kOwner,
                                           domain::Role::kGateway};
  for (const MethodRule* rule : table_.All()) {
    if (rule->access != Access::kRoles) continue;
    for (const domain::Role role : roles) {
      roles_.grants.clear();
      roles_.Grant("ann", role);
      const bool listed = std::find(rule->roles.begin(), rule->roles.end(), role) != rule->roles.end();
      EXPECT_EQ(Ask(rule->path.c_str()).ok(), listed) << rule->path << " as " << domain::RoleName(role);
    }
  }
}

TEST_F(GateTest, AnUnknownMethodIsTheCallersBusinessOnlyOnceKnown) {
  EXPECT_EQ(Ask("/derms.v1.Future/Call", false).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Ask("/derms.v1.Future/Call").error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(decisions_.list, ElementsAre("unknown NO_CREDENTIALS ", "unknown UNKNOWN_METHOD ann"))
      << "a caller must not make up labels of metrics";
}

TEST_F(GateTest, ACallWithoutPathIsRefused) {
  EXPECT_EQ(Ask(nullptr).error_code(), StatusCode::INTERNAL);
  EXPECT_THAT(decisions_.list, ElementsAre("unknown NO_PATH "));
}

TEST_F(GateTest, DrainingIsSaidToThoseWhoMayCallAndCanEnd) {
  gate_.SetDraining(true);
  EXPECT_EQ(Ask(kWhoAmI).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(Ask(kWhoAmI).error_message(), testing::StartsWith("DRAINING: "));
  EXPECT_EQ(Ask(kOptimize).error_code(), StatusCode::PERMISSION_DENIED);
  gate_.SetDraining(false);
  EXPECT_TRUE(Ask(kWhoAmI).ok());
}

TEST_F(GateTest, OldRolesRefuseEverybodyButProbes) {
  roles_.age = kMaxRoleAge + absl::Seconds(1);
  EXPECT_EQ(Ask(kWhoAmI).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_THAT(Ask(kWhoAmI).error_message(), testing::StartsWith("ROLES_STALE: "));
}

TEST_F(GateTest, LeavesNothingInTheConnection) {
  ASSERT_TRUE(Ask(kWhoAmI).ok());
  EXPECT_TRUE(connection_.added().empty()) << "properties are shared by all calls of a connection and only grow";
}

}  // namespace
}  // namespace derms::auth
