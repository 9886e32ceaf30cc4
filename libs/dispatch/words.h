// How figures and times read in sentences for operators.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/dispatch/problem.h"

namespace derms::dispatch {

inline std::string Number(double value) {
  return absl::StrFormat("%.6g", value);
}

// "at the end of interval 17", or the time where the problem knows it.
inline std::string AtEndOf(const Problem& problem, int interval) {
  if (!problem.start) return absl::StrCat("at the end of interval ", interval);
  const absl::Time end = *problem.start + (interval + 1) * problem.interval_length;
  return absl::StrCat("at ", absl::FormatTime("%Y-%m-%d %H:%M", end, absl::UTCTimeZone()), " UTC");
}

}  // namespace derms::dispatch
