// The hash chain over events: hash of entry n = SHA-256(hash of n-1, stored bytes of event n). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/store/queries.h"

namespace derms::store {

std::string ChainStart();  // the "hash" before the first event: 32 zero bytes
std::string NextHash(std::string_view previous_hash, std::string_view stored_bytes);
std::string HexOf(std::string_view hash);

// One entry as it is stored now.
struct ChainEntry {
  std::int64_t sequence = 0;
  std::string hash;
  std::string event_id;  // of whom the chain tells
  bool event_found = false;
  std::int64_t der_key = 0;  // of the event's row
  std::string stored_bytes;
};

// Walks entries in order; the first defect ends it. Checks: no gap, the event is there, its bytes tell of that event at
// that place, the hash follows from the one before.
class ChainVerifier {
 public:
  ChainVerifier(std::int64_t previous_sequence, std::string previous_hash);
  bool Check(const ChainEntry& entry);  // false: broken
  const ChainCheck& result() const { return result_; }

 private:
  bool Break(std::int64_t sequence, std::string finding);
  std::string hash_;
  ChainCheck result_;
};

}  // namespace derms::store
