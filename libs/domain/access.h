// Who may touch what: callers, roles, and proofs that a check was made.
//
// A proof object can only be made by its Prove function, and every write to an owned thing (libs/store/mutation.h)
// takes one: a forgotten ownership check does not compile. Plain values, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/region.h"

namespace derms::domain {

enum class Role { kAdmin = 1, kOperator = 2, kOwner = 3, kGateway = 4 };  // numbers of derms.v1.Role
std::string_view RoleName(Role role);                                     // "admin", "operator", "owner", "gateway"

struct Grant {
  Role role = Role::kOwner;
  std::vector<std::string> region_ids;  // operators only: limited to these and their parts; empty: all
  absl::Time granted_at;
  std::string granted_by;
};

enum class IdentityProof { kJwt, kMutualTls };

// An authenticated subject with the roles it holds in the database now.
struct Caller {
  std::string subject;
  std::vector<Grant> grants;
  absl::Time expires_at = absl::InfiniteFuture();  // end of token or certificate
  IdentityProof proof = IdentityProof::kJwt;

  bool Has(Role role) const;
  bool IsAdmin() const { return Has(Role::kAdmin); }
  // Admin, or operator of the region (empty region_id: of all regions).
  bool Operates(std::string_view region_id, const RegionTree& regions) const;
};

// What of a DER decides who may touch it.
struct DerOwnership {
  std::string der_id;
  std::string owner_id;
  std::string region_id;
  std::string gateway_id;  // empty: delegated to nobody
};

// Proof that a caller may act on a DER: its owner, the gateway it is delegated to, an operator of its region, or an
// admin.
class DerAccess {
 public:
  // PERMISSION_DENIED reason UNAUTHORIZED when the caller is none of them. `roles` narrows who counts, as the policy
  // of the method does (an operator may not retire a DER).
  static absl::StatusOr<DerAccess> Prove(const Caller& caller, const DerOwnership& der, const RegionTree& regions,
                                         const std::vector<Role>& roles);
  const std::string& der_id() const { return der_id_; }
  // Set when the caller acts only as owner: the store repeats it as a predicate of the write.
  const std::optional<std::string>& required_owner() const { return required_owner_; }
  // The same for who acts only as gateway.
  const std::optional<std::string>& required_gateway() const { return required_gateway_; }

 private:
  DerAccess(std::string der_id, std::optional<std::string> required_owner, std::optional<std::string> required_gateway);
  std::string der_id_;
  std::optional<std::string> required_owner_, required_gateway_;
};

// Whether Prove would succeed, for reads that show more to some (GetDer) and for lists.
bool MayAccess(const Caller& caller, const DerOwnership& der, const RegionTree& regions,
               const std::vector<Role>& roles);

// Proof that a caller may act on a region, or (empty id) on the whole fleet.
class RegionAccess {
 public:
  // PERMISSION_DENIED reason UNAUTHORIZED unless the caller is an admin or operates the region.
  static absl::StatusOr<RegionAccess> Prove(const Caller& caller, std::string_view region_id,
                                            const RegionTree& regions);
  const std::string& region_id() const { return region_id_; }

 private:
  explicit RegionAccess(std::string region_id);
  std::string region_id_;
};

// Proof that a caller holds a role, for writes that belong to no row of an owner (grants, rules, series).
class RoleAccess {
 public:
  static absl::StatusOr<RoleAccess> Prove(const Caller& caller, const std::vector<Role>& any_of);
  // The system itself, for what it does by its own clock (ending an order, chaining events) and for Initialize.
  static RoleAccess System();

 private:
  RoleAccess() = default;
};

}  // namespace derms::domain
