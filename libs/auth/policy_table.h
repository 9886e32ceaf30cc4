// The law as the gate reads it: which path needs which role, from the options of the methods (policy.proto).
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/domain/access.h"

namespace derms::auth {

enum class Access {
  kPublic,      // without credentials; infrastructure only, no option can say it
  kAnySubject,  // any authenticated subject, even without a grant
  kRoles,       // one of `roles`
};

enum class Scope { kFleet = 1, kDer = 2, kRegion = 3 };  // numbers of derms.v1.Scope
enum class Lane { kUsual = 0, kReserved = 1 };           // numbers of derms.v1.Lane

struct MethodRule {
  std::string path;  // "/derms.v1.RegistryService/GetDer", as in HTTP/2's :path
  Access access = Access::kRoles;
  std::vector<domain::Role> roles;  // in the order of the option
  Scope scope = Scope::kFleet;      // what the handler proves about the rows it touches
  bool mutation = false;
  Lane lane = Lane::kUsual;
};

// Immutable and thread-safe. What is not in the table is denied by absence.
class PolicyTable {
 public:
  // Rules of all methods of the named services ("derms.v1.RegistryService"), and of the infrastructure: health
  // without credentials, reflection for any subject. INTERNAL reason POLICY_HOLE, naming the method, for an unknown
  // service, a method without policy or scope, an unset or repeated role, roles together with any_subject, or neither.
  static absl::StatusOr<PolicyTable> Build(
      const std::vector<std::string>& services,
      const google::protobuf::DescriptorPool& pool = *google::protobuf::DescriptorPool::generated_pool());

  // Null for a path without rule. Valid as long as the table.
  const MethodRule* Find(std::string_view path) const;
  std::vector<const MethodRule*> All() const;  // by path

 private:
  PolicyTable() = default;

  absl::flat_hash_map<std::string, MethodRule> rules_;
};

// "role operator or admin", for messages.
std::string DescribeRoles(const std::vector<domain::Role>& roles);

}  // namespace derms::auth
