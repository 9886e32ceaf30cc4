// How wrong a model was, day after day, and the bands that this puts around its next forecast. Pure; thread-safe to
// read.
//
// Errors of weather are not exchangeable: a windy month errs more than a calm one, and the days that a band was made of
// are over. So, beyond split conformal prediction (conformal.h):
//   - errors count in units of what the days just before them erred (normalised scores: H. Papadopoulos et al.,
//     "Normalized nonconformity measures for regression conformal prediction", AIA 2008; J. Lei et al., JASA 113, 2018,
//     section 5.2), and the band is scaled by what the newest days erred;
//   - older errors weigh less (R. Foygel Barber, E. J. Candes, A. Ramdas, R. J. Tibshirani, "Conformal prediction
//   beyond
//     exchangeability", Annals of Statistics 51, 2023);
//   - every day that becomes known is learned from.
// docs/forecast.md, "Bands", says how the constants were found and what each step brings.
#pragma once

#include <cstddef>
#include <vector>

#include "libs/forecast/conformal.h"

namespace derms::forecast {

// What an error of a day weighs against one of the day after it.
inline constexpr double kDayWeight = 0.97;
// The scale of errors: mean of the days before, each counting half of the one this many days after it; the mean of all
// days of calibration counts like kPriorShare of the weight that such days can have together.
inline constexpr double kScaleHalfLifeDays = 3;
inline constexpr double kPriorShare = 0.5;

// Errors are value less forecast, by time of day; NaN where one of them is not known.
class ErrorHistory {
 public:
  // `days` of calibration, oldest first, of forecasts made `lead_days` (1 or more) before. All have as many slots.
  ErrorHistory(const std::vector<std::vector<double>>& days, std::size_t lead_days);

  // The day after the newest.
  void Learn(const std::vector<double>& errors);

  // Around a forecast of the day `lead_days` after the newest; 0 where there is no error yet.
  const ErrorBand& band(std::size_t slot) const { return bands_[slot]; }
  // Errors behind the slot with the fewest, with the slots before and after it.
  std::size_t Fewest() const;

 private:
  void Append(const std::vector<double>& errors);
  double Scale() const;  // of the day `lead_days` after the newest
  std::vector<WeightedError> Around(std::size_t slot) const;
  void MakeBands();

  std::size_t lead_days_;
  double usual_ = 0;                         // mean size of an error in calibration
  double sum_ = 0, weight_ = 0;              // of the sizes of the days before
  std::vector<double> scales_;               // of the next days, `lead_days` of them, oldest first
  std::vector<std::vector<double>> scaled_;  // [day][slot]
  std::vector<ErrorBand> bands_;
};

}  // namespace derms::forecast
