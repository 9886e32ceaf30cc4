#include "libs/dispatch/fleet/response_pass.h"

#include <algorithm>
#include <atomic>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/grid_bound.h"
#include "libs/dispatch/fleet/kept_proof.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::uint32_t kDevicesPerJob = 512;

}  // namespace

std::vector<DeviceJob> MakeJobs(const RegionModel& model) {
  std::vector<DeviceJob> jobs;
  for (std::size_t k = 0; k < model.clusters.size(); ++k) {
    const Cluster& cluster = model.clusters[k];
    for (std::uint32_t begin = cluster.begin; begin < cluster.end; begin += kDevicesPerJob) {
      jobs.push_back({k, begin, std::min(begin + kDevicesPerJob, cluster.end)});
    }
  }
  return jobs;
}

DeviceAnswer Respond(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const double> worth,
                     ResponseSpace& space, const BackingPrices* backing) {
  const auto earned = [&] {
    double sum = 0.0;
    for (std::size_t t = 0; t < worth.size(); ++t) sum += worth[t] * space.power_kw[t];
    return sum;
  };
  if (kind == DeviceKind::kStorage) {
    StorageTerms terms = StorageTerms::Of(fleet.storages, i);
    double constant = 0.0;
    if (backing != nullptr) {
      HoldingOf(terms, fleet.reserve_hours, *backing, space.holding_usd_per_kwh);
      terms.holding_usd_per_kwh = space.holding_usd_per_kwh;
      constant = BackingConstant(terms, fleet.reserve_hours, *backing);
    }
    const double value = constant + space.storage.Solve(terms, worth, space.power_kw);
    double discharge = 0.0;
    for (double power : space.power_kw) discharge += std::max(power, 0.0);
    return {fleet.hours * terms.wear_usd_per_kwh * discharge, value};
  }
  const double cost = kind == DeviceKind::kUnit ? space.unit.Solve(UnitTerms::Of(fleet.units, i), worth, space.power_kw)
                                                : space.hydro.Solve(HydroTerms::Of(fleet, i), worth, space.power_kw);
  return {cost, cost - earned()};
}

double CostOf(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const float> power_kw) {
  double usd_per_hour = 0.0;
  switch (kind) {
    case DeviceKind::kStorage:
      for (float power : power_kw) {
        usd_per_hour += static_cast<double>(fleet.storages.wear_usd_per_kwh[i]) * std::max<double>(power, 0.0);
      }
      break;
    case DeviceKind::kUnit: {
      const UnitTerms terms = UnitTerms::Of(fleet.units, i);
      for (float power : power_kw) usd_per_hour += terms.CostUsdPerHour(power);
      break;
    }
    case DeviceKind::kHydro:
      for (float power : power_kw) {
        usd_per_hour += static_cast<double>(fleet.hydros.marginal_cost_usd_per_kwh[i]) * static_cast<double>(power);
      }
      break;
  }
  return fleet.hours * usd_per_hour;
}

std::span<float> PowersOf(FleetSchedule& schedule, DeviceKind kind, std::size_t i, std::size_t intervals) {
  std::vector<float>& all = kind == DeviceKind::kStorage ? schedule.storage_kw
                            : kind == DeviceKind::kUnit  ? schedule.unit_kw
                                                         : schedule.hydro_kw;
  return std::span(all).subspan(i * intervals, intervals);
}

absl::StatusOr<std::vector<ClusterResponse>> RespondToPrices(const RegionModel& model, const RegionPrices& prices,
                                                             Workers& workers, std::vector<ResponseSpace>& spaces,
                                                             const EngineLimits& limits, KeptProof* proof) {
  std::array<Series, kHeadroomKinds> worth;
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    worth[kind] = WorthOf(prices, static_cast<Headroom>(kind), model.count());
  }
  const std::vector<DeviceJob> jobs = MakeJobs(model);
  std::vector<ClusterResponse> parts(jobs.size());
  std::atomic<bool> stopped = false;
  workers.Run(jobs.size(), [&](std::size_t number, std::size_t worker) {
    if (stopped || limits.Stop()) {
      stopped = true;
      return;
    }
    const DeviceJob& job = jobs[number];
    const Cluster& cluster = model.clusters[job.cluster];
    ResponseSpace& space = spaces[worker];
    ClusterResponse& part = parts[number];
    part.power_kw.assign(model.count(), 0.0);
    const BackingPrices* const backing = cluster.kind == DeviceKind::kStorage ? BackingOf(prices, job.begin) : nullptr;
    Series backed;
    if (backing != nullptr) AddToWorth(*backing, backed = worth[cluster.headroom]);
    const Series& worth_here = backing != nullptr ? backed : worth[cluster.headroom];
    for (std::size_t i = job.begin; i < job.end; ++i) {
      const DeviceAnswer answer = Respond(model.fleet, cluster.kind, i, worth_here, space, backing);
      part.cost_usd += answer.cost_usd;
      part.value_usd += answer.value_usd;
      for (std::size_t t = 0; t < model.count(); ++t) part.power_kw[t] += space.power_kw[t];
      if (proof != nullptr) KeepValues(model.fleet, cluster.kind, i, worth[cluster.headroom], space, *proof);
    }
  });
  if (stopped) return base::DeadlineExceeded("STOPPED", "the pass over all devices was stopped");
  std::vector<ClusterResponse> sums(model.clusters.size());
  for (ClusterResponse& sum : sums) sum.power_kw.assign(model.count(), 0.0);
  for (std::size_t number = 0; number < jobs.size(); ++number) {
    ClusterResponse& sum = sums[jobs[number].cluster];
    sum.cost_usd += parts[number].cost_usd;
    sum.value_usd += parts[number].value_usd;
    for (std::size_t t = 0; t < model.count(); ++t) sum.power_kw[t] += parts[number].power_kw[t];
  }
  return sums;
}

double LowerBound(const RegionModel& model, const RegionPrices& prices, const std::vector<ClusterResponse>& answers) {
  double bound = GridBound(model, prices);
  for (const ClusterResponse& answer : answers) bound += answer.value_usd;
  return bound;
}

}  // namespace derms::dispatch::fleet
