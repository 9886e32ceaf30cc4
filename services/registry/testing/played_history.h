// A history that answers what a test sets and keeps what it was asked.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "libs/store/history.h"

namespace derms::registry::testing {

class PlayedHistory final : public store::History {
 public:
  absl::StatusOr<std::vector<domain::ReadingPoint>> ListReadings(std::string_view, absl::Time from, absl::Time until,
                                                                 std::size_t limit, absl::Time) override {
    asked_from = from;
    std::vector<domain::ReadingPoint> page;
    for (const domain::ReadingPoint& point : points) {
      if (point.measured_at >= from && point.measured_at < until && page.size() < limit) page.push_back(point);
    }
    return page;
  }
  absl::StatusOr<std::vector<store::DerPerformance>> Performance(const store::ReportQuery& query,
                                                                 std::string_view after_der_id, std::size_t limit,
                                                                 absl::Time) override {
    asked = query;
    asked_after = std::string(after_der_id);
    asked_limits.push_back(limit);
    std::vector<store::DerPerformance> page;
    for (const store::DerPerformance& row : rows) {
      if (row.der.der_id > after_der_id && page.size() < limit) page.push_back(row);
    }
    return page;
  }
  absl::StatusOr<std::vector<store::DerCarbon>> Carbon(const store::ReportQuery& query, std::string_view, std::size_t,
                                                       absl::Time) override {
    asked = query;
    return carbon;
  }
  absl::StatusOr<std::vector<store::HistorySums>> Steps(const store::ReportQuery& query, store::HistoryStep, absl::Time,
                                                        std::size_t, absl::Time) override {
    asked = query;
    return std::vector<store::HistorySums>();
  }
  absl::StatusOr<std::vector<store::DerCompliance>> Compliance(const store::ReportQuery& query, bool with_findings_only,
                                                               std::string_view after_der_id, std::size_t limit,
                                                               absl::Time) override {
    asked = query;
    asked_findings_only = with_findings_only;
    std::vector<store::DerCompliance> page;
    for (const store::DerCompliance& row : found) {
      if (row.der.der_id > after_der_id && page.size() < limit) page.push_back(row);
    }
    return page;
  }
  absl::StatusOr<std::vector<domain::GridRecord>> ListGridRecords(std::string_view, absl::Time) override {
    return records;
  }
  absl::StatusOr<store::Folded> FoldJournal(const store::Fence& fence, std::size_t, store::ReadingJudge* judge,
                                            absl::Time) override {
    folds.push_back("journal " + std::to_string(fence.token) + (judge != nullptr ? " judged" : ""));
    return journal;
  }
  absl::StatusOr<store::Folded> FoldStatuses(const store::Fence&, std::size_t, absl::Time) override {
    folds.push_back("statuses");
    return store::Folded();
  }
  absl::StatusOr<std::size_t> Forget(const store::Fence&, absl::Time readings_before, absl::Time hours_before,
                                     std::size_t, absl::Time) override {
    folds.push_back("forget");
    forgot_readings_before = readings_before;
    forgot_hours_before = hours_before;
    return forgotten;
  }

  std::vector<domain::ReadingPoint> points;
  std::vector<store::DerPerformance> rows;  // by der_id
  std::vector<store::DerCarbon> carbon;
  std::vector<store::DerCompliance> found;  // by der_id
  std::vector<domain::GridRecord> records;
  absl::StatusOr<store::Folded> journal = store::Folded();
  std::size_t forgotten = 0;

  store::ReportQuery asked;
  std::string asked_after;
  std::vector<std::size_t> asked_limits;  // of performance
  bool asked_findings_only = false;
  absl::Time asked_from, forgot_readings_before, forgot_hours_before;
  std::vector<std::string> folds;
};

}  // namespace derms::registry::testing
