// How wrong a model was, day after day, and the bands that this puts around its next forecast. Pure; thread-safe to
// read.
//
// Errors of weather are not exchangeable: a windy month errs more than a calm one, noon more than dawn, and the days
// that a band was made of are over. So, beyond split conformal prediction (conformal.h):
//   - errors count in units of what the days just before them erred, and of how that spreads over the times of day
//     (normalised scores: H. Papadopoulos et al., "Normalized nonconformity measures for regression conformal
//     prediction", AIA 2008; J. Lei et al., JASA 113, 2018, section 5.2), and the band is scaled by the newest such
//     unit;
//   - older errors weigh less (R. Foygel Barber, E. J. Candes, A. Ramdas, R. J. Tibshirani, "Conformal prediction
//     beyond exchangeability", Annals of Statistics 51, 2023);
//   - every day that becomes known is learned from.
// docs/forecast.md, "Bands", says how the constants were found and what each step brings.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "libs/forecast/conformal.h"

namespace derms::forecast {

// What an error of a day weighs against one of the day after it.
inline constexpr double kDayWeight = 0.97;
// The size of errors: mean of the days before, each counting half of the one this many days after it; the mean of all
// days of calibration counts like kPriorShare of the weight that such days can have together. The day as a whole is
// followed faster than how its error spreads over the times of day.
inline constexpr double kDayHalfLifeDays = 3, kSlotHalfLifeDays = 7;
inline constexpr double kPriorShare = 0.5;
// Times of day before and after that a band is made of as well, within kNeighbourHours.
inline constexpr std::size_t kMostNeighbours = 4;
inline constexpr std::size_t kNeighbourHours = 4;

// The slot and up to `most` before and after it that lie within kNeighbourHours, around midnight too.
std::vector<std::size_t> Neighbours(std::size_t slot, std::size_t slots, std::size_t most = kMostNeighbours);

// How bands are made, for people to read.
std::string BandMethod();

// The size of errors by time of day, as the days so far let one expect it.
class ErrorScale {
 public:
  // From all days of calibration; NaN: not known.
  explicit ErrorScale(const std::vector<std::vector<double>>& days);

  void Learn(const std::vector<double>& errors);
  // By slot; 0 where slot and neighbours were never wrong, that of the day where nothing is known of them.
  std::vector<double> Of() const;

 private:
  // Mean that forgets, drawn towards a usual value where there is one; NaN while nothing is known.
  struct Mean {
    double usual, sum = 0, weight = 0;

    void Add(double size, double forgetting);
    double With(double prior_weight) const;
  };
  Mean day_;
  std::vector<Mean> slots_;
};

// Errors are value less forecast, by time of day; NaN where one of them is not known.
class ErrorHistory {
 public:
  // `days` of calibration, oldest first, of forecasts made `lead_days` (1 or more) before. All have as many slots.
  ErrorHistory(const std::vector<std::vector<double>>& days, std::size_t lead_days);

  // The day after the newest.
  void Learn(const std::vector<double>& errors);

  // Around a forecast of the day `lead_days` after the newest; 0 where there is no error yet, or never was one but 0.
  const ErrorBand& band(std::size_t slot) const { return bands_[slot]; }
  // Known errors of the slot and its neighbours.
  std::size_t count(std::size_t slot) const;

 private:
  void Append(const std::vector<double>& errors);
  std::vector<WeightedError> Around(std::size_t slot) const;
  void MakeBands();

  ErrorScale scale_;
  std::vector<std::vector<double>> scales_;  // by slot, of the next `lead_days` days, oldest first
  std::vector<std::vector<double>> scaled_;  // [day][slot]; NaN also where the scale is 0
  std::vector<std::size_t> counts_;          // known errors by slot
  std::vector<ErrorBand> bands_;
};

}  // namespace derms::forecast
