#include "libs/domain/records.h"

#include <algorithm>

namespace derms::domain {

bool IsShutdown(EmergencyKind kind) {
  return kind == EmergencyKind::kCurtailAll || kind == EmergencyKind::kDisconnect ||
         kind == EmergencyKind::kCeaseToEnergize;
}

bool IsShared(EmergencyKind kind) {
  return kind == EmergencyKind::kInject || kind == EmergencyKind::kAbsorb || kind == EmergencyKind::kReduce;
}

double FractionOf(const std::vector<ClassShare>& shares, DerType type) {
  for (const ClassShare& share : shares) {
    if (share.type == type) return share.fraction;
  }
  return 0;
}

EmergencyState EmergencyOrder::StateAt(absl::Time now) const {
  return state == EmergencyState::kActive && now >= ends_at ? EmergencyState::kExpired : state;
}

absl::Time EmergencyOrder::end() const {
  return std::min(ends_at, ended_at.value_or(ends_at));
}

absl::Time EmergencyOrder::holds_until() const {
  return restoration && kind != EmergencyKind::kRestore ? end() + restoration->Longest() : end();
}

std::string_view EventName(EventType type) {
  switch (type) {
    case EventType::kDerRegistered:
      return "der_registered";
    case EventType::kDerStatusUpdated:
      return "der_status_updated";
    case EventType::kResourcesOptimized:
      return "resources_optimized";
    case EventType::kEmergencyAllocation:
      return "emergency_allocation";
    case EventType::kMaintenanceRecorded:
      return "maintenance_recorded";
    case EventType::kDerUpdated:
      return "der_updated";
    case EventType::kDerRetired:
      return "der_retired";
    case EventType::kDerTransferred:
      return "der_transferred";
    case EventType::kEmergencyEnded:
      return "emergency_ended";
    case EventType::kRegionPut:
      return "region_put";
    case EventType::kCapacityRulePut:
      return "capacity_rule_put";
    case EventType::kRoleGranted:
      return "role_granted";
    case EventType::kRoleRevoked:
      return "role_revoked";
    case EventType::kTokenRevoked:
      return "token_revoked";
    case EventType::kSeriesPut:
      return "series_put";
    case EventType::kOptimizationEnded:
      return "optimization_ended";
    case EventType::kPolicyPut:
      return "policy_put";
    case EventType::kPolicyDeleted:
      return "policy_deleted";
    case EventType::kLimitPut:
      return "limit_put";
    case EventType::kLimitEnded:
      return "limit_ended";
    case EventType::kDefaultPut:
      return "default_put";
    case EventType::kDefaultEnded:
      return "default_ended";
    case EventType::kInstructionIssued:
      return "instruction_issued";
    case EventType::kInstructionRevoked:
      return "instruction_revoked";
    case EventType::kEmergencyRequested:
      return "emergency_requested";
    case EventType::kEmergencyDeclined:
      return "emergency_declined";
    case EventType::kLimitBreached:
      return "limit_breached";
    case EventType::kLimitRelieved:
      return "limit_relieved";
    case EventType::kGatewayDelegated:
      return "gateway_delegated";
    case EventType::kEmergencyRestored:
      return "emergency_restored";
    case EventType::kNameplatePut:
      return "nameplate_put";
    case EventType::kGridSettingsPut:
      return "grid_settings_put";
    case EventType::kComplianceFound:
      return "compliance_found";
  }
  return "unknown";
}

}  // namespace derms::domain
