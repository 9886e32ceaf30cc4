#include "services/registry/event_view.h"

#include "libs/wire/convert_records.h"

namespace derms::registry {
namespace {

using domain::EventType;
using domain::Role;

bool IsAboutAccess(EventType type) {
  return type == EventType::kRoleGranted || type == EventType::kRoleRevoked || type == EventType::kTokenRevoked;
}

bool IsAboutFleet(EventType type) {
  switch (type) {
    case EventType::kResourcesOptimized:
    case EventType::kEmergencyAllocation:
    case EventType::kEmergencyEnded:
    case EventType::kEmergencyRestored:
    case EventType::kRegionPut:
    case EventType::kCapacityRulePut:
    case EventType::kSeriesPut:
    case EventType::kPolicyPut:
    case EventType::kPolicyDeleted:
      return true;
    default:  // a type added later is hidden until somebody decides
      return false;
  }
}

}  // namespace

bool MaySee(const domain::Event& event, const domain::Caller& caller, const domain::RegionTree& regions) {
  if (caller.IsAdmin()) return true;
  if (IsAboutAccess(event.type)) return false;
  if (caller.Has(Role::kOperator) && (!event.region_id || caller.Operates(*event.region_id, regions))) return true;
  if (!caller.Has(Role::kOwner)) return false;
  if (event.owner_id) return *event.owner_id == caller.subject;
  return !event.der_id && IsAboutFleet(event.type);
}

v1::Event ViewOfEvent(const domain::Event& event, const domain::Caller& caller) {
  const bool sees_actors = caller.IsAdmin() || caller.Has(Role::kOperator);
  return wire::ToProto(event, sees_actors || event.actor == caller.subject);
}

}  // namespace derms::registry
