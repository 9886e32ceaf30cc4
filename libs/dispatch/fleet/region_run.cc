#include "libs/dispatch/fleet/region_run.h"

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
  Adopt(injection, cost, prices, 0.0);
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
  const Clocked clocked(report_.anchored_seconds);
  absl::StatusOr<AnchoredResult> anchored =
      AnchoredPass(model_, options_.anchor, first, *surrogate, workers, spaces, limits, schedule_);
  report_.simplex_iterations += surrogate->iterations();
  RETURN_IF_ERROR(anchored.status());
  Adopt(anchored->injection_kw, anchored->cost_usd, Admissible(model_, surrogate->Prices()), surrogate->level_kw());
  return absl::OkStatus();
}

void RegionRun::Bound(const RegionPrices& prices, Workers& workers, std::vector<ResponseSpace>& spaces) {
  const std::vector<ClusterResponse> answers = RespondToPrices(model_, prices, workers, spaces, nullptr);
  const double bound = LowerBound(model_, prices, answers);
  if (bound <= lower_bound_usd_) return;
  lower_bound_usd_ = bound;
  best_prices() = prices;
}

void RegionRun::Adopt(const Injection& injection_kw, double device_cost_usd, const RegionPrices& prices,
                      double level_kw) {
  BalanceResult balance = BalanceGrid(model_, injection_kw, prices, level_kw, schedule_.renewable_taken_kw);
  flows() = std::move(balance.flows);
  cost_usd_ = device_cost_usd + balance.cost_usd;
  balanced_ = balance.balanced;
  has_schedule_ = true;
}

}  // namespace derms::dispatch::fleet
