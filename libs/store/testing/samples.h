// Things to store, and proofs to store them with, for tests of the store and of services.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/store/committer.h"
#include "libs/store/mutation.h"

namespace derms::store::testing {

absl::Time SampleTime();  // 2026-11-23 12:00 UTC
absl::Time Soon();        // a deadline that no test reaches

// As an admin may: no owner predicate. As owner: with it.
domain::DerAccess AdminAccess(const std::string& der_id);
domain::DerAccess OwnerAccess(const domain::Der& der);
domain::RegionAccess FleetAccess();

domain::Der SampleDer(const std::string& der_id, const std::string& owner_id = "owner-1");  // SOLAR, revision 1
domain::Region SampleRegion(const std::string& region_id, const std::string& parent_region_id = "");
domain::Reading SampleReading(const std::string& der_id, absl::Time measured_at, double power_kw);
domain::EmergencyOrder SampleOrder(const std::string& emergency_id, absl::Time starts_at, absl::Duration duration);
domain::Event EventAbout(base::IdSource& ids, domain::EventType type, const domain::Der& der);

// Mutations with their events, as handlers make them.
Mutation Registering(base::IdSource& ids, const domain::Der& der);
Mutation ChangingStatus(base::IdSource& ids, const domain::Der& before, domain::DerStatus to);
Mutation Putting(domain::Region region);
Mutation Ordering(base::IdSource& ids, const domain::EmergencyOrder& order);
Mutation WithRequest(Mutation mutation, const std::string& request_id, const std::string& response,
                     const std::string& body = "body");

absl::StatusOr<Committed> CommitAndWait(Committer& committer, Mutation mutation);

}  // namespace derms::store::testing
