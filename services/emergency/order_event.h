// Emergency orders as events tell of them.
#pragma once

#include <string>

#include "libs/base/ids.h"
#include "libs/domain/records.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// Who and which request are left to the caller. An order for one DER carries its owner, so that no other owner sees it.
domain::Event DraftOrderEvent(const domain::EmergencyOrder& order, domain::EventType type,
                              const store::ReadModel& fleet, base::IdSource& ids, std::string summary);

}  // namespace derms::emergency
