#include "libs/store/fleet_loader.h"

#include <algorithm>

#include "libs/store/copy_reader.h"
#include "libs/store/der_row.h"
#include "libs/store/order_row.h"

namespace derms::store {
namespace {

constexpr int kMarkersPerRead = 500;

domain::Der DerOf(CopyRow& row) {
  domain::Der der;
  der.der_id = row.Text();
  der.owner_id = row.Text();
  der.type = static_cast<domain::DerType>(row.Small());
  der.capacity_kw = row.Double();
  der.latitude_deg = row.Double();
  der.longitude_deg = row.Double();
  der.region_id = row.Text();
  der.stored_status = static_cast<domain::DerStatus>(row.Small());
  der.lifecycle = static_cast<domain::Lifecycle>(row.Small());
  der.parameters = ParametersOf(row.Text());
  der.registered_at = row.Timestamp();
  der.updated_at = row.Timestamp();
  der.revision = row.Int();
  der.gateway_id = row.Text();
  return der;
}

domain::Reading ReadingOf(CopyRow& row) {
  domain::Reading reading;
  reading.der_id = row.Text();
  reading.measured_at = row.Timestamp();
  reading.power_kw = row.MaybeDouble();
  reading.reactive_power_kvar = row.MaybeDouble();
  reading.voltage_v = row.MaybeDouble();
  reading.frequency_hz = row.MaybeDouble();
  reading.state_of_charge_kwh = row.MaybeDouble();
  reading.quality = static_cast<domain::ReadingQuality>(row.Small());
  return reading;
}

domain::Region RegionOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::Region region;
  region.region_id = rows.Text(row, column++);
  region.parent_region_id = rows.Text(row, column++);
  region.display_name = rows.Text(row, column++);
  region.import_limit_kw = rows.MaybeDouble(row, column++);
  region.export_limit_kw = rows.MaybeDouble(row, column++);
  region.load_series_id = rows.Text(row, column++);
  region.import_price_series_id = rows.Text(row, column++);
  region.export_price_series_id = rows.Text(row, column++);
  region.carbon_series_id = rows.Text(row, column++);
  region.revision = rows.Int(row, column++);
  return region;
}

std::vector<base::DerKey> KeysOfRun(Transaction& transaction, const std::string& run_id) {
  static constexpr Statement kKeys{"window_keys", "SELECT der_key FROM schedule WHERE run_id = $1 ORDER BY der_key"};
  const Rows rows = transaction.Run(kKeys, Params().Add(run_id));
  std::vector<base::DerKey> keys;
  keys.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) keys.push_back(rows.Int(row, 0));
  return keys;
}

}  // namespace

absl::Status FleetLoader::AllDers(const std::function<void(domain::Der)>& each) const {
  return CopyOut(
      connect_,
      "SELECT der_id, owner_id, type, capacity_kw, latitude_deg, longitude_deg, region_id, stored_status, "
      "lifecycle, parameters::text, registered_at, updated_at, revision, gateway_id FROM der ORDER BY der_id",
      [&](CopyRow& row) { each(DerOf(row)); });
}

absl::Status FleetLoader::AllReadings(const std::function<void(domain::Reading)>& each) const {
  return CopyOut(connect_,
                 "SELECT der_id, measured_at, power_kw, reactive_power_kvar, voltage_v, frequency_hz, "
                 "state_of_charge_kwh, quality FROM latest_reading",
                 [&](CopyRow& row) { each(ReadingOf(row)); });
}

absl::StatusOr<std::vector<domain::Region>> FleetLoader::Regions(absl::Time deadline) const {
  static constexpr Statement kRegions{
      "regions",
      "SELECT region_id, parent_region_id, display_name, import_limit_kw, export_limit_kw, load_series_id, "
      "import_price_series_id, export_price_series_id, carbon_series_id, revision FROM region"};
  std::vector<domain::Region> regions;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kRegions, Params());
    regions.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) regions.push_back(RegionOf(rows, row));
  });
  if (!status.ok()) return status;
  return regions;
}

absl::StatusOr<std::vector<domain::CapacityRule>> FleetLoader::CapacityRules(absl::Time deadline) const {
  static constexpr Statement kRules{
      "capacity_rules", "SELECT type, min_kw, max_kw, usual_min_kw, usual_max_kw FROM capacity_rule ORDER BY type"};
  std::vector<domain::CapacityRule> rules;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kRules, Params());
    rules.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      rules.push_back({static_cast<domain::DerType>(rows.Small(row, 0)), rows.Double(row, 1), rows.Double(row, 2),
                       rows.Double(row, 3), rows.Double(row, 4)});
    }
  });
  if (!status.ok()) return status;
  return rules;
}

absl::StatusOr<std::int64_t> FleetLoader::LastOrderNumber(absl::Time deadline) const {
  static constexpr Statement kLast{"last_order_number", "SELECT last_number FROM emergency_bank WHERE one"};
  std::int64_t number = 0;
  const absl::Status status =
      pool_.Read(deadline, [&](Transaction& transaction) { number = transaction.Run(kLast, Params()).Int(0, 0); });
  if (!status.ok()) return status;
  return number;
}

absl::StatusOr<std::vector<domain::EmergencyOrder>> FleetLoader::HoldingOrders(std::int64_t after_number,
                                                                               std::size_t limit,
                                                                               absl::Time deadline) const {
  static constexpr Statement kHolding{"holding_orders",
                                      "SELECT " DERMS_ORDER_COLUMNS
                                      " FROM emergency_order o WHERE o.holds_until > now() AND o.number > $1 "
                                      "ORDER BY o.number LIMIT $2"};
  std::vector<domain::EmergencyOrder> orders;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kHolding, Params().Add(after_number).Add(limit));
    orders.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) orders.push_back(OrderOf(rows, row));
  });
  if (!status.ok()) return status;
  return orders;
}

absl::StatusOr<std::vector<ScheduleWindow>> FleetLoader::Windows(std::optional<std::string> run_id,
                                                                 absl::Time deadline) const {
  static constexpr Statement kWindows{
      "windows",
      "SELECT run_id, (extract(epoch FROM starts_at) * 1000000)::bigint, "
      "(extract(epoch FROM ends_at) * 1000000)::bigint FROM optimization_run WHERE applied AND ends_at > now() "
      "AND ($1::text IS NULL OR run_id = $1)"};
  std::vector<ScheduleWindow> windows;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kWindows, Params().Add(run_id));
    windows.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const std::string id = rows.Text(row, 0);
      windows.push_back({id, rows.Micros(row, 1), rows.Micros(row, 2), KeysOfRun(transaction, id)});
    }
  });
  if (!status.ok()) return status;
  return windows;
}

absl::StatusOr<std::vector<domain::Reading>> FleetLoader::Readings(const std::vector<base::DerKey>& keys,
                                                                   absl::Time deadline) const {
  static constexpr Statement kReadings{
      "readings_by_key", "SELECT " DERMS_READING_COLUMNS " FROM latest_reading r WHERE r.der_key = ANY ($1::bigint[])"};
  std::vector<domain::Reading> readings;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kReadings, Params().AddArray(BigintArray(keys)));
    readings.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) readings.push_back(store::ReadingOf(rows, row));
  });
  if (!status.ok()) return status;
  return readings;
}

absl::StatusOr<std::string> FleetLoader::ReadingCursor(absl::Time deadline) const {
  static constexpr Statement kCursor{"reading_cursor",
                                     "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text"};
  std::string cursor;
  const absl::Status status =
      pool_.Read(deadline, [&](Transaction& transaction) { cursor = transaction.Run(kCursor, Params()).Text(0, 0); });
  if (!status.ok()) return status;
  return cursor;
}

absl::StatusOr<FleetLoader::NewReadings> FleetLoader::ReadingsAfter(const std::string& xid,
                                                                    const std::string& without_writer,
                                                                    absl::Time deadline) const {
  static constexpr Statement kMarkers{
      "reading_markers",
      "WITH m AS (SELECT xid, writer, reading_keys FROM batch_marker WHERE xid > $1::xid8 "
      "AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid LIMIT $3) "
      "SELECT m.xid::text, k FROM m LEFT JOIN LATERAL unnest(m.reading_keys) AS k ON m.writer <> $2 ORDER BY m.xid"};
  NewReadings found;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kMarkers, Params().Add(xid).Add(without_writer).Add(kMarkersPerRead));
    found = {{}, rows.empty() ? xid : rows.Text(rows.size() - 1, 0)};
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (const auto key = rows.MaybeInt(row, 1)) found.der_keys.push_back(*key);
    }
  });
  if (!status.ok()) return status;
  std::sort(found.der_keys.begin(), found.der_keys.end());
  found.der_keys.erase(std::unique(found.der_keys.begin(), found.der_keys.end()), found.der_keys.end());
  return found;
}

}  // namespace derms::store
