#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/control_queries.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

template <typename T>
int Number(T value) {
  return static_cast<int>(value);
}

// ---- limits and defaults

absl::Status Changed(const std::string& control_id) {
  return base::Aborted("REVISION_MISMATCH",
                       absl::StrCat(control_id, " was changed meanwhile; read it again and repeat"));
}

absl::Status Put(Transaction& transaction, const domain::StandingControl& control) {
  static constexpr Statement kCount{"standing_count",
                                    "SELECT count(*) FROM standing_control c WHERE c.replaced_at IS NULL AND "
                                    "c.valid_until > $1::timestamptz"};
  static constexpr Statement kReplace{
      "standing_replace",
      "UPDATE standing_control SET replaced_at = $4 WHERE kind = $1 AND control_id = $2 AND revision = $3 AND "
      "replaced_at IS NULL"};
  static constexpr Statement kInsert{
      "standing_insert",
      "INSERT INTO standing_control (kind, control_id, revision, der_id, region_id, program, primacy, power_kw, "
      "max_power_kw, min_power_kw, power_share, max_power_share, min_power_share, starts_at, valid_until, reason, "
      "put_by, put_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
      "ON CONFLICT DO NOTHING"};
  if (control.revision > 1) {
    const Rows replaced = transaction.Run(
        kReplace,
        Params().Add(Number(control.kind)).Add(control.control_id).Add(control.revision - 1).Add(control.put_at));
    if (replaced.affected() == 0) return Changed(control.control_id);
  } else if (transaction.Run(kCount, Params().Add(control.put_at)).Int(0, 0) >=
             static_cast<std::int64_t>(kMaxStandingControls)) {
    return base::ResourceExhausted("TOO_MANY_CONTROLS", "there are 10,000 limits and defaults; end some first");
  }
  const Rows inserted = transaction.Run(kInsert, Params()
                                                     .Add(Number(control.kind))
                                                     .Add(control.control_id)
                                                     .Add(control.revision)
                                                     .Add(control.der_id)
                                                     .Add(control.region_id)
                                                     .Add(control.program)
                                                     .Add(control.primacy)
                                                     .Add(control.power.power_kw)
                                                     .Add(control.power.max_power_kw)
                                                     .Add(control.power.min_power_kw)
                                                     .Add(control.power.power_share)
                                                     .Add(control.power.max_power_share)
                                                     .Add(control.power.min_power_share)
                                                     .Add(control.starts_at)
                                                     .Add(control.valid_until)
                                                     .Add(control.reason)
                                                     .Add(control.put_by)
                                                     .Add(control.put_at));
  return inserted.affected() > 0 ? absl::OkStatus() : Changed(control.control_id);
}

void WriteBreach(Transaction& transaction, const domain::LimitBreach& breach) {
  static constexpr Statement kPut{
      "breach_put",
      "INSERT INTO limit_breach (region_id, direction, began_at, flow_kw, limit_kw, cause, relieved_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (region_id, direction, began_at) DO UPDATE SET relieved_at = "
      "excluded.relieved_at"};
  transaction.Run(kPut, Params()
                            .Add(breach.region_id)
                            .Add(Number(breach.direction))
                            .Add(breach.began_at)
                            .Add(breach.flow_kw)
                            .Add(breach.limit_kw)
                            .Add(breach.cause)
                            .Add(breach.relieved_at));
}

// ---- instructions

absl::Status NoInstruction(const std::string& der_id, const std::string& control_id) {
  return base::NotFound("INSTRUCTION_NOT_FOUND",
                        absl::StrCat("DER ", der_id, " was told nothing by ", control_id, "; see PollSetpoints"));
}

// What an earlier instruction of the same source says ends where the new one begins. One that has not begun by then
// never holds.
void Supersede(Transaction& transaction, RowKey key, const domain::Instruction& instruction) {
  static constexpr Statement kSupersede{
      "instruction_supersede",
      "UPDATE instruction SET superseded_by = $3, valid_until = greatest($4::timestamptz, starts_at), revision = "
      "revision + 1 WHERE der_key = $1 AND source = $2 AND valid_until > $4::timestamptz AND state NOT IN (5, 7, 8, 9, "
      "10, 11, 12)"};
  transaction.Run(
      kSupersede,
      Params().Add(key).Add(Number(instruction.source)).Add(instruction.control_id).Add(instruction.starts_at));
}

bool Insert(Transaction& transaction, RowKey key, const InstructionInsert& row) {
  static constexpr Statement kInsert{
      "instruction_insert",
      "INSERT INTO instruction (der_key, source, control_id, der_id, power_kw, max_power_kw, min_power_kw, connect, "
      "issued_at, starts_at, valid_until, state, state_at, detail, issued_by, reason, superseded_by, revision) SELECT "
      "$1::bigint, $2::smallint, $3, $4, $5::float8, $6::float8, $7::float8, $8::boolean, $9::timestamptz, "
      "$10::timestamptz, $11::timestamptz, $12::smallint, $9::timestamptz, '', $13, $14, '', 1 FROM der d WHERE "
      "d.der_key = $1 AND d.der_id = $4 AND ($15::text IS NULL OR d.owner_id = $15)"};
  const domain::Instruction& instruction = row.instruction();
  return transaction
             .Run(kInsert, Params()
                               .Add(key)
                               .Add(Number(instruction.source))
                               .Add(instruction.control_id)
                               .Add(instruction.der_id)
                               .Add(instruction.power_kw)
                               .Add(instruction.max_power_kw)
                               .Add(instruction.min_power_kw)
                               .Add(instruction.connect)
                               .Add(instruction.issued_at)
                               .Add(instruction.starts_at)
                               .Add(instruction.valid_until)
                               .Add(Number(instruction.state))
                               .Add(instruction.issued_by)
                               .Add(instruction.reason)
                               .Add(row.required_owner()))
             .affected() > 0;
}

void WriteInsert(Transaction& transaction, const Write<InstructionInsert>& write) {
  const domain::Instruction& instruction = write.row->instruction();
  Supersede(transaction, write.key, instruction);
  write.item->wrote = true;  // whatever comes: what it superseded must be undone with it
  if (Insert(transaction, write.key, *write.row)) return;
  write.item->status =
      base::NotFound("DER_NOT_FOUND", absl::StrCat("there is no DER ", instruction.der_id, " of this owner any more"));
}

void WriteRevoke(Transaction& transaction, const Write<InstructionRevoke>& write) {
  static constexpr Statement kRevoke{
      "instruction_revoke",
      "UPDATE instruction SET state = $4, state_at = $5, revision = $6 WHERE der_key = $1 AND source = $2 AND "
      "control_id = $3 AND revision = $6 - 1"};
  const domain::Instruction& instruction = write.row->instruction();
  const Rows revoked = transaction.Run(kRevoke, Params()
                                                    .Add(write.key)
                                                    .Add(Number(instruction.source))
                                                    .Add(instruction.control_id)
                                                    .Add(Number(instruction.state))
                                                    .Add(instruction.state_at)
                                                    .Add(instruction.revision));
  if (revoked.affected() > 0) {
    write.item->wrote = true;
  } else {
    write.item->status = base::Aborted(
        "REVISION_MISMATCH", absl::StrCat("instruction ", instruction.control_id, " was changed meanwhile; repeat"));
  }
}

// ---- acknowledgements: one statement each for the whole batch

// States from which `to` may come, as bits: the transition table of libs/domain/instruction.h for SQL.
int StatesBefore(domain::InstructionState to) {
  int bits = 0;
  for (int state = Number(domain::InstructionState::kNew); state <= Number(domain::InstructionState::kPartial);
       ++state) {
    domain::Instruction before;
    before.state = static_cast<domain::InstructionState>(state);
    if (before.state != to && domain::CheckAcknowledgement(before, to).ok()) bits |= 1 << state;
  }
  return bits;
}

using Acks = std::vector<Write<InstructionAck>>;

Params Columns(const Acks& acks) {
  BigintArray keys;
  TextArray der_ids, control_ids, details, owners, gateways;
  SmallintArray sources, states;
  IntegerArray before;
  DoubleArray delivered;
  TimestampArray at;
  for (const auto& write : acks) {
    const domain::Acknowledgement& ack = write.row->acknowledgement();
    keys.Add(write.key);
    der_ids.Add(ack.der_id);
    sources.Add(Number(ack.source));
    control_ids.Add(ack.control_id);
    states.Add(Number(ack.state));
    before.Add(StatesBefore(ack.state));
    details.Add(ack.detail);
    delivered.Add(ack.delivered_kw);
    at.Add(ack.at);
    owners.Add(write.row->required_owner());
    gateways.Add(write.row->required_gateway());
  }
  Params params;
  for (SqlArray* array : std::initializer_list<SqlArray*>{&keys, &der_ids, &sources, &control_ids, &states, &before,
                                                          &details, &delivered, &at, &owners, &gateways}) {
    params.AddArray(*array);
  }
  return params;
}

#define DERMS_ACKS                                                                                                \
  "unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::smallint[], $6::int[], $7::text[], "          \
  "$8::float8[], $9::timestamptz[], $10::text[], $11::text[]) AS a (der_key, der_id, source, control_id, state, " \
  "before, detail, delivered_kw, at, owner_id, gateway_id)"

// Whose right hangs on the row is admitted as the row says.
#define DERMS_OF_OWNER                                                                                               \
  " JOIN der d ON d.der_key = a.der_key AND d.der_id = a.der_id AND (a.owner_id IS NULL OR d.owner_id = a.owner_id)" \
  " AND (a.gateway_id IS NULL OR d.gateway_id = a.gateway_id)"

// What a schedule in force, a limit, a default or an order tells a DER has no row until the DER speaks of it. Whether a
// limit or order reaches the DER is the caller's to know; here it must exist.
void BeginMissing(Transaction& transaction, const Acks& acks) {
  static constexpr Statement kBegin{
      "instruction_begin",
      "INSERT INTO instruction (der_key, source, control_id, der_id, issued_at, starts_at, valid_until, state, "
      "state_at, detail, issued_by, reason, superseded_by, revision) SELECT a.der_key, a.source, a.control_id, "
      "a.der_id, "
      "o.issued_at, o.starts_at, o.valid_until, 2, o.issued_at, '', o.issued_by, o.reason, '', 1 FROM " DERMS_ACKS
          DERMS_OF_OWNER
      " CROSS JOIN LATERAL ("
      "SELECT coalesce(n.ended_at, n.created_at), n.starts_at, n.ends_at, n.requested_by, '' FROM optimization_run n "
      "JOIN schedule s ON s.run_id = n.run_id AND s.der_key = a.der_key WHERE a.source = 5 AND n.run_id = a.control_id "
      "AND n.applied UNION ALL "
      "SELECT e.starts_at, e.starts_at, e.holds_until, e.issued_by, e.reason FROM emergency_order e WHERE a.source = 2 "
      "AND "
      "e.emergency_id = a.control_id AND NOT e.exercise UNION ALL "
      "SELECT c.put_at, c.starts_at, c.valid_until, c.put_by, c.reason FROM standing_control c WHERE c.kind = CASE "
      "a.source WHEN 4 THEN 1 WHEN 7 THEN 2 END AND c.control_id = a.control_id AND c.replaced_at IS NULL"
      ") o (issued_at, starts_at, valid_until, issued_by, reason) ON CONFLICT DO NOTHING"};
  transaction.Run(kBegin, Columns(acks));
}

Rows Move(Transaction& transaction, const Acks& acks) {
  static constexpr Statement kMove{
      "instruction_acknowledge",
      "UPDATE instruction i SET state = a.state, state_at = a.at, detail = CASE WHEN a.detail = '' THEN i.detail ELSE "
      "a.detail END, delivered_kw = coalesce(a.delivered_kw, i.delivered_kw), revision = i.revision + 1 "
      "FROM " DERMS_ACKS DERMS_OF_OWNER
      " WHERE i.der_key = a.der_key AND i.source = a.source AND i.control_id = a.control_id AND (a.before >> i.state) "
      "& "
      "1 = 1 RETURNING i.der_key"};
  return transaction.Run(kMove, Columns(acks));
}

// Why nothing moved: it is there already, may not go there, or is not known.
void Explain(Transaction& transaction, const Acks& unmoved) {
  static constexpr Statement kStates{
      "instruction_states",
      "SELECT a.der_key, i.state FROM " DERMS_ACKS DERMS_OF_OWNER
      " JOIN instruction i ON i.der_key = a.der_key AND i.source = a.source AND i.control_id = a.control_id"};
  const Rows rows = transaction.Run(kStates, Columns(unmoved));
  std::map<RowKey, domain::InstructionState> states;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    states.emplace(rows.Int(row, 0), static_cast<domain::InstructionState>(rows.Small(row, 1)));
  }
  for (const auto& write : unmoved) {
    const domain::Acknowledgement& ack = write.row->acknowledgement();
    const auto found = states.find(write.key);
    if (found == states.end()) {
      write.item->status = NoInstruction(ack.der_id, ack.control_id);
      continue;
    }
    domain::Instruction stored;
    stored.state = found->second;
    write.item->status = domain::CheckAcknowledgement(stored, ack.state);  // OK: it is there already
  }
}

void WriteAcks(Transaction& transaction, const Acks& acks) {
  if (acks.empty()) return;
  BeginMissing(transaction, acks);
  const Rows moved = Move(transaction, acks);
  std::map<RowKey, bool> moved_keys;
  for (std::size_t row = 0; row < moved.size(); ++row) moved_keys.emplace(moved.Int(row, 0), true);
  Acks unmoved;
  for (const auto& write : acks) {
    if (moved_keys.count(write.key) > 0) {
      write.item->wrote = true;
    } else {
      unmoved.push_back(write);
    }
  }
  if (!unmoved.empty()) Explain(transaction, unmoved);
}

void WriteSent(Transaction& transaction, const InstructionsSent& sent) {
  static constexpr Statement kSent{
      "instructions_sent",
      "UPDATE instruction i SET state = 2, state_at = $4, revision = i.revision + 1 FROM unnest($1::bigint[], "
      "$2::smallint[], $3::text[]) AS s (der_key, source, control_id) WHERE i.der_key = s.der_key AND i.source = "
      "s.source AND i.control_id = s.control_id AND i.state = 1"};
  BigintArray keys;
  SmallintArray sources;
  TextArray control_ids;
  for (const InstructionsSent::Name& name : sent.names) {
    keys.Add(name.der_key);
    sources.Add(Number(name.source));
    control_ids.Add(name.control_id);
  }
  transaction.Run(kSent, Params().AddArray(keys).AddArray(sources).AddArray(control_ids).Add(sent.sent_at));
}

}  // namespace

void WriteControls(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<StandingPut>()) {
    write.item->status = Put(transaction, write.row->control);
    write.item->wrote = true;
  }
  for (const auto& write : batch.Collect<BreachPut>()) {
    WriteBreach(transaction, write.row->breach);
    write.item->wrote = true;
  }
  for (const auto& write : batch.Collect<InstructionInsert>()) WriteInsert(transaction, write);
  for (const auto& write : batch.Collect<InstructionRevoke>()) WriteRevoke(transaction, write);
  for (const auto& write : batch.Collect<InstructionsSent>()) {
    WriteSent(transaction, *write.row);
    write.item->wrote = true;
  }
  WriteAcks(transaction, batch.Collect<InstructionAck>());
}

}  // namespace derms::store
