// Regions, series, emergency orders, events and principals between protobuf and domain. Inputs are validated before
// (libs/wire/validate.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "derms/v1/access.pb.h"
#include "derms/v1/emergency.pb.h"
#include "derms/v1/events.pb.h"
#include "derms/v1/registry.pb.h"
#include "derms/v1/series.pb.h"
#include "libs/domain/access.h"
#include "libs/domain/emergency.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"

namespace derms::wire {

v1::Region ToProto(const domain::Region& region);
domain::Region FromProto(const v1::Region& region);  // revision, which is output only, stays 0

v1::Series ToProto(const domain::SeriesPiece& piece);  // stored_count stays 0
domain::SeriesPiece FromProto(const v1::Series& series);

v1::EmergencyKind ToProto(domain::EmergencyKind kind);
domain::GivenRestoration FromProto(const v1::RestorationTerms& terms);
// The state is the one at `now`: an order that is over says so even when nobody has written it down yet. How many DERs
// are back is not told.
v1::EmergencyOrder ToProto(const domain::EmergencyOrder& order, absl::Time now);
// Whether the order is, or was, in force; else it waits for a second person's word, or never got it.
bool TookForce(const v1::EmergencyOrder& order);
domain::EmergencyRequest FromProto(const v1::AllocateEmergencyRequest& request);

v1::EventType ToProto(domain::EventType type);
domain::EventType FromProto(v1::EventType type);
v1::Event ToProto(const domain::Event& event, bool show_actor);

v1::Role ToProto(domain::Role role);
domain::Role FromProto(v1::Role role);
v1::Principal ToProto(std::string_view subject, const std::vector<domain::Grant>& grants);
domain::Grant FromProto(const v1::GrantRoleRequest& request, std::string granted_by, absl::Time now);

}  // namespace derms::wire
