// Callers and calls for tests of handlers.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/server/call.h"

namespace derms::server::testing {

inline const absl::Time kNow = absl::FromUnixSeconds(1'600'000'000);

// "id-1", "id-2", ...
class CountingIds final : public base::IdSource {
 public:
  std::string NewId() override { return absl::StrCat("id-", ++count_); }

 private:
  std::atomic<int> count_ = 0;
};

inline domain::Caller CallerOf(std::string subject, std::vector<domain::Role> roles,
                               std::vector<std::string> operator_regions = {}) {
  domain::Caller caller;
  caller.subject = std::move(subject);
  for (const domain::Role role : roles) {
    domain::Grant grant;
    grant.role = role;
    if (role == domain::Role::kOperator) grant.region_ids = operator_regions;
    caller.grants.push_back(std::move(grant));
  }
  return caller;
}

inline domain::Caller Owner(std::string subject = "owner-1") {
  return CallerOf(std::move(subject), {domain::Role::kOwner});
}
inline domain::Caller Operator(std::vector<std::string> regions = {}) {
  return CallerOf("operator-1", {domain::Role::kOperator}, std::move(regions));
}
inline domain::Caller Admin() {
  return CallerOf("admin-1", {domain::Role::kAdmin});
}
inline domain::Caller Gateway() {
  return CallerOf("gateway-1", {domain::Role::kGateway});
}

// A call to a method whose policy has scope DER and admits owners, operators and admins, unless said otherwise.
inline server::Call CallAs(domain::Caller caller,
                           std::vector<domain::Role> admitted = {domain::Role::kOwner, domain::Role::kOperator,
                                                                 domain::Role::kAdmin}) {
  server::Call::Facts facts;
  facts.caller = std::move(caller);
  facts.method = "/derms.v1.RegistryService/Test";
  facts.request_id = "00000000-0000-4000-8000-000000000001";
  facts.now = kNow;
  facts.deadline = absl::Now() + absl::Minutes(1);
  facts.scope = server::CallScope::kDer;
  facts.roles = std::move(admitted);
  return server::Call(std::move(facts));
}

}  // namespace derms::server::testing
