#include "libs/store/mutation.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/sha256.h"

namespace derms::store {
void CheckProofIsFor(std::string_view der_id, const domain::DerAccess& access) {
  if (access.der_id() == der_id) return;
  std::fprintf(stderr, "a write to DER %s was built with the proof for %s\n", std::string(der_id).c_str(),
               access.der_id().c_str());
  std::abort();
}

// Lengths first: no two different triples give the same text.
std::string RequestKeyOf(std::string_view principal, std::string_view method, std::string_view request_id) {
  constexpr std::size_t kLength = 16;
  std::string text;
  for (const std::string_view part : {principal, method, request_id}) {
    absl::StrAppend(&text, part.size(), ":");
    text.append(part);
  }
  const base::Sha256Digest digest = base::Sha256(text);
  return {digest.begin(), digest.begin() + kLength};
}

}  // namespace derms::store
