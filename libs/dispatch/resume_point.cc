#include "libs/dispatch/resume_point.h"

#include <algorithm>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {
namespace {

using RowById = absl::flat_hash_map<std::string_view, std::size_t>;

template <typename Value>
std::size_t BytesOf(const std::vector<Value>& values) {
  return values.capacity() * sizeof(Value);
}

std::size_t BytesOf(const std::vector<std::string>& ids) {
  std::size_t bytes = ids.capacity() * sizeof(std::string);
  for (const std::string& id : ids) {
    if (id.capacity() > std::string().capacity()) bytes += id.capacity();
  }
  return bytes;
}

std::size_t BytesOf(const std::vector<fleet::RegionPrices>& prices) {
  std::size_t bytes = prices.capacity() * sizeof(fleet::RegionPrices);
  // A problem whose headroom must be backed by energy leaves no proof: there is no backing.
  for (const auto& [balance, flattening, up, down, peak, import_limit, export_limit, backing] : prices) {
    for (const Series* series : {&balance, &flattening, &up, &down, &peak, &import_limit, &export_limit}) {
      bytes += BytesOf(*series);
    }
  }
  return bytes;
}

std::size_t BytesOf(const std::vector<fleet::KeptBasis>& bases) {
  std::size_t bytes = bases.capacity() * sizeof(fleet::KeptBasis);
  for (const auto& [of_columns, of_rows] : bases) bytes += of_columns.capacity() + of_rows.capacity();
  return bytes;
}

void FollowRows(const std::vector<std::string>& ids, const RowById& devices, const Solution& solution,
                std::vector<float>& plans) {
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const auto found = devices.find(ids[row]);
    if (found == devices.end()) continue;
    const Series& power = solution.devices[found->second].power_kw;
    if ((row + 1) * power.size() > plans.size()) return;
    std::transform(power.begin(), power.end(), plans.begin() + static_cast<std::ptrdiff_t>(row * power.size()),
                   [](double kw) { return static_cast<float>(kw); });
  }
}

}  // namespace

void FollowSchedule(const Problem& problem, const Solution& solution, ResumePoint& point) {
  RowById devices;
  devices.reserve(problem.devices.size());
  for (std::size_t d = 0; d < problem.devices.size(); ++d) devices.emplace(problem.devices[d].id, d);
  FollowRows(point.storages, devices, solution, point.plans.storage_kw);
  FollowRows(point.units, devices, solution, point.plans.unit_kw);
  FollowRows(point.hydros, devices, solution, point.plans.hydro_kw);
}

std::size_t ByteSize(const ResumePoint& point) {
  // A member more does not compile here until it is counted.
  const auto& [start, interval_length, regions, storages, units, hydros, plans] = point;
  const auto& [passed, count, round, storage_kw, unit_kw, hydro_kw, energy_kwh, proof, bases] = plans;
  const auto& [prices, stored_energy, ramp, water] = proof;
  return sizeof point + BytesOf(regions) + BytesOf(storages) + BytesOf(units) + BytesOf(hydros) + BytesOf(storage_kw) +
         BytesOf(unit_kw) + BytesOf(hydro_kw) + BytesOf(energy_kwh) + BytesOf(prices) + BytesOf(stored_energy) +
         BytesOf(ramp) + BytesOf(water) + BytesOf(bases);
}

}  // namespace derms::dispatch
