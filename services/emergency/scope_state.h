// What is known now about the DERs that an order could bind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/domain/emergency.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// Owns the DERs that `states` points to.
struct ScopeState {
  std::vector<std::shared_ptr<const domain::Der>> ders;
  std::vector<domain::DerState> states;  // one per DER, in order
};

// One DER, a region with its parts (der_id empty), or the fleet (base::kAllDers).
ScopeState CollectScope(const store::ReadModel& fleet, const std::string& der_id, const std::string& region_id,
                        absl::Time now);

}  // namespace derms::emergency
