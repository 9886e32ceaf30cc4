// DERs that were told something and have not answered in time.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/control.h"
#include "libs/store/control_queries.h"

namespace derms::emergency {

// Thread-safe.
class Unanswered {
 public:
  Unanswered(store::ControlQueries& queries, absl::Duration acknowledgement_timeout)  // queries must outlive it
      : queries_(queries), timeout_(acknowledgement_timeout) {}

  // Who was told at or before it should have answered by `now`.
  absl::Time ToldBy(absl::Time now) const { return now - timeout_; }

  // "the DER has not acknowledged it since ..."; empty when it has, has time left, or nothing is written down of it.
  // Only emergency orders are asked about. Blocks on the database. Errors of ControlQueries.
  absl::StatusOr<std::string> SentenceFor(std::string_view der_id, const domain::Control& control, absl::Time now,
                                          absl::Time deadline) const;

 private:
  store::ControlQueries& queries_;
  const absl::Duration timeout_;
};

}  // namespace derms::emergency
