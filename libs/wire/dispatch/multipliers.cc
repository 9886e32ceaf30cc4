#include "libs/wire/dispatch/multipliers.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/wire/dispatch/field_table.h"

namespace derms::wire {
namespace {

using dispatch::Multipliers;
using dispatch::Problem;
using dispatch::Series;

// The multipliers of one region or device by themselves: what a message holds.
struct OfRegion {
  Series balance, import_limit, export_limit, reserve_up, reserve_down, peak, flattening;
};
struct OfDevice {
  Series stored_energy, ramp_up, ramp_down, reserve_energy_up, reserve_energy_down, period_budget;
  double energy_budget = 0, delivered_energy = 0;
};

const FieldTable<OfRegion>& RegionFields() {
  static const FieldTable<OfRegion> kFields(
      v1::RegionMultipliers::descriptor(),
      {DERMS_WIRE_FIELD(OfRegion, balance), DERMS_WIRE_FIELD(OfRegion, import_limit),
       DERMS_WIRE_FIELD(OfRegion, export_limit), DERMS_WIRE_FIELD(OfRegion, reserve_up),
       DERMS_WIRE_FIELD(OfRegion, reserve_down), DERMS_WIRE_FIELD(OfRegion, peak),
       DERMS_WIRE_FIELD(OfRegion, flattening)});
  return kFields;
}

const FieldTable<OfDevice>& DeviceFields() {
  static const FieldTable<OfDevice> kFields(
      v1::DeviceMultipliers::descriptor(),
      {DERMS_WIRE_FIELD(OfDevice, stored_energy), DERMS_WIRE_FIELD(OfDevice, ramp_up),
       DERMS_WIRE_FIELD(OfDevice, ramp_down), DERMS_WIRE_FIELD(OfDevice, reserve_energy_up),
       DERMS_WIRE_FIELD(OfDevice, reserve_energy_down), DERMS_WIRE_FIELD(OfDevice, energy_budget),
       DERMS_WIRE_FIELD(OfDevice, period_budget), DERMS_WIRE_FIELD(OfDevice, delivered_energy)});
  return kFields;
}

// Where libs/dispatch keeps what a message has for one region or device.
template <typename Own, typename Value>
struct Place {
  std::vector<Value> Multipliers::*all;
  Value Own::*own;
};
constexpr Place<OfRegion, Series> kRegionSeries[] = {
    {&Multipliers::balance, &OfRegion::balance},           {&Multipliers::import_limit, &OfRegion::import_limit},
    {&Multipliers::export_limit, &OfRegion::export_limit}, {&Multipliers::reserve_up, &OfRegion::reserve_up},
    {&Multipliers::reserve_down, &OfRegion::reserve_down}, {&Multipliers::peak, &OfRegion::peak},
    {&Multipliers::flattening, &OfRegion::flattening}};
constexpr Place<OfDevice, Series> kDeviceSeries[] = {
    {&Multipliers::stored_energy, &OfDevice::stored_energy},
    {&Multipliers::ramp_up, &OfDevice::ramp_up},
    {&Multipliers::ramp_down, &OfDevice::ramp_down},
    {&Multipliers::reserve_energy_up, &OfDevice::reserve_energy_up},
    {&Multipliers::reserve_energy_down, &OfDevice::reserve_energy_down},
    {&Multipliers::period_budget, &OfDevice::period_budget}};
constexpr Place<OfDevice, double> kDeviceNumbers[] = {{&Multipliers::energy_budget, &OfDevice::energy_budget},
                                                      {&Multipliers::delivered_energy, &OfDevice::delivered_energy}};

bool IsZero(double value) {
  return value == 0.0;
}
bool IsZero(const Series& series) {
  return std::all_of(series.begin(), series.end(), [](double value) { return value == 0.0; });
}

// Takes what is not zero out of the vectors, which may be empty. True when there was something.
template <typename Own, typename Value, std::size_t N>
bool Take(const Multipliers& from, std::size_t index, const Place<Own, Value> (&places)[N], Own& to) {
  bool any = false;
  for (const auto& place : places) {
    const std::vector<Value>& all = from.*place.all;
    if (index >= all.size() || IsZero(all[index])) continue;
    to.*place.own = all[index];
    any = true;
  }
  return any;
}

template <typename Own, typename Value, std::size_t N>
void Put(const Own& from, std::size_t index, std::size_t count, const Place<Own, Value> (&places)[N], Multipliers& to) {
  for (const auto& place : places) {
    std::vector<Value>& all = to.*place.all;
    all.resize(count);
    all[index] = from.*place.own;
  }
}

template <typename Things>
std::map<std::string_view, std::size_t> ById(const Things& things) {
  std::map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < things.size(); ++i) index.emplace(things[i].id, i);
  return index;
}

}  // namespace

v1::DispatchMultipliers ToProto(const Problem& problem, const Multipliers& multipliers) {
  v1::DispatchMultipliers out;
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    OfRegion own;
    if (!Take(multipliers, r, kRegionSeries, own)) continue;
    v1::RegionMultipliers& region = *out.add_regions();
    region.set_region_id(problem.regions[r].id);
    RegionFields().Write(own, region);
  }
  for (std::size_t d = 0; d < problem.devices.size(); ++d) {
    OfDevice own;
    const bool series = Take(multipliers, d, kDeviceSeries, own);
    const bool numbers = Take(multipliers, d, kDeviceNumbers, own);
    if (!series && !numbers) continue;
    v1::DeviceMultipliers& device = *out.add_devices();
    device.set_device_id(problem.devices[d].id);
    DeviceFields().Write(own, device);
  }
  out.set_carbon_cap(multipliers.carbon_cap);
  return out;
}

Multipliers FromProto(const Problem& problem, const v1::DispatchMultipliers& multipliers) {
  Multipliers out;
  const auto regions = ById(problem.regions);
  for (const v1::RegionMultipliers& region : multipliers.regions()) {
    const auto found = regions.find(region.region_id());
    if (found == regions.end()) continue;
    OfRegion own;
    RegionFields().Read(region, own);
    Put(own, found->second, problem.regions.size(), kRegionSeries, out);
  }
  const auto devices = ById(problem.devices);
  for (const v1::DeviceMultipliers& device : multipliers.devices()) {
    const auto found = devices.find(device.device_id());
    if (found == devices.end()) continue;
    OfDevice own;
    DeviceFields().Read(device, own);
    Put(own, found->second, problem.devices.size(), kDeviceSeries, out);
    Put(own, found->second, problem.devices.size(), kDeviceNumbers, out);
  }
  out.carbon_cap = multipliers.carbon_cap();
  return out;
}

}  // namespace derms::wire
