#include "libs/store/mutation.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/sha256.h"

namespace derms::store {
namespace {

void CheckSame(const std::string& proven, const std::string& written) {
  if (proven == written) return;
  std::fprintf(stderr, "a write to DER %s was built with the proof for %s\n", written.c_str(), proven.c_str());
  std::abort();
}

}  // namespace

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

void DerInsert::Check(const domain::DerAccess& access) const {
  CheckSame(access.der_id(), der_.der_id);
}
void DerReplace::Check(const domain::DerAccess& access) const {
  CheckSame(access.der_id(), der_.der_id);
}
void ReadingPut::Check(const domain::DerAccess& access) const {
  CheckSame(access.der_id(), reading_.der_id);
}
void MaintenanceInsert::Check(const domain::DerAccess& access) const {
  CheckSame(access.der_id(), record_.der_id);
}

}  // namespace derms::store
