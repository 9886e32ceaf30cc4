// History on PostgreSQL. pg_history.cc: readings and folding; pg_reports.cc: sums over hours; pg_compliance.cc: what
// was found in them.
#pragma once

#include <functional>

#include "libs/store/history.h"
#include "libs/store/pool.h"
#include "libs/store/queries.h"

namespace derms::store {

class PgHistory final : public History {
 public:
  PgHistory(Pool& pool, Queries& queries) : pool_(pool), queries_(queries) {}  // both must outlive this

  absl::StatusOr<std::vector<domain::ReadingPoint>> ListReadings(std::string_view der_id, absl::Time from,
                                                                 absl::Time until, std::size_t limit,
                                                                 absl::Time deadline) override;
  absl::StatusOr<std::vector<DerPerformance>> Performance(const ReportQuery& query, std::string_view after_der_id,
                                                          std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::vector<DerCarbon>> Carbon(const ReportQuery& query, std::string_view after_der_id,
                                                std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::vector<HistorySums>> Steps(const ReportQuery& query, HistoryStep step, absl::Time after,
                                                 std::size_t limit, absl::Time deadline) override;
  absl::StatusOr<std::vector<DerCompliance>> Compliance(const ReportQuery& query, bool with_findings_only,
                                                        std::string_view after_der_id, std::size_t limit,
                                                        absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::GridRecord>> ListGridRecords(std::string_view der_id,
                                                                  absl::Time deadline) override;
  absl::StatusOr<Folded> FoldJournal(const Fence& fence, std::size_t most_readings, ReadingJudge* judge,
                                     absl::Time deadline) override;
  absl::StatusOr<Folded> FoldStatuses(const Fence& fence, std::size_t most_events, absl::Time deadline) override;
  absl::StatusOr<std::size_t> Forget(const Fence& fence, absl::Time readings_before, absl::Time hours_before,
                                     std::size_t limit, absl::Time deadline) override;

 private:
  // Those of a statement that needs the values of series by hour (pg_reports.cc).
  absl::StatusOr<Params> ParamsWithValues(const ReportQuery& query, std::string_view after_der_id, std::size_t limit,
                                          absl::Time deadline) const;
  absl::StatusOr<Folded> Fold(const Fence& fence, absl::Time deadline,
                              const std::function<Folded(Transaction&)>& fold) const;

  Pool& pool_;
  Queries& queries_;
};

}  // namespace derms::store
