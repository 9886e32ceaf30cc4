#include "libs/store/batch.h"

#include <set>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::store {
namespace {

RowKey HashKey(std::string_view kind, const std::string& id) {
  return base::DerKeyOf(absl::StrCat(std::string(kind), "\n", id));  // the same in every process, unlike absl::Hash
}

// Grants, revocations and the first administrator are judged one after the other.
RowKey RolesKey() {
  return HashKey("roles", "");
}

RowKey KeyOf(const DerInsert& row) {
  return row.der().key();
}
RowKey KeyOf(const DerReplace& row) {
  return row.der().key();
}
RowKey KeyOf(const DerStatusChange& row) {
  return base::DerKeyOf(row.der_id());
}
RowKey KeyOf(const ReadingPut& row) {
  return base::DerKeyOf(row.reading().der_id);
}
RowKey KeyOf(const MaintenanceInsert& row) {
  return base::DerKeyOf(row.record().der_id);
}
RowKey KeyOf(const RegionPut& row) {
  return HashKey("region", row.region.region_id);
}
RowKey KeyOf(const CapacityRulePut& row) {
  return static_cast<RowKey>(row.rule.type);
}
RowKey KeyOf(const GrantPut&) {
  return RolesKey();
}
RowKey KeyOf(const GrantDelete&) {
  return RolesKey();
}
RowKey KeyOf(const FirstAdmin&) {
  return RolesKey();
}
RowKey KeyOf(const TokenRevocation&) {
  return RolesKey();
}
RowKey KeyOf(const SeriesPut& row) {
  return HashKey("series", row.piece.series_id);
}
RowKey KeyOf(const RunInsert& row) {
  return HashKey("run", row.run.run_id);
}
RowKey KeyOf(const RunFinish& row) {
  return HashKey("run", row.run.run_id);
}
RowKey KeyOf(const RunCancel& row) {
  return HashKey("run", row.run_id);
}
RowKey KeyOf(const RunBeat& row) {
  return HashKey("run", row.run_id);
}
RowKey KeyOf(const PolicyPut& row) {
  return HashKey("policy", row.policy.policy_id);
}
RowKey KeyOf(const PolicyDelete& row) {
  return HashKey("policy", row.policy_id);
}
RowKey KeyOf(const PolicyStep& row) {
  return HashKey("policy", row.policy.policy_id);
}
RowKey KeyOf(const EmergencyInsert& row) {
  return HashKey("order", row.order.emergency_id);
}
RowKey KeyOf(const EmergencyEnd& row) {
  return HashKey("order", row.order.emergency_id);
}
RowKey KeyOf(const EmergencyRestored& row) {
  return HashKey("order", row.emergency_id);
}
RowKey KeyOf(const ApprovalRequest& row) {
  return HashKey("approval", row.approval.emergency_id);
}
RowKey KeyOf(const ApprovalDecision& row) {
  return HashKey("approval", row.approval.emergency_id);
}
RowKey KeyOf(const StandingPut& row) {
  return HashKey(row.control.kind == domain::StandingKind::kLimit ? "limit" : "default", row.control.control_id);
}
RowKey KeyOf(const BreachPut& row) {
  return HashKey("breach", row.breach.region_id);
}
RowKey KeyOf(const InstructionInsert& row) {
  return base::DerKeyOf(row.instruction().der_id);
}
RowKey KeyOf(const InstructionRevoke& row) {
  return base::DerKeyOf(row.instruction().der_id);
}
RowKey KeyOf(const InstructionAck& row) {
  return base::DerKeyOf(row.acknowledgement().der_id);
}
RowKey KeyOf(const InstructionsSent&) {
  return HashKey("instructions", "sent");
}
RowKey KeyOf(const GridRecordInsert& row) {
  return base::DerKeyOf(row.record().der_id);
}

// Kinds of which one statement over the whole batch writes a row each. Of readings a DER may have several.
bool IsSetBased(const RowWrite& write) {
  return std::holds_alternative<DerInsert>(write) || std::holds_alternative<DerReplace>(write) ||
         std::holds_alternative<DerStatusChange>(write) || std::holds_alternative<InstructionAck>(write);
}

}  // namespace

void BatchItem::Reset() {
  status = absl::OkStatus();
  replayed = false;
  response.clear();
  wrote = false;
}

absl::Status FillKeys(BatchItem& item) {
  std::set<std::pair<std::size_t, RowKey>> seen;  // kind, key
  item.row_keys.clear();
  for (const RowWrite& write : item.mutation.writes) {
    item.row_keys.push_back(std::visit([](const auto& row) { return KeyOf(row); }, write));
    if (item.mutation.writes.size() == 1 || !IsSetBased(write)) continue;
    if (!seen.emplace(write.index(), item.row_keys.back()).second) {
      return base::Internal("MUTATION_REPEATS_ROW", "a change writes the same row twice; report this as a defect");
    }
  }
  if (const auto& request = item.mutation.idempotency) {
    item.request_key = RequestKeyOf(*request);
  }
  return absl::OkStatus();
}

}  // namespace derms::store
