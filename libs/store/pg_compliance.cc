#include <algorithm>
#include <utility>

#include "libs/store/compliance_rows.h"
#include "libs/store/der_row.h"
#include "libs/store/grid_record_row.h"
#include "libs/store/large_read.h"
#include "libs/store/pg_history.h"
#include "libs/store/report_scope.h"

namespace derms::store {
namespace {

// DERs of which something was found in the period; $8 false: all.
#define DERMS_FOUND_ONLY                                                                                          \
  "(NOT $8::boolean OR EXISTS (SELECT 1 FROM compliance_finding x WHERE x.der_key = d.der_key AND x.until >= $6 " \
  "AND x.since < $7))"

#define DERMS_CHOSEN_FOUND "chosen AS MATERIALIZED (" DERMS_CHOSEN_ROWS("", "") " AND " DERMS_FOUND_ONLY ")"

DerCompliance ComplianceOf(const Rows& rows, std::size_t row) {
  DerCompliance found;
  found.der = DerOf(rows, row);
  int column = kDerColumnCount;
  const auto count = [&] { return static_cast<std::int32_t>(rows.MaybeInt(row, column++).value_or(0)); };
  found.counts.judged = count();
  found.counts.not_judged = count();
  found.counts.reactive_judged = count();
  found.counts.active_outside = count();
  found.counts.reactive_outside = count();
  found.finding_count = count();
  if (!rows.IsNull(row, column)) found.record = GridRecordOf(rows, row, column);
  column += kGridRecordColumnCount;
  if (!rows.IsNull(row, column)) found.worst = FindingOf(rows, row, column);
  return found;
}

}  // namespace

absl::StatusOr<std::vector<DerCompliance>> PgHistory::Compliance(const ReportQuery& query, bool with_findings_only,
                                                                 std::string_view after_der_id, std::size_t limit,
                                                                 absl::Time deadline) {
  static constexpr Statement kLast{"compliance_last",
                                   "SELECT max(der_id) FROM (SELECT d.der_id FROM der d WHERE " DERMS_SCOPE
                                   " AND " DERMS_FOUND_ONLY
                                   " AND $6::timestamptz < $7::timestamptz ORDER BY d.der_id LIMIT $5::bigint) p"};
  static constexpr Statement kCompliance{
      "report_compliance",
      "WITH " DERMS_CHOSEN_FOUND
      ", sums AS MATERIALIZED (SELECT c.der_key, sum(h.judged) AS judged, sum(h.not_judged) AS not_judged, "
      "sum(h.reactive_judged) AS reactive_judged, sum(h.active_outside) AS active_outside, "
      "sum(h.reactive_outside) AS reactive_outside FROM chosen c JOIN compliance_hour h ON h.der_key = c.der_key AND "
      "h.hour_at >= $6 AND h.hour_at < $7 GROUP BY c.der_key), "
      "found AS MATERIALIZED (SELECT f.*, count(*) OVER (PARTITION BY f.der_key) AS finding_count, row_number() OVER "
      "(PARTITION BY f.der_key ORDER BY f.beyond_share DESC, f.since, f.response) AS place FROM chosen c JOIN "
      "compliance_finding f ON f.der_key = c.der_key AND f.until >= $6 AND f.since < $7) "
      "SELECT " DERMS_DER_COLUMNS
      ", s.judged, s.not_judged, s.reactive_judged, s.active_outside, s.reactive_outside, "
      "f.finding_count, " DERMS_GRID_RECORD_COLUMNS ", " DERMS_FINDING_COLUMNS
      " FROM chosen d LEFT JOIN sums s ON s.der_key = d.der_key LEFT JOIN found f ON f.der_key = d.der_key AND "
      "f.place = 1 LEFT JOIN LATERAL (SELECT r.* FROM grid_record r WHERE r.der_key = d.der_key ORDER BY r.revision "
      "DESC LIMIT 1) g ON true ORDER BY d.der_id"};
  std::vector<DerCompliance> found;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    found.clear();
    PlanEachTime(transaction);
    Params page = ScopeParams(query, after_der_id);
    page.Add(limit).Add(query.from).Add(query.until).Add(with_findings_only);
    const Rows last = transaction.Run(kLast, page);
    if (last.IsNull(0, 0)) return;
    Params params = ScopeParams(query, after_der_id);
    params.Add(last.View(0, 0)).Add(query.from).Add(query.until).Add(with_findings_only);
    const Rows rows = transaction.Run(kCompliance, params);
    found.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(ComplianceOf(rows, row));
  });
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<std::vector<domain::GridRecord>> PgHistory::ListGridRecords(std::string_view der_id,
                                                                           absl::Time deadline) {
  static constexpr Statement kList{"list_grid_records", "SELECT " DERMS_GRID_RECORD_COLUMNS
                                                        " FROM grid_record g WHERE g.der_key = $1 AND g.der_id = $2 "
                                                        "ORDER BY g.revision"};
  std::vector<domain::GridRecord> found;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    found.clear();
    const Rows rows = transaction.Run(kList, Params().Add(base::DerKeyOf(der_id)).Add(der_id));
    for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(GridRecordOf(rows, row));
  });
  if (!status.ok()) return status;
  return found;
}

}  // namespace derms::store
