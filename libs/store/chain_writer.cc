#include "libs/store/chain_writer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/store/advisory_locks.h"
#include "libs/store/chain_hash.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

// Where the chain ends: the link and the place of its event in the order of transactions.
struct ChainEnd {
  std::int64_t sequence = 0;
  std::string hash = FirstLinkHash();
  std::string xid = "0";
  int ordinal = -1;
};

ChainEnd ReadEnd(Transaction& transaction) {
  static constexpr Statement kEnd{"chain_end",
                                  "SELECT c.seq, c.hash, e.xid::text, e.ordinal FROM event_chain c "
                                  "JOIN event e USING (der_key, event_id) ORDER BY c.seq DESC LIMIT 1"};
  const Rows rows = transaction.Run(kEnd, Params());
  if (rows.empty()) return {};
  return {rows.Int(0, 0), rows.Bytes(0, 1), rows.Text(0, 2), rows.Small(0, 3)};
}

}  // namespace

ChainWriter::ChainWriter(Options options, Observer observer)
    : options_(std::move(options)), observer_(std::move(observer)) {
  loop_ = std::make_unique<BackgroundLoop>([this] { return Step(); });
}

absl::Duration ChainWriter::Step() {
  if (connection_ == nullptr) return Connect();
  absl::Duration pause = options_.standby_pause;
  const absl::Status status = Guarded([&] {
    if (!Lead()) return absl::OkStatus();
    const std::size_t appended = AppendLinks();
    pause = appended == options_.links_per_transaction ? absl::ZeroDuration()
            : appended > 0                             ? options_.busy_pause
                                                       : options_.idle_pause;
    return absl::OkStatus();
  });
  // After any failure the connection, and the lock with it, is given up: nobody leads on a doubt.
  if (!status.ok()) LoseConnection();
  return pause;
}

absl::Duration ChainWriter::Connect() {
  auto opened = Connection::Open(options_.connect);
  if (opened.ok()) {
    connection_ = *std::move(opened);
    failures_ = 0;
    return absl::ZeroDuration();
  }
  failures_ = std::min(failures_ + 1, 6);
  const absl::Duration ceiling = std::min(options_.reconnect_pause_max, absl::Milliseconds(50) * (1 << failures_));
  return absl::Uniform(random_, 0.5, 1.0) * ceiling;
}

bool ChainWriter::Lead() {
  static constexpr Statement kLock{"lead_chain", "SELECT pg_try_advisory_lock($1)"};
  if (leads_) return true;
  leads_ = connection_->Run(kLock, Params().Add(kChainLeaderLock)).Bool(0, 0);
  if (leads_ && observer_.on_leadership) observer_.on_leadership(true);
  return leads_;
}

std::size_t ChainWriter::AppendLinks() {
  static constexpr Statement kNext{
      "chain_next",
      "SELECT e.der_key, e.event_id::text, e.stored_bytes FROM event e "
      "WHERE e.xid >= $1::xid8 AND (e.xid, e.ordinal) > ($1::xid8, $2::int) "
      "AND e.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.xid, e.ordinal LIMIT $3"};
  static constexpr Statement kAppend{"chain_append",
                                     "INSERT INTO event_chain (seq, der_key, event_id, hash) "
                                     "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bytea[])"};
  Transaction transaction(*connection_, Transaction::Kind::kReadWrite);
  ChainEnd end = ReadEnd(transaction);
  const Rows rows = transaction.Run(kNext, Params().Add(end.xid).Add(end.ordinal).Add(options_.links_per_transaction));
  if (rows.empty()) return 0;
  ArrayLiteral sequences, keys, ids, hashes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    end.hash = LinkHash(end.hash, rows.Bytes(i, 2));
    sequences.Add(++end.sequence);
    keys.Add(rows.Int(i, 0));
    ids.Add(rows.View(i, 1));
    hashes.AddBytes(end.hash);
  }
  transaction.Run(kAppend, Params().AddArray(sequences).AddArray(keys).AddArray(ids).AddArray(hashes));
  transaction.Commit();
  if (observer_.on_links) observer_.on_links(end.sequence);
  return rows.size();
}

void ChainWriter::LoseConnection() {
  connection_.reset();
  if (std::exchange(leads_, false) && observer_.on_leadership) observer_.on_leadership(false);
}

}  // namespace derms::store
