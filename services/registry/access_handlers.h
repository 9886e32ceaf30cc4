// Principals, roles and tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "derms/v1/access.pb.h"
#include "libs/auth/role_source.h"
#include "libs/base/ids.h"
#include "libs/base/sha256.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Thread-safe; everything but ListPrincipals answers from memory and never waits. Grants of others are read from the
// same snapshot that the gate uses, at most a second old.
class AccessHandlers {
 public:
  // Everything handed in by reference must outlive the handlers. Without a digest nobody can initialise.
  AccessHandlers(const store::ReadModel& fleet, const auth::RoleSource& roles, store::Queries& queries,
                 base::IdSource& ids, std::optional<base::Sha256Digest> bootstrap_secret_digest)
      : fleet_(fleet), roles_(roles), queries_(queries), ids_(ids), bootstrap_digest_(bootstrap_secret_digest) {}

  // PERMISSION_DENIED WRONG_BOOTSTRAP_SECRET; FAILED_PRECONDITION ALREADY_INITIALIZED (at commit).
  absl::StatusOr<server::Plan<v1::InitializeResponse>> Initialize(server::Call& call,
                                                                  const v1::InitializeRequest& request) const;
  absl::StatusOr<v1::WhoAmIResponse> WhoAmI(server::Call& call, const v1::WhoAmIRequest& request) const;
  // INVALID_ARGUMENT UNKNOWN_REGION, REGIONS_ONLY_FOR_OPERATORS.
  absl::StatusOr<server::Plan<v1::GrantRoleResponse>> GrantRole(server::Call& call,
                                                                const v1::GrantRoleRequest& request) const;
  // NOT_FOUND GRANT_NOT_FOUND and FAILED_PRECONDITION LAST_ADMIN, both decided at commit.
  absl::StatusOr<server::Plan<v1::RevokeRoleResponse>> RevokeRole(server::Call& call,
                                                                  const v1::RevokeRoleRequest& request) const;
  // Blocks on the database. INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListPrincipalsResponse> ListPrincipals(server::Call& call,
                                                            const v1::ListPrincipalsRequest& request) const;
  // INVALID_ARGUMENT TOKEN_OR_SUBJECT unless exactly one of the two is given.
  absl::StatusOr<server::Plan<v1::RevokeTokenResponse>> RevokeToken(server::Call& call,
                                                                    const v1::RevokeTokenRequest& request) const;

 private:
  bool IsBootstrapSecret(std::string_view secret) const;

  const store::ReadModel& fleet_;
  const auth::RoleSource& roles_;
  store::Queries& queries_;
  base::IdSource& ids_;
  const std::optional<base::Sha256Digest> bootstrap_digest_;
};

}  // namespace derms::registry
