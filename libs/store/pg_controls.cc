#include "libs/store/pg_controls.h"

#include <utility>

#include "libs/store/order_row.h"
#include "libs/store/read_as.h"

namespace derms::store {
namespace {

#define DERMS_MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

// Columns in the order that StandingOf reads, table alias c.
#define DERMS_STANDING_COLUMNS \
  "c.kind, c.control_id, c.der_id, c.region_id, c.program, c.primacy, c.power_kw, c.max_power_kw, c.min_power_kw, " \
  "c.power_share, c.max_power_share, c.min_power_share, " DERMS_MICROS("c.starts_at") ", " DERMS_MICROS(            \
      "c.valid_until") ", c.reason, c.put_by, " DERMS_MICROS("c.put_at") ", " DERMS_MICROS("c.replaced_at")          \
      ", c.revision"

domain::StandingControl StandingOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::StandingControl control;
  control.kind = static_cast<domain::StandingKind>(rows.Small(row, column++));
  control.control_id = rows.Text(row, column++);
  control.der_id = rows.Text(row, column++);
  control.region_id = rows.Text(row, column++);
  control.program = rows.Text(row, column++);
  control.primacy = rows.Small(row, column++);
  for (auto* value : {&control.power.power_kw, &control.power.max_power_kw, &control.power.min_power_kw,
                      &control.power.power_share, &control.power.max_power_share, &control.power.min_power_share}) {
    *value = rows.MaybeDouble(row, column++);
  }
  control.starts_at = rows.Micros(row, column++);
  control.valid_until = rows.Micros(row, column++);
  control.reason = rows.Text(row, column++);
  control.put_by = rows.Text(row, column++);
  control.put_at = rows.Micros(row, column++);
  if (!rows.IsNull(row, column)) control.replaced_at = rows.Micros(row, column);
  control.revision = rows.Int(row, column + 1);
  return control;
}

// Columns in the order that InstructionOf reads, table alias i.
#define DERMS_INSTRUCTION_COLUMNS \
  "i.der_id, i.source, i.control_id, i.power_kw, i.max_power_kw, i.min_power_kw, i.connect, " DERMS_MICROS(         \
      "i.issued_at") ", " DERMS_MICROS("i.starts_at") ", " DERMS_MICROS("i.valid_until") ", i.issued_by, i.reason, " \
      "i.state, " DERMS_MICROS("i.state_at") ", i.detail, i.delivered_kw, i.superseded_by, i.revision"

domain::Instruction InstructionOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::Instruction instruction;
  instruction.der_id = rows.Text(row, column++);
  instruction.source = static_cast<domain::ControlSource>(rows.Small(row, column++));
  instruction.control_id = rows.Text(row, column++);
  instruction.power_kw = rows.MaybeDouble(row, column++);
  instruction.max_power_kw = rows.MaybeDouble(row, column++);
  instruction.min_power_kw = rows.MaybeDouble(row, column++);
  if (!rows.IsNull(row, column)) instruction.connect = rows.Bool(row, column);
  ++column;
  instruction.issued_at = rows.Micros(row, column++);
  instruction.starts_at = rows.Micros(row, column++);
  instruction.valid_until = rows.Micros(row, column++);
  instruction.issued_by = rows.Text(row, column++);
  instruction.reason = rows.Text(row, column++);
  instruction.state = static_cast<domain::InstructionState>(rows.Small(row, column++));
  instruction.state_at = rows.Micros(row, column++);
  instruction.detail = rows.Text(row, column++);
  instruction.delivered_kw = rows.MaybeDouble(row, column++);
  instruction.superseded_by = rows.Text(row, column++);
  instruction.revision = rows.Int(row, column++);
  return instruction;
}

template <typename T>
std::optional<T> First(std::vector<T> found) {
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<domain::StandingControl> StandingIn(Transaction& transaction, absl::Time from, absl::Time until) {
  static constexpr Statement kIn{
      "standing_in", "SELECT " DERMS_STANDING_COLUMNS
                     " FROM standing_control c WHERE c.valid_until > $1::timestamptz AND c.starts_at < $2::timestamptz "
                     "AND coalesce(c.replaced_at, 'infinity') > $1::timestamptz AND c.put_at < $2::timestamptz "
                     "ORDER BY c.kind, c.control_id, c.revision LIMIT $3"};
  return All<domain::StandingControl>(transaction.Run(kIn, Params().Add(from).Add(until).Add(kMaxStandingControls)),
                                      StandingOf);
}

void ReadOrdersIn(Transaction& transaction, absl::Time from, absl::Time until, AskedOfDers& asked) {
  static constexpr Statement kIn{
      "orders_in", "SELECT " DERMS_ORDER_COLUMNS ", " DERMS_MICROS("x.changed_at") " FROM emergency_order o LEFT JOIN "
                   "order_expansion x ON x.emergency_id = o.emergency_id AND x.complete WHERE NOT o.exercise AND "
                   "o.starts_at < $2::timestamptz AND o.holds_until > $1::timestamptz"};
  const Rows rows = transaction.Run(kIn, Params().Add(from).Add(until));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const domain::EmergencyOrder& order = asked.orders.emplace_back(OrderOf(rows, row));
    if (rows.IsNull(row, kOrderColumnCount)) continue;
    asked.expanded_at.emplace(order.emergency_id, rows.Micros(row, kOrderColumnCount));
  }
}

// Those of orders as long as the order holds DERs: when it gives a DER back its row alone tells.
std::vector<domain::Instruction> InstructionsIn(Transaction& transaction, const std::vector<base::DerKey>& der_keys,
                                                const std::vector<domain::EmergencyOrder>& orders, absl::Time from,
                                                absl::Time until) {
  static constexpr Statement kIn{
      "instructions_in", "SELECT " DERMS_INSTRUCTION_COLUMNS
                         " FROM instruction i WHERE i.der_key = ANY ($1::bigint[]) AND ((i.source IN (3, 6) AND "
                         "i.starts_at < $3::timestamptz AND i.valid_until > $2::timestamptz) OR (i.source = 2 AND "
                         "i.control_id = ANY ($4::text[])))"};
  TextArray order_ids;
  for (const domain::EmergencyOrder& order : orders) order_ids.Add(order.emergency_id);
  Params params;
  params.AddArray(BigintArray(der_keys)).Add(from).Add(until).AddArray(order_ids);
  return All<domain::Instruction>(transaction.Run(kIn, params), InstructionOf);
}

}  // namespace

absl::StatusOr<std::optional<domain::StandingControl>> PgControlQueries::GetStanding(domain::StandingKind kind,
                                                                                     std::string_view control_id,
                                                                                     absl::Time deadline) {
  static constexpr Statement kGet{"standing_get",
                                  "SELECT " DERMS_STANDING_COLUMNS
                                  " FROM standing_control c WHERE c.kind = $1 AND c.control_id = $2 AND "
                                  "c.replaced_at IS NULL"};
  return ReadAs<std::optional<domain::StandingControl>>(
      pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
        const Rows rows = transaction.Run(kGet, Params().Add(static_cast<int>(kind)).Add(control_id));
        return First(All<domain::StandingControl>(rows, StandingOf));
      });
}

absl::StatusOr<std::vector<domain::StandingControl>> PgControlQueries::ListStanding(
    domain::StandingKind kind, std::optional<absl::Time> not_over_at, std::string_view after_control_id,
    std::size_t limit, absl::Time deadline) {
  static constexpr Statement kList{"standing_list",
                                   "SELECT " DERMS_STANDING_COLUMNS
                                   " FROM standing_control c WHERE c.kind = $1 AND c.replaced_at IS NULL AND "
                                   "($2::timestamptz IS NULL OR c.valid_until > $2) AND c.control_id > $3 ORDER BY "
                                   "c.control_id LIMIT $4"};
  return ReadAs<std::vector<domain::StandingControl>>(
      pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
        Params params;
        params.Add(static_cast<int>(kind)).Add(not_over_at).Add(after_control_id).Add(limit);
        return All<domain::StandingControl>(transaction.Run(kList, params), StandingOf);
      });
}

absl::StatusOr<std::optional<domain::Instruction>> PgControlQueries::GetInstruction(base::DerKey der_key,
                                                                                    std::string_view control_id,
                                                                                    absl::Time deadline) {
  static constexpr Statement kGet{"instruction_get",
                                  "SELECT " DERMS_INSTRUCTION_COLUMNS
                                  " FROM instruction i WHERE i.der_key = $1 AND i.control_id = $2 AND i.source IN (3, "
                                  "6)"};
  return ReadAs<std::optional<domain::Instruction>>(
      pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
        const Rows rows = transaction.Run(kGet, Params().Add(der_key).Add(control_id));
        return First(All<domain::Instruction>(rows, InstructionOf));
      });
}

// A state is what domain::Instruction::StateAt says: final ones stay, others end with their time.
absl::StatusOr<std::vector<domain::Instruction>> PgControlQueries::ListInstructions(const InstructionFilter& filter,
                                                                                    const InstructionPlace& before,
                                                                                    absl::Time now, std::size_t limit,
                                                                                    absl::Time deadline) {
  static constexpr Statement kList{
      "instruction_list",
      "SELECT " DERMS_INSTRUCTION_COLUMNS
      " FROM instruction_now i WHERE ($1::bigint IS NULL OR i.der_key = $1) AND ($2::text IS NULL OR EXISTS (SELECT 1 "
      "FROM "
      "der d WHERE d.der_key = i.der_key AND d.owner_id = $2)) AND ($3::smallint IS NULL OR i.source = $3) AND "
      "($4::text IS NULL OR i.control_id = $4) AND ($5::smallint[] IS NULL OR (i.ends_in_turn AND i.state NOT IN "
      "(5, 7, 8, 9, 10, 11, 12)) OR CASE WHEN i.state IN (5, 7, 8, 9, 10, 11, 12) OR i.valid_until > $6::timestamptz "
      "THEN i.state WHEN i.superseded_by <> '' THEN 10 ELSE 11 END = ANY ($5::smallint[])) AND (i.issued_at, i.der_id, "
      "i.source, i.control_id) < ($7::timestamptz, $8, $9::smallint, "
      "$10) AND ($12::timestamptz IS NULL OR (i.stored_state IN (1, 2) AND greatest(i.issued_at, i.starts_at) <= $12)) "
      "ORDER BY i.issued_at DESC, i.der_id DESC, i.source DESC, i.control_id DESC LIMIT $11"};
  return ReadAs<std::vector<domain::Instruction>>(
      pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
        Params params;
        params.Add(filter.der_id ? std::optional(base::DerKeyOf(*filter.der_id)) : std::nullopt);
        params.Add(filter.owner_id);
        params.Add(filter.source ? std::optional(static_cast<int>(*filter.source)) : std::nullopt);
        params.Add(filter.control_id);
        if (filter.states.empty()) {
          params.AddNull();
        } else {
          SmallintArray states;
          for (const domain::InstructionState state : filter.states) states.Add(static_cast<int>(state));
          params.AddArray(states);
        }
        params.Add(now).Add(before.issued_at).Add(before.der_id).Add(before.source).Add(before.control_id).Add(limit);
        params.Add(filter.unanswered_since);
        return All<domain::Instruction>(transaction.Run(kList, params), InstructionOf);
      });
}

absl::StatusOr<std::vector<domain::EmergencyOrder>> PgControlQueries::LoadOrders(
    const std::vector<std::string>& emergency_ids, absl::Time deadline) {
  static constexpr Statement kOrders{
      "orders_by_id", "SELECT " DERMS_ORDER_COLUMNS " FROM emergency_order o WHERE o.emergency_id = ANY ($1::text[])"};
  return ReadAs<std::vector<domain::EmergencyOrder>>(
      pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
        const Rows rows = transaction.Run(kOrders, Params().AddArray(TextArray(emergency_ids)));
        return All<domain::EmergencyOrder>(rows, OrderOf);
      });
}

absl::StatusOr<AskedOfDers> PgControlQueries::LoadAsked(const std::vector<base::DerKey>& der_keys, absl::Time from,
                                                        absl::Time until, absl::Time deadline) {
  return ReadAs<AskedOfDers>(pool_, Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
    AskedOfDers asked;
    asked.standing = StandingIn(transaction, from, until);
    ReadOrdersIn(transaction, from, until, asked);
    asked.instructions = InstructionsIn(transaction, der_keys, asked.orders, from, until);
    return asked;
  });
}

absl::StatusOr<std::vector<domain::LimitBreach>> PgControlQueries::OpenBreaches(std::size_t limit,
                                                                                absl::Time deadline) {
  static constexpr Statement kOpen{"breaches_open", "SELECT b.region_id, b.direction, " DERMS_MICROS(
                                                        "b.began_at") ", b.flow_kw, b.limit_kw, b.cause FROM "
                                                                      "limit_breach b WHERE b.relieved_at IS NULL "
                                                                      "ORDER BY b.region_id, b.direction, b.began_at "
                                                                      "LIMIT $1"};
  const auto breach_of = [](const Rows& rows, std::size_t row) {
    domain::LimitBreach breach;
    breach.region_id = rows.Text(row, 0);
    breach.direction = static_cast<domain::FlowDirection>(rows.Small(row, 1));
    breach.began_at = rows.Micros(row, 2);
    breach.flow_kw = rows.Double(row, 3);
    breach.limit_kw = rows.Double(row, 4);
    breach.cause = rows.Text(row, 5);
    return breach;
  };
  return ReadAs<std::vector<domain::LimitBreach>>(
      pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
        return All<domain::LimitBreach>(transaction.Run(kOpen, Params().Add(limit)), breach_of);
      });
}

}  // namespace derms::store
