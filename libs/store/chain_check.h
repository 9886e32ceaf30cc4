// Recomputes the hash chain over the events, as VerifyLog asks for.
#pragma once

#include <optional>

#include "libs/store/connection.h"
#include "libs/store/queries.h"

namespace derms::store {

// Checks at most `limit` links from `from_sequence` on (1 is the first): numbers without a gap, an event behind each,
// its stored bytes those of its columns, the hash that of the link before and the bytes. A checkpoint, kept outside the
// database, must stand in the chain: a log that was cut at its end or rewritten is found by it. Throws (pg_error.h).
ChainCheck CheckChain(Transaction& transaction, std::int64_t from_sequence, std::size_t limit,
                      const std::optional<ChainHead>& checkpoint);

}  // namespace derms::store
