#include "libs/store/chain_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/sha256.h"
#include "libs/store/chain_hash.h"
#include "libs/store/event_codec.h"

namespace derms::store {
namespace {

constexpr std::size_t kPageRows = 2000;

ChainCheck Broken(ChainCheck check, std::int64_t sequence, std::string finding) {
  check.valid = false;
  check.broken_sequence = sequence;
  check.finding = std::move(finding);
  return check;
}

// Hash of the link `sequence`; empty when there is none. The chain begins with the hash of nothing.
std::string HashAt(Transaction& transaction, std::int64_t sequence) {
  static constexpr Statement kHash{"chain_hash_at", "SELECT hash FROM event_chain WHERE seq = $1"};
  if (sequence == 0) return FirstLinkHash();
  const Rows rows = transaction.Run(kHash, Params().Add(sequence));
  return rows.empty() ? std::string() : rows.Bytes(0, 0);
}

std::string HexOf(const std::string& bytes) {
  base::Sha256Digest digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return base::ToHex(digest);
}

// Checks a page of links; sets `finding` and stops at the first that does not hold.
bool CheckPage(const Rows& rows, std::string& previous, ChainCheck& check) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t expected = check.through_sequence + 1;
    const std::int64_t sequence = rows.Int(i, 0);
    if (sequence != expected) {
      check = Broken(check, expected, absl::StrCat("link ", expected, " is missing"));
      return false;
    }
    if (rows.IsNull(i, 2)) {
      check = Broken(check, sequence, absl::StrCat("the event of link ", sequence, " is missing"));
      return false;
    }
    const std::string stored = rows.Bytes(i, 2);
    if (stored != CanonicalBytes(EventOf(rows, i, 3))) {
      check = Broken(check, sequence, absl::StrCat("the event of link ", sequence, " was changed"));
      return false;
    }
    const std::string hash = LinkHash(previous, stored);
    if (hash != rows.Bytes(i, 1)) {
      check =
          Broken(check, sequence, absl::StrCat("the hash of link ", sequence, " does not follow from the one before"));
      return false;
    }
    previous = hash;
    check.through_sequence = sequence;
    ++check.checked;
  }
  return true;
}

}  // namespace

ChainCheck CheckChain(Transaction& transaction, std::int64_t from_sequence, std::size_t limit,
                      const std::optional<ChainHead>& checkpoint) {
  static constexpr Statement kPage{"chain_page", "SELECT c.seq, c.hash, e.stored_bytes, " DERMS_EVENT_COLUMNS
                                                 " FROM event_chain c LEFT JOIN event e USING (der_key, event_id) "
                                                 "WHERE c.seq > $1 ORDER BY c.seq LIMIT $2"};
  ChainCheck check;
  if (checkpoint && HexOf(HashAt(transaction, checkpoint->sequence)) != checkpoint->hash_hex) {
    return Broken(check, checkpoint->sequence,
                  absl::StrCat("the chain does not contain the checkpoint at ", checkpoint->sequence,
                               ": it was cut or rewritten"));
  }
  check.through_sequence = std::max<std::int64_t>(from_sequence, 1) - 1;
  std::string previous = HashAt(transaction, check.through_sequence);
  if (previous.empty()) {
    return Broken(check, check.through_sequence, absl::StrCat("link ", check.through_sequence, " is missing"));
  }
  while (static_cast<std::size_t>(check.checked) < limit) {
    const std::size_t wanted = std::min(kPageRows, limit - static_cast<std::size_t>(check.checked));
    const Rows rows = transaction.Run(kPage, Params().Add(check.through_sequence).Add(wanted));
    if (rows.empty() || !CheckPage(rows, previous, check)) break;
  }
  return check;
}

}  // namespace derms::store
