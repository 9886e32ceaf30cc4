// How the read model is filled and kept: the whole fleet at start, changed rows after.
#include <set>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "libs/store/der_row.h"
#include "libs/store/memory_read_model.h"
#include "libs/store/order_row.h"

namespace derms::store {
namespace {

constexpr std::size_t kRowsPerPage = 50'000;  // rows of one statement while loading
constexpr absl::Duration kQueryTimeout = absl::Seconds(10);
constexpr absl::Duration kRetryPause = absl::Milliseconds(200);
constexpr absl::Duration kReadingPause = absl::Milliseconds(500);

domain::Region RegionOf(const Rows& rows, std::size_t i) {
  return {.region_id = rows.Text(i, 0),
          .parent_region_id = rows.Text(i, 1),
          .display_name = rows.Text(i, 2),
          .import_limit_kw = rows.MaybeDouble(i, 3),
          .export_limit_kw = rows.MaybeDouble(i, 4),
          .load_series_id = rows.Text(i, 5),
          .import_price_series_id = rows.Text(i, 6),
          .export_price_series_id = rows.Text(i, 7),
          .carbon_series_id = rows.Text(i, 8),
          .revision = rows.Int(i, 9)};
}

std::vector<domain::Region> ReadRegions(Transaction& transaction) {
  static constexpr Statement kRegions{
      "model_regions",
      "SELECT region_id, parent_region_id, display_name, import_limit_kw, export_limit_kw, load_series_id, "
      "import_price_series_id, export_price_series_id, carbon_series_id, revision FROM region"};
  const Rows rows = transaction.Run(kRegions, Params());
  std::vector<domain::Region> regions;
  for (std::size_t i = 0; i < rows.size(); ++i) regions.push_back(RegionOf(rows, i));
  return regions;
}

std::vector<domain::CapacityRule> ReadRules(Transaction& transaction) {
  static constexpr Statement kRules{"model_rules",
                                    "SELECT type, min_kw, max_kw, usual_min_kw, usual_max_kw FROM capacity_rule"};
  const Rows rows = transaction.Run(kRules, Params());
  std::vector<domain::CapacityRule> rules;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rules.push_back({static_cast<domain::DerType>(rows.Small(i, 0)), rows.Double(i, 1), rows.Double(i, 2),
                     rows.Double(i, 3), rows.Double(i, 4)});
  }
  return rules;
}

// Orders in force, and those named: an order that ended must be forgotten.
std::vector<domain::EmergencyOrder> ReadOrders(Transaction& transaction, const std::set<std::string>& named) {
  static constexpr Statement kOrders{"model_orders",
                                     "SELECT " DERMS_ORDER_COLUMNS
                                     " FROM emergency_order o WHERE o.state = 1 OR o.emergency_id = ANY ($1::text[])"};
  const std::vector<std::string> ids(named.begin(), named.end());
  const Rows rows = transaction.Run(kOrders, Params().Add(ArrayOf(ids)));
  std::vector<domain::EmergencyOrder> orders;
  for (std::size_t i = 0; i < rows.size(); ++i) orders.push_back(OrderOf(rows, i));
  return orders;
}

struct Coverage {
  base::DerKey der;
  absl::Time from, until;
};

// Coverage by applied runs that are not over: of all of them, or of the runs named.
std::vector<Coverage> ReadCoverage(Transaction& transaction, const std::optional<std::set<std::string>>& runs) {
  static constexpr Statement kCoverage{
      "model_coverage",
      "SELECT s.der_key, (extract(epoch FROM n.starts_at) * 1000000)::bigint, "
      "(extract(epoch FROM n.ends_at) * 1000000)::bigint FROM optimization_run n JOIN schedule s USING (run_id) "
      "WHERE n.applied AND n.ends_at > now() AND ($1::text[] IS NULL OR n.run_id = ANY ($1))"};
  std::optional<std::string> ids;
  if (runs) ids = ArrayOf(std::vector<std::string>(runs->begin(), runs->end()));
  const Rows rows = transaction.Run(kCoverage, Params().Add(ids));
  std::vector<Coverage> coverage;
  for (std::size_t i = 0; i < rows.size(); ++i)
    coverage.push_back({rows.Int(i, 0), rows.Micros(i, 1), rows.Micros(i, 2)});
  return coverage;
}

std::vector<domain::Der> ReadDers(Transaction& transaction, const std::set<std::string>& der_ids) {
  static constexpr Statement kDers{"model_ders",
                                   "SELECT " DERMS_DER_COLUMNS " FROM der d WHERE d.der_key = ANY ($1::bigint[])"};
  std::vector<std::int64_t> keys;
  for (const std::string& id : der_ids) keys.push_back(base::DerKeyOf(id));
  const Rows rows = transaction.Run(kDers, Params().Add(ArrayOf(keys)));
  std::vector<domain::Der> ders;
  for (std::size_t i = 0; i < rows.size(); ++i) ders.push_back(DerOf(rows, i));
  return ders;
}

}  // namespace

absl::StatusOr<std::int64_t> MemoryReadModel::Load(absl::Time deadline) {
  static constexpr Statement kHead{"model_head", "SELECT coalesce(max(seq), 0) FROM event_chain"};
  static constexpr Statement kXmin{"model_xmin", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"};
  std::int64_t sequence = 0;
  std::string xmin;
  const absl::Status status = pool_.Run(Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
    sequence = transaction.Run(kHead, Params()).Int(0, 0);
    xmin = transaction.Run(kXmin, Params()).Text(0, 0);
    LoadFleet(transaction);
    LoadReadings(transaction);
  });
  if (!status.ok()) return status;
  reading_xid_ = xmin;
  heard_at_us_ = absl::ToUnixMicros(absl::Now());
  loop_ = std::make_unique<BackgroundLoop>([this] { return FollowReadings(); });
  return sequence;
}

void MemoryReadModel::LoadFleet(Transaction& transaction) {
  static constexpr Statement kPage{"model_der_page", "SELECT " DERMS_DER_COLUMNS
                                                     ", d.der_key FROM der d WHERE d.der_key >= $1 "
                                                     "ORDER BY d.der_key LIMIT $2"};
  constexpr int kKeyColumn = 13;
  const auto regions = ReadRegions(transaction);
  const auto rules = ReadRules(transaction);
  const auto orders = ReadOrders(transaction, {});
  const auto coverage = ReadCoverage(transaction, std::nullopt);
  {
    absl::MutexLock lock(&mutex_);
    fleet_.SetRegions(regions);
    for (const auto& rule : rules) fleet_.PutRule(rule);
    for (const auto& order : orders) fleet_.PutOrder(order);
    for (const Coverage& each : coverage) fleet_.Cover(each.der, each.from, each.until, clock_.Now());
  }
  std::int64_t from_key = INT64_MIN;
  while (true) {
    const Rows rows = transaction.Run(kPage, Params().Add(from_key).Add(kRowsPerPage));
    absl::MutexLock lock(&mutex_);
    for (std::size_t i = 0; i < rows.size(); ++i) fleet_.PutDer(DerOf(rows, i));
    if (rows.size() < kRowsPerPage) return;
    from_key = rows.Int(rows.size() - 1, kKeyColumn) + 1;
  }
}

void MemoryReadModel::LoadReadings(Transaction& transaction) {
  static constexpr Statement kPage{"model_reading_page", "SELECT " DERMS_READING_COLUMNS
                                                         ", r.der_key FROM latest_reading r WHERE r.der_key >= $1 "
                                                         "ORDER BY r.der_key LIMIT $2"};
  constexpr int kKeyColumn = 8;
  std::int64_t from_key = INT64_MIN;
  while (true) {
    const Rows rows = transaction.Run(kPage, Params().Add(from_key).Add(kRowsPerPage));
    absl::MutexLock lock(&mutex_);
    for (std::size_t i = 0; i < rows.size(); ++i) fleet_.PutReading(ReadingOf(rows, i));
    if (rows.size() < kRowsPerPage) return;
    from_key = rows.Int(rows.size() - 1, kKeyColumn) + 1;
  }
}

void MemoryReadModel::OnEvents(const std::vector<domain::Event>& events) {
  // The chain moves on only when the rows are in memory: a reader who waits for a sequence number sees them.
  while (!stopped_) {
    const absl::Status status =
        pool_.Read(absl::Now() + kQueryTimeout, [&](Transaction& transaction) { ReloadTouched(transaction, events); });
    if (status.ok()) return;
    absl::SleepFor(kRetryPause);
  }
}

void MemoryReadModel::ReloadTouched(Transaction& transaction, const std::vector<domain::Event>& events) {
  std::set<std::string> ders, orders, runs;
  bool regions_changed = false, rules_changed = false;
  for (const domain::Event& event : events) {
    switch (event.type) {
      case domain::EventType::kResourcesOptimized:
        runs.insert(event.resource_id.value_or(""));
        break;
      case domain::EventType::kEmergencyAllocation:
      case domain::EventType::kEmergencyEnded:
        orders.insert(event.resource_id.value_or(""));
        break;
      case domain::EventType::kRegionPut:
        regions_changed = true;
        break;
      case domain::EventType::kCapacityRulePut:
        rules_changed = true;
        break;
      default:
        if (!event.der_id || !event.revision) break;
        const auto known = FindDer(*event.der_id);
        if (known == nullptr || known->revision < *event.revision) ders.insert(*event.der_id);
    }
  }
  const auto new_ders = ders.empty() ? std::vector<domain::Der>() : ReadDers(transaction, ders);
  const auto new_orders = orders.empty() ? std::vector<domain::EmergencyOrder>() : ReadOrders(transaction, orders);
  const auto new_coverage = runs.empty() ? std::vector<Coverage>() : ReadCoverage(transaction, runs);
  const auto new_regions = regions_changed ? ReadRegions(transaction) : std::vector<domain::Region>();
  const auto new_rules = rules_changed ? ReadRules(transaction) : std::vector<domain::CapacityRule>();
  absl::MutexLock lock(&mutex_);
  for (const auto& region : new_regions) fleet_.PutRegion(region);
  for (const auto& rule : new_rules) fleet_.PutRule(rule);
  for (const auto& der : new_ders) fleet_.PutDer(der);
  for (const auto& order : new_orders) fleet_.PutOrder(order);
  for (const Coverage& each : new_coverage) fleet_.Cover(each.der, each.from, each.until, clock_.Now());
}

// Readings make no events; each committed batch leaves a marker with the keys it wrote.
absl::Duration MemoryReadModel::FollowReadings() {
  static constexpr Statement kMarkers{
      "model_markers",
      "SELECT max(m.xid)::text, pg_snapshot_xmin(pg_current_snapshot())::text FROM batch_marker m "
      "WHERE m.xid >= $1::xid8 AND m.xid < pg_snapshot_xmin(pg_current_snapshot())"};
  static constexpr Statement kReadings{
      "model_new_readings",
      "SELECT " DERMS_READING_COLUMNS
      " FROM latest_reading r WHERE r.der_key IN "
      "(SELECT unnest(m.reading_keys) FROM batch_marker m WHERE m.xid >= $1::xid8 AND m.xid < $2::xid8)"};
  std::string next = reading_xid_;
  const absl::Status status = pool_.Read(absl::Now() + kQueryTimeout, [&](Transaction& transaction) {
    const Rows markers = transaction.Run(kMarkers, Params().Add(reading_xid_));
    next = markers.Text(0, 1);
    if (markers.IsNull(0, 0)) return;
    const Rows rows = transaction.Run(kReadings, Params().Add(reading_xid_).Add(next));
    absl::MutexLock lock(&mutex_);
    for (std::size_t i = 0; i < rows.size(); ++i) fleet_.PutReading(ReadingOf(rows, i));
  });
  if (!status.ok()) return kReadingPause;
  reading_xid_ = next;
  heard_at_us_ = absl::ToUnixMicros(absl::Now());
  return kReadingPause;
}

}  // namespace derms::store
