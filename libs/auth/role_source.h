// What the database says about a subject, as the gate may ask it: from memory, at once. libs/server binds this to a
// snapshot that libs/store refreshes at least once a second.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/access.h"

namespace derms::auth {

// Above this age of the snapshot nobody is let in: a revoked role must not live on because the database is away.
inline constexpr absl::Duration kMaxRoleAge = absl::Seconds(30);

// Implementations are thread-safe and never block or touch the network.
class RoleSource {
 public:
  virtual ~RoleSource() = default;
  // Empty when the subject has none. An error (UNAVAILABLE) refuses the call.
  virtual absl::StatusOr<std::vector<domain::Grant>> GrantsOf(std::string_view subject) const = 0;
  // Whether the token was revoked by its id (empty: it has none), or all tokens of the subject issued until a time
  // were. A token without `iat` (nullopt) counts as older than any revocation of its subject.
  virtual bool IsTokenRevoked(std::string_view token_id, std::string_view subject,
                              std::optional<absl::Time> issued_at) const = 0;
  // Since the snapshot was last known to equal the database; InfiniteDuration before the first.
  virtual absl::Duration Age() const = 0;
};

}  // namespace derms::auth
