#include "services/registry/event_draft.h"

#include <utility>

namespace derms::registry {

domain::Event DraftEvent(const server::Call& call, base::IdSource& ids, domain::EventType type, std::string summary) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = type;
  event.occurred_at = call.now();
  event.summary = std::move(summary);
  return event;
}

domain::Event DraftDerEvent(const server::Call& call, base::IdSource& ids, domain::EventType type,
                            const domain::Der& der, std::string summary) {
  domain::Event event = DraftEvent(call, ids, type, std::move(summary));
  event.der_id = der.der_id;
  event.owner_id = der.owner_id;
  event.region_id = der.region_id;
  event.revision = der.revision;
  return event;
}

}  // namespace derms::registry
