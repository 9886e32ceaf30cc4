// Events, their chain, and answers kept for repeated requests.
#include "libs/base/sha256.h"
#include "libs/store/chain_check.h"
#include "libs/store/event_codec.h"
#include "libs/store/pg_queries.h"

namespace derms::store {

absl::StatusOr<std::vector<domain::Event>> PgQueries::ReadEvents(std::int64_t after_sequence, std::size_t limit,
                                                                 absl::Time deadline) {
  static constexpr Statement kRead{"read_events", "SELECT c.seq, " DERMS_EVENT_COLUMNS
                                                  " FROM event_chain c JOIN event e USING (der_key, event_id) "
                                                  "WHERE c.seq > $1 ORDER BY c.seq LIMIT $2"};
  return Read<std::vector<domain::Event>>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kRead, Params().Add(after_sequence).Add(limit));
    std::vector<domain::Event> events;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      events.push_back(EventOf(rows, i, 1));
      events.back().sequence = rows.Int(i, 0);
    }
    return events;
  });
}

absl::StatusOr<ChainHead> PgQueries::ReadChainHead(absl::Time deadline) {
  static constexpr Statement kHead{"chain_head",
                                   "SELECT seq, encode(hash, 'hex') FROM event_chain ORDER BY seq DESC LIMIT 1"};
  return Read<ChainHead>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kHead, Params());
    return rows.empty() ? ChainHead{} : ChainHead{rows.Int(0, 0), rows.Text(0, 1)};
  });
}

absl::StatusOr<ChainCheck> PgQueries::VerifyChain(std::int64_t from_sequence, std::size_t limit,
                                                  const std::optional<ChainHead>& checkpoint, absl::Time deadline) {
  ChainCheck check;
  const absl::Status status = pool_.Run(Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
    check = CheckChain(transaction, from_sequence, limit, checkpoint);
  });
  if (!status.ok()) return status;
  return check;
}

absl::StatusOr<std::optional<std::string>> PgQueries::FindResponse(std::string_view principal, std::string_view method,
                                                                   base::DerKey der_key, std::string_view request_id,
                                                                   absl::Time deadline) {
  static constexpr Statement kFind{"find_response",
                                   "SELECT response FROM idempotency WHERE der_key = $1 AND principal = $2 "
                                   "AND method = $3 AND request_id = $4"};
  using Result = std::optional<std::string>;
  return Read<Result>(deadline, [&](Transaction& transaction) -> Result {
    const Rows rows = transaction.Run(kFind, Params().Add(der_key).Add(principal).Add(method).Add(request_id));
    if (rows.empty()) return std::nullopt;
    return rows.Bytes(0, 0);
  });
}

}  // namespace derms::store
