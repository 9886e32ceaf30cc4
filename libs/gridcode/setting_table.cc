#include "libs/gridcode/setting_table.h"

namespace derms::gridcode {
namespace {

template <auto Group, auto Member>
auto& Nested(Settings& settings) {
  return settings.*Group.*Member;
}
template <auto Member>
auto& Direct(Nameplate& nameplate) {
  return nameplate.*Member;
}
bool& WattPriority(Settings& settings) {
  return settings.watt_priority;
}

using S = Settings;
using N = Nameplate;
constexpr double kToWatts = 1000;

constexpr NumberField<Settings> kNumbers[] = {
    {"ratings.p_max_kw", "NP_P_MAX", &Nested<&S::ratings, &ConfiguredRatings::p_max_kw>, kToWatts},
    {"ratings.s_max_kva", "NP_VA_MAX", &Nested<&S::ratings, &ConfiguredRatings::s_max_kva>, kToWatts},
    {"ratings.q_inject_kvar", "NP_Q_MAX_INJ", &Nested<&S::ratings, &ConfiguredRatings::q_inject_kvar>, kToWatts},
    {"ratings.q_absorb_kvar", "NP_Q_MAX_ABS", &Nested<&S::ratings, &ConfiguredRatings::q_absorb_kvar>, kToWatts},
    {"ratings.p_charge_kw", "NP_P_MAX_CHARGE", &Nested<&S::ratings, &ConfiguredRatings::p_charge_kw>, kToWatts},
    {"ratings.s_charge_kva", "NP_APPARENT_POWER_CHARGE_MAX", &Nested<&S::ratings, &ConfiguredRatings::s_charge_kva>,
     kToWatts},
    {"power_limit.limit_pu", "AP_LIMIT", &Nested<&S::power_limit, &PowerLimit::limit_pu>},
    {"enter_service.v_low_pu", "ES_V_LOW", &Nested<&S::enter_service, &EnterServiceSettings::v_low_pu>},
    {"enter_service.v_high_pu", "ES_V_HIGH", &Nested<&S::enter_service, &EnterServiceSettings::v_high_pu>},
    {"enter_service.f_low_hz", "ES_F_LOW", &Nested<&S::enter_service, &EnterServiceSettings::f_low_hz>},
    {"enter_service.f_high_hz", "ES_F_HIGH", &Nested<&S::enter_service, &EnterServiceSettings::f_high_hz>},
    {"enter_service.delay_s", "ES_DELAY", &Nested<&S::enter_service, &EnterServiceSettings::delay_s>},
    {"enter_service.ramp_s", "ES_RAMP_RATE", &Nested<&S::enter_service, &EnterServiceSettings::ramp_s>},
    {"enter_service.random_delay_s", "ES_RANDOMIZED_DELAY",
     &Nested<&S::enter_service, &EnterServiceSettings::random_delay_s>},
    {"constant_pf.power_factor", "CONST_PF", &Nested<&S::constant_pf, &ConstantPf::power_factor>},
    {"constant_q.q_pu", "CONST_Q", &Nested<&S::constant_q, &ConstantQ::q_pu>},
    {"volt_var.v_ref_pu", "QV_VREF", &Nested<&S::volt_var, &VoltVar::v_ref_pu>},
    {"volt_var.v_ref_time_s", "QV_VREF_TIME", &Nested<&S::volt_var, &VoltVar::v_ref_time_s>},
    {"volt_var.v1_pu", "QV_CURVE_V1", &Nested<&S::volt_var, &VoltVar::v1_pu>},
    {"volt_var.v2_pu", "QV_CURVE_V2", &Nested<&S::volt_var, &VoltVar::v2_pu>},
    {"volt_var.v3_pu", "QV_CURVE_V3", &Nested<&S::volt_var, &VoltVar::v3_pu>},
    {"volt_var.v4_pu", "QV_CURVE_V4", &Nested<&S::volt_var, &VoltVar::v4_pu>},
    {"volt_var.q1_pu", "QV_CURVE_Q1", &Nested<&S::volt_var, &VoltVar::q1_pu>},
    {"volt_var.q2_pu", "QV_CURVE_Q2", &Nested<&S::volt_var, &VoltVar::q2_pu>},
    {"volt_var.q3_pu", "QV_CURVE_Q3", &Nested<&S::volt_var, &VoltVar::q3_pu>},
    {"volt_var.q4_pu", "QV_CURVE_Q4", &Nested<&S::volt_var, &VoltVar::q4_pu>},
    {"volt_var.olrt_s", "QV_OLRT", &Nested<&S::volt_var, &VoltVar::olrt_s>},
    {"watt_var.p1_gen_pu", "QP_CURVE_P1_GEN", &Nested<&S::watt_var, &WattVar::p1_gen_pu>},
    {"watt_var.p2_gen_pu", "QP_CURVE_P2_GEN", &Nested<&S::watt_var, &WattVar::p2_gen_pu>},
    {"watt_var.p3_gen_pu", "QP_CURVE_P3_GEN", &Nested<&S::watt_var, &WattVar::p3_gen_pu>},
    {"watt_var.q1_gen_pu", "QP_CURVE_Q1_GEN", &Nested<&S::watt_var, &WattVar::q1_gen_pu>},
    {"watt_var.q2_gen_pu", "QP_CURVE_Q2_GEN", &Nested<&S::watt_var, &WattVar::q2_gen_pu>},
    {"watt_var.q3_gen_pu", "QP_CURVE_Q3_GEN", &Nested<&S::watt_var, &WattVar::q3_gen_pu>},
    {"watt_var.p1_load_pu", "QP_CURVE_P1_LOAD", &Nested<&S::watt_var, &WattVar::p1_load_pu>},
    {"watt_var.p2_load_pu", "QP_CURVE_P2_LOAD", &Nested<&S::watt_var, &WattVar::p2_load_pu>},
    {"watt_var.p3_load_pu", "QP_CURVE_P3_LOAD", &Nested<&S::watt_var, &WattVar::p3_load_pu>},
    {"watt_var.q1_load_pu", "QP_CURVE_Q1_LOAD", &Nested<&S::watt_var, &WattVar::q1_load_pu>},
    {"watt_var.q2_load_pu", "QP_CURVE_Q2_LOAD", &Nested<&S::watt_var, &WattVar::q2_load_pu>},
    {"watt_var.q3_load_pu", "QP_CURVE_Q3_LOAD", &Nested<&S::watt_var, &WattVar::q3_load_pu>},
    {"volt_watt.v1_pu", "PV_CURVE_V1", &Nested<&S::volt_watt, &VoltWatt::v1_pu>},
    {"volt_watt.p1_pu", "PV_CURVE_P1", &Nested<&S::volt_watt, &VoltWatt::p1_pu>},
    {"volt_watt.v2_pu", "PV_CURVE_V2", &Nested<&S::volt_watt, &VoltWatt::v2_pu>},
    {"volt_watt.p2_pu", "PV_CURVE_P2", &Nested<&S::volt_watt, &VoltWatt::p2_pu>},
    {"volt_watt.olrt_s", "PV_OLRT", &Nested<&S::volt_watt, &VoltWatt::olrt_s>},
    {"droop.db_of_hz", "PF_DBOF", &Nested<&S::droop, &Droop::db_of_hz>},
    {"droop.db_uf_hz", "PF_DBUF", &Nested<&S::droop, &Droop::db_uf_hz>},
    {"droop.k_of", "PF_KOF", &Nested<&S::droop, &Droop::k_of>},
    {"droop.k_uf", "PF_KUF", &Nested<&S::droop, &Droop::k_uf>},
    {"droop.olrt_s", "PF_OLRT", &Nested<&S::droop, &Droop::olrt_s>},
    {"trip.ov2_pu", "OV2_TRIP_V", &Nested<&S::trip, &TripSettings::ov2_pu>},
    {"trip.ov2_s", "OV2_TRIP_T", &Nested<&S::trip, &TripSettings::ov2_s>},
    {"trip.ov1_pu", "OV1_TRIP_V", &Nested<&S::trip, &TripSettings::ov1_pu>},
    {"trip.ov1_s", "OV1_TRIP_T", &Nested<&S::trip, &TripSettings::ov1_s>},
    {"trip.uv1_pu", "UV1_TRIP_V", &Nested<&S::trip, &TripSettings::uv1_pu>},
    {"trip.uv1_s", "UV1_TRIP_T", &Nested<&S::trip, &TripSettings::uv1_s>},
    {"trip.uv2_pu", "UV2_TRIP_V", &Nested<&S::trip, &TripSettings::uv2_pu>},
    {"trip.uv2_s", "UV2_TRIP_T", &Nested<&S::trip, &TripSettings::uv2_s>},
    {"trip.of2_hz", "OF2_TRIP_F", &Nested<&S::trip, &TripSettings::of2_hz>},
    {"trip.of2_s", "OF2_TRIP_T", &Nested<&S::trip, &TripSettings::of2_s>},
    {"trip.of1_hz", "OF1_TRIP_F", &Nested<&S::trip, &TripSettings::of1_hz>},
    {"trip.of1_s", "OF1_TRIP_T", &Nested<&S::trip, &TripSettings::of1_s>},
    {"trip.uf1_hz", "UF1_TRIP_F", &Nested<&S::trip, &TripSettings::uf1_hz>},
    {"trip.uf1_s", "UF1_TRIP_T", &Nested<&S::trip, &TripSettings::uf1_s>},
    {"trip.uf2_hz", "UF2_TRIP_F", &Nested<&S::trip, &TripSettings::uf2_hz>},
    {"trip.uf2_s", "UF2_TRIP_T", &Nested<&S::trip, &TripSettings::uf2_s>},
};

constexpr FlagField<Settings> kFlags[] = {
    {"power_limit.enabled", "AP_LIMIT_ENABLE", &Nested<&S::power_limit, &PowerLimit::enabled>, "ENABLED", "DISABLED"},
    {"enter_service.permit", "ES_PERMIT_SERVICE", &Nested<&S::enter_service, &EnterServiceSettings::permit>, "ENABLED",
     "DISABLED"},
    {"constant_pf.enabled", "CONST_PF_MODE_ENABLE", &Nested<&S::constant_pf, &ConstantPf::enabled>, "ENABLED",
     "DISABLED"},
    {"constant_pf.absorbing", "CONST_PF_EXCITATION", &Nested<&S::constant_pf, &ConstantPf::absorbing>, "ABS", "INJ"},
    {"constant_q.enabled", "CONST_Q_MODE_ENABLE", &Nested<&S::constant_q, &ConstantQ::enabled>, "ENABLED", "DISABLED"},
    {"volt_var.enabled", "QV_MODE_ENABLE", &Nested<&S::volt_var, &VoltVar::enabled>, "ENABLED", "DISABLED"},
    {"volt_var.track_v_ref", "QV_VREF_AUTO_MODE", &Nested<&S::volt_var, &VoltVar::track_v_ref>, "ENABLED", "DISABLED"},
    {"watt_var.enabled", "QP_MODE_ENABLE", &Nested<&S::watt_var, &WattVar::enabled>, "ENABLED", "DISABLED"},
    {"volt_watt.enabled", "PV_MODE_ENABLE", &Nested<&S::volt_watt, &VoltWatt::enabled>, "ENABLED", "DISABLED"},
    {"droop.enabled", "PF_MODE_ENABLE", &Nested<&S::droop, &Droop::enabled>, "ENABLED", "DISABLED"},
    {"watt_priority", "NP_PRIO_OUTSIDE_MIN_Q_REQ", &WattPriority, "ACTIVE", "REACTIVE"},
};

constexpr NumberField<Nameplate> kNameplate[] = {
    {"p_max_kw", "NP_P_MAX", &Direct<&N::p_max_kw>, kToWatts},
    {"s_max_kva", "NP_VA_MAX", &Direct<&N::s_max_kva>, kToWatts},
    {"q_inject_kvar", "NP_Q_MAX_INJ", &Direct<&N::q_inject_kvar>, kToWatts},
    {"q_absorb_kvar", "NP_Q_MAX_ABS", &Direct<&N::q_absorb_kvar>, kToWatts},
    {"p_charge_kw", "NP_P_MAX_CHARGE", &Direct<&N::p_charge_kw>, kToWatts},
    {"s_charge_kva", "NP_APPARENT_POWER_CHARGE_MAX", &Direct<&N::s_charge_kva>, kToWatts},
    {"p_min_pu", "NP_P_MIN_PU", &Direct<&N::p_min_pu>},
    {"p_over_excited_kw", "NP_P_MAX_OVER_PF", &Direct<&N::p_over_excited_kw>, kToWatts},
    {"over_excited_pf", "NP_OVER_PF", &Direct<&N::over_excited_pf>},
    {"p_under_excited_kw", "NP_P_MAX_UNDER_PF", &Direct<&N::p_under_excited_kw>, kToWatts},
    {"under_excited_pf", "NP_UNDER_PF", &Direct<&N::under_excited_pf>},
    {"v_nominal_v", "NP_AC_V_NOM", &Direct<&N::v_nominal_v>},
    {"v_max_v", "NP_AC_V_MAX", &Direct<&N::v_max_v>},
    {"v_min_v", "NP_AC_V_MIN", &Direct<&N::v_min_v>},
    {"susceptance_s", "NP_REACTIVE_SUSCEPTANCE", &Direct<&N::susceptance_s>},
};

}  // namespace

std::span<const NumberField<Settings>> SettingNumbers() {
  return kNumbers;
}
std::span<const FlagField<Settings>> SettingFlags() {
  return kFlags;
}
std::span<const NumberField<Nameplate>> NameplateNumbers() {
  return kNameplate;
}

const NumberField<Settings>* FindSettingNumber(std::string_view name) {
  for (const NumberField<Settings>& number : kNumbers) {
    if (number.name == name) return &number;
  }
  return nullptr;
}

const FlagField<Settings>* FindSettingFlag(std::string_view name) {
  for (const FlagField<Settings>& flag : kFlags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

}  // namespace derms::gridcode
