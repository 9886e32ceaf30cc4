// Whom something is for, as people write it: a DER's id, region:NAME, or ALL_DERS. For every message that has der_id
// and region_id, of which one is given.
#pragma once

#include <string>

#include "absl/strings/match.h"

namespace derms::dermsctl {

inline constexpr char kRegionPrefix[] = "region:";
inline constexpr char kScopeHelp[] = "A DER's id, region:NAME, or ALL_DERS.";

// Names are judged by the service.
template <typename Message>
void FillScope(const std::string& scope, Message& message) {
  if (absl::StartsWith(scope, kRegionPrefix)) {
    message.set_region_id(scope.substr(sizeof(kRegionPrefix) - 1));
  } else {
    message.set_der_id(scope);
  }
}

template <typename Message>
std::string ScopeOf(const Message& message) {
  return message.region_id().empty() ? message.der_id() : kRegionPrefix + message.region_id();
}

}  // namespace derms::dermsctl
