// For tests: collaborators of the authenticator that a test sets by hand.
#pragma once

#include <grpcpp/security/auth_context.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/auth/gate.h"
#include "libs/auth/jwks.h"
#include "libs/auth/role_source.h"

namespace derms::auth {

// Keys that a test replaces at once.
class SetKeys final : public KeySource {
 public:
  explicit SetKeys(std::string_view jwks) { Replace(jwks); }
  void Replace(std::string_view jwks) { keys_ = std::make_shared<const KeySet>(KeySet::Parse(jwks).value()); }
  std::shared_ptr<const KeySet> Keys() const override { return keys_; }
  void NoteUnknownKey() override { ++unknown_keys_; }
  int unknown_keys() const { return unknown_keys_; }

 private:
  std::shared_ptr<const KeySet> keys_;
  int unknown_keys_ = 0;
};

// Roles and revocations as a snapshot of the database would hold them.
struct SetRoles final : public RoleSource {
  absl::StatusOr<std::vector<domain::Grant>> GrantsOf(std::string_view subject) const override {
    const auto found = grants.find(std::string(subject));
    return found == grants.end() ? std::vector<domain::Grant>() : found->second;
  }
  bool IsTokenRevoked(std::string_view token_id, std::string_view subject,
                      std::optional<absl::Time> issued_at) const override {
    const auto until = revoked_until.find(std::string(subject));
    return revoked_ids.contains(std::string(token_id)) ||
           (until != revoked_until.end() && issued_at.value_or(absl::InfinitePast()) <= until->second);
  }
  absl::Duration Age() const override { return age; }

  void Grant(const std::string& subject, domain::Role role) { grants[subject].push_back({role, {}, {}, "test"}); }

  std::map<std::string, std::vector<domain::Grant>> grants;
  std::set<std::string> revoked_ids;
  std::map<std::string, absl::Time> revoked_until;
  absl::Duration age = absl::ZeroDuration();
};

// A connection without client certificate; those with one are tested over the wire (gate_wire_test.cc).
class PlainConnection final : public grpc::AuthContext {
 public:
  bool IsPeerAuthenticated() const override { return false; }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string&) const override { return {}; }
  grpc::AuthPropertyIterator begin() const override { return Nothing(); }
  grpc::AuthPropertyIterator end() const override { return Nothing(); }
  void AddProperty(const std::string& key, const grpc::string_ref&) override { added_.push_back(key); }
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }
  const std::vector<std::string>& added() const { return added_; }

 private:
  struct Nothing final : grpc::AuthPropertyIterator {};  // gRPC's own constructor is protected
  std::vector<std::string> added_;
};

// What the gate decided, in order: "path reason subject".
struct Decisions final : public GateObserver {
  void OnDecision(const GateDecision& decision) override {
    list.push_back(std::string(decision.method) + " " + std::string(decision.reason) + " " +
                   std::string(decision.subject));
  }
  std::vector<std::string> list;
};

}  // namespace derms::auth
