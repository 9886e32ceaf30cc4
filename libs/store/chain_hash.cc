#include "libs/store/chain_hash.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/sha256.h"
#include "libs/store/event_codec.h"

namespace derms::store {

std::string ChainStart() {
  return std::string(32, '\0');
}

std::string NextHash(std::string_view previous_hash, std::string_view stored_bytes) {
  std::string input(previous_hash);
  input.append(stored_bytes);
  const base::Sha256Digest digest = base::Sha256(input);
  return std::string(digest.begin(), digest.end());
}

std::string HexOf(std::string_view hash) {
  return absl::BytesToHexString(absl::string_view(hash.data(), hash.size()));
}

ChainVerifier::ChainVerifier(std::int64_t previous_sequence, std::string previous_hash)
    : hash_(std::move(previous_hash)) {
  result_.through_sequence = previous_sequence;
}

bool ChainVerifier::Break(std::int64_t sequence, std::string finding) {
  result_.valid = false;
  result_.broken_sequence = sequence;
  result_.finding = std::move(finding);
  return false;
}

bool ChainVerifier::Check(const ChainEntry& entry) {
  const std::int64_t expected = result_.through_sequence + 1;
  if (entry.sequence != expected) return Break(expected, absl::StrCat("entry ", expected, " is missing"));
  if (!entry.event_found) return Break(expected, absl::StrCat("the event of entry ", expected, " is missing"));
  const auto event = EventOfCanonicalBytes(entry.stored_bytes);
  if (!event || event->event_id != entry.event_id || KeyOfEvent(*event) != entry.der_key) {
    return Break(expected, absl::StrCat("the event of entry ", expected, " does not say what was recorded"));
  }
  hash_ = NextHash(hash_, entry.stored_bytes);
  if (hash_ != entry.hash) {
    return Break(expected, absl::StrCat("the hash of entry ", expected, " does not follow from what is stored"));
  }
  result_.through_sequence = expected;
  ++result_.checked;
  return true;
}

}  // namespace derms::store
