#include "services/emergency/unanswered.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/instruction.h"

namespace derms::emergency {

absl::StatusOr<std::string> Unanswered::SentenceFor(std::string_view der_id, const domain::Control& control,
                                                    absl::Time now, absl::Time deadline) const {
  if (control.source != domain::ControlSource::kEmergency) return std::string();
  store::InstructionFilter filter;
  filter.der_id = std::string(der_id);
  filter.source = control.source;
  filter.control_id = control.control_id;
  filter.unanswered_since = ToldBy(now);
  ASSIGN_OR_RETURN(const auto found, queries_.ListInstructions(filter, {}, now, 1, deadline));
  if (found.empty()) return std::string();
  const absl::Duration silence = absl::Trunc(now - found[0].issued_at, absl::Seconds(1));
  return absl::StrCat("the DER is unresponsive: it has not acknowledged the order for ", absl::FormatDuration(silence));
}

}  // namespace derms::emergency
