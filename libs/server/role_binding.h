// The roles that libs/store keeps in memory, as libs/auth asks for them: neither knows the other.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "libs/auth/role_source.h"
#include "libs/store/role_cache.h"

namespace derms::server {

// Thread-safe. The cache outlives it.
class RoleBinding final : public auth::RoleSource {
 public:
  explicit RoleBinding(const store::RoleCache& cache) : cache_(cache) {}
  absl::StatusOr<std::vector<domain::Grant>> GrantsOf(std::string_view subject) const override {
    return cache_.GrantsOf(subject);
  }
  bool IsTokenRevoked(std::string_view token_id, std::string_view subject,
                      std::optional<absl::Time> issued_at) const override {
    return cache_.IsTokenRevoked(token_id, subject, issued_at);
  }
  absl::Duration Age() const override { return cache_.Age(); }

 private:
  const store::RoleCache& cache_;
};

}  // namespace derms::server
