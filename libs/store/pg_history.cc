#include "libs/store/pg_history.h"

#include <utility>

#include "libs/base/error.h"
#include "libs/domain/rollup.h"
#include "libs/store/lease.h"
#include "libs/store/pg_error.h"
#include "libs/store/reading_folder.h"

namespace derms::store {

absl::StatusOr<std::vector<domain::ReadingPoint>> PgHistory::ListReadings(std::string_view der_id, absl::Time from,
                                                                          absl::Time until, std::size_t limit,
                                                                          absl::Time deadline) {
  static constexpr Statement kList{
      "list_readings",
      "SELECT c.readings FROM reading_chunk c WHERE c.der_key = $1 AND c.hour_at >= $2 AND c.hour_at < $3 "
      "ORDER BY c.hour_at LIMIT $4"};
  std::vector<domain::ReadingPoint> found;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    found.clear();
    absl::Time hour = from == absl::InfinitePast() ? from : domain::HourOf(from);
    while (found.size() < limit) {
      // Most hours have many readings: a few hours at a time.
      const std::size_t hours = std::min<std::size_t>(limit, 24);
      const Rows rows = transaction.Run(kList, Params().Add(base::DerKeyOf(der_id)).Add(hour).Add(until).Add(hours));
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const auto points = domain::DecodeReadings(rows.Bytes(row, 0));
        if (!points || points->empty()) {
          throw StatusError(base::Internal("DATABASE_ERROR", "the history of readings cannot be read"));
        }
        for (const domain::ReadingPoint& point : *points) {
          if (point.measured_at >= from && point.measured_at < until && found.size() < limit) found.push_back(point);
        }
        hour = domain::HourOf(points->front().measured_at) + absl::Hours(1);
      }
      if (rows.size() < hours) return;
    }
  });
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<Folded> PgHistory::Fold(const Fence& fence, absl::Time deadline,
                                       const std::function<Folded(Transaction&)>& fold) const {
  Folded folded;
  bool lost = false;
  const absl::Status status = pool_.Run(Transaction::Kind::kReadWrite, deadline, [&](Transaction& transaction) {
    lost = !Holds(transaction, fence);
    if (!lost) folded = fold(transaction);
  });
  if (!status.ok()) return status;
  if (lost) return LeaseLost();
  return folded;
}

absl::StatusOr<Folded> PgHistory::FoldJournal(const Fence& fence, std::size_t most_readings, ReadingJudge* judge,
                                              absl::Time deadline) {
  return Fold(fence, deadline,
              [&](Transaction& transaction) { return FoldJournalRows(transaction, most_readings, judge); });
}

absl::StatusOr<Folded> PgHistory::FoldStatuses(const Fence& fence, std::size_t most_events, absl::Time deadline) {
  return Fold(fence, deadline, [&](Transaction& transaction) { return FoldStatusEvents(transaction, most_events); });
}

absl::StatusOr<std::size_t> PgHistory::Forget(const Fence& fence, absl::Time readings_before, absl::Time hours_before,
                                              std::size_t limit, absl::Time deadline) {
  static constexpr Statement kReadings{"forget_readings",
                                       "DELETE FROM reading_chunk WHERE ctid = ANY (ARRAY (SELECT ctid FROM "
                                       "reading_chunk WHERE hour_at < $1 LIMIT $2))"};
  static constexpr Statement kHours{"forget_hours",
                                    "DELETE FROM reading_hour WHERE ctid = ANY (ARRAY (SELECT ctid FROM reading_hour "
                                    "WHERE hour_at < $1 LIMIT $2))"};
  // The last change before stays: it says what held from then on.
  static constexpr Statement kStatuses{
      "forget_statuses",
      "DELETE FROM status_change WHERE ctid = ANY (ARRAY (SELECT s.ctid FROM status_change s WHERE s.changed_at < $1 "
      "AND EXISTS (SELECT 1 FROM status_change n WHERE n.der_key = s.der_key AND n.changed_at > s.changed_at "
      "AND n.changed_at < $1) LIMIT $2))"};
  static constexpr Statement kJudged{"forget_judged",
                                     "DELETE FROM compliance_hour WHERE ctid = ANY (ARRAY (SELECT ctid FROM "
                                     "compliance_hour WHERE hour_at < $1 LIMIT $2))"};
  static constexpr Statement kFindings{"forget_findings",
                                       "DELETE FROM compliance_finding WHERE ctid = ANY (ARRAY (SELECT ctid FROM "
                                       "compliance_finding WHERE until < $1 LIMIT $2))"};
  const auto forgotten = Fold(fence, deadline, [&](Transaction& transaction) {
    Folded removed;
    const auto remove = [&](const Statement& statement, absl::Time before) {
      removed.rows += transaction.Run(statement, Params().Add(before).Add(limit)).affected();
    };
    remove(kReadings, readings_before);
    remove(kHours, hours_before);
    remove(kStatuses, hours_before);
    remove(kJudged, hours_before);
    remove(kFindings, hours_before);
    return removed;
  });
  if (!forgotten.ok()) return forgotten.status();
  return forgotten->rows;
}

}  // namespace derms::store
