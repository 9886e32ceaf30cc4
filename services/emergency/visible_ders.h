// Which DERs a caller speaks for, as filters of lists.
#pragma once

#include <memory>
#include <vector>

#include "libs/domain/access.h"
#include "libs/domain/region.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// Roles that speak for single DERs.
inline const std::vector<domain::Role> kSpeakers = {domain::Role::kOwner, domain::Role::kGateway,
                                                    domain::Role::kOperator, domain::Role::kAdmin};

// Those delegated to who is only a gateway; own ones of who is only an owner; else all that the caller may access.
// Holds the caller.
store::DerFilter VisibleDers(const domain::Caller& caller, std::shared_ptr<const domain::RegionTree> regions);

}  // namespace derms::emergency
