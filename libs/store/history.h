// What DERs measured over time: their readings, sums over their hours, and the folding that makes hours of readings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/compliance.h"
#include "libs/domain/der.h"
#include "libs/domain/grid_record.h"
#include "libs/domain/performance.h"
#include "libs/domain/reading_codec.h"
#include "libs/domain/stored_hours.h"
#include "libs/store/fence.h"

namespace derms::store {

// Which DERs; what is not given does not narrow.
struct ReportScope {
  std::optional<std::string> der_id, owner_id;
  std::optional<std::vector<std::string>> region_ids;
};
// Names of the series of a region's grid; empty: it has none.
struct RegionSeries {
  std::string region_id;
  std::string export_price, import_price, carbon;
};
struct ReportQuery {
  ReportScope scope;
  absl::Time from;   // a whole hour
  absl::Time until;  // a whole hour, or now
  std::vector<RegionSeries> regions;
};

struct DerPerformance {
  domain::Der der;
  domain::PerformanceSums sums;
};
struct DerCarbon {
  domain::Der der;
  double generated_kwh = 0, consumed_kwh = 0;
  double covered_hours = 0, known_hours = 0;  // of these with a value of the carbon series
  double avoided_kg = 0, drawn_kg = 0;
  std::optional<domain::StoredCarbonFlows> stored;  // of a battery
};

struct DerCompliance {
  domain::Der der;
  std::optional<domain::GridRecord> record;  // the newest
  domain::ComplianceCounts counts;
  int finding_count = 0;
  std::optional<domain::ComplianceFinding> worst;  // by beyond_share
};

enum class HistoryStep { kHour, kDay, kMonth };  // of UTC
struct HistorySums {
  absl::Time starts_at;
  int der_count = 0;  // with readings, in the hour that had most
  std::int64_t sample_count = 0;
  double covered_hours = 0, generated_kwh = 0, consumed_kwh = 0;
  std::optional<double> min_power_kw, max_power_kw, state_of_charge_kwh, mean_frequency_hz;
};

struct Folded {
  std::size_t rows = 0;      // taken from the queue: of the journal, or events
  std::size_t readings = 0;  // of the journal
  std::size_t too_late = 0;  // of these: their hours are no longer kept as readings, and stay as they are
};

// Who judges readings while they are folded (rule R2): the store keeps what comes of it and knows no grid code.
class ReadingJudge {
 public:
  struct Hour {
    std::string_view der_id;
    const std::vector<domain::ReadingPoint>& before;  // those of the hour before, in order of time
    const std::vector<domain::ReadingPoint>& points;  // those of the hour, not empty
    const std::vector<domain::ComplianceRun>& open;   // as the hour before left them
  };

  virtual ~ReadingJudge() = default;
  virtual void BeginFold() = 0;  // before anything else of it: the moment to forget
  // Whether records of this DER up to this revision are known; otherwise Learn is called with all of them.
  virtual bool Knows(std::string_view der_id, std::int64_t revision) = 0;
  virtual void Learn(const std::vector<domain::GridRecord>& records) = 0;  // of one DER, by revision
  // A pure function of the hour and of what was learnt. Evidence of runs that go on is what this hour adds.
  virtual domain::JudgedHour Judge(const Hour& hour) = 0;
  // A run that is so long is a finding.
  virtual int least_samples() const = 0;
  virtual std::string NewId() = 0;
};

// Every method blocks; errors as of Queries (queries.h). Thread-safe.
class History {
 public:
  virtual ~History() = default;

  // Readings in [from, until), oldest first, at most `limit`; those that are not folded yet are not among them.
  virtual absl::StatusOr<std::vector<domain::ReadingPoint>> ListReadings(std::string_view der_id, absl::Time from,
                                                                         absl::Time until, std::size_t limit,
                                                                         absl::Time deadline) = 0;
  // Pages by der_id.
  virtual absl::StatusOr<std::vector<DerPerformance>> Performance(const ReportQuery& query,
                                                                  std::string_view after_der_id, std::size_t limit,
                                                                  absl::Time deadline) = 0;
  virtual absl::StatusOr<std::vector<DerCarbon>> Carbon(const ReportQuery& query, std::string_view after_der_id,
                                                        std::size_t limit, absl::Time deadline) = 0;
  // Steps that begin after `after`.
  virtual absl::StatusOr<std::vector<HistorySums>> Steps(const ReportQuery& query, HistoryStep step, absl::Time after,
                                                         std::size_t limit, absl::Time deadline) = 0;

  // Pages by der_id.
  virtual absl::StatusOr<std::vector<DerCompliance>> Compliance(const ReportQuery& query, bool with_findings_only,
                                                                std::string_view after_der_id, std::size_t limit,
                                                                absl::Time deadline) = 0;
  // All records of nameplate and settings of a DER, by revision.
  virtual absl::StatusOr<std::vector<domain::GridRecord>> ListGridRecords(std::string_view der_id,
                                                                          absl::Time deadline) = 0;

  // For the one who leads. Each is one transaction; ABORTED LEASE_LOST when the fence does not hold.
  // The oldest of the journal into hours and history, judged on the way; `judge` null: not judged.
  virtual absl::StatusOr<Folded> FoldJournal(const Fence& fence, std::size_t most_readings, ReadingJudge* judge,
                                             absl::Time deadline) = 0;
  // Removes readings and hours (with what was found in them, and the changes of status that no kept hour needs) of
  // before; at most `limit` rows of
  // each. How many.
  virtual absl::StatusOr<std::size_t> Forget(const Fence& fence, absl::Time readings_before, absl::Time hours_before,
                                             std::size_t limit, absl::Time deadline) = 0;
  // The next events of the chain into status_change.
  virtual absl::StatusOr<Folded> FoldStatuses(const Fence& fence, std::size_t most_events, absl::Time deadline) = 0;
};

}  // namespace derms::store
