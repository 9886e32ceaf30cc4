// How far the DERs of orders that are over are back: counted once for everybody who follows the same order.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "derms/v1/emergency.pb.h"
#include "libs/domain/restoration.h"
#include "libs/store/queries.h"
#include "services/emergency/counted_once.h"
#include "services/emergency/headroom_book.h"

namespace derms::emergency {

// The orders that give DERs back when this one is over: itself, or those that a RESTORE ended; none where nobody comes
// back in stages. Blocks on the database for a RESTORE. NOT_FOUND EMERGENCY_NOT_FOUND, the errors of Queries.
absl::StatusOr<FleetColumns::Orders> GivingBack(const domain::EmergencyOrder& order, store::Queries& queries,
                                                absl::Time deadline);

void FillCounts(const domain::RestorationCount& count, v1::EmergencyOrder& told);

// Thread-safe.
class ReturnBoard {
 public:
  // Both must outlive it.
  ReturnBoard(store::Queries& queries, HeadroomBook& book) : queries_(queries), book_(book) {}

  // Adds the counts to an order that was read, once it gives DERs back. A pass over the fleet, which keeps plans
  // waiting, so it is not made oftener than CountedOnce says. Errors of GivingBack and CountedOnce.
  absl::Status Fill(const domain::EmergencyOrder& order, absl::Time deadline, v1::EmergencyOrder& told);

 private:
  store::Queries& queries_;
  HeadroomBook& book_;
  CountedOnce<domain::RestorationCount> counts_;
};

}  // namespace derms::emergency
