#include "libs/dispatch/fleet/region_run.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <utility>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/grid_bound.h"
#include "libs/dispatch/fleet/kept_proof.h"
#include "libs/dispatch/fleet/plan_shares.h"
#include "libs/dispatch/fleet/resting_answer.h"

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

// Rows of a region, which stand together: devices in the groups of a kind.
std::pair<std::size_t, std::size_t> RowsOf(const std::vector<DeviceGroup>& groups, int region) {
  std::size_t begin = 0, end = 0;
  for (const DeviceGroup& group : groups) {
    if (group.region != region) continue;
    if (end == 0) begin = group.begin;
    end = group.end;
  }
  return {begin, end};
}
// Renewables have a row for each class.
std::pair<std::size_t, std::size_t> RowsOf(const std::vector<RenewableClass>& classes, int region) {
  std::size_t begin = 0, end = 0;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (classes[c].region != region) continue;
    if (end == 0) begin = c;
    end = c + 1;
  }
  return {begin, end};
}

}  // namespace

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

RegionRun::RegionRun(const Fleet& fleet, int region, const SapcOptions& options, FleetSchedule& schedule,
                     SapcReport& report, WarmStart* next)
    : options_(options),
      schedule_(schedule),
      report_(report),
      next_(next),
      proof_(next == nullptr ? nullptr : &next->proof),
      model_(fleet, region, options.clusters) {}

void RegionRun::AnswerAtOnce(Workers&, std::vector<ResponseSpace>&) {
  const Clocked clocked(report_.bound_seconds);
  const RegionPrices prices = Admissible(model_, PlainPrices(model_));
  lower_bound_usd_ = RestingBound(model_, prices);
  best_prices() = prices;
  WriteResting(model_, schedule_);
  AdoptWhatStands(model_, prices);
}

absl::Status RegionRun::Share(const EngineLimits& limits) {
  const Clocked clocked(report_.surrogate_seconds);
  ASSIGN_OR_RETURN(std::unique_ptr<Surrogate> surrogate, PlanWhole(limits));
  WriteShares(model_, *surrogate, schedule_);
  AdoptWhatStands(model_, Admissible(model_, surrogate->Prices()));
  solved_ = std::move(surrogate);
  return absl::OkStatus();
}

absl::Status RegionRun::Prove(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  if (solved_ == nullptr || limits.Stop()) return base::DeadlineExceeded("STOPPED", "no time left");
  const Clocked clocked(report_.bound_seconds);
  RETURN_IF_ERROR(Bound(model_, Admissible(model_, solved_->Prices()), workers, spaces, limits));
  proved_ = true;
  return absl::OkStatus();
}

absl::Status RegionRun::Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  RETURN_IF_ERROR(RunPass(model_, options_.anchor, workers, spaces, limits));
  Polish(workers, spaces, limits);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Surrogate>> RegionRun::Plan(const RegionModel& model, const EngineLimits& limits) {
  if (&model == &model_ && solved_ != nullptr) return std::move(solved_);
  const Clocked clocked(report_.surrogate_seconds);
  if (&model == &model_) return PlanWhole(limits);
  auto surrogate = std::make_unique<Surrogate>(model);
  RETURN_IF_ERROR(surrogate->Solve(limits));
  return surrogate;
}

absl::StatusOr<std::unique_ptr<Surrogate>> RegionRun::PlanWhole(const EngineLimits& limits) {
  auto surrogate = std::make_unique<Surrogate>(model_);
  const auto r = static_cast<std::size_t>(model_.index);
  const WarmStart* const warm = options_.warm;
  if (warm != nullptr && Fits(*warm, model_.fleet) && r < warm->bases.size()) {
    surrogate->StartFrom(warm->bases[r], static_cast<std::size_t>(warm->intervals_passed));
  }
  RETURN_IF_ERROR(surrogate->Solve(limits));
  if (next_ != nullptr) next_->bases[r] = surrogate->Keep();
  return surrogate;
}

absl::Status RegionRun::RunPass(const RegionModel& model, const AnchorOptions& anchor, Workers& workers,
                                std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Surrogate> surrogate, Plan(model, limits));
  const RegionPrices first = Admissible(model, surrogate->Prices());
  if (!std::exchange(proved_, false)) {
    const Clocked clocked(report_.bound_seconds);
    RETURN_IF_ERROR(Bound(model, first, workers, spaces, limits));
  }
  return RunAnchored(model, anchor, first, *surrogate, workers, spaces, limits);
}

absl::Status RegionRun::RunAnchored(const RegionModel& model, const AnchorOptions& anchor, const RegionPrices& first,
                                    Surrogate& surrogate, Workers& workers, std::vector<ResponseSpace>& spaces,
                                    const EngineLimits& limits, const PlanKeeper* keeper) {
  const Clocked clocked(report_.anchored_seconds);
  AnchoredPass pass(model, anchor, first, surrogate, workers, spaces, schedule_, keeper);
  absl::Status anchored = pass.Run(limits);
  report_.simplex_iterations += surrogate.iterations();
  if (!anchored.ok()) {
    if (has_schedule_) AdoptWhatStands(model, first);
    return anchored;
  }
  Adopt(BalanceGrid(model, pass.result().injection_kw, Admissible(model, surrogate.Prices()), surrogate.level_kw(),
                    schedule_.renewable_taken_kw),
        pass.result().cost_usd);
  return absl::OkStatus();
}

absl::Status RegionRun::Resume(const WarmStart& warm, Workers& workers, std::vector<ResponseSpace>& spaces,
                               const EngineLimits& limits) {
  const WarmOptions& how = options_.rolling;
  const WarmPass& pass = how.PassOf(warm);
  const std::size_t solved_again =
      std::max(IntervalsOf(pass.tail_hours), static_cast<std::size_t>(warm.intervals_passed));
  const PlanKeeper keeper(model_.fleet, warm, model_.count() - std::min(solved_again, model_.count()));
  AnchorOptions anchor = options_.anchor;
  anchor.equal_blocks = pass.equal_blocks;
  anchor.tail_blocks = pass.tail_blocks;
  anchor.turn = TurnOf(warm);
  ASSIGN_OR_RETURN(const std::unique_ptr<Surrogate> surrogate, Plan(model_, limits));
  const RegionPrices first = Admissible(model_, surrogate->Prices());
  RETURN_IF_ERROR(RunAnchored(model_, anchor, first, *surrogate, workers, spaces, limits, &keeper));
  const Clocked clocked(report_.bound_seconds);
  ProveByLast(warm, first, workers, spaces);
  if (IsWithin(how.relative_gap)) return absl::OkStatus();
  if (!proved_) RETURN_IF_ERROR(Bound(model_, first, workers, spaces, limits));
  proved_ = true;  // also for a solve from scratch
  if (IsWithin(how.relative_gap)) return absl::OkStatus();
  return base::NotFound("NOT_GOOD_ENOUGH", "the warm start leaves too large a gap");
}

void RegionRun::ProveByLast(const WarmStart& warm, const RegionPrices& newest, Workers& workers,
                            std::vector<ResponseSpace>& spaces) {
  if (!FitsRegion(warm.proof, model_.fleet, model_.index)) return;
  const auto passed = static_cast<std::size_t>(warm.intervals_passed);
  ProofShift shift{.passed = 0, .kept = model_.count()};
  if (passed > 0) {
    const double tolerance = options_.rolling.proof_tolerance * std::abs(cost_usd_);
    shift = BestShift(model_, newest, warm.proof, passed, tolerance, spaces[0]);
    if (shift.kept == 0) return;
  }
  const auto r = static_cast<std::size_t>(model_.index);
  const RegionPrices prices = ShiftedPrices(model_, warm.proof.prices[r], newest, shift);
  const double bound = KeptBound(model_, prices, warm.proof, shift, workers, spaces, proof_);
  if (proof_ != nullptr) proof_->prices[r] = prices;
  if (bound <= lower_bound_usd_) return;
  lower_bound_usd_ = bound;
  best_prices() = prices;
}

std::size_t RegionRun::IntervalsOf(double hours) const {
  return static_cast<std::size_t>(std::lround(hours / model_.fleet.hours));
}

// The next part of the fleet, round and round.
Turn RegionRun::TurnOf(const WarmStart& warm) const {
  double devices = 0.0;
  for (const Cluster& cluster : model_.clusters) devices += cluster.end - cluster.begin;
  const WarmOptions& how = options_.rolling;
  const WarmPass& pass = how.PassOf(warm);
  const double share = std::clamp(std::max(pass.turn, how.fewest_devices / std::max(devices, 1.0)), 0.01, 1.0);
  return {.first = std::fmod(warm.round * share, 1.0),
          .share = share,
          .blocks_before = share < 1.0 ? pass.blocks_before : 0};
}

void RegionRun::Polish(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  const Clocked clocked(report_.polish_seconds);
  for (const FinerPass& finer : options_.polish) {
    if (IsWithin(options_.relative_gap) || limits.Stop()) return;
    ++report_.polish_passes;
    Kept kept = Keep();
    const RegionModel model(model_.fleet, model_.index, finer.clusters);
    const bool finished = RunPass(model, finer.anchor, workers, spaces, limits).ok();
    if (!finished || !balanced_ || cost_usd_ > kept.cost_usd) Restore(std::move(kept));
  }
}

bool RegionRun::IsWithin(double relative_gap) const {
  return balanced_ && cost_usd_ - lower_bound_usd_ <= relative_gap * std::abs(cost_usd_);
}

absl::Status RegionRun::Bound(const RegionModel& model, const RegionPrices& prices, Workers& workers,
                              std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  ASSIGN_OR_RETURN(const std::vector<ClusterResponse> answers,
                   RespondToPrices(model, prices, workers, spaces, limits, proof_));
  if (proof_ != nullptr) proof_->prices[static_cast<std::size_t>(model_.index)] = prices;
  const double bound = LowerBound(model, prices, answers);
  if (bound > lower_bound_usd_) {
    lower_bound_usd_ = bound;
    best_prices() = prices;
  }
  return absl::OkStatus();
}

void RegionRun::AdoptWhatStands(const RegionModel& model, const RegionPrices& prices) {
  Injection injection = NoInjection(model.count());
  double cost = 0.0;
  for (const Cluster& cluster : model.clusters) {
    for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
      const std::span<const float> powers = PowersOf(schedule_, cluster.kind, i, model.count());
      for (std::size_t t = 0; t < powers.size(); ++t) injection[cluster.headroom][t] += static_cast<double>(powers[t]);
      cost += CostOf(model.fleet, cluster.kind, i, powers);
    }
  }
  Adopt(BalanceGrid(model, injection, prices, 0.0, schedule_.renewable_taken_kw), cost);
}

void RegionRun::Adopt(BalanceResult balance, double device_cost_usd) {
  flows() = std::move(balance.flows);
  cost_usd_ = device_cost_usd + balance.cost_usd;
  balanced_ = balance.balanced;
  has_schedule_ = true;
}

RegionRun::Kept RegionRun::Keep() const {
  const Fleet& fleet = model_.fleet;
  const auto rows = [&](const std::vector<float>& from, const std::vector<DeviceGroup>& groups) {
    const auto [begin, end] = RowsOf(groups, model_.index);
    return std::vector<float>(from.begin() + static_cast<std::ptrdiff_t>(begin * model_.count()),
                              from.begin() + static_cast<std::ptrdiff_t>(end * model_.count()));
  };
  const auto classes = RowsOf(fleet.renewables.classes, model_.index);
  const auto taken = schedule_.renewable_taken_kw.begin();
  return {rows(schedule_.storage_kw, fleet.storages.groups),
          rows(schedule_.unit_kw, fleet.units.groups),
          rows(schedule_.hydro_kw, fleet.hydros.groups),
          {taken + static_cast<std::ptrdiff_t>(classes.first * model_.count()),
           taken + static_cast<std::ptrdiff_t>(classes.second * model_.count())},
          schedule_.regions[static_cast<std::size_t>(model_.index)],
          cost_usd_,
          balanced_};
}

void RegionRun::Restore(Kept kept) {
  const Fleet& fleet = model_.fleet;
  const auto write = [&](const auto& rows, auto& to, std::size_t first_row) {
    std::copy(rows.begin(), rows.end(), to.begin() + static_cast<std::ptrdiff_t>(first_row * model_.count()));
  };
  write(kept.storage_kw, schedule_.storage_kw, RowsOf(fleet.storages.groups, model_.index).first);
  write(kept.unit_kw, schedule_.unit_kw, RowsOf(fleet.units.groups, model_.index).first);
  write(kept.hydro_kw, schedule_.hydro_kw, RowsOf(fleet.hydros.groups, model_.index).first);
  write(kept.taken_kw, schedule_.renewable_taken_kw, RowsOf(fleet.renewables.classes, model_.index).first);
  flows() = std::move(kept.flows);
  cost_usd_ = kept.cost_usd;
  balanced_ = kept.balanced;
}

}  // namespace derms::dispatch::fleet
