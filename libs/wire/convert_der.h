// DERs, their parameters, readings, capacity rules and maintenance between protobuf and domain. Inputs are validated
// before (libs/wire/validate.h).
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "derms/v1/registry.pb.h"
#include "derms/v1/types.pb.h"
#include "libs/domain/der.h"

namespace derms::wire {

v1::DerType ToProto(domain::DerType type);
v1::DerStatus ToProto(domain::DerStatus status);
v1::Lifecycle ToProto(domain::Lifecycle lifecycle);
domain::DerType FromProto(v1::DerType type);
domain::DerStatus FromProto(v1::DerStatus status);

v1::DerParameters ToProto(const domain::DerParameters& parameters);
domain::DerParameters FromProto(const v1::DerParameters& parameters);

v1::Reading ToProto(const domain::Reading& reading);
// `now` is the time of a reading that brings none; quality not given is VALID.
domain::Reading FromProto(const v1::Reading& reading, absl::Time now);

// What a caller may see of a DER. `show_private`: owner, exact place and newest reading; without it the place is
// rounded to 0.1 degree (about 11 km) and both others are left out.
v1::Der ToProto(const domain::Der& der, domain::DerStatus status, const std::optional<domain::Reading>& reading,
                bool show_private);
// The new DER of a registration: OFFLINE, ACTIVE, revision 1, registered and updated at `now`.
domain::Der FromProto(const v1::RegisterDerRequest& request, std::string owner_id, absl::Time now);

v1::CapacityRule ToProto(const domain::CapacityRule& rule);
domain::CapacityRule FromProto(const v1::CapacityRule& rule);

v1::MaintenanceRecord ToProto(const domain::MaintenanceRecord& record);
domain::MaintenanceRecord FromProto(const v1::RecordMaintenanceRequest& request, std::string record_id,
                                    std::string recorded_by, absl::Time now);

}  // namespace derms::wire
