#include "libs/store/status_batch.h"

#include <algorithm>
#include <initializer_list>

#include "libs/store/event_codec.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

// Columns that follow from others (DER, owner, region, revision) come from the row itself: the revision guards them.
#define DERMS_STATUS_CTE                                                                                               \
  "WITH changed AS (UPDATE der SET stored_status = u.status, updated_at = u.at, revision = u.revision FROM "              \
  "unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::timestamptz[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::bytea[]) WITH "       \
  "ORDINALITY AS u (der_key, status, old_status, revision, at, required_owner, event_id, actor, request_id, summary, " \
  "bytes, place) WHERE der.der_key = u.der_key AND der.revision = u.revision - 1 AND (u.required_owner IS NULL OR "    \
  "der.owner_id = u.required_owner) RETURNING der.der_key, u.event_id, u.place::int - 1 AS ordinal, der.updated_at, "  \
  "u.actor, der.der_id, der.owner_id, der.region_id, u.old_status, u.status, u.revision, u.request_id, u.summary, "    \
  "u.bytes), told AS (INSERT INTO event (der_key, event_id, ordinal, type, occurred_at, actor, der_id, owner_id, "     \
  "region_id, old_status, new_status, revision, request_id, summary, stored_bytes) SELECT der_key, event_id, "         \
  "ordinal, 2, updated_at, actor, der_id, owner_id, region_id, old_status, status, revision, request_id, summary, "    \
  "bytes FROM changed)"
#define DERMS_ALL_OR_NOTHING " SELECT 1 / (CASE WHEN count(*) = $12::bigint THEN 1 ELSE 0 END) FROM changed"

constexpr Statement kChange{"status_batch", DERMS_STATUS_CTE DERMS_ALL_OR_NOTHING};
constexpr Statement kChangeWithRequests{
    "status_batch_requests", DERMS_STATUS_CTE
    ", claimed AS (INSERT INTO idempotency (der_key, principal, method, request_id, request_sha256, response) SELECT * "
    "FROM unnest($13::bigint[], $14::text[], $15::text[], $16::text[], $17::bytea[], "
    "$18::bytea[]))" DERMS_ALL_OR_NOTHING};

struct Arrays {
  BigintArray keys, revisions;
  SmallintArray statuses, old_statuses;
  TimestampArray times;
  TextArray required_owners, actors, requests, summaries;
  UuidArray events;
  ByteaArray bytes;
  BigintArray claim_keys;
  TextArray principals, methods, request_ids;
  ByteaArray hashes, responses;
  int claims = 0;

  void Add(const BatchItem& item) {
    const auto& change = std::get<DerStatusChange>(item.mutation.writes[0]);
    const domain::Event& event = item.mutation.events[0];
    keys.Add(item.row_keys[0]);
    statuses.Add(static_cast<int>(change.status()));
    old_statuses.Add(static_cast<int>(*event.old_status));
    revisions.Add(change.new_revision());
    times.Add(change.updated_at());
    required_owners.Add(change.required_owner());
    events.Add(event.event_id);
    actors.Add(event.actor);
    requests.Add(event.request_id);
    summaries.Add(event.summary);
    bytes.Add(CanonicalBytes(event));
    if (item.mutation.idempotency) Claim(*item.mutation.idempotency);
  }
  void Claim(const Idempotency& request) {
    ++claims;
    claim_keys.Add(request.der_key);
    principals.Add(request.principal);
    methods.Add(request.method);
    request_ids.Add(request.request_id);
    hashes.Add(request.request_sha256);
    responses.Add(request.response_bytes);
  }
};

}  // namespace

bool IsStatusBatch(const std::vector<BatchItem*>& items) {
  return std::all_of(items.begin(), items.end(), [](const BatchItem* item) {
    const Mutation& mutation = item->mutation;
    if (mutation.writes.size() != 1 || mutation.events.size() != 1) return false;
    const auto* change = std::get_if<DerStatusChange>(&mutation.writes[0]);
    const domain::Event& event = mutation.events[0];
    return change != nullptr && event.type == domain::EventType::kDerStatusUpdated && event.old_status &&
           event.der_id == change->der_id() && event.occurred_at == change->updated_at() && !event.resource_id;
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
  Params params;
  for (SqlArray* array : std::initializer_list<SqlArray*>{&arrays.keys, &arrays.statuses, &arrays.old_statuses, &arrays.revisions, &arrays.times, &arrays.required_owners,
        &arrays.events, &arrays.actors, &arrays.requests, &arrays.summaries, &arrays.bytes}) {
    params.AddArray(*array);
  }
  params.Add(items.size());
  if (arrays.claims > 0) {
    for (SqlArray* array : std::initializer_list<SqlArray*>{&arrays.claim_keys, &arrays.principals, &arrays.methods, &arrays.request_ids,
                                &arrays.hashes, &arrays.responses}) {
      params.AddArray(*array);
    }
  }
  try {
    connection.Run(arrays.claims > 0 ? kChangeWithRequests : kChange, params);
  } catch (...) {
    if (connection.broken() || IsDatabaseUnavailable(StatusOfException())) throw CommitInDoubt();
    throw;
  }
  for (BatchItem* item : items) item->wrote = true;
}

}  // namespace derms::store
