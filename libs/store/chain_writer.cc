#include "libs/store/chain_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/advisory_locks.h"
#include "libs/store/chain_hash.h"
#include "libs/store/event_codec.h"
#include "libs/store/pg_error.h"

namespace derms::store {

ChainWriter::ChainWriter(Options options, Hooks hooks)
    : options_(std::move(options)), hooks_(std::move(hooks)), loop_([this] { return Step(); }) {}

ChainWriter::~ChainWriter() {
  loop_.Stop();
}

absl::Duration ChainWriter::Step() {
  absl::Status status = Lead();
  std::size_t chained = 0;
  if (status.ok() && leading_) {
    status = Guarded([&] {
      chained = ChainBatch();
      return absl::OkStatus();
    });
  }
  if (!status.ok()) {
    if (hooks_.on_error) hooks_.on_error(status);
    StepDown();
    return options_.retry_pause;
  }
  if (!leading_) return options_.retry_pause;
  if (chained > 0 && hooks_.on_chained) hooks_.on_chained(chained);
  if (chained >= options_.max_batch) return absl::ZeroDuration();
  return chained > 0 ? options_.busy_pause : options_.idle_pause;
}

absl::Status ChainWriter::Lead() {
  if (leading_) return absl::OkStatus();
  if (!connection_) {
    ASSIGN_OR_RETURN(connection_, Connection::Open(options_.connect));
  }
  return Guarded([&] {
    leading_ = connection_->Execute(absl::StrCat("SELECT pg_try_advisory_lock(", kChainLeaderLock, ")")).Bool(0, 0);
    if (leading_ && hooks_.on_leadership) hooks_.on_leadership(true);
    return absl::OkStatus();
  });
}

void ChainWriter::StepDown() {
  connection_.reset();  // and with the session the lock
  if (leading_.exchange(false) && hooks_.on_leadership) hooks_.on_leadership(false);
}

ChainWriter::Head ChainWriter::ReadHead(Transaction& transaction) const {
  static constexpr Statement kHead{"chain_head",
                                   "SELECT c.seq, c.hash, e.xid::text, e.ordinal, e.xid >= "
                                   "pg_snapshot_xmax(pg_current_snapshot()) FROM event_chain c LEFT JOIN event e "
                                   "ON e.xid = c.xid AND e.ordinal = c.ordinal ORDER BY c.seq DESC LIMIT 1"};
  const Rows rows = transaction.Run(kHead, Params());
  Head head;
  head.hash = ChainStart();
  if (rows.empty()) return head;
  if (rows.IsNull(0, 2)) {
    throw StatusError(
        base::FailedPrecondition("CHAIN_BROKEN", "the last event of the chain is missing; verify the log"));
  }
  if (rows.Bool(0, 4)) {  // new events would never come after it
    throw StatusError(base::FailedPrecondition(
        "CHAIN_AHEAD", "the chain was restored into a new server; advance its transaction numbers (docs/store.md)"));
  }
  head.sequence = rows.Int(0, 0);
  head.hash = rows.Bytes(0, 1);
  head.xid = rows.Text(0, 2);
  head.ordinal = rows.Small(0, 3);
  return head;
}

std::size_t ChainWriter::ChainBatch() {
  static constexpr Statement kNext{
      "chain_next",
      "SELECT e.xid::text, e.ordinal, e.stored_bytes FROM event e "
      "WHERE e.xid >= $1::xid8 AND (e.xid, e.ordinal) > ($1::xid8, $2) "
      "AND e.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.xid, e.ordinal LIMIT $3"};
  static constexpr Statement kAppend{
      "chain_append",
      "INSERT INTO event_chain (seq, event_id, xid, ordinal, hash) SELECT u.s, u.e, u.x, u.o, u.h "
      "FROM unnest($1::bigint[], $2::uuid[], $3::xid8[], $4::int[], $5::bytea[]) AS u (s, e, x, o, h) "
      "WHERE $6 = coalesce((SELECT max(seq) FROM event_chain), 0)"};
  Transaction transaction(*connection_, Transaction::Kind::kReadWrite);
  const Head head = ReadHead(transaction);
  const Rows next = transaction.Run(kNext, Params().Add(head.xid).Add(head.ordinal).Add(options_.max_batch));
  if (next.empty()) return 0;
  BigintArray sequences;
  UuidArray ids;
  XidArray xids;
  IntegerArray ordinals;
  ByteaArray hashes;
  std::string hash = head.hash;
  std::vector<domain::Event> events;
  bool all_known = static_cast<bool>(hooks_.on_events);
  for (std::size_t row = 0; row < next.size(); ++row) {
    const std::string bytes = next.Bytes(row, 2);
    hash = NextHash(hash, bytes);
    if (all_known) {
      auto event = EventOfCanonicalBytes(bytes);
      all_known = event.has_value();
      if (event) {
        event->sequence = head.sequence + static_cast<std::int64_t>(row) + 1;
        events.push_back(*std::move(event));
      }
    }
    sequences.Add(head.sequence + static_cast<std::int64_t>(row) + 1);
    ids.Add(EventIdOfCanonicalBytes(bytes));
    xids.Add(static_cast<std::uint64_t>(next.Int(row, 0)));
    ordinals.Add(next.Small(row, 1));
    hashes.Add(hash);
  }
  const Rows appended = transaction.Run(
      kAppend,
      Params().AddArray(sequences).AddArray(ids).AddArray(xids).AddArray(ordinals).AddArray(hashes).Add(head.sequence));
  if (appended.affected() != next.size()) {
    throw StatusError(base::Aborted("SERIALIZATION", "another leader extended the chain"));
  }
  transaction.Commit();
  if (all_known) hooks_.on_events(events);
  return next.size();
}

}  // namespace derms::store
