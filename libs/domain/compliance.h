// What readings say about a DER's answer to voltage and frequency (rule R2, libs/gridcode/compliance.h), as it is kept.
//
// Injecting and generating are positive. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace derms::domain {

// Numbers are those of derms.v1.GridResponse.
enum class GridResponse { kReactivePower = 1, kActivePower = 2 };

// A reading outside what was allowed: low to high, kvar or kW, accuracy included.
struct ComplianceSample {
  absl::Time measured_at;
  std::optional<double> v_pu, f_hz, p_kw, q_kvar;
  std::optional<double> low;  // none for active power: less is always allowed
  double high = 0;
  double beyond = 0;  // how far outside, positive

  bool operator==(const ComplianceSample&) const = default;
};

// Readings one after the other, all outside.
struct ComplianceRun {
  GridResponse response = GridResponse::kReactivePower;
  int reactive_mode = 0;             // derms.v1.ReactiveMode
  int power_cause = 0;               // derms.v1.PowerCause, at the worst reading
  std::int64_t record_revision = 0;  // of the GridRecord that they were judged by
  absl::Time since, until;           // first and last reading
  int sample_count = 0;
  ComplianceSample worst;
  double beyond_share = 0;                 // worst.beyond, of the rated apparent power
  std::vector<ComplianceSample> evidence;  // the first ones

  bool operator==(const ComplianceRun&) const = default;
};

// A run that is long enough to tell of.
struct ComplianceFinding {
  std::string finding_id;  // UUID
  ComplianceRun run;
};

struct ComplianceCounts {  // of readings
  std::int32_t judged = 0, not_judged = 0;
  std::int32_t reactive_judged = 0;  // also in reactive power
  std::int32_t active_outside = 0, reactive_outside = 0;

  bool operator==(const ComplianceCounts&) const = default;
};

// An hour of a DER as it was judged.
struct JudgedHour {
  ComplianceCounts counts;
  std::vector<ComplianceRun> ended;  // long enough, and over
  // That may go on with the next reading, whatever their length: at most one of each response.
  std::vector<ComplianceRun> open;
};

}  // namespace derms::domain
