// Meter readings in.
#pragma once

#include "derms/v1/telemetry.pb.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Thread-safe; answers from memory and never waits. What makes a reading good is libs/domain/reading.h.
class TelemetryHandlers {
 public:
  explicit TelemetryHandlers(const store::ReadModel& fleet) : fleet_(fleet) {}  // must outlive the handlers

  // NOT_FOUND DER_NOT_FOUND; PERMISSION_DENIED UNAUTHORIZED; the errors of domain::CheckReading.
  absl::StatusOr<server::Plan<v1::ReportReadingResponse>> ReportReading(server::Call& call,
                                                                        const v1::ReportReadingRequest& request);
  // One mutation for the good readings of the message; the others are listed with what the single call would answer.
  // Of several readings of one DER the newest counts.
  absl::StatusOr<server::Plan<v1::ReportReadingsResponse>> ReportReadings(server::Call& call,
                                                                          const v1::ReportReadingsRequest& request);

 private:
  const store::ReadModel& fleet_;
};

}  // namespace derms::registry
