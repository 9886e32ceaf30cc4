#include "libs/store/mutation.h"

#include <cstdio>
#include <cstdlib>

namespace derms::store {
namespace {

void CheckSame(const std::string& proven, const std::string& written) {
  if (proven == written) return;
  std::fprintf(stderr, "a write to DER %s was built with the proof for %s\n", written.c_str(), proven.c_str());
  std::abort();
}

}  // namespace

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
