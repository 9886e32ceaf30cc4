// Meter readings in.
#pragma once

#include "absl/time/time.h"
#include "derms/v1/telemetry.pb.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/read_model.h"
#include "libs/wire/validate.h"

namespace derms::registry {

// Thread-safe; answers from memory and never waits. What makes a reading good is libs/domain/reading.h.
class TelemetryHandlers {
 public:
  // Both must outlive the handlers. `keep_readings`: for how long readings are kept.
  TelemetryHandlers(const store::ReadModel& fleet, const wire::Validator& validator, absl::Duration keep_readings)
      : fleet_(fleet), validator_(validator), keep_readings_(keep_readings) {}

  // NOT_FOUND DER_NOT_FOUND; PERMISSION_DENIED UNAUTHORIZED; the errors of domain::CheckReading and CheckNotTooLate.
  absl::StatusOr<server::Plan<v1::ReportReadingResponse>> ReportReading(server::Call& call,
                                                                        const v1::ReportReadingRequest& request) const;
  // One mutation for the good readings of the message; the others are listed with what the single call would answer.
  // Each reading is checked field by field here, so that a bad one does not take the others with it. Late ones are
  // kept as well, as long as others of their time are: they belong to the history.
  absl::StatusOr<server::Plan<v1::ReportReadingsResponse>> ReportReadings(
      server::Call& call, const v1::ReportReadingsRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  const wire::Validator& validator_;
  const absl::Duration keep_readings_;
};

}  // namespace derms::registry
