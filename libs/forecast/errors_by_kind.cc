#include "libs/forecast/errors_by_kind.h"

#include <limits>

namespace derms::forecast {
namespace {

// Errors of one kind; NaN in the place of the other's.
std::vector<double> OfKind(const JudgedDay& day, bool of_nothing) {
  std::vector<double> errors = day.errors;
  for (std::size_t slot = 0; slot < errors.size(); ++slot) {
    if ((day.forecasts[slot] == 0) != of_nothing) errors[slot] = std::numeric_limits<double>::quiet_NaN();
  }
  return errors;
}

std::vector<std::vector<double>> OfKind(const std::vector<JudgedDay>& days, bool of_nothing) {
  std::vector<std::vector<double>> errors;
  for (const JudgedDay& day : days) errors.push_back(OfKind(day, of_nothing));
  return errors;
}

}  // namespace

ErrorsByKind::ErrorsByKind(const std::vector<JudgedDay>& days, std::size_t lead_days)
    : nothing_(OfKind(days, true), lead_days), something_(OfKind(days, false), lead_days) {}

void ErrorsByKind::Learn(const JudgedDay& day) {
  nothing_.Learn(OfKind(day, true));
  something_.Learn(OfKind(day, false));
}

const ErrorHistory& ErrorsByKind::Of(std::size_t slot, double forecast) const {
  const ErrorHistory& own = forecast == 0 ? nothing_ : something_;
  const ErrorHistory& other = forecast == 0 ? something_ : nothing_;
  return own.count(slot) < kErrorsNeeded && other.count(slot) > own.count(slot) ? other : own;
}

}  // namespace derms::forecast
