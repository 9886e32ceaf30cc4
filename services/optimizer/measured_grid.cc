#include "services/optimizer/measured_grid.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "libs/domain/rollup.h"

namespace derms::optimizer {
namespace {

constexpr std::size_t kPartLeftOut = 100;  // of this many meters one, either way

// By meter, in any order.
struct Meters {
  std::vector<double> lowest, highest;
  void Add(double low, double high) {
    lowest.push_back(low);
    highest.push_back(high);
  }
};

GridExtremes::Extremes ExtremesOf(Meters& meters) {
  if (meters.lowest.empty()) return {};
  const auto left_out = static_cast<std::ptrdiff_t>((meters.lowest.size() - 1) / kPartLeftOut);
  const auto low = meters.lowest.begin() + left_out, high = meters.highest.end() - 1 - left_out;
  std::nth_element(meters.lowest.begin(), low, meters.lowest.end());
  std::nth_element(meters.highest.begin(), high, meters.highest.end());
  return {static_cast<int>(meters.lowest.size()), *low, *high};
}

struct RegionMeters {
  Meters frequency_hz, voltage_pu;
};
using ByRegion = std::map<std::string, RegionMeters>;

std::vector<GridExtremes> ExtremesOf(ByRegion& by_region) {
  std::vector<GridExtremes> measured;
  for (auto& [region_id, meters] : by_region) {
    measured.push_back({region_id, ExtremesOf(meters.frequency_hz), ExtremesOf(meters.voltage_pu)});
  }
  return measured;
}

}  // namespace

std::vector<GridExtremes> NewestFrequencies(const std::vector<FleetMember>& fleet, absl::Time now) {
  ByRegion by_region;
  for (const FleetMember& member : fleet) {
    if (!member.reading || !member.reading->frequency_hz) continue;
    if (member.reading->quality == domain::ReadingQuality::kInvalid) continue;
    if (now - member.reading->measured_at > domain::kLongestHold) continue;
    by_region[member.der.region_id].frequency_hz.Add(*member.reading->frequency_hz, *member.reading->frequency_hz);
  }
  return ExtremesOf(by_region);
}

std::vector<GridExtremes> ExtremesInHours(const std::vector<FleetMember>& fleet, const std::vector<base::DerKey>& keys,
                                          const std::vector<store::DerGridHours>& hours,
                                          const std::vector<store::DerGridSettings>& settings) {
  std::unordered_map<base::DerKey, const std::string*> region_of;
  std::unordered_map<base::DerKey, double> nominal_v;
  for (std::size_t i = 0; i < fleet.size(); ++i) region_of.emplace(keys[i], &fleet[i].der.region_id);
  for (const store::DerGridSettings& of : settings) {
    if (of.v_nominal_v > 0) nominal_v.emplace(of.der_key, of.v_nominal_v);
  }
  ByRegion by_region;
  for (const store::DerGridHours& of : hours) {
    const auto region = region_of.find(of.der_key);
    if (region == region_of.end()) continue;
    RegionMeters& meters = by_region[*region->second];
    if (of.lowest_hz && of.highest_hz) meters.frequency_hz.Add(*of.lowest_hz, *of.highest_hz);
    const auto nominal = nominal_v.find(of.der_key);
    if (nominal == nominal_v.end() || !of.lowest_v || !of.highest_v) continue;
    meters.voltage_pu.Add(*of.lowest_v / nominal->second, *of.highest_v / nominal->second);
  }
  return ExtremesOf(by_region);
}

}  // namespace derms::optimizer
