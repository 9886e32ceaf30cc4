// Devices for tests: a nameplate of each category that just reaches what the code wants, with the default settings.
#pragma once

#include "libs/gridcode/grid_support.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/gridcode/setting_table.h"

namespace derms::gridcode::testing {

inline const ProfileShelf& Shelf() {
  static const ProfileShelf shelf;
  return shelf;
}
inline const Profile& Ieee1547() {
  return Shelf().Default();
}

// 100 kW and 100 kVA.
inline Nameplate PlateOf(NormalCategory normal, AbnormalCategory abnormal) {
  Nameplate plate;
  plate.p_max_kw = plate.s_max_kva = 100;
  plate.q_inject_kvar = 44;
  plate.q_absorb_kvar = normal == NormalCategory::kA ? 25 : 44;
  plate.normal = normal;
  plate.abnormal = abnormal;
  return plate;
}
inline Nameplate StorageOf(NormalCategory normal, AbnormalCategory abnormal) {
  Nameplate plate = PlateOf(normal, abnormal);
  plate.p_charge_kw = plate.s_charge_kva = 100;
  return plate;
}

// Another value in every field.
inline Settings FullSettings() {
  Settings settings;
  double value = -7;
  for (const auto& number : SettingNumbers()) number.in(settings) = value += 1.0 / 3;
  for (const auto& flag : SettingFlags()) flag.in(settings) = !flag.of(settings);
  return settings;
}

// A curve of category B within the rules; `between` draws a number between two.
template <typename Between>
void DrawCurve(const Between& between, VoltVar& volt_var) {
  volt_var.v2_pu = between(0.97, 1);
  volt_var.v3_pu = between(1, 1.03);
  volt_var.v1_pu = between(0.82, volt_var.v2_pu - 0.02);
  volt_var.v4_pu = between(volt_var.v3_pu + 0.02, 1.18);
  volt_var.q1_pu = between(0, 0.44);
  volt_var.q4_pu = between(-0.44, 0);
  volt_var.q3_pu = between(volt_var.q4_pu, volt_var.q1_pu);
  volt_var.q2_pu = between(volt_var.q3_pu, volt_var.q1_pu);
  volt_var.v_ref_pu = between(0.95, 1.05);
}

inline constexpr NormalCategory kNormals[] = {NormalCategory::kA, NormalCategory::kB};
inline constexpr AbnormalCategory kAbnormals[] = {AbnormalCategory::kI, AbnormalCategory::kII, AbnormalCategory::kIII};

}  // namespace derms::gridcode::testing
