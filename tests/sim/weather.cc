#include "tests/sim/weather.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/sim/seeded.h"

namespace derms::sim {
namespace {

constexpr double kLeastWind = 0.2, kThickestCloud = 0.3;  // the sun's share under it
constexpr double kSunrise = 6, kDaylightHours = 12, kDegreesPerHour = 15;

double Daylight(double longitude_deg, absl::Time now) {
  const double utc_hours = absl::FDivDuration(now - absl::UnixEpoch(), absl::Hours(1));
  const double solar_hours = std::fmod(utc_hours + longitude_deg / kDegreesPerHour + 24, 24);
  return std::max(0.0, std::sin(std::numbers::pi * (solar_hours - kSunrise) / kDaylightHours));
}

}  // namespace

double AvailableShare(std::uint64_t seed, domain::DerType type, std::string_view region_id, double longitude_deg,
                      absl::Time now) {
  switch (type) {
    case domain::DerType::kSolar:
      return Daylight(longitude_deg, now) * std::lerp(kThickestCloud, 1.0, Drift(seed, "sun", region_id, now));
    case domain::DerType::kWind:
      return std::lerp(kLeastWind, 1.0, Drift(seed, "wind", region_id, now));
    default:
      return 1;
  }
}

}  // namespace derms::sim
