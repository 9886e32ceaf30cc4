#include "libs/store/expansion.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/lease.h"
#include "libs/store/order_row.h"
#include "libs/store/pg_error.h"
#include "libs/store/read_as.h"
#include "libs/store/readings_before.h"
#include "libs/store/sql_array.h"

namespace derms::store {
namespace {

constexpr int kEmergency = static_cast<int>(domain::ControlSource::kEmergency);

// A step that is lost with the machine is lost whole, and made again: nobody has to wait for the disk.
void BeginStep(Transaction& transaction, const Fence& fence) {
  transaction.Execute("SET LOCAL synchronous_commit = off");
  if (!Holds(transaction, fence)) throw StatusError(LeaseLost());
}

// Instructions that are new, of those written.
int WriteInstructions(Transaction& transaction, const ExpansionStep& step) {
  static constexpr Statement kWrite{
      "expansion_write",
      "INSERT INTO instruction AS i (der_key, source, control_id, der_id, power_kw, max_power_kw, min_power_kw, "
      "connect, "
      "issued_at, starts_at, valid_until, state, state_at, detail, issued_by, reason, superseded_by, revision) SELECT "
      "u.der_key, $9::smallint, o.emergency_id, u.der_id, u.power_kw, u.max_power_kw, u.min_power_kw, u.connect, "
      "o.starts_at, o.starts_at, u.valid_until, 1, now(), '', o.issued_by, o.reason, '', 1 FROM unnest($2::bigint[], "
      "$3::text[], $4::float8[], $5::float8[], $6::float8[], $7::boolean[], $8::timestamptz[]) AS u (der_key, der_id, "
      "power_kw, max_power_kw, min_power_kw, connect, valid_until) JOIN emergency_order o ON o.emergency_id = $1 "
      "ON CONFLICT (der_key, source, control_id) DO UPDATE SET power_kw = excluded.power_kw, max_power_kw = "
      "excluded.max_power_kw, min_power_kw = excluded.min_power_kw, connect = excluded.connect, revision = i.revision "
      "+ "
      "1 WHERE num_nonnulls(i.power_kw, i.max_power_kw, i.min_power_kw, i.connect) = 0 RETURNING i.xmax = 0"};
  BigintArray keys;
  TextArray der_ids;
  DoubleArray power, max_power, min_power;
  BooleanArray connect;
  TimestampArray until;
  for (const auto& [der, control] : step.told) {
    keys.Add(der.der_key);
    der_ids.Add(der.der_id);
    power.Add(control.power_kw);
    max_power.Add(control.max_power_kw);
    min_power.Add(control.min_power_kw);
    connect.Add(control.connect);
    until.Add(control.valid_until);
  }
  Params params;
  params.Add(step.emergency_id).AddArray(keys).AddArray(der_ids).AddArray(power).AddArray(max_power);
  params.AddArray(min_power).AddArray(connect).AddArray(until).Add(kEmergency);
  const Rows written = transaction.Run(kWrite, params);
  int fresh = 0;
  for (std::size_t row = 0; row < written.size(); ++row) fresh += written.Bool(row, 0) ? 1 : 0;
  return fresh;
}

// Whether the cursor was where the step begins.
bool MoveCursor(Transaction& transaction, const ExpansionStep& step) {
  static constexpr Statement kMove{
      "expansion_move",
      "INSERT INTO order_expansion AS x (emergency_id, next_key, expanded_count, silent_count, complete, changed_at) "
      "SELECT $1, $3::bigint, $4::int, $5::int, $6::boolean, now() WHERE $2::bigint = $7::bigint OR EXISTS (SELECT 1 "
      "FROM order_expansion y WHERE y.emergency_id = $1) ON CONFLICT (emergency_id) DO UPDATE SET next_key = "
      "excluded.next_key, expanded_count = x.expanded_count + excluded.expanded_count, silent_count = x.silent_count + "
      "excluded.silent_count, complete = excluded.complete, changed_at = excluded.changed_at WHERE x.next_key = $2 AND "
      "NOT x.complete"};
  Params params;
  params.Add(step.emergency_id).Add(step.from_key).Add(step.next_key).Add(step.told.size()).Add(step.silent_count);
  params.Add(step.complete).Add(kFirstDerKey);
  return transaction.Run(kMove, params).affected() > 0;
}

void CountLate(Transaction& transaction, const ExpansionStep& step, int fresh) {
  static constexpr Statement kLate{
      "expansion_late",
      "UPDATE order_expansion SET expanded_count = expanded_count + $2, changed_at = now() WHERE emergency_id = $1"};
  if (fresh > 0) transaction.Run(kLate, Params().Add(step.emergency_id).Add(fresh));
}

void ReadStates(Transaction& transaction, std::string_view emergency_id, absl::Time told_by, ExpansionTally& tally) {
  static constexpr Statement kTally{
      "expansion_tally",
      "SELECT i.state, count(*), count(*) FILTER (WHERE i.state IN (1, 2) AND greatest(i.issued_at, i.starts_at) <= "
      "$2::timestamptz), count(i.power_kw), count(i.delivered_kw) FILTER (WHERE i.power_kw IS NOT NULL), "
      "coalesce(sum(i.power_kw), 0), coalesce(sum(i.delivered_kw) FILTER (WHERE i.power_kw IS NOT NULL), 0) FROM "
      "instruction i WHERE i.control_id = $1 AND i.source = $3::smallint GROUP BY i.state ORDER BY i.state"};
  const Rows rows = transaction.Run(kTally, Params().Add(emergency_id).Add(told_by).Add(kEmergency));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    tally.states.push_back({static_cast<domain::InstructionState>(rows.Small(row, 0)), rows.Small(row, 1)});
    tally.unanswered_count += rows.Small(row, 2);
    tally.asked_count += rows.Small(row, 3);
    tally.reported_count += rows.Small(row, 4);
    tally.requested_kw += rows.Double(row, 5);
    tally.delivered_kw += rows.Double(row, 6);
  }
}

// As it was then: in force, or over and giving its DERs back.
domain::EmergencyOrder AsOf(absl::Time then, domain::EmergencyOrder order) {
  if (order.end() <= then) {
    if (order.state == domain::EmergencyState::kActive) order.state = domain::EmergencyState::kExpired;
    return order;
  }
  order.state = domain::EmergencyState::kActive;
  order.ended_at.reset();
  return order;
}

}  // namespace

absl::StatusOr<std::optional<Expansion>> PgExpansions::Next(absl::Time deadline) {
  static constexpr Statement kNext{
      "expansion_next", "SELECT " DERMS_ORDER_COLUMNS
                        ", coalesce(x.next_key, $1::bigint) FROM emergency_order o LEFT JOIN order_expansion x USING "
                        "(emergency_id) WHERE o.state = 1 AND NOT o.exercise AND o.ends_at > now() AND NOT "
                        "coalesce(x.complete, false) ORDER BY o.starts_at DESC, o.number DESC LIMIT 1"};
  return ReadAs<std::optional<Expansion>>(pool_, Transaction::Kind::kReadOnly, deadline,
                                          [&](Transaction& transaction) -> std::optional<Expansion> {
                                            const Rows rows = transaction.Run(kNext, Params().Add(kFirstDerKey));
                                            if (rows.empty()) return std::nullopt;
                                            return Expansion{OrderOf(rows, 0), rows.Int(0, kOrderColumnCount)};
                                          });
}

absl::StatusOr<std::vector<domain::EmergencyOrder>> PgExpansions::OrdersBefore(const domain::EmergencyOrder& order,
                                                                               absl::Time deadline) {
  static constexpr Statement kBefore{
      "orders_before", "SELECT " DERMS_ORDER_COLUMNS
                       " FROM emergency_order o WHERE NOT o.exercise AND o.state IN (1, 2, 3) AND o.starts_at > "
                       "$1::timestamptz - interval '25 hours' AND (o.number < $2::bigint OR o.starts_at < "
                       "$1::timestamptz) AND o.holds_until > $1::timestamptz ORDER BY o.number"};
  return ReadAs<std::vector<domain::EmergencyOrder>>(
      pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
        const Rows rows = transaction.Run(kBefore, Params().Add(order.starts_at).Add(order.number));
        std::vector<domain::EmergencyOrder> orders;
        for (std::size_t row = 0; row < rows.size(); ++row) {
          orders.push_back(AsOf(order.starts_at, OrderOf(rows, row)));
        }
        return orders;
      });
}

absl::StatusOr<std::vector<DerName>> PgExpansions::Ders(const DersInScope& scope, base::DerKey from_key,
                                                        std::size_t limit, absl::Time deadline) {
  static constexpr Statement kDers{
      "expansion_ders",
      "SELECT d.der_key, d.der_id FROM der d WHERE d.der_key >= $1::bigint AND ($2 = '' OR d.der_id = $2) AND "
      "($3::text[] IS NULL OR d.region_id = ANY ($3)) AND d.lifecycle = 1 AND d.registered_at < $4::timestamptz "
      "ORDER BY d.der_key LIMIT $5"};
  // One DER is found by its key.
  const bool one = !scope.der_id.empty();
  const base::DerKey first = one ? std::max(from_key, base::DerKeyOf(scope.der_id)) : from_key;
  return ReadAs<std::vector<DerName>>(pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
    Params params;
    params.Add(first).Add(scope.der_id);
    if (scope.regions) {
      params.AddArray(TextArray(*scope.regions));
    } else {
      params.AddNull();
    }
    const Rows rows = transaction.Run(kDers, params.Add(scope.registered_before).Add(one ? std::size_t{1} : limit));
    std::vector<DerName> ders;
    ders.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) ders.push_back({rows.Int(row, 0), rows.Text(row, 1)});
    return ders;
  });
}

absl::StatusOr<WrittenSetpoints> PgExpansions::Written(const std::vector<base::DerKey>& der_keys,
                                                       const std::vector<std::string>& emergency_ids,
                                                       absl::Time deadline) {
  static constexpr Statement kWritten{
      "setpoints_written",
      "SELECT i.control_id, i.der_key, i.power_kw FROM instruction i WHERE i.der_key = ANY ($1::bigint[]) AND i.source "
      "= $3::smallint AND i.control_id = ANY ($2::text[]) AND i.power_kw IS NOT NULL UNION ALL SELECT x.emergency_id, "
      "NULL, NULL FROM order_expansion x WHERE x.emergency_id = ANY ($2::text[]) AND x.complete"};
  return ReadAs<WrittenSetpoints>(pool_, Transaction::Kind::kReadOnly, deadline, [&](Transaction& transaction) {
    Params params;
    params.AddArray(BigintArray(der_keys)).AddArray(TextArray(emergency_ids)).Add(kEmergency);
    const Rows rows = transaction.Run(kWritten, params);
    WrittenSetpoints written;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (rows.IsNull(row, 1)) {
        written.expanded.insert(rows.Text(row, 0));
      } else {
        written.power_kw[{rows.Text(row, 0), rows.Int(row, 1)}] = rows.Double(row, 2);
      }
    }
    return written;
  });
}

absl::StatusOr<std::map<DerMoment, domain::ReadingPoint>> PgExpansions::LastReadings(
    const std::vector<DerMoment>& moments, absl::Time deadline) {
  return ReadAs<std::map<DerMoment, domain::ReadingPoint>>(
      pool_, Transaction::Kind::kReadOnly, deadline,
      [&](Transaction& transaction) { return LastReadingsBefore(transaction, moments); });
}

absl::Status PgExpansions::Write(const ExpansionStep& step, const Fence& fence, absl::Time deadline) {
  return pool_.Run(Transaction::Kind::kReadWrite, deadline, [&](Transaction& transaction) {
    BeginStep(transaction, fence);
    if (!MoveCursor(transaction, step)) {
      throw StatusError(base::Aborted("EXPANSION_MOVED", absl::StrCat("the expansion of emergency order ",
                                                                      step.emergency_id, " stands elsewhere by now")));
    }
    if (!step.told.empty()) WriteInstructions(transaction, step);
  });
}

absl::Status PgExpansions::WriteLate(const ExpansionStep& step, const Fence& fence, absl::Time deadline) {
  return pool_.Run(Transaction::Kind::kReadWrite, deadline, [&](Transaction& transaction) {
    BeginStep(transaction, fence);
    CountLate(transaction, step, WriteInstructions(transaction, step));
  });
}

absl::StatusOr<ExpansionTally> PgExpansions::Tally(std::string_view emergency_id, absl::Time told_by,
                                                   absl::Time deadline) {
  static constexpr Statement kExpansion{"expansion_get",
                                        "SELECT silent_count, complete FROM order_expansion WHERE emergency_id = $1"};
  return ReadAs<ExpansionTally>(pool_, Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
    ExpansionTally tally;
    const Rows rows = transaction.Run(kExpansion, Params().Add(emergency_id));
    if (!rows.empty()) {
      tally.silent_count = rows.Small(0, 0);
      tally.complete = rows.Bool(0, 1);
    }
    ReadStates(transaction, emergency_id, told_by, tally);
    return tally;
  });
}

}  // namespace derms::store
