// Which DERs a caller speaks for, as a filter of lists.
#pragma once

#include <memory>

#include "libs/domain/region.h"
#include "libs/server/call.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// Own ones of somebody who is only an owner; all that an operator operates. Says to the call that its answer is
// filtered. The filter lives no longer than the call.
store::DerFilter VisibleDers(server::Call& call, std::shared_ptr<const domain::RegionTree> regions);

}  // namespace derms::emergency
