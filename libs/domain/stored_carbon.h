// Carbon of the energy that a storage holds. Pure; not thread-safe.
//
// The store counts as well mixed: what leaves it carries the mean of what it holds (the weighted average method of
// inventory accounting). Losses carry no carbon away: what is left, or comes out, carries it, so that carbon is
// neither made nor lost: in = out + held. docs/forecast.md, "Carbon".
#pragma once

namespace derms::domain {

// What energy counts as that nobody knows the origin of, kg/kWh (carbon.h: LifeCycleKgPerKwh of a battery).
inline constexpr double kUnknownContentKgPerKwh = 0.35844;

class StoredCarbon {
 public:
  // Holds `energy_kwh` >= 0 of the given intensity.
  StoredCarbon(double energy_kwh, double intensity_kg_per_kwh);

  // Takes in energy of the given intensity, measured outside; `efficiency`, in (0, 1], of it is held.
  void Charge(double taken_kwh, double intensity_kg_per_kwh, double efficiency);
  // Gives energy, measured outside, for which `given_kwh` / efficiency leaves the store. Returns the carbon that leaves
  // with it, kg. More than is held takes all of it.
  double Discharge(double given_kwh, double efficiency);
  // Energy that runs down by itself; more than is held takes all of it, and the carbon stays for what comes next.
  void Lose(double energy_kwh);

  // What is held was measured: carbon stays, so that no noise of a meter makes or loses any.
  void Measure(double energy_kwh);

  double energy_kwh() const { return energy_kwh_; }
  double carbon_kg() const { return carbon_kg_; }
  // Mean of what is held, kg per kWh in the store; 0 when it is empty.
  double intensity_kg_per_kwh() const;

 private:
  double energy_kwh_, carbon_kg_;
};

}  // namespace derms::domain
