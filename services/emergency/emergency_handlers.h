// Giving, ending and reading emergency orders.
#pragma once

#include <string>
#include <utility>

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
#include "services/emergency/order_reads.h"

namespace derms::emergency {

// Requests arrive checked field by field (libs/wire/validate.h). An order writes one row, whatever the size of its
// scope; who is bound follows from it (libs/domain/emergency.h). Thread-safe.
class EmergencyHandlers {
 public:
  // All must outlive the handlers.
  EmergencyHandlers(const store::ReadModel& fleet, store::Queries& queries, store::ApprovalQueries& approvals,
                    base::IdSource& ids, HeadroomBook& book, ApprovalRule rule = {})
      : fleet_(fleet),
        queries_(queries),
        approvals_(approvals),
        reads_(queries, approvals),
        ids_(ids),
        book_(book),
        rule_(std::move(rule)) {}

  // From memory: one pass over the columns of the book. The plan holds its part of the fleet from then on and names the
  // orders it knew of: ABORTED ORDERS_CHANGED at commit when there were others. INVALID_ARGUMENT SCOPE_MISSING,
  // REASON_MISSING, EXPECTED_COUNT_MISSING, EMERGENCY_KIND_MISMATCH, OVERRIDE_WITHOUT_POWER; NOT_FOUND DER_NOT_FOUND,
  // REGION_NOT_FOUND; FAILED_PRECONDITION EXPECTED_COUNT_MISMATCH, NO_DERS_IN_SCOPE, NOTHING_TO_RESTORE,
  // WIDER_ORDER_IN_FORCE; PERMISSION_DENIED UNAUTHORIZED for an operator of another region. An order that needs a
  // second person's word is only rehearsed and waits; RESOURCE_EXHAUSTED TOO_MANY_PENDING at commit.
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
  using OrderPlan = server::Plan<v1::EmergencyOrder>;

  absl::StatusOr<domain::EmergencyOrder> Rehearse(server::Call& call, const domain::EmergencyRequest& request) const;
  // What the request makes of the fleet as it is now. `approval`: the decision that puts it in force, under the id that
  // was told; null where it needs none.
  absl::StatusOr<OrderPlan> PlanNow(server::Call& call, const domain::RegionAccess& access,
                                    const domain::EmergencyRequest& request,
                                    const domain::EmergencyApproval* approval = nullptr) const;
  absl::StatusOr<OrderPlan> PlanRestore(server::Call& call, const domain::RegionAccess& access,
                                        const domain::EmergencyRequest& request,
                                        const domain::EmergencyApproval* approval) const;
  OrderPlan Storing(const domain::RegionAccess& access, HeadroomBook::Planned planned,
                    const domain::EmergencyApproval* approval) const;
  domain::Event AllocationEvent(const domain::EmergencyOrder& order, const domain::EmergencyApproval* approval) const;
  domain::Event ReleaseEvent(const domain::EmergencyOrder& order) const;
  absl::Status FillRestoration(const server::Call& call, const domain::EmergencyOrder& order,
                               v1::EmergencyOrder& told) const;

  // approval_handlers.cc
  OrderPlan RequestApproval(const server::Call& call, const domain::RegionAccess& access,
                            const v1::AllocateEmergencyRequest& given, const domain::EmergencyOrder& rehearsed) const;
  absl::StatusOr<domain::EmergencyApproval> LoadApproval(const server::Call& call,
                                                         const std::string& emergency_id) const;
  absl::StatusOr<OrderPlan> PlanApproved(server::Call& call, const domain::RegionAccess& access,
                                         domain::EmergencyApproval approved,
                                         const v1::ApproveEmergencyRequest& request) const;
  OrderPlan PlanDeclined(const server::Call& call, const domain::RegionAccess& access,
                         domain::EmergencyApproval declined) const;

  const store::ReadModel& fleet_;
  store::Queries& queries_;
  store::ApprovalQueries& approvals_;
  const OrderReads reads_;
  base::IdSource& ids_;
  HeadroomBook& book_;
  const ApprovalRule rule_;
};

}  // namespace derms::emergency
