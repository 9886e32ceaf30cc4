// Events as the registry tells them: time comes from the call, who and which request are filled in by the adapter.
// Summaries never name the actor, because owners may read the summary but not who acted.
#pragma once

#include <string>

#include "libs/base/ids.h"
#include "libs/domain/records.h"
#include "libs/server/call.h"

namespace derms::registry {

domain::Event DraftEvent(const server::Call& call, base::IdSource& ids, domain::EventType type, std::string summary);

// About a DER as it is after the event: its id, owner, region and revision go with it.
domain::Event DraftDerEvent(const server::Call& call, base::IdSource& ids, domain::EventType type,
                            const domain::Der& der, std::string summary);

}  // namespace derms::registry
