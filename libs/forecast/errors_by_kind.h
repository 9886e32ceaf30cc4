// Bands for two kinds of forecasts, each from errors of its own kind: those of nothing at all, as the sun at night, a
// still wind or a plant at rest, and all others. Pure; thread-safe to read.
//
// Mondrian conformal prediction (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world", 2005,
// section 4.5): what is certain by night says nothing of dawn, and what dawn errs puts no band around the night.
#pragma once

#include <cstddef>
#include <vector>

#include "libs/forecast/error_history.h"

namespace derms::forecast {

// By time of day.
struct JudgedDay {
  std::vector<double> forecasts;
  std::vector<double> errors;  // value less forecast; NaN: one of them is not known
};

class ErrorsByKind {
 public:
  // As ErrorHistory.
  ErrorsByKind(const std::vector<JudgedDay>& days, std::size_t lead_days);

  void Learn(const JudgedDay& day);

  // Around this forecast of the day `lead_days` after the newest; from errors of the other kind where its own are fewer
  // than kErrorsNeeded.
  const ErrorBand& band(std::size_t slot, double forecast) const { return Of(slot, forecast).band(slot); }
  std::size_t count(std::size_t slot, double forecast) const { return Of(slot, forecast).count(slot); }

 private:
  const ErrorHistory& Of(std::size_t slot, double forecast) const;

  ErrorHistory nothing_, something_;
};

}  // namespace derms::forecast
