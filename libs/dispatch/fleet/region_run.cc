#include "libs/dispatch/fleet/region_run.h"

#include <cmath>
#include <ctime>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/grid_bound.h"

namespace derms::dispatch::fleet {
namespace {

// Adds the processor time of a scope to a sum.
class Clocked {
 public:
  explicit Clocked(double& sum) : sum_(sum), start_(ThreadSeconds()) {}
  ~Clocked() { sum_ += ThreadSeconds() - start_; }
  Clocked(const Clocked&) = delete;
  Clocked& operator=(const Clocked&) = delete;

 private:
  double& sum_;
  const double start_;
};

// What a kW is worth if only the grid were there: bought where demand exceeds all renewables, sold elsewhere.
RegionPrices PlainPrices(const RegionModel& model) {
  RegionPrices prices;
  for (std::size_t t = 0; t < model.count(); ++t) {
    double need = model.region.demand_kw[t] - SumOfKinds(model.must_take_kw, t);
    for (const RenewableModel& renewable : model.renewables) {
      need -= model.AvailableKw(*renewable.of, t, renewable.order.capacity_kw());
    }
    prices.balance.push_back(model.fleet.hours * (need > 0.0 ? model.region.import_price_usd_per_kwh[t]
                                                             : model.region.export_price_usd_per_kwh[t]));
  }
  return prices;
}

}  // namespace

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

RegionRun::RegionRun(const Fleet& fleet, int region, const SapcOptions& options, FleetSchedule& schedule,
                     SapcReport& report)
    : options_(options), schedule_(schedule), report_(report), model_(fleet, region, options.clusters) {}

void RegionRun::AnswerPlainly(Workers& workers, std::vector<ResponseSpace>& spaces) {
  const Clocked clocked(report_.bound_seconds);
  const RegionPrices prices = Admissible(model_, PlainPrices(model_));
  const std::vector<ClusterResponse> answers = RespondToPrices(model_, prices, workers, spaces, &schedule_);
  lower_bound_usd_ = LowerBound(model_, prices, answers);
  best_prices() = prices;
  Injection injection = NoInjection(model_.count());
  double cost = 0.0;
  for (std::size_t k = 0; k < answers.size(); ++k) {
    Series& sum = injection[model_.clusters[k].headroom];
    for (std::size_t t = 0; t < model_.count(); ++t) sum[t] += answers[k].power_kw[t];
    cost += answers[k].cost_usd;
  }
  Adopt(BalanceGrid(model_, injection, prices, 0.0, schedule_.renewable_taken_kw), cost);
}

absl::Status RegionRun::Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  std::optional<Surrogate> surrogate;
  {
    const Clocked clocked(report_.surrogate_seconds);
    surrogate.emplace(model_);
    RETURN_IF_ERROR(surrogate->Solve(limits));
  }
  const RegionPrices first = Admissible(model_, surrogate->Prices());
  {
    const Clocked clocked(report_.bound_seconds);
    Bound(first, workers, spaces);
  }
  AnchoredPass pass(model_, options_.anchor, first, *surrogate, workers, spaces, schedule_);
  {
    const Clocked clocked(report_.anchored_seconds);
    const absl::Status anchored = pass.Run(limits);
    report_.simplex_iterations += surrogate->iterations();
    if (!anchored.ok() && has_schedule_) AdoptWhatStands(first);
    RETURN_IF_ERROR(anchored);
  }
  const Clocked clocked(report_.polish_seconds);
  BalanceResult balance = BalanceGrid(model_, pass.result().injection_kw, Admissible(model_, surrogate->Prices()),
                                      surrogate->level_kw(), schedule_.renewable_taken_kw);
  const double gap_usd = options_.relative_gap * std::abs(pass.result().cost_usd + balance.cost_usd);
  PolishResult polished = Polish(model_, options_.polish, pass, *surrogate, limits, lower_bound_usd_, gap_usd,
                                 std::move(balance), schedule_.renewable_taken_kw);
  report_.polish_rounds += polished.rounds;
  Adopt(std::move(polished.balance), pass.result().cost_usd);
  return absl::OkStatus();
}

void RegionRun::Bound(const RegionPrices& prices, Workers& workers, std::vector<ResponseSpace>& spaces) {
  const std::vector<ClusterResponse> answers = RespondToPrices(model_, prices, workers, spaces, nullptr);
  const double bound = LowerBound(model_, prices, answers);
  if (bound <= lower_bound_usd_) return;
  lower_bound_usd_ = bound;
  best_prices() = prices;
}

void RegionRun::AdoptWhatStands(const RegionPrices& prices) {
  Injection injection = NoInjection(model_.count());
  double cost = 0.0;
  for (const Cluster& cluster : model_.clusters) {
    for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
      const std::span<const float> powers = PowersOf(schedule_, cluster.kind, i, model_.count());
      for (std::size_t t = 0; t < powers.size(); ++t) injection[cluster.headroom][t] += static_cast<double>(powers[t]);
      cost += CostOf(model_.fleet, cluster.kind, i, powers);
    }
  }
  Adopt(BalanceGrid(model_, injection, prices, 0.0, schedule_.renewable_taken_kw), cost);
}

void RegionRun::Adopt(BalanceResult balance, double device_cost_usd) {
  schedule_.regions[static_cast<std::size_t>(model_.index)] = std::move(balance.flows);
  cost_usd_ = device_cost_usd + balance.cost_usd;
  balanced_ = balance.balanced;
  has_schedule_ = true;
}

}  // namespace derms::dispatch::fleet
