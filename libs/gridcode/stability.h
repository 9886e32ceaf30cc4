// What the grid of a region needs of its DERs, and how far it is from trouble: from frequency and voltage as they are
// measured or forecast. Pure.
//
// The need is what the DERs would do by themselves at the worst that is expected, each by its own settings, or by the
// default curves of its profile: headroom for the droop (IEEE 1547-2018 cl. 6.5.2.7), reactive power for volt-var
// (cl. 5.3.3). Whoever schedules them must leave them that much. docs/grid-code.md has the formulas with examples.
#pragma once

#include <map>
#include <span>

#include "libs/gridcode/profile.h"

namespace derms::gridcode {

// The extremes that are expected. Not known: the nominal value, which needs nothing.
struct GridConditions {
  double lowest_hz = 0, highest_hz = 0;
  double lowest_v_pu = 1, highest_v_pu = 1;

  static GridConditions Nominal(double nominal_hz) { return {nominal_hz, nominal_hz, 1, 1}; }
  // Both: the worse of each.
  void Include(const GridConditions& other);
  bool operator==(const GridConditions&) const = default;
};

// Of DERs that answer the grid, none negative.
struct RespondingRatings {
  double up_kw = 0, down_kw = 0;  // rated active power that can be asked for more, and for less
  double apparent_kva = 0;        // rated apparent power of inverters, which give reactive power

  RespondingRatings& operator+=(const RespondingRatings& more);
};

// None is negative.
struct SupportNeed {
  double headroom_up_kw = 0, headroom_down_kw = 0;
  double inject_kvar = 0, absorb_kvar = 0;

  SupportNeed& operator+=(const SupportNeed& more);
};

// Share of its rated active power that an inverter keeps while it gives so much reactive power: sqrt(1 - (q / s)^2).
double ActiveShareBeside(double q_kvar, double apparent_kva);

// How far each is from trouble: 1 far, 0 there.
struct StabilityMargins {
  double frequency = 1, voltage = 1, reserve = 1, ramp = 1;
};
// 1 from twice the need on, 0 without any; 1 where nothing is needed.
double SupplyMargin(double available, double needed);

// 1 to 10: 1 + round(9 s), s = half the least margin + half their mean. The least, because a grid fails where it is
// weakest; the mean, so that every improvement shows. Rises with every margin. Margins are cut to [0, 1]; NaN counts 0.
int GridStabilityScore(const StabilityMargins& margins);

// How a DER answers frequency and voltage, and what follows from it. Thread-safe when const.
class StabilityCurves {
 public:
  // The default curves of a profile, volt-var taken for on: of a DER that was told nothing, and of the grid itself.
  StabilityCurves(const Profile& profile, Categories categories);
  // What a DER was told: what is off asks for nothing. A reference of volt-var that follows the voltage counts as where
  // it is set: in the first minutes it has not followed.
  StabilityCurves(const Profile& profile, Categories categories, const Settings& settings);

  double nominal_hz() const { return nominal_hz_; }
  // Least of what an inverter must be able to inject and to absorb, of its apparent power.
  double reactive_share() const { return reactive_share_; }

  SupportNeed NeedOf(const GridConditions& conditions, const RespondingRatings& ratings) const;
  // 1 within the dead band of the curve, 0 from the edge of the continuous range on, straight between; the worse side
  // counts.
  double FrequencyMargin(const GridConditions& conditions) const;
  double VoltageMargin(const GridConditions& conditions) const;

 private:
  double nominal_hz_ = 0, reactive_share_ = 0;
  Droop droop_;
  VoltVar volt_var_;
  Range continuous_hz_, continuous_v_;
};

// DERs that answer by different curves, added up in one pass: of each curve the sum of ratings. What is needed then
// costs as much as there are different curves, not DERs.
class RespondingFleet {
 public:
  // `curve` is the place of its curve among those that NeedOf is given.
  void Add(std::size_t curve, const RespondingRatings& ratings) { by_curve_[curve] += ratings; }
  SupportNeed NeedOf(const GridConditions& conditions, std::span<const StabilityCurves> curves) const;

 private:
  std::map<std::size_t, RespondingRatings> by_curve_;
};

}  // namespace derms::gridcode
