#include "libs/auth/policy_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "derms/v1/policy.pb.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

// Methods of gRPC itself carry no policy of ours. Anything else of theirs (channelz) stays closed.
struct InfrastructureMethod {
  const char* path;
  Access access;
};
constexpr InfrastructureMethod kInfrastructure[] = {
    {"/grpc.health.v1.Health/Check", Access::kPublic},  // probes of an orchestrator have no credentials
    {"/grpc.health.v1.Health/Watch", Access::kPublic},
    {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Access::kAnySubject},
    {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Access::kAnySubject},
};

absl::Status Hole(const std::string& where, std::string_view what) {
  return base::Internal("POLICY_HOLE",
                        absl::StrCat(where, " ", std::string(what), "; see proto/derms/v1/policy.proto"));
}

absl::StatusOr<std::vector<domain::Role>> ReadRoles(const std::string& method, const v1::MethodPolicy& policy) {
  std::vector<domain::Role> roles;
  for (const int number : policy.roles()) {
    if (number == v1::ROLE_UNSPECIFIED || !v1::Role_IsValid(number)) return Hole(method, "names an unset role");
    const auto role = static_cast<domain::Role>(number);
    if (std::find(roles.begin(), roles.end(), role) != roles.end()) return Hole(method, "names a role twice");
    roles.push_back(role);
  }
  return roles;
}

absl::StatusOr<MethodRule> ReadRule(const google::protobuf::MethodDescriptor& method) {
  const std::string& name = method.full_name();
  if (!method.options().HasExtension(v1::policy)) return Hole(name, "has no policy");
  const v1::MethodPolicy& policy = method.options().GetExtension(v1::policy);
  if (policy.scope() == v1::SCOPE_UNSPECIFIED || !v1::Scope_IsValid(policy.scope())) return Hole(name, "has no scope");
  if (!v1::Lane_IsValid(policy.lane())) return Hole(name, "has an unknown lane");
  if (policy.any_subject() && policy.roles_size() > 0) return Hole(name, "has roles together with any_subject");
  if (!policy.any_subject() && policy.roles_size() == 0) return Hole(name, "has neither roles nor any_subject");

  MethodRule rule;
  rule.path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  rule.access = policy.any_subject() ? Access::kAnySubject : Access::kRoles;
  ASSIGN_OR_RETURN(rule.roles, ReadRoles(name, policy));
  rule.scope = static_cast<Scope>(policy.scope());
  rule.mutation = policy.mutation();
  rule.lane = static_cast<Lane>(policy.lane());
  return rule;
}

}  // namespace

absl::StatusOr<PolicyTable> PolicyTable::Build(const std::vector<std::string>& services,
                                               const google::protobuf::DescriptorPool& pool) {
  PolicyTable table;
  for (const InfrastructureMethod& method : kInfrastructure) {
    table.rules_[method.path] = MethodRule{method.path, method.access, {}, Scope::kFleet, false, Lane::kUsual};
  }
  for (const std::string& name : services) {
    const google::protobuf::ServiceDescriptor* service = pool.FindServiceByName(name);
    if (service == nullptr) return Hole(name, "is no known service");
    for (int i = 0; i < service->method_count(); ++i) {
      ASSIGN_OR_RETURN(MethodRule rule, ReadRule(*service->method(i)));
      std::string path = rule.path;
      table.rules_.insert_or_assign(std::move(path), std::move(rule));
    }
  }
  return table;
}

const MethodRule* PolicyTable::Find(std::string_view path) const {
  const auto found = rules_.find(absl::string_view(path.data(), path.size()));
  return found == rules_.end() ? nullptr : &found->second;
}

std::vector<const MethodRule*> PolicyTable::All() const {
  std::vector<const MethodRule*> all;
  for (const auto& [path, rule] : rules_) all.push_back(&rule);
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->path < b->path; });
  return all;
}

std::string DescribeRoles(const std::vector<domain::Role>& roles) {
  std::string text = "role ";
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (i > 0) text += i + 1 == roles.size() ? " or " : ", ";
    text += domain::RoleName(roles[i]);
  }
  return text;
}

}  // namespace derms::auth
