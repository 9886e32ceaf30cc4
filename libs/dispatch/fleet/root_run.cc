#include "libs/dispatch/fleet/root_run.h"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace derms::dispatch::fleet {

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

RootRun::RootRun(const Fleet& fleet, int root, const ClusterCounts& clusters, const SapcOptions& options,
                 FleetSchedule& schedule, SapcReport& report)
    : options_(options), schedule_(schedule), report_(report), model_(fleet, root, clusters) {}

void RootRun::Polish(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  const Clocked clocked(report_.polish_seconds);
  for (const FinerPass& finer : options_.polish) {
    if (IsWithin(options_.relative_gap) || limits.Stop()) return;
    ++report_.polish_passes;
    Kept kept = Keep();
    const RegionModel model(model_.fleet, model_.index, CountsOf(finer));
    const bool finished = RunPass(model, finer.anchor, workers, spaces, limits).ok();
    if (!finished || kept.IsBetterThan(*this)) Restore(std::move(kept));
  }
}

bool RootRun::IsWithin(double relative_gap) const {
  return balanced_ && cost_usd_ - lower_bound_usd_ <= relative_gap * std::abs(cost_usd_);
}

RootRun::Kept RootRun::Keep() {
  Kept kept{{}, {}, {}, cost_usd_, balanced_};
  for (const Cluster& cluster : model_.clusters) {
    for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
      const std::span<float> powers = PowersOf(schedule_, cluster.kind, cluster.Device(at), model_.count());
      kept.powers_kw.insert(kept.powers_kw.end(), powers.begin(), powers.end());
    }
  }
  for (const RenewableModel& renewable : model_.renewables) {
    const double* taken = &schedule_.renewable_taken_kw[renewable.index * model_.count()];
    kept.taken_kw.insert(kept.taken_kw.end(), taken, taken + model_.count());
  }
  for (const RegionPart& part : model_.parts) {
    kept.flows.push_back(schedule_.regions[static_cast<std::size_t>(part.region)]);
  }
  return kept;
}

void RootRun::Restore(Kept kept) {
  const float* power = kept.powers_kw.data();
  for (const Cluster& cluster : model_.clusters) {
    for (std::uint32_t at = cluster.begin; at < cluster.end; ++at, power += model_.count()) {
      std::copy_n(power, model_.count(), PowersOf(schedule_, cluster.kind, cluster.Device(at), model_.count()).begin());
    }
  }
  const double* taken = kept.taken_kw.data();
  for (const RenewableModel& renewable : model_.renewables) {
    std::copy_n(taken, model_.count(), &schedule_.renewable_taken_kw[renewable.index * model_.count()]);
    taken += model_.count();
  }
  for (std::size_t p = 0; p < model_.parts.size(); ++p) {
    schedule_.regions[static_cast<std::size_t>(model_.parts[p].region)] = std::move(kept.flows[p]);
  }
  cost_usd_ = kept.cost_usd;
  balanced_ = kept.balanced;
}

}  // namespace derms::dispatch::fleet
