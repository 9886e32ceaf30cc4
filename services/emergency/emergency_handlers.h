// Giving, ending and reading emergency orders.
#pragma once

#include "derms/v1/emergency.pb.h"
#include "libs/base/ids.h"
#include "libs/domain/emergency.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/approval_queries.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/emergency/approval_rule.h"
#include "services/emergency/headroom_book.h"

namespace derms::emergency {

// Requests arrive checked field by field (libs/wire/validate.h). An order writes one row, whatever the size of its
// scope; who is bound follows from it (libs/domain/emergency.h). Thread-safe.
class EmergencyHandlers {
 public:
  // All must outlive the handlers.
  EmergencyHandlers(const store::ReadModel& fleet, store::Queries& queries, base::IdSource& ids, HeadroomBook& book,
                    store::ApprovalQueries& approvals, ApprovalRule rule = {})
      : fleet_(fleet), queries_(queries), ids_(ids), book_(book), approvals_(approvals), rule_(std::move(rule)) {}

  // From memory: one pass over the columns of the book. The plan holds its part of the fleet from then on and names the
  // orders it knew of: ABORTED ORDERS_CHANGED at commit when there were others. INVALID_ARGUMENT SCOPE_MISSING,
  // REASON_MISSING, EXPECTED_COUNT_MISSING, EMERGENCY_KIND_MISMATCH; NOT_FOUND DER_NOT_FOUND, REGION_NOT_FOUND;
  // FAILED_PRECONDITION EXPECTED_COUNT_MISMATCH, NO_DERS_IN_SCOPE; PERMISSION_DENIED UNAUTHORIZED for an operator of
  // another region. An order that needs a second person's word is only rehearsed and waits; RESOURCE_EXHAUSTED
  // TOO_MANY_PENDING at commit.
  absl::StatusOr<server::Plan<v1::AllocateEmergencyResponse>> AllocateEmergency(
      server::Call& call, const v1::AllocateEmergencyRequest& request) const;

  // These block on the database. The first plans anew and has errors of AllocateEmergency, too; PERMISSION_DENIED
  // SAME_PERSON; FAILED_PRECONDITION APPROVAL_CLOSED (also at commit: of several who decide, one wins); ABORTED
  // APPROVAL_UNDER_WAY.
  absl::StatusOr<server::Plan<v1::ApproveEmergencyResponse>> ApproveEmergency(
      server::Call& call, const v1::ApproveEmergencyRequest& request) const;
  // NOT_FOUND EMERGENCY_NOT_FOUND; FAILED_PRECONDITION EMERGENCY_ENDED (also at commit), EMERGENCY_NOT_IN_FORCE.
  absl::StatusOr<server::Plan<v1::ReleaseEmergencyResponse>> ReleaseEmergency(
      server::Call& call, const v1::ReleaseEmergencyRequest& request) const;
  absl::StatusOr<v1::GetEmergencyResponse> GetEmergency(server::Call& call,
                                                        const v1::GetEmergencyRequest& request) const;
  // INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListEmergenciesResponse> ListEmergencies(server::Call& call,
                                                              const v1::ListEmergenciesRequest& request) const;

 private:
  server::Plan<v1::AllocateEmergencyResponse> PlanOf(const server::Call& call, const domain::RegionAccess& access,
                                                     HeadroomBook::Planned planned,
                                                     const domain::EmergencyApproval* approval = nullptr) const;
  // approval_handlers.cc
  server::Plan<v1::AllocateEmergencyResponse> RequestApproval(const server::Call& call,
                                                              const domain::RegionAccess& access,
                                                              const v1::AllocateEmergencyRequest& given,
                                                              const domain::EmergencyOrder& planned) const;
  absl::StatusOr<domain::EmergencyApproval> LoadApproval(const server::Call& call,
                                                         const std::string& emergency_id) const;
  server::Plan<v1::ApproveEmergencyResponse> PlanDecline(const server::Call& call, const domain::RegionAccess& access,
                                                         domain::EmergencyApproval declined) const;
  absl::StatusOr<server::Plan<v1::ApproveEmergencyResponse>> PlanApproved(server::Call& call,
                                                                          const domain::RegionAccess& access,
                                                                          domain::EmergencyApproval approved,
                                                                          std::optional<int> expected_count) const;
  absl::StatusOr<domain::EmergencyOrder> LoadOrderToEnd(const server::Call& call,
                                                        const std::string& emergency_id) const;

  const store::ReadModel& fleet_;
  store::Queries& queries_;
  base::IdSource& ids_;
  HeadroomBook& book_;
  store::ApprovalQueries& approvals_;
  const ApprovalRule rule_;
};

}  // namespace derms::emergency
