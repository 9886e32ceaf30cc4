// Nameplate and settings of a DER for grid support, as they are kept.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace derms::domain {

// Every change of nameplate or settings is a whole new record; earlier ones stay. Contents travel as JSON
// (derms.v1.GridNameplate and GridSettings), which libs/wire/stored_grid.h reads and writes.
struct GridRecord {
  std::string der_id;
  std::int64_t revision = 0;  // from 1, one more with every record
  std::int64_t nameplate_revision = 0;
  std::int64_t settings_revision = 0;  // 0: none adopted, the defaults hold
  std::string profile_id;
  std::string nameplate_json, settings_json;  // settings: empty when none are adopted
  std::string put_by;
  absl::Time put_at;
};

}  // namespace derms::domain
