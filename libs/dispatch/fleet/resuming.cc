#include "libs/dispatch/fleet/resuming.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kUnknown = SIZE_MAX;

absl::Status FromScratch(const std::string& why) {
  return base::NotFound("NOT_RESUMED", absl::StrCat("solved from scratch: ", why));
}

// How many intervals lie between the two starts.
absl::StatusOr<int> IntervalsPassed(const ResumePoint& point, const Problem& problem) {
  if (point.interval_length != problem.interval_length || point.plans.interval_count != problem.interval_count) {
    return FromScratch("the last horizon had other intervals");
  }
  absl::Duration rest;
  const std::int64_t passed = absl::IDivDuration(*problem.start - point.start, problem.interval_length, &rest);
  if (rest != absl::ZeroDuration() || passed < 0 || passed >= problem.interval_count) {
    return FromScratch("the last horizon does not reach into this one");
  }
  return static_cast<int>(passed);
}

// Of each wanted id, where it stands among those that are known.
class Places {
 public:
  explicit Places(const std::vector<std::string>& known) {
    place_of_.reserve(known.size());
    for (std::size_t place = 0; place < known.size(); ++place) place_of_.emplace(known[place], place);
  }
  std::size_t Of(std::string_view id) const {
    const auto found = place_of_.find(id);
    return found == place_of_.end() ? kUnknown : found->second;
  }

 private:
  absl::flat_hash_map<std::string_view, std::size_t> place_of_;
};

// Old row of each new one.
std::vector<std::size_t> OldRows(const std::vector<std::string>& known, const std::vector<std::uint32_t>& origin,
                                 const Problem& problem) {
  const Places places(known);
  std::vector<std::size_t> rows;
  rows.reserve(origin.size());
  for (const std::uint32_t device : origin) rows.push_back(places.Of(problem.devices[device].id));
  return rows;
}

// Rows of `width` values in their new order; NaN where there is none.
std::vector<float> Moved(const std::vector<float>& from, const std::vector<std::size_t>& old_rows, std::size_t width) {
  std::vector<float> to;
  to.reserve(old_rows.size() * width);
  for (const std::size_t row : old_rows) {
    if (row == kUnknown) {
      to.insert(to.end(), width, std::numeric_limits<float>::quiet_NaN());
    } else {
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(row * width);
      to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    }
  }
  return to;
}

bool HasRows(const std::vector<float>& values, const std::vector<std::string>& ids, std::size_t width) {
  return values.size() == ids.size() * width;
}

bool IsWhole(const ResumePoint& point) {
  const WarmStart& plans = point.plans;
  const auto intervals = static_cast<std::size_t>(plans.interval_count);
  return HasRows(plans.storage_kw, point.storages, intervals) && HasRows(plans.unit_kw, point.units, intervals) &&
         HasRows(plans.hydro_kw, point.hydros, intervals) && HasRows(plans.energy_kwh, point.storages, 1);
}

bool HasProof(const ResumePoint& point) {
  const KeptProof& proof = point.plans.proof;
  const auto intervals = static_cast<std::size_t>(point.plans.interval_count);
  return !proof.prices.empty() && proof.prices.size() == point.regions.size() &&
         HasRows(proof.stored_energy_usd_per_kwh, point.storages, intervals) &&
         HasRows(proof.ramp_usd_per_kw, point.units, intervals) && HasRows(proof.water_usd_per_kwh, point.hydros, 1);
}

// What was kept of each region, in the order of the problem's; nothing of one that is not known.
template <typename T>
std::vector<T> MovedByRegion(const std::vector<T>& kept, const ResumePoint& point, const Problem& problem) {
  const Places places(point.regions);
  std::vector<T> moved(problem.regions.size());
  for (std::size_t r = 0; r < moved.size(); ++r) {
    const std::size_t place = places.Of(problem.regions[r].id);
    if (place < kept.size()) moved[r] = kept[place];
  }
  return moved;
}

struct Rows {
  std::vector<std::size_t> storage, unit, hydro;
};

std::size_t UnknownOf(const std::vector<std::size_t>& rows) {
  return static_cast<std::size_t>(std::count(rows.begin(), rows.end(), kUnknown));
}

// The one place where the members of WarmStart are gone through; one more does not compile until it is moved, too.
WarmStart MovedPlans(const ResumePoint& point, const Problem& problem, const Rows& rows, int passed) {
  const auto& [of_point, count, round, storage_kw, unit_kw, hydro_kw, energy_kwh, proof, bases] = point.plans;
  const auto& [prices, stored_energy, ramp, water] = proof;
  const auto intervals = static_cast<std::size_t>(count);
  WarmStart warm{.intervals_passed = passed,
                 .interval_count = count,
                 .round = round,
                 .storage_kw = Moved(storage_kw, rows.storage, intervals),
                 .unit_kw = Moved(unit_kw, rows.unit, intervals),
                 .hydro_kw = Moved(hydro_kw, rows.hydro, intervals),
                 .energy_kwh = Moved(energy_kwh, rows.storage, 1),
                 .bases = MovedByRegion(bases, point, problem)};
  if (HasProof(point)) {
    warm.proof = {.prices = MovedByRegion(prices, point, problem),
                  .stored_energy_usd_per_kwh = Moved(stored_energy, rows.storage, intervals),
                  .ramp_usd_per_kw = Moved(ramp, rows.unit, intervals),
                  .water_usd_per_kwh = Moved(water, rows.hydro, 1)};
  }
  return warm;
}

std::vector<std::string> IdsOf(const std::vector<std::uint32_t>& origin, const Problem& problem) {
  std::vector<std::string> ids;
  ids.reserve(origin.size());
  for (const std::uint32_t device : origin) ids.push_back(problem.devices[device].id);
  return ids;
}

}  // namespace

bool CanResume(const Problem& problem) {
  std::vector<bool> is_parent(problem.regions.size(), false);
  for (const Region& region : problem.regions) {
    if (region.parent >= 0) is_parent[static_cast<std::size_t>(region.parent)] = true;
  }
  for (std::size_t r = 0; r < is_parent.size(); ++r) {
    if (problem.regions[r].parent < 0 && !is_parent[r]) return problem.start.has_value();
  }
  return false;
}

absl::StatusOr<Resumption> Resume(const ResumePoint& point, const Problem& problem, const CompiledFleet& compiled) {
  if (!CanResume(problem)) return FromScratch("areas with regions below them do not go on from a run yet");
  ASSIGN_OR_RETURN(const int passed, IntervalsPassed(point, problem));
  if (!IsWhole(point)) return FromScratch("what was kept of the last run is damaged");
  const Rows rows{OldRows(point.storages, compiled.origin.storage, problem),
                  OldRows(point.units, compiled.origin.unit, problem),
                  OldRows(point.hydros, compiled.origin.hydro, problem)};
  Resumption resumption;
  resumption.devices = rows.storage.size() + rows.unit.size() + rows.hydro.size();
  resumption.unplanned = UnknownOf(rows.storage) + UnknownOf(rows.unit) + UnknownOf(rows.hydro);
  const std::size_t planned = resumption.devices - resumption.unplanned;
  if (static_cast<double>(planned) < kLeastPlannedShare * static_cast<double>(resumption.devices)) {
    return FromScratch(absl::StrCat(resumption.unplanned, " of ", resumption.devices,
                                    " storages, units and hydro plants are new since the last run"));
  }
  resumption.warm = MovedPlans(point, problem, rows, passed);
  return resumption;
}

ResumePoint KeepPoint(const Problem& problem, const CompiledFleet& compiled, WarmStart kept) {
  ResumePoint point;
  point.start = *problem.start;
  point.interval_length = problem.interval_length;
  point.regions.reserve(problem.regions.size());
  for (const Region& region : problem.regions) point.regions.push_back(region.id);
  point.storages = IdsOf(compiled.origin.storage, problem);
  point.units = IdsOf(compiled.origin.unit, problem);
  point.hydros = IdsOf(compiled.origin.hydro, problem);
  point.plans = std::move(kept);
  return point;
}

}  // namespace derms::dispatch::fleet
