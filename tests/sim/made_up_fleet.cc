#include "tests/sim/made_up_fleet.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/sim/seeded.h"

namespace derms::sim {
namespace {

struct Kind {
  v1::DerType type;
  double share;  // of the fleet
  double least_kw, most_kw;
};
// Many small ones and few large ones, as distribution grids have them.
constexpr Kind kKinds[] = {
    {v1::DER_TYPE_SOLAR, 0.55, 5, 2000},     {v1::DER_TYPE_BATTERY, 0.25, 5, 1000},
    {v1::DER_TYPE_WIND, 0.10, 50, 3000},     {v1::DER_TYPE_HYDRO, 0.04, 50, 3000},
    {v1::DER_TYPE_FUEL_CELL, 0.04, 10, 500}, {v1::DER_TYPE_GEOTHERMAL, 0.02, 300, 3000},
};

const Kind& KindAt(double place) {
  const Kind* last = kKinds;
  double sum = 0;
  for (const Kind& kind : kKinds) {
    last = &kind;
    sum += kind.share;
    if (place < sum) break;
  }
  return *last;
}

double Rounded(double value, double to) {
  return std::round(value / to) * to;
}

}  // namespace

std::vector<v1::RegisterDerRequest> MadeUpFleet(int count, std::uint64_t seed, const std::string& region_id) {
  std::vector<v1::RegisterDerRequest> fleet;
  for (int number = 1; number <= count; ++number) {
    v1::RegisterDerRequest& der = fleet.emplace_back();
    der.set_der_id(absl::StrFormat("SIM-%06d", number));
    const auto drawn = [&](std::string_view what) { return Chance(seed, {"fleet", what, der.der_id()}); };
    const Kind& kind = KindAt(drawn("type"));
    der.set_type(kind.type);
    der.set_capacity_kw(Rounded(kind.least_kw * std::pow(kind.most_kw / kind.least_kw, drawn("capacity")), 0.1));
    der.set_region_id(region_id);
    der.mutable_location()->set_latitude_deg(Rounded(33 + 8 * drawn("latitude"), 1e-4));  // California
    der.mutable_location()->set_longitude_deg(Rounded(-122 + 7 * drawn("longitude"), 1e-4));
    if (kind.type != v1::DER_TYPE_BATTERY) continue;
    der.mutable_parameters()->set_energy_capacity_kwh(Rounded(der.capacity_kw() * (1 + 3 * drawn("hours")), 0.1));
  }
  return fleet;
}

}  // namespace derms::sim
