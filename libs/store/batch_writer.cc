#include "libs/store/batch_writer.h"

#include <utility>

#include "libs/store/event_codec.h"
#include "libs/store/event_rows.h"
#include "libs/store/lease.h"
#include "libs/store/request_log.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

base::DerKey KeyOf(const BatchItem& item, const domain::Event& event) {
  if (item.mutation.writes.size() == 1) {  // the hot case: the event tells of the one row, whose key is known
    if (const auto* change = std::get_if<DerStatusChange>(&item.mutation.writes[0])) {
      if (change->der_id() == event.der_id) return item.row_keys[0];
    }
  }
  return KeyOfEvent(event);
}

void WriteEvents(Transaction& transaction, const Batch& batch) {
  EventRows rows;
  for (const BatchItem* item : batch.items) {
    if (!item->writes()) continue;
    for (const domain::Event& event : item->mutation.events) {
      rows.Add(KeyOf(*item, event), event);
    }
  }
  rows.Insert(transaction);
}

// The row by which others learn of readings and, when there is nothing better, a commit in doubt is settled.
void WriteMarkerRow(Transaction& transaction, const Batch& batch, const std::string& instance_id, base::IdSource& ids,
                    Marker& marker) {
  static constexpr Statement kInsert{
      "batch_marker_insert",
      "INSERT INTO batch_marker (batch_id, writer, reading_keys) VALUES ($1::uuid, $2, $3::bigint[])"};
  BigintArray keys;
  const auto readings = batch.Collect<ReadingPut>();
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (i == 0 || readings[i].key != readings[i - 1].key) keys.Add(readings[i].key);  // they are in order
  }
  bool wrote = false;
  for (const BatchItem* item : batch.items) wrote = wrote || item->writes();
  if (readings.empty() && (!wrote || marker.kind != Marker::Kind::kNone)) return;
  const std::string batch_id = ids.NewId();
  transaction.Run(kInsert, Params().Add(batch_id).Add(instance_id).AddArray(keys));
  marker = {Marker::Kind::kBatch, 0, {}, batch_id};
}

void CheckFences(Transaction& transaction, Batch& batch) {
  for (BatchItem* item : batch.items) {
    if (!item->writes() || !item->mutation.fence) continue;
    if (!Holds(transaction, *item->mutation.fence)) item->status = LeaseLost();
  }
}

void WriteRows(Transaction& transaction, Batch& batch) {
  WriteDerInserts(transaction, batch);
  LockDersOfGridChecks(transaction, batch);
  WriteDerReplaces(transaction, batch);
  WriteDerStatusChanges(transaction, batch);
  WriteReadings(transaction, batch);
  WriteMaintenance(transaction, batch);
  WriteRegions(transaction, batch);
  WriteCapacityRules(transaction, batch);
  WriteRoles(transaction, batch);
  WriteSeries(transaction, batch);
  WriteRuns(transaction, batch);
  WritePolicies(transaction, batch);
  WriteApprovals(transaction, batch);  // before the orders: one that may not come into force is not stored
  WriteEmergencies(transaction, batch);
  WriteControls(transaction, batch);
  WriteGridRecords(transaction, batch);
}

}  // namespace

WrittenBatch WriteBatch(Transaction& transaction, Batch& batch, const std::string& instance_id, base::IdSource& ids) {
  WrittenBatch result;
  ClaimRequests(transaction, batch);
  const std::vector<BatchItem*> claimed = ClaimedItems(batch);
  CheckFences(transaction, batch);
  WriteRows(transaction, batch);
  for (const BatchItem* item : batch.items) {
    if (!item->status.ok() && item->wrote) result.must_rerun = true;
  }
  if (result.must_rerun) return result;
  ReleaseFailedRequests(transaction, claimed);
  for (const BatchItem* item : claimed) {
    if (!item->status.ok()) continue;
    result.marker = {Marker::Kind::kRequest, item->mutation.idempotency->der_key, item->request_key, {}};
  }
  WriteEvents(transaction, batch);
  WriteMarkerRow(transaction, batch, instance_id, ids, result.marker);
  return result;
}

bool IsStored(Connection& connection, const Marker& marker) {
  static constexpr Statement kRequest{"marker_request",
                                      "SELECT 1 FROM idempotency WHERE der_key = $1 AND request_key = $2"};
  static constexpr Statement kBatch{"marker_batch", "SELECT 1 FROM batch_marker WHERE batch_id = $1::uuid"};
  switch (marker.kind) {
    case Marker::Kind::kRequest:
      return !connection.Run(kRequest, Params().Add(marker.der_key).AddBytes(marker.request_key)).empty();
    case Marker::Kind::kBatch:
      return !connection.Run(kBatch, Params().Add(marker.batch_id)).empty();
    case Marker::Kind::kNone:
      break;
  }
  return true;  // nothing was written, so nothing can be missing
}

}  // namespace derms::store
