#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "libs/domain/defaults.h"
#include "libs/store/der_row.h"
#include "libs/store/float_array.h"
#include "libs/store/large_read.h"
#include "libs/store/pg_history.h"
#include "libs/store/report_scope.h"

namespace derms::store {
namespace {

// DERs with the same region and availability series share a context, which has a stretch of time of its own: hours of
// all contexts have one key, `hour_at + shift`, that the planner knows to be unique. Of CTEs and of pairs of columns it
// does not, and would hash millions of hours in place of hundreds. OFFSET 0 keeps what is of a DER from being computed
// for each of its hours. $8 to $10: shift in hours by region and series; $11 to $15: the values of shifted hours, NULL
// where unknown.
#define DERMS_CONTEXT_JOIN                                                                       \
  " LEFT JOIN unnest($8::text[], $9::text[], $10::int[]) AS k (region_id, series_id, shift) ON " \
  "k.region_id = d.region_id AND k.series_id = coalesce(d.parameters->>'availability_series_id', '')"
#define DERMS_HOURS_OF(which)                                                                                      \
  "FROM (" DERMS_CHOSEN_ROWS(", k.shift * interval '1 hour' AS shift", DERMS_CONTEXT_JOIN) which                   \
      " OFFSET 0) c JOIN reading_hour r ON r.der_key = c.der_key AND r.hour_at >= $6 AND r.hour_at < $7 "          \
      "JOIN (SELECT u.place, min(u.share) AS share, min(u.export_price) AS export_price, min(u.import_price) "     \
      "AS import_price, min(u.carbon) AS carbon FROM unnest($11::timestamptz[], $12::float8[], $13::float8[], "    \
      "$14::float8[], $15::float8[]) AS u (place, share, export_price, import_price, carbon) GROUP BY u.place) v " \
      "ON v.place = r.hour_at + c.shift GROUP BY c.der_key) "
#define DERMS_HOURS_WITH_VALUES DERMS_HOURS_OF("")

constexpr std::int32_t kHoursOfAContext =
    10'000;  // more than the longest period; 200,000 contexts fit into timestamptz

struct Context {
  std::string region_id;
  std::string availability;  // series; empty: none
};

std::optional<double> ValueAt(const std::map<std::string, std::vector<double>>& values, const std::string& series,
                              std::size_t hour) {
  const auto found = values.find(series);
  if (found == values.end() || std::isnan(found->second[hour])) return std::nullopt;
  return found->second[hour];
}

// $8 to $15 of DERMS_HOURS_WITH_VALUES.
void AddContexts(Params& params, const ReportQuery& query, const std::vector<Context>& contexts,
                 const std::map<std::string, std::vector<double>>& values) {
  std::map<std::string, RegionSeries> of_region;
  for (const RegionSeries& region : query.regions) of_region[region.region_id] = region;
  TextArray regions, availabilities;
  IntegerArray shifts;
  TimestampArray places;
  DoubleArray shares, exports, imports, carbons;
  const auto hour_count =
      static_cast<std::size_t>(absl::Ceil(query.until - query.from, absl::Hours(1)) / absl::Hours(1));
  for (std::size_t c = 0; c < contexts.size(); ++c) {
    const auto shift = static_cast<std::int32_t>(c) * kHoursOfAContext;
    regions.Add(contexts[c].region_id);
    availabilities.Add(contexts[c].availability);
    shifts.Add(shift);
    const RegionSeries& region = of_region[contexts[c].region_id];
    for (std::size_t hour = 0; hour < hour_count; ++hour) {
      places.Add(query.from + (shift + static_cast<std::int64_t>(hour)) * absl::Hours(1));
      const auto export_price = ValueAt(values, region.export_price, hour);
      const auto import_price = ValueAt(values, region.import_price, hour);
      shares.Add(ValueAt(values, contexts[c].availability, hour));
      exports.Add(export_price);
      imports.Add(import_price ? import_price : export_price);
      carbons.Add(ValueAt(values, region.carbon, hour));
    }
  }
  params.AddArray(regions).AddArray(availabilities).AddArray(shifts).AddArray(places);
  params.AddArray(shares).AddArray(exports).AddArray(imports).AddArray(carbons);
}

DerPerformance PerformanceOf(const Rows& rows, std::size_t row) {
  DerPerformance found;
  found.der = DerOf(rows, row);
  domain::PerformanceSums& sums = found.sums;
  int column = kDerColumnCount;
  const auto next = [&] { return rows.MaybeDouble(row, column++).value_or(0); };
  const double capacity_kw = found.der.capacity_kw;
  sums.der_count = 1;
  sums.capacity_kw = capacity_kw;
  sums.online_hours = next() / 3600;
  sums.offline_hours = next() / 3600;
  sums.maintenance_hours = next() / 3600;
  sums.period_hours = sums.online_hours + sums.offline_hours + sums.maintenance_hours;
  sums.available_hours = std::min(next() / 3600, sums.online_hours);
  sums.covered_hours = next() / 3600;
  sums.derated_hours = std::min(next() / 3600, sums.available_hours);
  sums.capacity_period_kwh = capacity_kw * sums.period_hours;
  sums.capacity_available_kwh = capacity_kw * sums.available_hours;
  sums.capacity_covered_kwh = capacity_kw * sums.covered_hours;
  sums.capacity_derated_kwh = capacity_kw * sums.derated_hours;
  sums.generated_kwh = next();
  sums.consumed_kwh = next();
  sums.min_power_kw = rows.MaybeDouble(row, column++);
  sums.max_power_kw = rows.MaybeDouble(row, column++);
  sums.available_kwh = next() * capacity_kw;
  sums.curtailed_kwh = next();
  sums.energy_value_usd = next();
  sums.priced_generated_kwh = next();
  sums.price_of_generated_usd = next();
  sums.priced_hours = next();
  sums.price_sum = next();
  sums.frequency_seconds = next();
  sums.frequency_outside_seconds = next();
  sums.voltage_seconds = next();
  sums.voltage_outside_seconds = next();
  sums.support_kwh = next();
  sums.capacity_deviation_kwh = next() / 3600 * capacity_kw;
  sums.quality_seconds = next();
  sums.valid_seconds = next();
  const auto parameters = domain::EffectiveParametersOf(found.der);
  sums.operating_cost_usd = sums.generated_kwh * (parameters.marginal_cost_usd_per_kwh + parameters.wear_usd_per_kwh);
  return found;
}

DerCarbon CarbonOf(const Rows& rows, std::size_t row) {
  DerCarbon found;
  found.der = DerOf(rows, row);
  int column = kDerColumnCount;
  const auto next = [&] { return rows.MaybeDouble(row, column++).value_or(0); };
  found.generated_kwh = next();
  found.consumed_kwh = next();
  found.covered_hours = next();
  found.known_hours = next();
  found.avoided_kg = next();
  found.drawn_kg = next();
  return found;
}

std::optional<double> Known(double value) {
  if (std::isnan(value)) return std::nullopt;
  return value;
}

// Columns are arrays over the hours of a battery, in no order but the same one; in single precision, which halves the
// time that their digits take.
std::vector<domain::StoredHour> StoredHoursOf(const Rows& rows, std::size_t row) {
  int column = 1;
  const auto next = [&] { return FloatArrayOf(rows.View(row, column++)); };
  const std::vector<double> hour = next(), covered = next(), generated = next(), consumed = next(), carbon = next(),
                            held = next();
  std::vector<domain::StoredHour> hours;
  for (std::size_t i = 0; i < hour.size(); ++i) {
    hours.push_back({.hour = static_cast<int>(hour[i]),
                     .covered_seconds = covered[i],
                     .discharged_kwh = generated[i],
                     .charged_kwh = consumed[i],
                     .grid_kg_per_kwh = Known(carbon[i]),
                     .held_kwh = Known(held[i])});
  }
  std::sort(hours.begin(), hours.end(), [](const auto& a, const auto& b) { return a.hour < b.hour; });
  return hours;
}

// What the batteries among them held. Each hour hangs on the one before, which SQL has no fast word for.
void AddStoredCarbon(Transaction& transaction, const Params& params, std::vector<DerCarbon>& rows) {
  static constexpr Statement kStored{
      "report_stored",
      "SELECT * FROM (SELECT c.der_key, array_agg((extract(epoch FROM r.hour_at - $6) / 3600)::int), "
      "array_agg(r.covered_seconds::int), array_agg(r.generated_kwh::real), array_agg(r.consumed_kwh::real), "
      "array_agg(v.carbon::real), array_agg(r.state_of_charge_kwh::real) " DERMS_HOURS_OF(" AND d.type = 3") "stored"};
  std::map<base::DerKey, DerCarbon*> batteries;
  for (DerCarbon& row : rows) {
    if (row.der.type == domain::DerType::kBattery) batteries.emplace(row.der.key(), &row);
  }
  if (batteries.empty()) return;
  const Rows found = transaction.Run(kStored, params);
  for (std::size_t row = 0; row < found.size(); ++row) {
    const auto battery = batteries.find(found.Int(row, 0));
    if (battery == batteries.end()) continue;
    DerCarbon& of = *battery->second;
    of.stored = domain::AccountStoredHours(domain::EffectiveParametersOf(of.der), StoredHoursOf(found, row));
  }
}

HistorySums StepOf(const Rows& rows, std::size_t row) {
  HistorySums step;
  int column = 0;
  step.starts_at = rows.Micros(row, column++);
  step.der_count = rows.Small(row, column++);
  step.sample_count = rows.Int(row, column++);
  step.covered_hours = rows.Double(row, column++);
  step.generated_kwh = rows.Double(row, column++);
  step.consumed_kwh = rows.Double(row, column++);
  step.min_power_kw = rows.MaybeDouble(row, column++);
  step.max_power_kw = rows.MaybeDouble(row, column++);
  step.state_of_charge_kwh = rows.MaybeDouble(row, column++);
  step.mean_frequency_hz = rows.MaybeDouble(row, column++);
  return step;
}

const char* UnitOf(HistoryStep step) {
  switch (step) {
    case HistoryStep::kHour:
      return "hour";
    case HistoryStep::kDay:
      return "day";
    case HistoryStep::kMonth:
      return "month";
  }
  return "";
}

// Spans of one stored status: from the changes in the period, the one before it and, for a DER that no event has told
// of yet, what its row says. A DER that was ONLINE throughout is available while it is covered; for the others each
// hour is looked at.
#define DERMS_STATES                                                                                                   \
  "changes AS (SELECT c.der_key, s.changed_at, s.status FROM chosen c JOIN status_change s ON s.der_key = c.der_key "  \
  "AND s.changed_at >= $6 AND s.changed_at < $7 "                                                                      \
  "UNION ALL SELECT c.der_key, $6, s.status FROM chosen c CROSS JOIN LATERAL (SELECT b.status FROM status_change b "   \
  "WHERE b.der_key = c.der_key AND b.changed_at < $6 ORDER BY b.changed_at DESC LIMIT 1) s "                           \
  "UNION ALL SELECT c.der_key, greatest(c.registered_at, $6), CASE c.lifecycle WHEN 1 THEN c.stored_status ELSE 0 "    \
  "END "                                                                                                               \
  "FROM chosen c WHERE c.registered_at < $7 AND NOT EXISTS (SELECT 1 FROM status_change s WHERE s.der_key = "          \
  "c.der_key)), "                                                                                                      \
  "spans AS MATERIALIZED (SELECT der_key, status, changed_at AS starts_at, coalesce(lead(changed_at) OVER (PARTITION " \
  "BY der_key ORDER BY changed_at), $7) AS ends_at FROM changes), "                                                    \
  "states AS MATERIALIZED (SELECT der_key, min(starts_at) AS begins_at, bool_and(status = 2) AS always_online, "       \
  "sum(extract(epoch FROM ends_at - starts_at)::float8) FILTER (WHERE status = 2) AS online, "                         \
  "sum(extract(epoch FROM ends_at - starts_at)::float8) FILTER (WHERE status = 1) AS offline, "                        \
  "sum(extract(epoch FROM ends_at - starts_at)::float8) FILTER (WHERE status = 3) AS maintenance "                     \
  "FROM spans GROUP BY der_key), "                                                                                     \
  "partly AS (SELECT s.der_key, sum(least(r.covered_seconds, extract(epoch FROM least(s.ends_at, r.hour_at + "         \
  "interval '1 hour') - greatest(s.starts_at, r.hour_at))::float8)) AS available FROM states t JOIN spans s "          \
  "ON s.der_key = t.der_key AND s.status = 2 JOIN reading_hour r ON r.der_key = s.der_key "                            \
  "AND r.hour_at > s.starts_at - interval '1 hour' AND r.hour_at < s.ends_at WHERE NOT t.always_online "               \
  "GROUP BY s.der_key)"

// What settings leave of the rated power: a configured rating below it, from its record to the next one. The condition
// is that of an index, which few records are in. One that held throughout for a DER that was always ONLINE needs no
// look at the hours; of the others, which are few, the hours are read by their key.
#define DERMS_RATING "(g.settings #>> '{ratings,p_max_kw}')::double precision"
#define DERMS_DERATED                                                                                                  \
  "ratings AS MATERIALIZED (SELECT c.der_key, 1 - " DERMS_RATING                                                       \
  " / c.capacity_kw AS share, g.put_at AS starts_at, coalesce((SELECT n.put_at FROM grid_record n WHERE n.der_key = "  \
  "g.der_key AND n.revision = g.revision + 1), $7) AS ends_at FROM chosen c JOIN grid_record g ON g.der_key = "        \
  "c.der_key WHERE " DERMS_RATING " > 0 AND " DERMS_RATING                                                             \
  " < c.capacity_kw AND g.put_at < $7), "                                                                              \
  "rated AS MATERIALIZED (SELECT g.*, t.always_online AND g.starts_at <= t.begins_at AND g.ends_at >= $7 AS "          \
  "throughout FROM ratings g JOIN states t ON t.der_key = g.der_key), "                                                \
  "derated AS (SELECT s.der_key, sum(s.share * h.seconds) AS seconds FROM (SELECT o.der_key, g.share, "                \
  "greatest(o.starts_at, g.starts_at) AS starts_at, least(o.ends_at, g.ends_at) AS ends_at FROM rated g JOIN spans o " \
  "ON o.der_key = g.der_key AND o.status = 2 WHERE NOT g.throughout) s CROSS JOIN LATERAL (SELECT "                    \
  "sum(least(r.covered_seconds, extract(epoch FROM least(s.ends_at, r.hour_at + interval '1 hour') - "                 \
  "greatest(s.starts_at, r.hour_at))::float8)) AS seconds FROM reading_hour r WHERE r.der_key = s.der_key AND "        \
  "r.hour_at > s.starts_at - interval '1 hour' AND r.hour_at < s.ends_at) h WHERE s.starts_at < s.ends_at GROUP BY "   \
  "s.der_key)"

}  // namespace

absl::StatusOr<Params> PgHistory::ParamsWithValues(const ReportQuery& query, std::string_view after_der_id,
                                                   std::size_t limit, absl::Time deadline) const {
  static constexpr Statement kContexts{
      "report_contexts",
      "SELECT region_id, series_id, max(max(der_id)) OVER () FROM (SELECT d.der_id, d.region_id, "
      "coalesce(d.parameters->>'availability_series_id', '') AS series_id FROM der d WHERE " DERMS_SCOPE
      " ORDER BY d.der_id LIMIT $5::bigint) page GROUP BY region_id, series_id"};
  std::vector<Context> contexts;
  std::string last_der_id(after_der_id);
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kContexts, ScopeParams(query, after_der_id).Add(limit));
    contexts.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      contexts.push_back({rows.Text(row, 0), rows.Text(row, 1)});
      last_der_id = rows.Text(row, 2);
    }
  });
  if (!status.ok()) return status;
  std::set<std::string> names;
  for (const Context& context : contexts) names.insert(context.availability);
  for (const RegionSeries& region : query.regions)
    names.insert({region.export_price, region.import_price, region.carbon});
  names.erase("");
  std::map<std::string, std::vector<double>> values;
  const absl::Time from = query.from - absl::Hours(24);  // a value may be as long as a day
  const auto pieces = queries_.LoadSeries({names.begin(), names.end()}, from, query.until, deadline);
  if (!pieces.ok()) return pieces.status();
  for (const domain::SeriesPiece& piece : *pieces) {
    values[piece.series_id] = domain::HourMeans(piece, query.from, query.until);
  }
  Params params = ScopeParams(query, after_der_id);
  params.Add(last_der_id).Add(query.from).Add(query.until);
  AddContexts(params, query, contexts, values);
  return params;
}

absl::StatusOr<std::vector<DerPerformance>> PgHistory::Performance(const ReportQuery& query,
                                                                   std::string_view after_der_id, std::size_t limit,
                                                                   absl::Time deadline) {
  static constexpr Statement kPerformance{
      "report_performance",
      "WITH " DERMS_CHOSEN ", " DERMS_STATES ", " DERMS_DERATED
      ", hours AS MATERIALIZED (SELECT c.der_key, sum(r.covered_seconds) AS covered, sum(r.generated_kwh) AS "
      "generated, "
      "sum(r.consumed_kwh) AS consumed, min(r.min_power_kw) AS least, max(r.max_power_kw) AS most, "
      "sum(v.share * r.covered_seconds) / 3600 AS share_hours, "
      "sum(greatest(0, v.share * r.covered_seconds / 3600 * c.capacity_kw - r.generated_kwh)) AS curtailed, "
      "sum(r.generated_kwh * v.export_price - r.consumed_kwh * v.import_price) AS energy_value, "
      "sum(r.generated_kwh) FILTER (WHERE v.export_price IS NOT NULL) AS priced_generated, "
      "sum(r.generated_kwh * v.export_price) AS price_of_generated, "
      "sum(r.covered_seconds) FILTER (WHERE v.export_price IS NOT NULL) / 3600 AS priced_hours, "
      "sum(r.covered_seconds * v.export_price) / 3600 AS price_sum, sum(r.frequency_seconds) AS frequency, "
      "sum(r.frequency_outside_seconds) AS frequency_outside, "
      "sum(r.voltage_seconds) FILTER (WHERE r.voltage_outside_seconds IS NOT NULL) AS voltage, "
      "sum(r.voltage_outside_seconds) AS voltage_outside, sum(r.support_kwh) AS support, "
      "sum(r.deviation_seconds) AS deviation, sum(r.reported_seconds) AS quality, sum(r.valid_seconds) AS "
      "valid " DERMS_HOURS_WITH_VALUES "SELECT " DERMS_DER_COLUMNS
      ", s.online, s.offline, s.maintenance, CASE WHEN s.always_online THEN h.covered ELSE y.available END, h.covered, "
      "coalesce(w.share * h.covered, e.seconds), h.generated, h.consumed, h.least, h.most, h.share_hours, h.curtailed, "
      "h.energy_value, h.priced_generated, h.price_of_generated, h.priced_hours, h.price_sum, h.frequency, "
      "h.frequency_outside, h.voltage, "
      "h.voltage_outside, h.support, h.deviation, h.quality, h.valid "
      "FROM chosen d LEFT JOIN states s USING (der_key) LEFT JOIN partly y USING (der_key) "
      "LEFT JOIN derated e USING (der_key) LEFT JOIN rated w ON w.der_key = d.der_key AND w.throughout LEFT JOIN hours "
      "h ON h.der_key = d.der_key ORDER BY d.der_id"};
  const auto params = ParamsWithValues(query, after_der_id, limit, deadline);
  if (!params.ok()) return params.status();
  return ReadLarge<DerPerformance>(
      pool_, deadline, kPerformance, [&] { return *params; }, PerformanceOf);
}

absl::StatusOr<std::vector<DerCarbon>> PgHistory::Carbon(const ReportQuery& query, std::string_view after_der_id,
                                                         std::size_t limit, absl::Time deadline) {
  static constexpr Statement kCarbon{
      "report_carbon",
      "WITH " DERMS_CHOSEN
      ", hours AS MATERIALIZED (SELECT c.der_key, sum(r.generated_kwh) AS generated, sum(r.consumed_kwh) AS consumed, "
      "sum(r.covered_seconds) / 3600 AS covered, sum(r.covered_seconds) FILTER (WHERE v.carbon IS NOT NULL) / 3600 AS "
      "known, sum(r.generated_kwh * v.carbon) AS avoided, sum(r.consumed_kwh * v.carbon) AS "
      "drawn " DERMS_HOURS_WITH_VALUES "SELECT " DERMS_DER_COLUMNS
      ", h.generated, h.consumed, h.covered, h.known, h.avoided, h.drawn FROM chosen d LEFT JOIN hours h "
      "USING (der_key) ORDER BY d.der_id"};
  const auto params = ParamsWithValues(query, after_der_id, limit, deadline);
  if (!params.ok()) return params.status();
  std::vector<DerCarbon> found;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    PlanEachTime(transaction);
    const Rows rows = transaction.Run(kCarbon, *params);
    found.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(CarbonOf(rows, row));
    AddStoredCarbon(transaction, *params, found);
  });
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<std::vector<HistorySums>> PgHistory::Steps(const ReportQuery& query, HistoryStep step, absl::Time after,
                                                          std::size_t limit, absl::Time deadline) {
  static constexpr Statement kSteps{
      "report_steps",
      "WITH by_hour AS (SELECT r.hour_at, count(*) AS ders, sum(r.sample_count) AS samples, sum(r.covered_seconds) AS "
      "covered, sum(r.generated_kwh) AS generated, sum(r.consumed_kwh) AS consumed, min(r.min_power_kw) AS least, "
      "max(r.max_power_kw) AS most, sum(r.state_of_charge_kwh) AS charge, sum(r.mean_frequency_hz * "
      "r.frequency_seconds) AS frequency_sum, sum(r.frequency_seconds) AS frequency_seconds "
"FROM (" DERMS_CHOSEN_ROWS("", "") ") c JOIN reading_hour r "
      "ON r.der_key = c.der_key AND r.hour_at >= $6 AND r.hour_at < $7 GROUP BY r.hour_at), "
      "by_step AS (SELECT date_trunc($8, hour_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS starts_at, * FROM by_hour) "
      "SELECT (extract(epoch FROM starts_at) * 1000000)::bigint, max(ders), sum(samples)::bigint, sum(covered) / 3600, "
      "sum(generated), sum(consumed), min(least), max(most), (array_agg(charge ORDER BY hour_at DESC))[1], "
      "sum(frequency_sum) / nullif(sum(frequency_seconds), 0) FROM by_step WHERE starts_at > $9::timestamptz "
      "GROUP BY starts_at ORDER BY starts_at LIMIT $10"};
  const auto params = [&] {
    Params of = ScopeParams(query, "");
    of.AddNull().Add(query.from).Add(query.until).Add(UnitOf(step)).Add(after).Add(limit);
    return of;
  };
  return ReadLarge<HistorySums>(pool_, deadline, kSteps, params, StepOf);
}

}  // namespace derms::store
