#include "libs/store/testing/samples.h"

#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "libs/base/sha256.h"

namespace derms::store::testing {
namespace {

domain::Caller CallerWith(const std::string& subject, domain::Role role) {
  domain::Caller caller;
  caller.subject = subject;
  domain::Grant grant;
  grant.role = role;
  caller.grants.push_back(grant);
  return caller;
}

}  // namespace

absl::Time SampleTime() {
  return absl::FromUnixSeconds(1795435200);
}
absl::Time Soon() {
  return absl::Now() + absl::Seconds(60);
}

domain::DerAccess AdminAccess(const std::string& der_id) {
  return *domain::DerAccess::Prove(CallerWith("admin", domain::Role::kAdmin), {der_id, "owner", "CA"},
                                   domain::RegionTree(), {domain::Role::kAdmin});
}

domain::DerAccess OwnerAccess(const domain::Der& der) {
  return *domain::DerAccess::Prove(CallerWith(der.owner_id, domain::Role::kOwner), der.ownership(),
                                   domain::RegionTree(), {domain::Role::kOwner});
}

domain::RegionAccess FleetAccess() {
  return *domain::RegionAccess::Prove(CallerWith("admin", domain::Role::kAdmin), "", domain::RegionTree());
}

domain::Der SampleDer(const std::string& der_id, const std::string& owner_id) {
  domain::Der der;
  der.der_id = der_id;
  der.owner_id = owner_id;
  der.type = domain::DerType::kSolar;
  der.capacity_kw = 1000;
  der.latitude_deg = 37.5;
  der.longitude_deg = -121.25;
  der.region_id = "CA";
  der.registered_at = SampleTime();
  der.updated_at = SampleTime();
  der.revision = 1;
  return der;
}

domain::Region SampleRegion(const std::string& region_id, const std::string& parent_region_id) {
  domain::Region region;
  region.region_id = region_id;
  region.parent_region_id = parent_region_id;
  region.display_name = "Region " + region_id;
  region.revision = 1;
  return region;
}

domain::Reading SampleReading(const std::string& der_id, absl::Time measured_at, double power_kw) {
  domain::Reading reading;
  reading.der_id = der_id;
  reading.measured_at = measured_at;
  reading.power_kw = power_kw;
  return reading;
}

domain::EmergencyOrder SampleOrder(const std::string& emergency_id, absl::Time starts_at, absl::Duration duration) {
  domain::EmergencyOrder order;
  order.emergency_id = emergency_id;
  order.der_id = std::string(base::kAllDers);
  order.kind = domain::EmergencyKind::kCurtailAll;
  order.starts_at = starts_at;
  order.ends_at = starts_at + duration;
  order.reason = "test";
  order.issued_by = "operator";
  order.revision = 1;
  return order;
}

domain::Event EventAbout(base::IdSource& ids, domain::EventType type, const domain::Der& der) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = type;
  event.occurred_at = der.updated_at;
  event.actor = "admin";
  event.der_id = der.der_id;
  event.owner_id = der.owner_id;
  event.region_id = der.region_id;
  event.revision = der.revision;
  event.request_id = ids.NewId();
  event.summary = std::string(domain::EventName(type)) + " " + der.der_id;
  return event;
}

Mutation Registering(base::IdSource& ids, const domain::Der& der) {
  Mutation mutation;
  mutation.writes.emplace_back(DerInsert(AdminAccess(der.der_id), der));
  mutation.events.push_back(EventAbout(ids, domain::EventType::kDerRegistered, der));
  return mutation;
}

Mutation ChangingStatus(base::IdSource& ids, const domain::Der& before, domain::DerStatus to) {
  domain::Der after = before;
  after.stored_status = to;
  ++after.revision;
  after.updated_at = before.updated_at + absl::Seconds(1);
  Mutation mutation;
  mutation.writes.emplace_back(DerStatusChange(AdminAccess(after.der_id), to, after.revision, after.updated_at));
  mutation.events.push_back(EventAbout(ids, domain::EventType::kDerStatusUpdated, after));
  mutation.events.back().old_status = before.stored_status;
  mutation.events.back().new_status = to;
  return mutation;
}

Mutation Putting(domain::Region region) {
  Mutation mutation;
  mutation.writes.emplace_back(RegionPut(FleetAccess(), std::move(region)));
  return mutation;
}

Mutation Ordering(base::IdSource& ids, const domain::EmergencyOrder& order) {
  Mutation mutation;
  mutation.writes.emplace_back(EmergencyInsert(FleetAccess(), order));
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = domain::EventType::kEmergencyAllocation;
  event.occurred_at = order.starts_at;
  event.actor = order.issued_by;
  event.resource_id = order.emergency_id;
  event.summary = "emergency order";
  mutation.events.push_back(std::move(event));
  return mutation;
}

Mutation WithRequest(Mutation mutation, const std::string& request_id, const std::string& response,
                     const std::string& body) {
  const base::Sha256Digest digest = base::Sha256(body);
  Idempotency request;
  request.principal = "admin";
  request.method = "/derms.v1.RegistryService/Test";
  request.request_id = request_id;
  request.request_sha256 = std::string(digest.begin(), digest.end());
  request.response_bytes = response;
  mutation.idempotency = std::move(request);
  return mutation;
}

absl::StatusOr<Committed> CommitAndWait(Committer& committer, Mutation mutation) {
  return store::CommitAndWait(committer, std::move(mutation), Soon());
}

}  // namespace derms::store::testing
