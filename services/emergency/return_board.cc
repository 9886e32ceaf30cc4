#include "services/emergency/return_board.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::emergency {

absl::StatusOr<FleetColumns::Orders> GivingBack(const domain::EmergencyOrder& order, store::Queries& queries,
                                                absl::Time deadline) {
  FleetColumns::Orders from;
  if (!order.restoration) return from;
  if (order.kind != domain::EmergencyKind::kRestore) {
    from.push_back(std::make_shared<domain::EmergencyOrder>(order));
    return from;
  }
  for (const std::string& emergency_id : order.restoration->ended) {
    ASSIGN_OR_RETURN(std::optional<domain::EmergencyOrder> ended, queries.GetEmergency(emergency_id, deadline));
    if (!ended) {
      return base::NotFound("EMERGENCY_NOT_FOUND",
                            absl::StrCat("no emergency order ", emergency_id, " exists; see ListEmergencies"));
    }
    from.push_back(std::make_shared<domain::EmergencyOrder>(*std::move(ended)));
  }
  return from;
}

void FillCounts(const domain::RestorationCount& count, v1::EmergencyOrder& told) {
  v1::Restoration& restoration = *told.mutable_restoration();
  restoration.set_der_count(count.all());
  restoration.set_waiting_count(count.waiting);
  restoration.set_ramping_count(count.ramping);
  restoration.set_restored_count(count.restored);
}

absl::Status ReturnBoard::Fill(const domain::EmergencyOrder& order, absl::Time deadline, v1::EmergencyOrder& told) {
  const bool is_restore = order.kind == domain::EmergencyKind::kRestore;
  if (!order.restoration || (told.state() == v1::EMERGENCY_STATE_ACTIVE && !is_restore)) return absl::OkStatus();
  const auto count = [&]() -> absl::StatusOr<domain::RestorationCount> {
    ASSIGN_OR_RETURN(const FleetColumns::Orders from, GivingBack(order, queries_, deadline));
    return book_.CountReturn(from);
  };
  ASSIGN_OR_RETURN(const domain::RestorationCount counted, counts_.Of(order.emergency_id, count, deadline));
  FillCounts(counted, told);
  return absl::OkStatus();
}

}  // namespace derms::emergency
