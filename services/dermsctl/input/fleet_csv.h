// DERs from CSV rows.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "derms/v1/registry.pb.h"
#include "services/dermsctl/input/csv.h"

namespace derms::dermsctl {

// What stands for an empty cell or a column that the file does not have.
struct FleetDefaults {
  std::string owner_id;
  std::string region_id;
};

// Format `fleet`: one DER a row, columns in kW, kWh, USD (docs/dermsctl.md lists them). The columns p_max_kw, shape,
// owner, soc_initial (share of the capacity) and the like are taken under those names as well as under the names of
// the schema. INVALID_ARGUMENT with reason UNKNOWN_DER_TYPE, or INVALID_DER with all violations: what cannot even be
// sent. Ranges are the registry's to check.
absl::StatusOr<v1::RegisterDerRequest> ReadFleetRow(const CsvRow& row, const FleetDefaults& defaults);
const std::vector<std::string>& FleetColumns();

// Format `cats`: generators of the California Test System, in MW, without ids and energies. The id becomes
// CATS-<plant>-<generator>; a battery gets 4 h of its power at 85 % round trip, as in DER-VET's CAISO case; the
// reactive limits are synthetic and left out.
absl::StatusOr<v1::RegisterDerRequest> ReadCatsRow(const CsvRow& row, const FleetDefaults& defaults);
const std::vector<std::string>& CatsColumns();

}  // namespace derms::dermsctl
