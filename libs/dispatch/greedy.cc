#include "libs/dispatch/greedy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/accounting.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/flow_balance.h"
#include "libs/dispatch/greedy_carbon.h"
#include "libs/dispatch/greedy_devices.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

// A store on its way through the horizon.
struct StoragePlan {
  std::size_t device = 0;
  const Storage* storage = nullptr;
  double energy_kwh = 0.0;
  EnergyBounds bounds;
  std::vector<int> wishes;
  double fill_to_kwh = 0.0;
};

// What storage does besides what its energy limits force; tried in this order until a schedule fits the regions.
enum class StorageRule {
  kByPrice,  // cheap in, dear out
  kIdle,     // nothing
  kEarly,    // fills up for its targets as soon as there is room; flexible loads take only what must be
};

class Greedy {
 public:
  Greedy(const Problem& problem, StorageRule rule)
      : problem_(problem),
        tree_(problem.regions),
        rule_(rule),
        solution_(EmptySolution(problem)),
        hours_(problem.hours()) {}

  absl::StatusOr<Solution> Run() {
    PlanAlone();
    for (int t = 0; t < problem_.interval_count; ++t) {
      if (!PlanInterval(t)) {
        return base::FailedPrecondition("NO_SCHEDULE_FOUND",
                                        absl::StrCat("storage that must charge meets a regional limit in interval ", t,
                                                     "; an exact solver may still find a schedule"));
      }
    }
    CompleteSolution(problem_, tree_, solution_);
    solution_.solver = "greedy";
    return std::move(solution_);
  }

 private:
  Series PricesOf(int region) const {
    Series prices(static_cast<std::size_t>(problem_.interval_count));
    const Region& root = problem_.regions[static_cast<std::size_t>(tree_.root_of(region))];
    for (int t = 0; t < problem_.interval_count; ++t) {
      prices[static_cast<std::size_t>(t)] = ImportPriceWithCarbon(problem_, root, t);
    }
    return prices;
  }

  // Every device for itself, as if there were no regions.
  void PlanAlone() {
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      const Device& device = problem_.devices[i];
      const Series prices = PricesOf(device.region);
      DeviceSchedule& schedule = solution_.devices[i];
      std::visit(Overloaded{
                     [&](const Renewable& r) { PlanRenewable(r, schedule); },
                     [&](const Storage& s) { plans_.push_back(PlanStorage(i, s, prices)); },
                     [&](const Unit& u) { PlanUnit(problem_, u, prices, schedule); },
                     [&](const Hydro& h) { PlanHydro(problem_, h, prices, schedule); },
                     [&](const FlexibleLoad& l) { PlanLoad(problem_, l, prices, LoadRuleNow(), schedule); },
                 },
                 device.kind);
    }
  }

  LoadRule LoadRuleNow() const {
    if (rule_ == StorageRule::kByPrice) return LoadRule::kByPrice;
    return rule_ == StorageRule::kIdle ? LoadRule::kEven : LoadRule::kLeast;
  }

  // Weather is taken as it comes, whatever the price: Settle curtails what the limits do not let through.
  void PlanRenewable(const Renewable& renewable, DeviceSchedule& schedule) {
    for (int t = 0; t < problem_.interval_count; ++t) {
      schedule.power_kw[static_cast<std::size_t>(t)] = problem_.at(renewable.availability_kw, t);
    }
  }

  StoragePlan PlanStorage(std::size_t device, const Storage& storage, const Series& prices) const {
    StoragePlan plan{device, &storage, storage.initial_energy_kwh, ReachableBounds(problem_, storage), {}, 0.0};
    plan.wishes.assign(prices.size(), rule_ == StorageRule::kEarly ? -1 : 0);
    if (rule_ == StorageRule::kByPrice) plan.wishes = StorageWishes(problem_, storage, prices);
    plan.fill_to_kwh = storage.energy_max_kwh;
    if (rule_ == StorageRule::kEarly) {
      const Series& least = plan.bounds.least_kwh;
      plan.fill_to_kwh = *std::max_element(least.begin(), least.end());
    }
    return plan;
  }

  bool PlanInterval(int t) {
    FlowBalance flows(problem_, tree_, t);
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      const Device& device = problem_.devices[i];
      const double power = solution_.devices[i].power_kw[static_cast<std::size_t>(t)];
      flows.AddInjection(device.region, power);
      flows.AllowCurtailment(device.region, Curtailable(device, t, power));
    }
    for (StoragePlan& plan : plans_) MoveEnergy(t, Must(plan, t), plan, flows);
    for (StoragePlan& plan : plans_) MoveEnergy(t, Wish(plan, t, flows), plan, flows);
    for (StoragePlan& plan : plans_) CloseInterval(t, plan);
    if (!flows.Settle()) return false;
    Apply(t, flows);
    return true;
  }

  double Curtailable(const Device& device, int t, double power) const {
    if (std::holds_alternative<Renewable>(device.kind) || std::holds_alternative<Hydro>(device.kind)) {
      return std::max(power - LowestOutputKw(problem_, device, t), 0.0);
    }
    return 0.0;
  }

  // Energy at the end of the interval if the store does nothing, and spills nothing.
  double IdleKwh(const StoragePlan& plan, int t) const {
    return Retention(*plan.storage, hours_) * plan.energy_kwh + hours_ * InflowKw(problem_, *plan.storage, t);
  }

  // Power (discharge positive) that the energy limits at the end of the interval leave no choice about.
  double Must(const StoragePlan& plan, int t) const {
    const Storage& storage = *plan.storage;
    const double idle_kwh = IdleKwh(plan, t);
    const double least_kwh = plan.bounds.least_kwh[static_cast<std::size_t>(t)];
    if (idle_kwh < least_kwh) {
      return -std::min((least_kwh - idle_kwh) / (hours_ * storage.charge_efficiency), storage.charge_max_kw);
    }
    const double spillable_kwh = hours_ * InflowKw(problem_, storage, t);
    const double most_kwh = plan.bounds.most_kwh[static_cast<std::size_t>(t)];
    const double too_much_kwh = std::max(idle_kwh - spillable_kwh - most_kwh, 0.0);
    return std::min(too_much_kwh * storage.discharge_efficiency / hours_, storage.discharge_max_kw);
  }

  // What it would like on top, within its energy, its power and the regions' limits.
  double Wish(const StoragePlan& plan, int t, const FlowBalance& flows) const {
    const Storage& storage = *plan.storage;
    const auto at = static_cast<std::size_t>(t);
    const DeviceSchedule& schedule = solution_.devices[plan.device];
    const int region = problem_.devices[plan.device].region;
    const double idle_kwh = IdleKwh(plan, t) + hours_ * (storage.charge_efficiency * schedule.charge_kw[at] -
                                                         schedule.discharge_kw[at] / storage.discharge_efficiency);
    if (plan.wishes[at] < 0 && schedule.discharge_kw[at] == 0.0) {
      const double fits =
          (std::min(plan.fill_to_kwh, plan.bounds.most_kwh[at]) - idle_kwh) / (hours_ * storage.charge_efficiency);
      const double power = storage.charge_max_kw - schedule.charge_kw[at];
      return -std::max(std::min({fits, power, flows.RoomToConsumeKw(region)}), 0.0);
    }
    if (plan.wishes[at] > 0 && schedule.charge_kw[at] == 0.0) {
      const double has = (idle_kwh - plan.bounds.least_kwh[at]) * storage.discharge_efficiency / hours_;
      const double power = storage.discharge_max_kw - schedule.discharge_kw[at];
      return std::max(std::min({has, power, flows.RoomToInjectKw(region)}), 0.0);
    }
    return 0.0;
  }

  void MoveEnergy(int t, double power_kw, const StoragePlan& plan, FlowBalance& flows) {
    DeviceSchedule& schedule = solution_.devices[plan.device];
    if (power_kw < 0.0) schedule.charge_kw[static_cast<std::size_t>(t)] -= power_kw;
    if (power_kw > 0.0) schedule.discharge_kw[static_cast<std::size_t>(t)] += power_kw;
    flows.AddInjection(problem_.devices[plan.device].region, power_kw);
  }

  void CloseInterval(int t, StoragePlan& plan) {
    const Storage& storage = *plan.storage;
    DeviceSchedule& schedule = solution_.devices[plan.device];
    const auto at = static_cast<std::size_t>(t);
    plan.energy_kwh = IdleKwh(plan, t) + hours_ * (storage.charge_efficiency * schedule.charge_kw[at] -
                                                   schedule.discharge_kw[at] / storage.discharge_efficiency);
    if (!storage.inflow_kw) return;
    const double too_much_kw = (plan.energy_kwh - plan.bounds.most_kwh[at]) / hours_;
    schedule.spilled_kw[at] = std::clamp(too_much_kw, 0.0, InflowKw(problem_, storage, t));
    plan.energy_kwh -= hours_ * schedule.spilled_kw[at];
  }

  // Hands a region's curtailment to its devices, first come first served.
  void Apply(int t, const FlowBalance& flows) {
    const auto at = static_cast<std::size_t>(t);
    std::vector<double> left(problem_.regions.size());
    for (std::size_t r = 0; r < left.size(); ++r) {
      const int region = static_cast<int>(r);
      solution_.regions[r].shed_kw[at] = flows.shed_kw(region);
      solution_.regions[r].over_kw[at] = flows.over_kw(region);
      left[r] = flows.curtailed_kw(region);
    }
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      double& power = solution_.devices[i].power_kw[at];
      double& share = left[static_cast<std::size_t>(problem_.devices[i].region)];
      const double less = std::min(share, Curtailable(problem_.devices[i], t, power));
      power -= less;
      share -= less;
    }
  }

  const Problem& problem_;
  const RegionTree tree_;
  const StorageRule rule_;
  Solution solution_;
  const double hours_;
  std::vector<StoragePlan> plans_;
};

absl::StatusOr<Solution> FirstThatFits(const Problem& problem) {
  absl::StatusOr<Solution> found = Greedy(problem, StorageRule::kByPrice).Run();
  if (!found.ok()) found = Greedy(problem, StorageRule::kIdle).Run();
  if (!found.ok()) found = Greedy(problem, StorageRule::kEarly).Run();
  return found;
}

}  // namespace

absl::StatusOr<Solution> GreedySolver::Solve(const Problem& problem, const SolveOptions& options) const {
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(Validate(problem));
  RETURN_IF_ERROR(CheckReachability(problem));
  absl::StatusOr<Solution> found = FirstThatFits(problem);
  if (found.ok() && EmittedKg(problem, *found) > CarbonCapKg(problem)) {
    found = WithinCarbonCap(problem, *std::move(found), FirstThatFits);
  }
  ASSIGN_OR_RETURN(Solution solution, std::move(found));
  solution.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  if (options.progress) options.progress({"greedy", solution.objective_usd(), -kUnlimited});
  return solution;
}

}  // namespace derms::dispatch
