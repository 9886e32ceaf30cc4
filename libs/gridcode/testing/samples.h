// Devices for tests: a nameplate of each category that just reaches what the code wants, with the default settings.
#pragma once

#include "libs/gridcode/grid_support.h"
#include "libs/gridcode/profile_shelf.h"

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

inline constexpr NormalCategory kNormals[] = {NormalCategory::kA, NormalCategory::kB};
inline constexpr AbnormalCategory kAbnormals[] = {AbnormalCategory::kI, AbnormalCategory::kII, AbnormalCategory::kIII};

}  // namespace derms::gridcode::testing
