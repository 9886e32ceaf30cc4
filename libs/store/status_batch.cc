#include "libs/store/status_batch.h"

#include <algorithm>
#include <utility>

#include "libs/store/event_codec.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

// The events do not follow from the changed rows: either all of both are stored or none. What a commit in doubt is
// recognised by is a row of its own; the answer of a request might be there from before.
#define DERMS_STATUS_BATCH(REQUESTS)                                                                            \
  "WITH changed AS (UPDATE der SET stored_status = u.status, updated_at = u.at, revision = u.revision FROM "    \
  "unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::timestamptz[], $5::text[]) AS u (der_key, status, "   \
  "revision, at, required_owner) WHERE der.der_key = u.der_key AND der.revision = u.revision - 1 AND "          \
  "(u.required_owner IS NULL OR der.owner_id = u.required_owner) RETURNING 1), told AS (INSERT INTO event "     \
  "(der_key, ordinal, stored_bytes) SELECT key, place - 1, bytes FROM unnest($1::bigint[], $6::bytea[]) WITH "  \
  "ORDINALITY AS u (key, bytes, place)), marked AS (INSERT INTO batch_marker (batch_id, writer, reading_keys) " \
  "VALUES ($8::uuid, $9, '{}'))" REQUESTS                                                                       \
  " SELECT 1 / (CASE WHEN count(*) = $7::bigint THEN 1 ELSE 0 END) FROM changed"

constexpr Statement kChange{"status_batch", DERMS_STATUS_BATCH("")};
constexpr Statement kChangeWithRequests{
    "status_batch_requests",
    DERMS_STATUS_BATCH(", claimed AS (INSERT INTO idempotency (der_key, request_key, request_sha256, response) SELECT "
                       "* FROM unnest($10::bigint[], $11::bytea[], $12::bytea[], $13::bytea[]))")};

struct Arrays {
  BigintArray keys, revisions;
  SmallintArray statuses;
  TimestampArray times;
  TextArray required_owners;
  ByteaArray bytes;
  BigintArray claim_keys;
  ByteaArray request_keys, hashes, responses;

  void Add(const BatchItem& item) {
    const auto& change = std::get<DerStatusChange>(item.mutation.writes[0]);
    const domain::Event& event = item.mutation.events[0];
    keys.Add(item.row_keys[0]);
    statuses.Add(static_cast<int>(change.status()));
    revisions.Add(change.new_revision());
    times.Add(change.updated_at());
    required_owners.Add(change.required_owner());
    bytes.Add(CanonicalBytes(event));
    if (item.mutation.idempotency) Claim(item);
  }
  void Claim(const BatchItem& item) {
    const Idempotency& request = *item.mutation.idempotency;
    claim_keys.Add(request.der_key);
    request_keys.Add(item.request_key);
    hashes.Add(request.request_sha256);
    responses.Add(request.response_bytes);
  }
  bool with_requests() const { return !claim_keys.empty(); }
  Params Take(std::size_t count, const Marker& marker, const std::string& instance_id) {
    const bool claims = with_requests();
    Params params;
    params.AddArray(keys).AddArray(statuses).AddArray(revisions).AddArray(times).AddArray(required_owners);
    params.AddArray(bytes).Add(count).Add(marker.batch_id).Add(instance_id);
    if (claims) params.AddArray(claim_keys).AddArray(request_keys).AddArray(hashes).AddArray(responses);
    return params;
  }
};

}  // namespace

bool IsStatusBatch(const std::vector<BatchItem*>& items) {
  return std::all_of(items.begin(), items.end(), [](const BatchItem* item) {
    const Mutation& mutation = item->mutation;
    if (mutation.writes.size() != 1 || mutation.events.size() != 1 || mutation.fence) return false;
    const auto* change = std::get_if<DerStatusChange>(&mutation.writes[0]);
    const domain::Event& event = mutation.events[0];
    return change != nullptr && event.der_id == change->der_id();
  });
}

void CommitStatusBatch(Connection& connection, std::vector<BatchItem*> items, const Marker& marker,
                       const std::string& instance_id) {
  std::sort(items.begin(), items.end(),
            [](const BatchItem* a, const BatchItem* b) { return a->row_keys[0] < b->row_keys[0]; });
  Arrays arrays;
  for (const BatchItem* item : items) arrays.Add(*item);
  const Statement& statement = arrays.with_requests() ? kChangeWithRequests : kChange;
  const Params params = arrays.Take(items.size(), marker, instance_id);
  try {
    connection.Run(statement, params);
  } catch (...) {
    if (connection.broken() || IsDatabaseUnavailable(StatusOfException())) throw CommitInDoubt();
    throw;
  }
  for (BatchItem* item : items) item->wrote = true;
}

}  // namespace derms::store
