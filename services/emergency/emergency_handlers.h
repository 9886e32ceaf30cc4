// Giving, ending and reading emergency orders.
#pragma once

#include "derms/v1/emergency.pb.h"
#include "libs/base/ids.h"
#include "libs/domain/emergency.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/emergency/headroom_book.h"

namespace derms::emergency {

// Requests arrive checked field by field (libs/wire/validate.h). An order writes one row, whatever the size of its
// scope; who is bound follows from it (libs/domain/emergency.h). Thread-safe.
class EmergencyHandlers {
 public:
  // All must outlive the handlers.
  EmergencyHandlers(const store::ReadModel& fleet, store::Queries& queries, base::IdSource& ids, HeadroomBook& book)
      : fleet_(fleet), queries_(queries), ids_(ids), book_(book) {}

  // From memory: one pass over the columns of the book. The plan holds its part of the fleet from then on and names the
  // orders it knew of: ABORTED ORDERS_CHANGED at commit when there were others. INVALID_ARGUMENT SCOPE_MISSING,
  // REASON_MISSING, EXPECTED_COUNT_MISSING, EMERGENCY_KIND_MISMATCH, OVERRIDE_WITHOUT_POWER; NOT_FOUND DER_NOT_FOUND,
  // REGION_NOT_FOUND; FAILED_PRECONDITION EXPECTED_COUNT_MISMATCH, NO_DERS_IN_SCOPE, NOTHING_TO_RESTORE,
  // WIDER_ORDER_IN_FORCE; PERMISSION_DENIED UNAUTHORIZED for an operator of another region.
  absl::StatusOr<server::Plan<v1::AllocateEmergencyResponse>> AllocateEmergency(
      server::Call& call, const v1::AllocateEmergencyRequest& request) const;

  // These block on the database. NOT_FOUND EMERGENCY_NOT_FOUND; FAILED_PRECONDITION EMERGENCY_ENDED (also at commit).
  absl::StatusOr<server::Plan<v1::ReleaseEmergencyResponse>> ReleaseEmergency(
      server::Call& call, const v1::ReleaseEmergencyRequest& request) const;
  absl::StatusOr<v1::GetEmergencyResponse> GetEmergency(server::Call& call,
                                                        const v1::GetEmergencyRequest& request) const;
  // INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListEmergenciesResponse> ListEmergencies(server::Call& call,
                                                              const v1::ListEmergenciesRequest& request) const;

 private:
  server::Plan<v1::AllocateEmergencyResponse> PlanOf(const server::Call& call, const domain::RegionAccess& access,
                                                     HeadroomBook::Planned planned) const;
  absl::StatusOr<server::Plan<v1::AllocateEmergencyResponse>> Restore(server::Call& call,
                                                                      const domain::RegionAccess& access,
                                                                      const domain::EmergencyRequest& request,
                                                                      bool validate_only) const;
  domain::Event AllocationEvent(const domain::EmergencyOrder& order) const;
  domain::Event ReleaseEvent(const domain::EmergencyOrder& order) const;
  absl::Status FillRestoration(const server::Call& call, const domain::EmergencyOrder& order,
                               v1::EmergencyOrder& told) const;
  absl::StatusOr<domain::EmergencyOrder> LoadOrder(const server::Call& call, const std::string& emergency_id) const;

  const store::ReadModel& fleet_;
  store::Queries& queries_;
  base::IdSource& ids_;
  HeadroomBook& book_;
};

}  // namespace derms::emergency
