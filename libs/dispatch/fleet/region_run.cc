#include "libs/dispatch/fleet/region_run.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/grid_bound.h"
#include "libs/dispatch/fleet/grid_sweep.h"
#include "libs/dispatch/fleet/kept_proof.h"
#include "libs/dispatch/fleet/plan_shares.h"
#include "libs/dispatch/fleet/resting_answer.h"

namespace derms::dispatch::fleet {
namespace {

constexpr double kFewDevices = 2000;  // of a region: in small numbers blocks miss more, and have to be finer

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

RegionRun::RegionRun(const Fleet& fleet, int region, const SapcOptions& options, FleetSchedule& schedule,
                     SapcReport& report, WarmStart* next)
    : RootRun(fleet, region, options.clusters, options, schedule, report),
      next_(next),
      proof_(next == nullptr ? nullptr : &next->proof) {}

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
                                    const EngineLimits& limits, const PlanKeeper* keeper, double sweep_share) {
  const Clocked clocked(report_.anchored_seconds);
  AnchoredPass pass(model, anchor, first, surrogate, workers, spaces, schedule_, keeper);
  absl::Status anchored = pass.Run(limits);
  report_.simplex_iterations += surrogate.iterations();
  if (!anchored.ok()) {
    if (has_schedule_) AdoptWhatStands(model, first);
    return anchored;
  }
  anchored_ = pass.result();
  const RegionPrices last = Admissible(model, surrogate.Prices());
  const auto balanced = [&] {
    return BalanceGrid(model, anchored_.injection_kw, anchored_.unbacked, last, surrogate.level_kw(),
                       schedule_.renewable_taken_kw);
  };
  BalanceResult balance = balanced();
  if (sweep_share > 0.0 && balance.balanced) {
    SweepGrid(model, balance, sweep_share, anchor.turn.first, spaces[0], schedule_, anchored_);
    balance = balanced();
  }
  Adopt(std::move(balance), anchored_.cost_usd);
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
  double devices = 0.0;
  for (const Cluster& cluster : model_.clusters) devices += cluster.end - cluster.begin;
  const int finer = devices < kFewDevices ? 3 : 1;
  anchor.equal_blocks = finer * pass.equal_blocks;
  anchor.tail_blocks = finer * pass.tail_blocks;
  ASSIGN_OR_RETURN(const std::unique_ptr<Surrogate> surrogate, Plan(model_, limits));
  const RegionPrices first = Admissible(model_, surrogate->Prices());
  anchor.turn = ChooseTurn(model_, first, surrogate->cost_usd(), keeper, pass, warm.round, spaces[0]);
  RETURN_IF_ERROR(RunAnchored(model_, anchor, first, *surrogate, workers, spaces, limits, &keeper, SweepShare(pass)));
  const Clocked clocked(report_.bound_seconds);
  ProveByLast(warm, first, workers, spaces);
  if (IsWithin(how.relative_gap)) return absl::OkStatus();
  if (!proved_) RETURN_IF_ERROR(Bound(model_, first, workers, spaces, limits));
  proved_ = true;  // also for a solve from scratch
  if (IsWithin(how.relative_gap)) return absl::OkStatus();
  return base::NotFound("NOT_GOOD_ENOUGH", "the warm start leaves too large a gap");
}

double RegionRun::SweepShare(const WarmPass& pass) const {
  double storages = 0.0;
  for (const Cluster& cluster : model_.clusters) {
    if (cluster.kind == DeviceKind::kStorage) storages += cluster.end - cluster.begin;
  }
  return std::min(std::max(pass.swept, pass.fewest_swept / std::max(storages, 1.0)), 1.0);
}

void RegionRun::ProveByLast(const WarmStart& warm, const RegionPrices& newest, Workers& workers,
                            std::vector<ResponseSpace>& spaces) {
  if (!FitsRegion(warm.proof, model_.fleet, model_.index)) return;
  const auto passed = static_cast<std::size_t>(warm.intervals_passed);
  ProofShift shift{.passed = 0, .kept = model_.count()};
  if (passed > 0) {
    const double tolerance = options_.rolling.proof_tolerance * std::abs(cost_usd_);
    const ScheduledDevices scheduled{anchored_.injection_kw, anchored_.cost_usd, schedule_};
    shift = BestShift(model_, newest, warm.proof, passed, scheduled, tolerance, spaces[0]);
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
  const bool backs = AsksForBacking(model.fleet, model.region);
  Unbacked unbacked = backs ? Unbacked::None(model.count()) : Unbacked();
  double cost = 0.0;
  for (const Cluster& cluster : model.clusters) {
    for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
      const std::span<const float> powers = PowersOf(schedule_, cluster.kind, i, model.count());
      for (std::size_t t = 0; t < powers.size(); ++t) injection[cluster.headroom][t] += static_cast<double>(powers[t]);
      cost += CostOf(model.fleet, cluster.kind, i, powers);
      if (backs && cluster.kind == DeviceKind::kStorage) {
        AddUnbacked(model.fleet, StorageTerms::Of(model.fleet.storages, i), cluster.headroom, powers, unbacked);
      }
    }
  }
  Adopt(BalanceGrid(model, injection, unbacked, prices, 0.0, schedule_.renewable_taken_kw), cost);
}

void RegionRun::Adopt(BalanceResult balance, double device_cost_usd) {
  flows() = std::move(balance.flows);
  cost_usd_ = device_cost_usd + balance.cost_usd;
  balanced_ = balance.balanced;
  has_schedule_ = true;
}

}  // namespace derms::dispatch::fleet
