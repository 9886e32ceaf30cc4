// What a DER can do (nameplate) and what it was told to do with voltage and frequency (settings), after IEEE 1547-2018.
//
// Per unit (pu): voltages of the nominal voltage, active power of the rated active power (charging: of the rated
// charge), reactive power of the rated apparent power. Injecting and generating are positive, absorbing and charging
// negative. Plain values; libs/gridcode/setting_table.h lists every number and flag with its names.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace derms::gridcode {

// Performance categories: normal (cl. 5) and abnormal (cl. 6) conditions.
enum class NormalCategory { kA = 1, kB = 2 };
enum class AbnormalCategory { kI = 1, kII = 2, kIII = 3 };
struct Categories {
  NormalCategory normal = NormalCategory::kA;
  AbnormalCategory abnormal = AbnormalCategory::kI;
  bool operator==(const Categories&) const = default;
};

// IEEE 1547-2018 Table 28. Never changes; a correction is a new revision.
struct Nameplate {
  double p_max_kw = 0;           // at unity power factor
  double s_max_kva = 0;          // generating
  double q_inject_kvar = 0;      // most injected, not negative
  double q_absorb_kvar = 0;      // most absorbed, not negative
  double p_charge_kw = 0;        // most charge, not negative; 0: no storage
  double s_charge_kva = 0;       // while charging
  double p_min_pu = 0;           // least output while on, of p_max_kw
  double p_over_excited_kw = 0;  // with power factor over_excited_pf, injecting; 0: not given
  double over_excited_pf = 0;
  double p_under_excited_kw = 0;  // with power factor under_excited_pf, absorbing; 0: not given
  double under_excited_pf = 0;
  double v_nominal_v = 0, v_max_v = 0, v_min_v = 0;  // AC; 0: not given
  double susceptance_s = 0;                          // still connected after a trip, siemens
  std::optional<NormalCategory> normal;
  std::optional<AbnormalCategory> abnormal;
  std::vector<std::string> supported_modes;  // words of settings_csv.h; empty: not known
  std::string manufacturer, model, serial_number, version;

  bool can_charge() const { return p_charge_kw > 0; }
  // What is not given is assumed to be A and I, the least demanding (rule W4 says so).
  Categories categories() const {
    return {normal.value_or(NormalCategory::kA), abnormal.value_or(AbnormalCategory::kI)};
  }
  bool operator==(const Nameplate&) const = default;
};

// Ratings configured below the nameplate; 0: as the nameplate.
struct ConfiguredRatings {
  double p_max_kw = 0, s_max_kva = 0, q_inject_kvar = 0, q_absorb_kvar = 0, p_charge_kw = 0, s_charge_kva = 0;
  bool operator==(const ConfiguredRatings&) const = default;
};
struct PowerLimit {  // cl. 4.6.2
  bool enabled = false;
  double limit_pu = 1;
  bool operator==(const PowerLimit&) const = default;
};
struct EnterServiceSettings {  // cl. 4.10
  bool permit = true;
  double v_low_pu = 0, v_high_pu = 0, f_low_hz = 0, f_high_hz = 0;
  double delay_s = 0;
  double ramp_s = 0;          // from nothing to all; 0: at once
  double random_delay_s = 0;  // most that is added to delay_s; 0: nothing
  bool operator==(const EnterServiceSettings&) const = default;
};
struct ConstantPf {  // cl. 5.3.2
  bool enabled = false, absorbing = false;
  double power_factor = 1;
  bool operator==(const ConstantPf&) const = default;
};
struct ConstantQ {  // cl. 5.3.5
  bool enabled = false;
  double q_pu = 0;
  bool operator==(const ConstantQ&) const = default;
};
struct VoltVar {  // cl. 5.3.3; the points hold for a reference of 1 and move with it
  bool enabled = false;
  bool track_v_ref = false;  // the reference follows the voltage with time constant v_ref_time_s
  double v_ref_pu = 1, v_ref_time_s = 0;
  double v1_pu = 0, v2_pu = 0, v3_pu = 0, v4_pu = 0;
  double q1_pu = 0, q2_pu = 0, q3_pu = 0, q4_pu = 0;
  double olrt_s = 0;
  bool operator==(const VoltVar&) const = default;
};
struct WattVar {  // cl. 5.3.4
  bool enabled = false;
  double p1_gen_pu = 0, p2_gen_pu = 0, p3_gen_pu = 0, q1_gen_pu = 0, q2_gen_pu = 0, q3_gen_pu = 0;
  double p1_load_pu = 0, p2_load_pu = 0, p3_load_pu = 0, q1_load_pu = 0, q2_load_pu = 0, q3_load_pu = 0;
  bool operator==(const WattVar&) const = default;
};
struct VoltWatt {  // cl. 5.4.2
  bool enabled = false;
  double v1_pu = 0, p1_pu = 0, v2_pu = 0, p2_pu = 0, olrt_s = 0;
  bool operator==(const VoltWatt&) const = default;
};
struct Droop {  // cl. 6.5.2.7
  bool enabled = true;
  double db_of_hz = 0, db_uf_hz = 0;  // dead bands around the nominal frequency
  double k_of = 0, k_uf = 0;          // change of frequency that asks for all of the power, as a share of the nominal
  double olrt_s = 0;
  bool operator==(const Droop&) const = default;
};
struct TripSettings {  // Tables 11 to 13 and 18; beyond a threshold for so many seconds: trip
  double ov2_pu = 0, ov2_s = 0, ov1_pu = 0, ov1_s = 0, uv1_pu = 0, uv1_s = 0, uv2_pu = 0, uv2_s = 0;
  double of2_hz = 0, of2_s = 0, of1_hz = 0, of1_s = 0, uf1_hz = 0, uf1_s = 0, uf2_hz = 0, uf2_s = 0;
  bool operator==(const TripSettings&) const = default;
};

// Adopted as a set, never field by field.
struct Settings {
  ConfiguredRatings ratings;
  PowerLimit power_limit;
  EnterServiceSettings enter_service;
  ConstantPf constant_pf;
  ConstantQ constant_q;
  VoltVar volt_var;
  WattVar watt_var;
  VoltWatt volt_watt;
  Droop droop;
  TripSettings trip;
  bool watt_priority = false;  // false: reactive power first (cl. 5.2)
  bool operator==(const Settings&) const = default;
};

// At most one of these is on at a time (rule E3).
enum class ReactiveMode { kNone = 0, kConstantPf = 1, kConstantQ = 2, kVoltVar = 3, kWattVar = 4 };
// The first that is on; kNone is unity power factor.
ReactiveMode ReactiveModeOf(const Settings& settings);

// What holds: the configured rating where there is one, else the nameplate's.
ConfiguredRatings EffectiveRatings(const Nameplate& nameplate, const ConfiguredRatings& configured);

}  // namespace derms::gridcode
