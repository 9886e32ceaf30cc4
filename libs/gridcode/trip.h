// Shall-trip functions: beyond a threshold for so long, and the DER trips. IEEE 1547-2018 Tables
// 11 to 13 and 18.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "libs/gridcode/settings.h"

namespace derms::gridcode {

struct TripFunction {
  std::string_view name;             // "OV2"
  std::string_view threshold, time;  // names of setting_table.h
  bool of_voltage = true, over = true;
  double TripSettings::*level;  // pu or Hz
  double TripSettings::*clearing_s;

  // Beyond, not at: a threshold at the edge of the continuous range lets that edge pass.
  bool Beyond(const TripSettings& settings, double v_pu, double f_hz) const {
    const double x = of_voltage ? v_pu : f_hz;
    return over ? x > settings.*level : x < settings.*level;
  }
};
inline constexpr std::array<TripFunction, 8> kTripFunctions = {{
    {"OV2", "trip.ov2_pu", "trip.ov2_s", true, true, &TripSettings::ov2_pu, &TripSettings::ov2_s},
    {"OV1", "trip.ov1_pu", "trip.ov1_s", true, true, &TripSettings::ov1_pu, &TripSettings::ov1_s},
    {"UV1", "trip.uv1_pu", "trip.uv1_s", true, false, &TripSettings::uv1_pu, &TripSettings::uv1_s},
    {"UV2", "trip.uv2_pu", "trip.uv2_s", true, false, &TripSettings::uv2_pu, &TripSettings::uv2_s},
    {"OF2", "trip.of2_hz", "trip.of2_s", false, true, &TripSettings::of2_hz, &TripSettings::of2_s},
    {"OF1", "trip.of1_hz", "trip.of1_s", false, true, &TripSettings::of1_hz, &TripSettings::of1_s},
    {"UF1", "trip.uf1_hz", "trip.uf1_s", false, false, &TripSettings::uf1_hz, &TripSettings::uf1_s},
    {"UF2", "trip.uf2_hz", "trip.uf2_s", false, false, &TripSettings::uf2_hz, &TripSettings::uf2_s},
}};

// Times each function beyond its threshold. A function whose condition ends starts from 0 again. Not thread-safe.
class TripTimers {
 public:
  struct Trip {
    std::string_view function;
    double left_s = 0;  // of the dt_s that were advanced
  };
  explicit TripTimers(const TripSettings& settings) : settings_(settings) {}
  // v and f have held for dt_s seconds. The first function that tripped; its name is empty when none did.
  Trip Advance(double dt_s, double v_pu, double f_hz);
  void Restart() { beyond_s_.fill(0); }

 private:
  TripSettings settings_;
  std::array<double, kTripFunctions.size()> beyond_s_{};
};

}  // namespace derms::gridcode
