#include <initializer_list>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/der_row.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

template <typename T>
int Number(T value) {
  return static_cast<int>(value);
}

// Columns of whole DER rows for unnest.
class DerArrays {
 public:
  void Add(RowKey key, const domain::Der& der) {
    keys_.Add(key);
    ids_.Add(der.der_id);
    owners_.Add(der.owner_id);
    types_.Add(Number(der.type));
    capacities_.Add(der.capacity_kw);
    latitudes_.Add(der.latitude_deg);
    longitudes_.Add(der.longitude_deg);
    regions_.Add(der.region_id);
    statuses_.Add(Number(der.stored_status));
    lifecycles_.Add(Number(der.lifecycle));
    parameters_.Add(ParametersJson(der.parameters));
    registered_.Add(der.registered_at);
    updated_.Add(der.updated_at);
    revisions_.Add(der.revision);
    gateways_.Add(der.gateway_id);
  }
  Params Take() {
    Params params;
    for (SqlArray* array : std::initializer_list<SqlArray*>{
             &keys_, &ids_, &owners_, &types_, &capacities_, &latitudes_, &longitudes_, &regions_, &statuses_,
             &lifecycles_, &parameters_, &registered_, &updated_, &revisions_, &gateways_}) {
      params.AddArray(*array);
    }
    return params;
  }

 private:
  BigintArray keys_, revisions_;
  TextArray ids_, owners_, regions_, gateways_;
  SmallintArray types_, statuses_, lifecycles_;
  DoubleArray capacities_, latitudes_, longitudes_;
  JsonbArray parameters_;
  TimestampArray registered_, updated_;
};

#define DERMS_DER_ARRAYS                                                                                               \
  "unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::float8[], $6::float8[], $7::float8[], "            \
  "$8::text[], $9::smallint[], $10::smallint[], $11::jsonb[], $12::timestamptz[], $13::timestamptz[], $14::bigint[], " \
  "$15::text[])"

std::set<RowKey> KeysOf(const Rows& rows) {
  std::set<RowKey> keys;
  for (std::size_t row = 0; row < rows.size(); ++row) keys.insert(rows.Int(row, 0));
  return keys;
}

// Splits writes into those whose key came back, which it marks as written, and the others, which it returns.
template <typename Row>
std::vector<Write<Row>> MarkWritten(const std::vector<Write<Row>>& writes, const Rows& returned) {
  if (returned.size() == writes.size()) {
    for (const auto& write : writes) write.item->wrote = true;
    return {};
  }
  const std::set<RowKey> keys = KeysOf(returned);
  std::vector<Write<Row>> missing;
  for (const auto& write : writes) {
    if (keys.count(write.key) > 0) {
      write.item->wrote = true;
    } else {
      missing.push_back(write);
    }
  }
  return missing;
}

template <typename Row>
std::map<RowKey, domain::Der> LoadStored(Transaction& transaction, const std::vector<Write<Row>>& writes) {
  static constexpr Statement kLoad{
      "ders_by_key", "SELECT " DERMS_DER_COLUMNS ", d.der_key FROM der d WHERE d.der_key = ANY ($1::bigint[])"};
  BigintArray keys;
  for (const auto& write : writes) keys.Add(write.key);
  const Rows rows = transaction.Run(kLoad, Params().AddArray(keys));
  std::map<RowKey, domain::Der> stored;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    stored.emplace(rows.Int(row, kDerColumnCount), DerOf(rows, row));  // its key is not always that of its id: clashes
  }
  return stored;
}

absl::Status DerNotFound(const std::string& der_id) {
  return base::NotFound("DER_NOT_FOUND", absl::StrCat("there is no DER ", der_id, "; register it first"));
}

absl::Status RevisionMismatch(const domain::Der& stored) {
  return base::Aborted("REVISION_MISMATCH", absl::StrCat("DER ", stored.der_id,
                                                         " was changed meanwhile; read it again and repeat the change"))
      .Metadata("current_revision", absl::StrCat(stored.revision));
}

absl::Status NameplateMismatch(const domain::Der& stored) {
  return base::Aborted("REVISION_MISMATCH",
                       absl::StrCat("the nameplate or settings of DER ", stored.der_id,
                                    ", which its capacity_kw must suit, were changed meanwhile; repeat the change"));
}

// What of a row that is there did not match.
absl::Status Mismatch(const DerStatusChange&, const domain::Der& stored) {
  return RevisionMismatch(stored);
}
absl::Status Mismatch(const DerReplace& row, const domain::Der& stored) {
  const bool as_checked =
      row.der().revision == stored.revision + 1 && (!row.required_owner() || *row.required_owner() == stored.owner_id);
  return as_checked ? NameplateMismatch(stored) : RevisionMismatch(stored);
}

// Says why a compare-and-set found no row, and hands the newer row to who keeps the fleet in memory.
template <typename Row, typename IdOf>
void ExplainMissing(Transaction& transaction, Batch& batch, const std::vector<Write<Row>>& missing, IdOf id_of) {
  if (missing.empty()) return;
  const std::map<RowKey, domain::Der> stored = LoadStored(transaction, missing);
  for (const auto& write : missing) {
    const auto found = stored.find(write.key);
    if (found == stored.end() || found->second.der_id != id_of(*write.row)) {
      write.item->status = DerNotFound(id_of(*write.row));
      continue;
    }
    write.item->status = Mismatch(*write.row, found->second);
    batch.newer_rows.push_back(found->second);
  }
}

absl::Status InsertRefused(const domain::Der& wanted, const domain::Der& stored) {
  if (wanted.der_id == stored.der_id) {
    return base::AlreadyExists("DER_EXISTS", absl::StrCat("DER ", wanted.der_id, " is registered already"));
  }
  return base::AlreadyExists("DER_KEY_CLASH", absl::StrCat("the id ", wanted.der_id,
                                                           " has the same storage key as another DER; choose another "
                                                           "id"));
}

}  // namespace

void WriteDerInserts(Transaction& transaction, Batch& batch) {
  static constexpr Statement kInsert{
      "der_insert",
      "INSERT INTO der (der_key, der_id, owner_id, type, capacity_kw, latitude_deg, longitude_deg, region_id, "
      "stored_status, lifecycle, parameters, registered_at, updated_at, revision, gateway_id) SELECT * "
      "FROM " DERMS_DER_ARRAYS " ON CONFLICT (der_key) DO NOTHING RETURNING der_key"};
  const auto writes = batch.Collect<DerInsert>();
  if (writes.empty()) return;
  DerArrays arrays;
  for (const auto& write : writes) arrays.Add(write.key, write.row->der());
  const auto missing = MarkWritten(writes, transaction.Run(kInsert, arrays.Take()));
  if (missing.empty()) return;
  const auto stored = LoadStored(transaction, missing);
  for (const auto& write : missing) {
    const domain::Der& there = stored.at(write.key);
    write.item->status = InsertRefused(write.row->der(), there);
    batch.newer_rows.push_back(there);
  }
}

void WriteDerReplaces(Transaction& transaction, Batch& batch) {
  static constexpr Statement kReplace{
      "der_replace",
      "UPDATE der SET owner_id = u.owner_id, type = u.type, capacity_kw = u.capacity_kw, "
      "latitude_deg = u.latitude_deg, longitude_deg = u.longitude_deg, region_id = u.region_id, "
      "stored_status = u.stored_status, lifecycle = u.lifecycle, parameters = u.parameters, "
      "registered_at = u.registered_at, updated_at = u.updated_at, revision = u.revision, gateway_id = u.gateway_id "
      "FROM (SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::float8[], $6::float8[], "
      "$7::float8[], $8::text[], $9::smallint[], $10::smallint[], $11::jsonb[], $12::timestamptz[], "
      "$13::timestamptz[], $14::bigint[], $15::text[], $16::text[], $17::bigint[]) AS v (der_key, der_id, owner_id, "
      "type, capacity_kw, latitude_deg, longitude_deg, region_id, stored_status, lifecycle, parameters, registered_at, "
      "updated_at, revision, gateway_id, required_owner, grid_revision)) u "
      "WHERE der.der_key = u.der_key AND der.der_id = u.der_id AND der.revision = u.revision - 1 "
      "AND (u.required_owner IS NULL OR der.owner_id = u.required_owner) "
      "AND (der.capacity_kw = u.capacity_kw OR u.grid_revision = (SELECT coalesce(max(g.revision), 0) FROM grid_record "
      "g WHERE g.der_key = u.der_key)) RETURNING der.der_key"};
  const auto writes = batch.Collect<DerReplace>();
  if (writes.empty()) return;
  DerArrays arrays;
  TextArray required_owners;
  BigintArray grid_revisions;
  for (const auto& write : writes) {
    arrays.Add(write.key, write.row->der());
    required_owners.Add(write.row->required_owner());
    grid_revisions.Add(write.row->grid_revision());
  }
  Params params = arrays.Take();
  params.AddArray(required_owners).AddArray(grid_revisions);
  const auto missing = MarkWritten(writes, transaction.Run(kReplace, params));
  ExplainMissing(transaction, batch, missing, [](const DerReplace& row) { return row.der().der_id; });
}

void WriteDerStatusChanges(Transaction& transaction, Batch& batch) {
  static constexpr Statement kChange{
      "der_status",
      "UPDATE der SET stored_status = u.status, updated_at = u.updated_at, revision = u.revision "
      "FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::timestamptz[], $5::text[]) "
      "AS u (der_key, status, revision, updated_at, required_owner) "
      "WHERE der.der_key = u.der_key AND der.revision = u.revision - 1 "
      "AND (u.required_owner IS NULL OR der.owner_id = u.required_owner) RETURNING der.der_key"};
  const auto writes = batch.Collect<DerStatusChange>();
  if (writes.empty()) return;
  BigintArray keys, revisions;
  SmallintArray statuses;
  TimestampArray updated;
  TextArray required_owners;
  for (const auto& write : writes) {
    keys.Add(write.key);
    statuses.Add(Number(write.row->status()));
    revisions.Add(write.row->new_revision());
    updated.Add(write.row->updated_at());
    required_owners.Add(write.row->required_owner());
  }
  const Rows returned = transaction.Run(
      kChange,
      Params().AddArray(keys).AddArray(statuses).AddArray(revisions).AddArray(updated).AddArray(required_owners));
  const auto missing = MarkWritten(writes, returned);
  ExplainMissing(transaction, batch, missing, [](const DerStatusChange& row) { return row.der_id(); });
}

void WriteMaintenance(Transaction& transaction, Batch& batch) {
  static constexpr Statement kInsert{
      "maintenance_insert",
      "INSERT INTO maintenance (der_key, record_id, der_id, kind, starts_at, ends_at, crew, notes, recorded_by, "
      "recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
  for (const auto& write : batch.Collect<MaintenanceInsert>()) {
    const domain::MaintenanceRecord& record = write.row->record();
    transaction.Run(kInsert, Params()
                                 .Add(write.key)
                                 .Add(record.record_id)
                                 .Add(record.der_id)
                                 .Add(Number(record.kind))
                                 .Add(record.starts_at)
                                 .Add(record.ends_at)
                                 .Add(record.crew)
                                 .Add(record.notes)
                                 .Add(record.recorded_by)
                                 .Add(record.recorded_at));
    write.item->wrote = true;
  }
}

}  // namespace derms::store
