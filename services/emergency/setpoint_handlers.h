// What DERs shall do, and why.
#pragma once

#include "derms/v1/control.pb.h"
#include "libs/server/call.h"
#include "libs/store/read_model.h"
#include "services/emergency/control_sheet.h"
#include "services/emergency/sent_instructions.h"
#include "services/emergency/unanswered.h"

namespace derms::emergency {

// Until when a set-point that was polled holds at most: who hears nothing more falls back to its default then.
inline constexpr absl::Duration kSetpointLife = absl::Minutes(5);

// Requests arrive checked field by field (libs/wire/validate.h). Both block on the database. Thread-safe.
class SetpointHandlers {
 public:
  // All must outlive the handlers.
  SetpointHandlers(const store::ReadModel& fleet, const ControlSheets& sheets, SentInstructions& sent,
                   const Unanswered& unanswered)
      : fleet_(fleet), sheets_(sheets), sent_(sent), unanswered_(unanswered) {}

  // Of the DERs named, or of all that the caller speaks for, by id. NOT_FOUND DER_NOT_FOUND, PERMISSION_DENIED
  // UNAUTHORIZED, INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::PollSetpointsResponse> PollSetpoints(server::Call& call,
                                                          const v1::PollSetpointsRequest& request) const;
  // NOT_FOUND DER_NOT_FOUND, PERMISSION_DENIED UNAUTHORIZED, INVALID_ARGUMENT TIME_OUT_OF_RANGE.
  absl::StatusOr<v1::WhySetpointResponse> WhySetpoint(server::Call& call, const v1::WhySetpointRequest& request) const;

 private:
  absl::StatusOr<std::vector<DerPtr>> Named(server::Call& call, const v1::PollSetpointsRequest& request) const;

  const store::ReadModel& fleet_;
  const ControlSheets& sheets_;
  SentInstructions& sent_;
  const Unanswered& unanswered_;
};

}  // namespace derms::emergency
