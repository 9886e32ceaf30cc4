#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/chain_hash.h"
#include "libs/store/event_codec.h"
#include "libs/store/order_row.h"
#include "libs/store/pg_error.h"
#include "libs/store/pg_queries.h"

namespace derms::store {
namespace {

domain::Event ChainedEventOf(const Rows& rows, std::size_t row) {
  auto event = EventOfCanonicalBytes(rows.Bytes(row, 1));
  if (!event) {
    constexpr char kUnknown[] = " of the log is not in a form that this version knows; verify the log";
    throw StatusError(base::Internal("EVENT_UNREADABLE", absl::StrCat("event ", rows.Int(row, 0), kUnknown)));
  }
  event->sequence = rows.Int(row, 0);
  return *std::move(event);
}

ChainEntry EntryOf(const Rows& rows, std::size_t row) {
  ChainEntry entry;
  entry.sequence = rows.Int(row, 0);
  entry.hash = rows.Bytes(row, 1);
  entry.event_id = rows.Text(row, 2);
  entry.event_found = !rows.IsNull(row, 3);
  if (!entry.event_found) return entry;
  entry.der_key = rows.Int(row, 3);
  entry.stored_bytes = rows.Bytes(row, 4);
  return entry;
}

// The hash that entry `sequence` has now; none when it is missing.
std::optional<std::string> HashOf(Transaction& transaction, std::int64_t sequence) {
  static constexpr Statement kHash{"chain_hash", "SELECT hash FROM event_chain WHERE seq = $1"};
  if (sequence == 0) return ChainStart();
  const Rows rows = transaction.Run(kHash, Params().Add(sequence));
  if (rows.empty()) return std::nullopt;
  return rows.Bytes(0, 0);
}

ChainCheck Broken(std::int64_t sequence, std::string finding) {
  ChainCheck check;
  check.valid = false;
  check.broken_sequence = sequence;
  check.finding = std::move(finding);
  return check;
}

// Whether the chain still holds what was exported: only a checkpoint kept elsewhere shows that its end was cut off or
// that it was written anew from some entry on.
std::optional<ChainCheck> CheckAgainst(Transaction& transaction, const ChainHead& checkpoint) {
  const auto hash = HashOf(transaction, checkpoint.sequence);
  if (!hash) {
    return Broken(checkpoint.sequence, absl::StrCat("entry ", checkpoint.sequence, " of the checkpoint is missing"));
  }
  if (HexOf(*hash) == checkpoint.hash_hex) return std::nullopt;
  return Broken(checkpoint.sequence, absl::StrCat("entry ", checkpoint.sequence, " differs from the checkpoint"));
}

ChainCheck Walk(Transaction& transaction, std::int64_t from_sequence, std::size_t limit) {
  static constexpr Statement kEntries{
      "chain_entries",
      "SELECT c.seq, c.hash, c.event_id::text, e.der_key, e.stored_bytes FROM event_chain c LEFT JOIN event e "
      "ON e.xid = c.xid AND e.ordinal = c.ordinal WHERE c.seq >= $1 ORDER BY c.seq LIMIT $2"};
  const auto before = HashOf(transaction, from_sequence - 1);
  if (!before) return Broken(from_sequence - 1, absl::StrCat("entry ", from_sequence - 1, " is missing"));
  ChainVerifier verifier(from_sequence - 1, *before);
  const Rows rows = transaction.Run(kEntries, Params().Add(from_sequence).Add(limit));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!verifier.Check(EntryOf(rows, row))) break;
  }
  return verifier.result();
}

}  // namespace

absl::StatusOr<std::optional<domain::EmergencyOrder>> PgQueries::GetEmergency(std::string_view emergency_id,
                                                                              absl::Time deadline) {
  static constexpr Statement kGet{"get_order",
                                  "SELECT " DERMS_ORDER_COLUMNS " FROM emergency_order o WHERE o.emergency_id = $1"};
  return SelectOne<domain::EmergencyOrder>(
      deadline, kGet, [&] { return Params().Add(emergency_id); }, OrderOf);
}

absl::StatusOr<std::vector<domain::EmergencyOrder>> PgQueries::ListEmergencies(
    bool active_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
    absl::Time deadline) {
  static constexpr Statement kList{"list_orders",
                                   "SELECT " DERMS_ORDER_COLUMNS
                                   " FROM emergency_order o WHERE (NOT $1 OR (o.state = 1 AND o.ends_at > now())) "
                                   "AND (o.starts_at, o.emergency_id) < ($2::timestamptz, $3) "
                                   "ORDER BY o.starts_at DESC, o.emergency_id DESC LIMIT $4"};
  const auto params = [&] {
    const auto [time, id] = before.value_or(std::pair(absl::InfiniteFuture(), std::string()));
    return Params().Add(active_only).Add(time).Add(id).Add(limit);
  };
  return Select<domain::EmergencyOrder>(deadline, kList, params, OrderOf);
}

absl::StatusOr<std::vector<domain::EmergencyOrder>> PgQueries::ListOverdueEmergencies(std::size_t limit,
                                                                                      absl::Time deadline) {
  static constexpr Statement kList{"list_overdue_orders",
                                   "SELECT " DERMS_ORDER_COLUMNS
                                   " FROM emergency_order o WHERE o.state = 1 AND o.ends_at <= now() "
                                   "ORDER BY o.ends_at LIMIT $1"};
  return Select<domain::EmergencyOrder>(
      deadline, kList, [&] { return Params().Add(limit); }, OrderOf);
}

absl::StatusOr<std::vector<domain::EmergencyOrder>> PgQueries::ListRestoredEmergencies(std::size_t limit,
                                                                                       absl::Time deadline) {
  static constexpr Statement kList{"list_restored_orders",
                                   "SELECT " DERMS_ORDER_COLUMNS
                                   " FROM emergency_order o WHERE o.restoration IS NOT NULL AND o.restored_at IS NULL "
                                   "AND o.state <> 1 AND o.kind <> 9 AND o.holds_until <= now() "
                                   "ORDER BY o.holds_until LIMIT $1"};
  return Select<domain::EmergencyOrder>(
      deadline, kList, [&] { return Params().Add(limit); }, OrderOf);
}

absl::StatusOr<std::vector<domain::Event>> PgQueries::ReadEvents(std::int64_t after_sequence, std::size_t limit,
                                                                 absl::Time deadline) {
  static constexpr Statement kRead{"read_events",
                                   "SELECT c.seq, e.stored_bytes FROM event_chain c JOIN event e ON e.xid = c.xid AND "
                                   "e.ordinal = c.ordinal WHERE c.seq > $1 ORDER BY c.seq LIMIT $2"};
  return Select<domain::Event>(
      deadline, kRead, [&] { return Params().Add(after_sequence).Add(limit); }, ChainedEventOf);
}

absl::StatusOr<ChainHead> PgQueries::ReadChainHead(absl::Time deadline) {
  static constexpr Statement kHead{"read_chain_head", "SELECT seq, hash FROM event_chain ORDER BY seq DESC LIMIT 1"};
  const auto head = SelectOne<ChainHead>(
      deadline, kHead, [] { return Params(); },
      [](const Rows& rows, std::size_t row) {
        return ChainHead{rows.Int(row, 0), HexOf(rows.Bytes(row, 1))};
      });
  if (!head.ok()) return head.status();
  return head->value_or(ChainHead{0, HexOf(ChainStart())});
}

absl::StatusOr<ChainCheck> PgQueries::VerifyChain(std::int64_t from_sequence, std::size_t limit,
                                                  const std::optional<ChainHead>& checkpoint, absl::Time deadline) {
  ChainCheck check;
  const absl::Status status = pool_.Run(Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
    const auto broken = checkpoint ? CheckAgainst(transaction, *checkpoint) : std::nullopt;
    check = broken ? *broken : Walk(transaction, std::max<std::int64_t>(1, from_sequence), limit);
  });
  if (!status.ok()) return status;
  return check;
}

}  // namespace derms::store
