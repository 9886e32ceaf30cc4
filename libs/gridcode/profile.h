// A grid code as data: defaults and ranges of the settings, figures and ride-through bands, by category. Read from a
// CSV file (docs/grid-code.md has its columns); IEEE 1547-2018 is one that is built in, another one is a file that an
// operator adds. Figures are informative: verify them against the standard.
//
// Plain values, thread-safe when const.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Default and allowed range of a setting, both ends included.
struct Range {
  double value = 0;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool fixed() const { return min == max; }
};

// Numbers that are no setting; their words are in profile_reader.cc.
enum class Figure {
  kNominalHz,
  kInjectShare,         // least reactive capability, of the apparent power
  kAbsorbShare,         // the same, absorbing
  kNoReactiveBelowPu,   // no reactive power is required below this active power
  kFullReactiveFromPu,  // all of it from here on
  kVoltVarInnerSpanPu,  // V2 and V3 are at most so far from the reference
  kVoltVarOuterSpanPu,  // V1 and V4
  kVoltVarLeastStepPu,  // between V1 and V2, V3 and V4
  kTrackedLowPu,        // bounds of a reference that follows the voltage
  kTrackedHighPu,
  kWattVarLeastStepPu,     // between P1 and P2, P2 and P3
  kVoltWattLeastStepPu,    // between V1 and V2
  kConstantModeResponseS,  // open-loop response time of the modes without a setting for it
  kRandomDelayMostKva,     // larger DERs enter service without a random delay
  kCessationReturnS,       // output comes back so long after a cessation without trip
  kRocofHzPerS,            // rate of change of frequency that is ridden through
  kCount
};

// What a DER owes the grid while voltage or frequency is abnormal (Tables 14 to 16, 19).
enum class RideThroughMode { kContinuous = 1, kMandatory, kPermissive, kMomentaryCessation, kCeaseToEnergise };

// From low to high; on an edge the band that is nearer to the nominal value holds.
struct RideThroughBand {
  RideThroughMode mode = RideThroughMode::kContinuous;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  double least_s = 0;  // at `low`; 0: no obligation
  double slope = 0;    // seconds more for each unit above `low`

  double LeastSecondsAt(double x) const { return slope == 0 ? least_s : least_s + slope * (x - low); }
};
// The band that holds at x; null where the code defines none.
const RideThroughBand* BandAt(std::span<const RideThroughBand> bands, double x);

class Profile {
 public:
  // `base_of` gives the profile that a row `based_on` names, null when there is none: rows of this one replace those of
  // that one of the same kind, category and name (bands: all of their kind). INVALID_ARGUMENT INVALID_PROFILE with the
  // row and what is wrong, also when a setting or figure has no row.
  static absl::StatusOr<Profile> Parse(std::string_view csv,
                                       const std::function<const Profile*(std::string_view id)>& base_of);

  const std::string& id() const { return id_; }
  const std::string& title() const { return title_; }
  // By a name of setting_table.h, which must exist (but for ratings, which no profile has).
  const Range& Setting(std::string_view name, Categories categories) const;
  double Number(Figure figure, Categories categories) const;
  double nominal_hz() const { return Number(Figure::kNominalHz, {}); }
  std::span<const RideThroughBand> VoltageBands(AbnormalCategory category) const;
  std::span<const RideThroughBand> FrequencyBands(AbnormalCategory category) const;

  // Settings as the profile's defaults, with those that hang on the nameplate: a least output moves P1 of watt-var up
  // to it, and P2 before it (cl. 5.3.4), and P2 of volt-watt down to it, to 0 for storage (cl. 5.4.2); reactive power
  // is at most what the nameplate has.
  Settings Defaults(const Nameplate& nameplate) const;

 private:
  struct Rows {  // of one pair of categories
    std::map<std::string, Range, std::less<>> settings;
    std::map<Figure, double> figures;
    std::vector<RideThroughBand> voltage_bands, frequency_bands;
  };
  friend class ProfileReader;
  const Rows& Of(Categories categories) const;

  std::string id_, title_;
  std::array<Rows, 6> rows_;  // A I, A II, A III, B I, ...
};

}  // namespace derms::gridcode
