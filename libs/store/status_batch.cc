#include "libs/store/status_batch.h"

#include <algorithm>
#include <initializer_list>

#include "libs/store/event_codec.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

// The events do not follow from the changed rows: either all of both are stored or none.
#define DERMS_STATUS_CTE                                                                                              \
  "WITH changed AS (UPDATE der SET stored_status = u.status, updated_at = u.at, revision = u.revision FROM "          \
  "unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::timestamptz[], $5::text[]) AS u (der_key, status, "         \
  "revision, at, required_owner) WHERE der.der_key = u.der_key AND der.revision = u.revision - 1 AND "                \
  "(u.required_owner IS NULL OR der.owner_id = u.required_owner) RETURNING 1), told AS (INSERT INTO event (der_key, " \
  "event_id, ordinal, stored_bytes) SELECT key, id, place - 1, bytes FROM unnest($1::bigint[], $6::uuid[], "          \
  "$7::bytea[]) WITH ORDINALITY AS u (key, id, bytes, place))"
#define DERMS_ALL_OR_NOTHING " SELECT 1 / (CASE WHEN count(*) = $8::bigint THEN 1 ELSE 0 END) FROM changed"

constexpr Statement kChange{"status_batch", DERMS_STATUS_CTE DERMS_ALL_OR_NOTHING};
constexpr Statement kChangeWithRequests{
    "status_batch_requests", DERMS_STATUS_CTE
    ", claimed AS (INSERT INTO idempotency (der_key, request_key, request_sha256, response) SELECT * FROM "
    "unnest($9::bigint[], $10::bytea[], $11::bytea[], $12::bytea[]))" DERMS_ALL_OR_NOTHING};

struct Arrays {
  BigintArray keys, revisions;
  SmallintArray statuses;
  TimestampArray times;
  TextArray required_owners;
  UuidArray events;
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
    events.Add(event.event_id);
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
  Params Take(std::size_t count) {
    const bool with_requests = !claim_keys.empty();
    Params params;
    for (SqlArray* array :
         std::initializer_list<SqlArray*>{&keys, &statuses, &revisions, &times, &required_owners, &events, &bytes}) {
      params.AddArray(*array);
    }
    params.Add(count);
    if (with_requests) {
      params.AddArray(claim_keys).AddArray(request_keys).AddArray(hashes).AddArray(responses);
    }
    return params;
  }
};

}  // namespace

bool IsStatusBatch(const std::vector<BatchItem*>& items) {
  return std::all_of(items.begin(), items.end(), [](const BatchItem* item) {
    const Mutation& mutation = item->mutation;
    if (mutation.writes.size() != 1 || mutation.events.size() != 1) return false;
    const auto* change = std::get_if<DerStatusChange>(&mutation.writes[0]);
    const domain::Event& event = mutation.events[0];
    return change != nullptr && event.der_id == change->der_id();
  });
}

Marker MarkerOfStatusBatch(const std::vector<BatchItem*>& items) {
  return {Marker::Kind::kEvent, items[0]->row_keys[0], items[0]->mutation.events[0].event_id, {}, {}};
}

void CommitStatusBatch(Connection& connection, std::vector<BatchItem*> items) {
  std::sort(items.begin(), items.end(),
            [](const BatchItem* a, const BatchItem* b) { return a->row_keys[0] < b->row_keys[0]; });
  Arrays arrays;
  for (const BatchItem* item : items) arrays.Add(*item);
  const bool with_requests = !arrays.claim_keys.empty();
  Params params = arrays.Take(items.size());
  try {
    connection.Run(with_requests ? kChangeWithRequests : kChange, params);
  } catch (...) {
    if (connection.broken() || IsDatabaseUnavailable(StatusOfException())) throw CommitInDoubt();
    throw;
  }
  for (BatchItem* item : items) item->wrote = true;
}

}  // namespace derms::store
