// Whom something is for, as people write it: a DER's id, region:NAME, or ALL_DERS. For every message that has der_id
// and region_id, of which one is given.
#pragma once

#include <algorithm>
#include <cstdint>
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

// The number of DERs that somebody expects in it; negative: they did not say.
template <typename Message>
void FillExpectedCount(std::int64_t count, Message& message) {
  if (count < 0) return;
  message.set_expected_count(static_cast<std::int32_t>(std::min<std::int64_t>(count, INT32_MAX)));
}

template <typename Message>
std::string ScopeOf(const Message& message) {
  return message.region_id().empty() ? message.der_id() : kRegionPrefix + message.region_id();
}

}  // namespace derms::dermsctl
