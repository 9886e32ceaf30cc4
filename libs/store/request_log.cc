#include "libs/store/request_log.h"

#include <map>
#include <utility>

#include "libs/base/error.h"

namespace derms::store {
namespace {

using RequestKey = std::pair<base::DerKey, std::string>;

RequestKey KeyOf(const BatchItem& item) {
  return {item.mutation.idempotency->der_key, item.request_key};
}

RequestKey KeyOf(const Rows& rows, std::size_t row) {
  return {rows.Int(row, 0), rows.Bytes(row, 1)};
}

// The columns of the key, for unnest.
class KeyArrays {
 public:
  void Add(const RequestKey& key) {
    der_keys_.Add(key.first);
    request_keys_.Add(key.second);
  }
  Params Take() { return std::move(Params().AddArray(der_keys_).AddArray(request_keys_)); }

 private:
  BigintArray der_keys_;
  ByteaArray request_keys_;
};

absl::Status Reused() {
  return base::InvalidArgument("REQUEST_ID_REUSED",
                               "this request_id was used for a different request; give every new request its own");
}

void Answer(BatchItem& item, const std::string& sha256, std::string response) {
  if (item.mutation.idempotency->request_sha256 != sha256) {
    item.status = Reused();
    return;
  }
  item.replayed = true;
  item.response = std::move(response);
}

void AnswerKnown(Transaction& transaction, const std::map<RequestKey, BatchItem*>& known) {
  static constexpr Statement kLoad{"requests_load",
                                   "SELECT i.der_key, i.request_key, i.request_sha256, i.response FROM "
                                   "unnest($1::bigint[], $2::bytea[]) AS u (k, r) "
                                   "JOIN idempotency i ON i.der_key = u.k AND i.request_key = u.r"};
  KeyArrays arrays;
  for (const auto& [key, item] : known) {
    arrays.Add(key);
    // Stands only if the row is deleted between the two statements (it was a day old).
    item->status = base::Aborted("SERIALIZATION", "the stored answer to this request_id has just expired; repeat it");
  }
  const Rows rows = transaction.Run(kLoad, arrays.Take());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    BatchItem& item = *known.at(KeyOf(rows, row));
    item.status = absl::OkStatus();
    Answer(item, rows.Bytes(row, 2), rows.Bytes(row, 3));
  }
}

}  // namespace

std::vector<BatchItem*> ClaimedItems(const Batch& batch) {
  std::vector<BatchItem*> claimed;
  for (BatchItem* item : batch.items) {
    if (item->mutation.idempotency && item->writes()) claimed.push_back(item);
  }
  return claimed;
}

void ClaimRequests(Transaction& transaction, Batch& batch) {
  static constexpr Statement kClaim{
      "requests_claim",
      "INSERT INTO idempotency (der_key, request_key, request_sha256, response) SELECT * FROM unnest($1::bigint[], "
      "$2::bytea[], $3::bytea[], $4::bytea[]) ON CONFLICT DO NOTHING RETURNING der_key, request_key"};
  std::map<RequestKey, BatchItem*> wanted;  // in order: two processes never wait for each other in a circle
  for (BatchItem* item : ClaimedItems(batch)) wanted.emplace(KeyOf(*item), item);
  if (wanted.empty()) return;
  KeyArrays arrays;
  ByteaArray hashes, responses;
  for (const auto& [key, item] : wanted) {
    arrays.Add(key);
    hashes.Add(item->mutation.idempotency->request_sha256);
    responses.Add(item->mutation.idempotency->response_bytes);
  }
  const Rows rows = transaction.Run(kClaim, arrays.Take().AddArray(hashes).AddArray(responses));
  if (rows.size() == wanted.size()) return;
  for (std::size_t row = 0; row < rows.size(); ++row) wanted.erase(KeyOf(rows, row));
  AnswerKnown(transaction, wanted);
}

void ReleaseFailedRequests(Transaction& transaction, const std::vector<BatchItem*>& claimed) {
  static constexpr Statement kRelease{"requests_release",
                                      "DELETE FROM idempotency i USING unnest($1::bigint[], $2::bytea[]) AS u (k, r) "
                                      "WHERE i.der_key = u.k AND i.request_key = u.r"};
  KeyArrays arrays;
  bool any = false;
  for (const BatchItem* item : claimed) {
    if (item->status.ok()) continue;
    arrays.Add(KeyOf(*item));
    any = true;
  }
  if (any) transaction.Run(kRelease, arrays.Take());
}

}  // namespace derms::store
