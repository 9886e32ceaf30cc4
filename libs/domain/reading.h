// Which meter readings are believed, and which one counts. Pure functions.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "libs/domain/der.h"

namespace derms::domain {

// INVALID_ARGUMENT: EMPTY_READING (no number), READING_IN_FUTURE (more than a minute ahead of `now`, the database's
// clock), INVALID_READING with every violation: not finite; power or reactive power beyond twice the rated power
// (watts taken for kilowatts); a state of charge of something that is no storage or beyond its capacity (1 % for
// meters). FAILED_PRECONDITION DER_RETIRED. A reading of quality INVALID is stored as it is: it claims nothing.
absl::Status CheckReading(const Reading& reading, const Der& der, absl::Time now);

// INVALID_ARGUMENT READING_TOO_LATE when the readings of its hour, or of the one before, which reaches into it, are no
// longer kept: `kept` is for how long they are. Such an hour cannot be folded anew and stays as it is.
absl::Status CheckNotTooLate(const Reading& reading, absl::Time now, absl::Duration kept);

// Whether `candidate` takes the place of `stored`: the newest counts; of two at the same time the later report.
bool Replaces(const Reading& candidate, const std::optional<Reading>& stored);

}  // namespace derms::domain
