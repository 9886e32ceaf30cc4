#include "libs/store/request_log.h"

#include <map>
#include <tuple>

#include "libs/base/error.h"

namespace derms::store {
namespace {

using RequestKey = std::tuple<base::DerKey, std::string, std::string, std::string>;

RequestKey KeyOf(const Idempotency& request) {
  return {request.der_key, request.principal, request.method, request.request_id};
}

RequestKey KeyOf(const Rows& rows, std::size_t row) {
  return {rows.Int(row, 0), rows.Text(row, 1), rows.Text(row, 2), rows.Text(row, 3)};
}

// The four columns of the key, for unnest.
class KeyArrays {
 public:
  void Add(const Idempotency& request) {
    keys_.Add(request.der_key);
    principals_.Add(request.principal);
    methods_.Add(request.method);
    ids_.Add(request.request_id);
  }
  Params Take() { return std::move(Params().AddArray(keys_).AddArray(principals_).AddArray(methods_).AddArray(ids_)); }

 private:
  BigintArray keys_;
  TextArray principals_, methods_, ids_;
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
  static constexpr Statement kLoad{
      "requests_load",
      "SELECT i.der_key, i.principal, i.method, i.request_id, i.request_sha256, i.response "
      "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS u (k, p, m, r) JOIN idempotency i "
      "ON i.der_key = u.k AND i.principal = u.p AND i.method = u.m AND i.request_id = u.r"};
  KeyArrays arrays;
  for (const auto& [key, item] : known) {
    arrays.Add(*item->mutation.idempotency);
    // Stands only if the row is deleted between the two statements (it was a day old).
    item->status = base::Aborted("SERIALIZATION", "the stored answer to this request_id has just expired; repeat it");
  }
  const Rows rows = transaction.Run(kLoad, arrays.Take());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    BatchItem& item = *known.at(KeyOf(rows, row));
    item.status = absl::OkStatus();
    Answer(item, rows.Bytes(row, 4), rows.Bytes(row, 5));
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
      "INSERT INTO idempotency (der_key, principal, method, request_id, request_sha256, response) "
      "SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[]) "
      "ON CONFLICT DO NOTHING RETURNING der_key, principal, method, request_id"};
  std::map<RequestKey, BatchItem*> wanted;  // in order: two processes never wait for each other in a circle
  for (BatchItem* item : ClaimedItems(batch)) wanted.emplace(KeyOf(*item->mutation.idempotency), item);
  if (wanted.empty()) return;
  KeyArrays arrays;
  ByteaArray hashes, responses;
  for (const auto& [key, item] : wanted) {
    arrays.Add(*item->mutation.idempotency);
    hashes.Add(item->mutation.idempotency->request_sha256);
    responses.Add(item->mutation.idempotency->response_bytes);
  }
  const Rows rows = transaction.Run(kClaim, arrays.Take().AddArray(hashes).AddArray(responses));
  if (rows.size() == wanted.size()) return;
  for (std::size_t row = 0; row < rows.size(); ++row) wanted.erase(KeyOf(rows, row));
  AnswerKnown(transaction, wanted);
}

void ReleaseFailedRequests(Transaction& transaction, const std::vector<BatchItem*>& claimed) {
  static constexpr Statement kRelease{
      "requests_release",
      "DELETE FROM idempotency i USING unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS u (k, p, m, r) "
      "WHERE i.der_key = u.k AND i.principal = u.p AND i.method = u.m AND i.request_id = u.r"};
  KeyArrays arrays;
  bool any = false;
  for (const BatchItem* item : claimed) {
    if (item->status.ok()) continue;
    arrays.Add(*item->mutation.idempotency);
    any = true;
  }
  if (any) transaction.Run(kRelease, arrays.Take());
}

}  // namespace derms::store
