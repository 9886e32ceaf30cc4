#include "tests/sim/grid_device.h"

#include <string>

#include "libs/gridcode/grid_support.h"
#include "tests/sim/seeded.h"

namespace derms::sim {
namespace {

constexpr double kFeederSpread = 0.05, kDriftSpread = 0.05;  // pu, from end to end
constexpr double kFrequencySpread = 0.03;                    // Hz, from end to end
constexpr double kLowVoltageUpToKw = 500, kLowVoltageV = 480, kMediumVoltageV = 12'470;
constexpr double kInverterReactive = 0.44, kMachineReactive = 0.25;  // of S, IEEE 1547-2018 Table 7
constexpr double kApparentShare = 1.12;  // of the rating: all of it beside all of the reactive power

bool IsBehindInverter(v1::DerType type) {
  return type != v1::DER_TYPE_HYDRO && type != v1::DER_TYPE_GEOTHERMAL;
}

}  // namespace

GridState GridAt(std::uint64_t seed, std::string_view region_id, std::string_view der_id, double nominal_hz,
                 absl::Time now) {
  const double feeder = kFeederSpread * (Chance(seed, {"feeder", region_id, der_id}) - 0.5);
  const double drift = kDriftSpread * (Drift(seed, "voltage", region_id, now) - 0.5);
  const double off_hz = kFrequencySpread * (Drift(seed, "frequency", region_id, now) - 0.5);
  return {1 + feeder + drift, nominal_hz + off_hz};
}

double GridDevice::ReactivePower(const GridState& grid, double power_kw, bool stuck) const {
  if (stuck) return gridcode::EffectiveRatings(nameplate, settings.ratings).q_inject_kvar;
  const gridcode::GridPoint point{grid.v_pu, grid.f_hz, nameplate.p_max_kw, power_kw};
  return gridcode::EvaluatePoint({*profile, nameplate, settings}, point).q_kvar;
}

v1::GridNameplate MadeUpNameplate(v1::DerType type, double capacity_kw) {
  const bool inverter = IsBehindInverter(type);
  v1::GridNameplate nameplate;
  nameplate.set_p_max_kw(capacity_kw);
  const double apparent_kva = kApparentShare * capacity_kw;
  nameplate.set_s_max_kva(apparent_kva);
  nameplate.set_q_inject_kvar(kInverterReactive * apparent_kva);
  nameplate.set_q_absorb_kvar((inverter ? kInverterReactive : kMachineReactive) * apparent_kva);
  if (type == v1::DER_TYPE_BATTERY) {
    nameplate.set_p_charge_kw(capacity_kw);
    nameplate.set_s_charge_kva(apparent_kva);
  }
  nameplate.set_v_nominal_v(capacity_kw <= kLowVoltageUpToKw ? kLowVoltageV : kMediumVoltageV);
  nameplate.set_normal_category(inverter ? v1::NORMAL_CATEGORY_B : v1::NORMAL_CATEGORY_A);
  nameplate.set_abnormal_category(inverter ? v1::ABNORMAL_CATEGORY_III : v1::ABNORMAL_CATEGORY_I);
  return nameplate;
}

v1::GridSettings MadeUpSettings() {
  v1::GridSettings settings;
  settings.mutable_volt_var()->set_enabled(true);
  return settings;
}

}  // namespace derms::sim
