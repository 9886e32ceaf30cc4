#include "libs/domain/access.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::domain {
namespace {

const std::vector<Role> kAnyManager = {Role::kOwner, Role::kOperator, Role::kAdmin};

RegionTree California() {
  return RegionTree({{.region_id = "CA"},
                     {.region_id = "NORTH", .parent_region_id = "CA"},
                     {.region_id = "SOUTH", .parent_region_id = "CA"}});
}

Caller Someone(std::string subject, std::vector<Grant> grants) {
  Caller caller;
  caller.subject = std::move(subject);
  caller.grants = std::move(grants);
  return caller;
}
Caller Owner(std::string subject) {
  return Someone(std::move(subject), {{.role = Role::kOwner}});
}
Caller OperatorOf(std::vector<std::string> regions) {
  return Someone("op", {{.role = Role::kOperator, .region_ids = std::move(regions)}});
}

const DerOwnership kDer = {"SOLAR-01", "owner-1", "NORTH"};

TEST(DerAccess, OwnerActsAsOwnerOnly) {
  const auto access = DerAccess::Prove(Owner("owner-1"), kDer, California(), kAnyManager);
  ASSERT_TRUE(access.ok());
  EXPECT_EQ(access->der_id(), "SOLAR-01");
  EXPECT_EQ(access->required_owner(), "owner-1");
}

TEST(DerAccess, OperatorAndAdminActWhoeverOwnsIt) {
  for (const Caller& caller :
       {OperatorOf({}), OperatorOf({"NORTH"}), OperatorOf({"CA"}), Someone("root", {{.role = Role::kAdmin}})}) {
    const auto access = DerAccess::Prove(caller, kDer, California(), kAnyManager);
    ASSERT_TRUE(access.ok()) << caller.subject;
    EXPECT_EQ(access->required_owner(), std::nullopt);
  }
}

TEST(DerAccess, AGatewayActsForWhatIsDelegatedToItWhereItsRoleIsAdmitted) {
  const std::vector<Role> speakers = {Role::kOwner, Role::kGateway};
  const Caller gateway = Someone("gateway-1", {{.role = Role::kGateway}});
  DerOwnership delegated = kDer;
  delegated.gateway_id = "gateway-1";
  const auto access = DerAccess::Prove(gateway, delegated, California(), speakers);
  ASSERT_TRUE(access.ok());
  EXPECT_EQ(access->required_gateway(), "gateway-1");
  EXPECT_EQ(access->required_owner(), std::nullopt);
  EXPECT_FALSE(MayAccess(gateway, kDer, California(), speakers)) << "not delegated";
  EXPECT_FALSE(MayAccess(gateway, delegated, California(), kAnyManager)) << "not what gateways may do";
  EXPECT_FALSE(MayAccess(Someone("gateway-1", {}), delegated, California(), speakers)) << "without the role";
  const Caller both = Someone("owner-1", {{.role = Role::kGateway}, {.role = Role::kOwner}});
  EXPECT_EQ(DerAccess::Prove(both, delegated, California(), speakers)->required_owner(), "owner-1");
}

TEST(DerAccess, RefusesEverybodyElseAndSaysWhatIsNeeded) {
  const Caller gateway = Someone("owner-1", {{.role = Role::kGateway}});
  for (const Caller& caller : {Owner("owner-2"), OperatorOf({"SOUTH"}), gateway, Someone("owner-1", {})}) {
    const auto access = DerAccess::Prove(caller, kDer, California(), kAnyManager);
    EXPECT_EQ(access.status().code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(base::ReasonOf(access.status()), "UNAUTHORIZED");
    EXPECT_EQ(std::string(access.status().message()).find("owner-1"), std::string::npos) << "names the owner";
    EXPECT_NE(std::string(access.status().message()).find("its owner or an operator of its region or an admin"),
              std::string::npos);
    EXPECT_FALSE(MayAccess(caller, kDer, California(), kAnyManager));
  }
}

TEST(DerAccess, PolicyNarrowsWhoCounts) {
  EXPECT_FALSE(MayAccess(OperatorOf({}), kDer, California(), {Role::kOwner, Role::kAdmin}));
  const Caller admin = Someone("root", {{.role = Role::kAdmin}});
  EXPECT_FALSE(MayAccess(admin, kDer, California(), {Role::kOwner, Role::kOperator})) << "an admin is no operator";
  EXPECT_FALSE(MayAccess(Owner("owner-1"), kDer, California(), {Role::kOperator}));
  EXPECT_FALSE(MayAccess(Owner("owner-1"), kDer, California(), {}));
}

TEST(DerAccess, WhoIsAlsoOperatorIsNotBoundToOwnership) {
  const Caller both = Someone("owner-1", {{.role = Role::kOwner}, {.role = Role::kOperator}});
  EXPECT_EQ(DerAccess::Prove(both, kDer, California(), kAnyManager)->required_owner(), std::nullopt);
}

TEST(DerAccess, ADerWithoutOwnerIsNobodys) {
  EXPECT_FALSE(MayAccess(Owner(""), {"SOLAR-01", "", "NORTH"}, California(), kAnyManager));
}

TEST(RegionAccess, WholeFleetNeedsAnUnlimitedOperator) {
  EXPECT_TRUE(RegionAccess::Prove(OperatorOf({}), "", California()).ok());
  EXPECT_FALSE(RegionAccess::Prove(OperatorOf({"CA"}), "", California()).ok());
  EXPECT_TRUE(RegionAccess::Prove(OperatorOf({"CA"}), "SOUTH", California()).ok());
  EXPECT_FALSE(RegionAccess::Prove(OperatorOf({"SOUTH"}), "CA", California()).ok());
  EXPECT_FALSE(RegionAccess::Prove(Owner("owner-1"), "CA", California()).ok());
  EXPECT_EQ(base::ReasonOf(RegionAccess::Prove(Owner("o"), "CA", California()).status()), "UNAUTHORIZED");
}

TEST(RoleAccess, NeedsOneOfTheRoles) {
  EXPECT_TRUE(RoleAccess::Prove(OperatorOf({"CA"}), {Role::kOperator, Role::kAdmin}).ok());
  const auto refused = RoleAccess::Prove(Owner("o"), {Role::kOperator, Role::kAdmin});
  EXPECT_EQ(refused.status().message(), "this needs the role operator or admin; your roles: owner");
  EXPECT_FALSE(RoleAccess::Prove(Someone("s", {}), {}).ok());
}

}  // namespace
}  // namespace derms::domain
