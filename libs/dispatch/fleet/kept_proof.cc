#include "libs/dispatch/fleet/kept_proof.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "libs/dispatch/fleet/grid_bound.h"

namespace derms::dispatch::fleet {
namespace {

double LeastOver(double low, double high, double slope) {
  return std::min(slope * low, slope * high);
}

// Minima over boxes in the first intervals, as many as `worth` has: decisions in each, and energy between them. Values
// are those of energy at the end of an interval; what is left at the end of the last one is not in it.
double StorageBound(const StorageTerms& s, double hours, std::span<const double> worth, std::span<const double> value) {
  const double charged = hours * s.charge_efficiency, drawn = hours / s.discharge_efficiency;
  const double wear = hours * s.wear_usd_per_kwh;
  std::array<double, 4> sums{};  // side by side
  const auto acting = [&](std::size_t t) {
    const double charging = worth[t] - value[t] * charged, discharging = wear - worth[t] + value[t] * drawn;
    return std::min({0.0, charging * s.charge_max_kw, discharging * s.discharge_max_kw});
  };
  const std::size_t last = worth.size() - 1;
  for (std::size_t t = 0; t < last; ++t) {
    sums[t & 3U] += acting(t) + LeastOver(s.energy_min_kwh, s.energy_max_kwh, value[t] - s.keep * value[t + 1]);
  }
  return sums[0] + sums[1] + sums[2] + sums[3] + acting(last) - s.keep * value[0] * s.initial_energy_kwh;
}

// What is left at the end of the horizon has no price.
double FinalEnergyBound(const StorageTerms& s, double last_value) {
  return LeastOver(std::max(s.energy_min_kwh, s.final_energy_min_kwh), s.energy_max_kwh, last_value);
}

// Prices of the ramps into each of the first intervals, and into the one after them. Priced ramps leave a convex curve
// in each interval, least at the end of a piece.
double UnitBound(const UnitTerms& u, double hours, std::span<const double> worth, std::span<double> ramp,
                 double next_ramp) {
  if (u.starts_anywhere()) ramp[0] = 0.0;
  double sum = u.starts_anywhere() ? 0.0 : -ramp[0] * u.initial_kw;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const double slope = ramp[t] - (t + 1 < worth.size() ? ramp[t + 1] : next_ramp) - worth[t];
    double at = u.min_kw, value = slope * at, least = value;
    for (std::size_t k = 0; k < u.piece_kw.size(); ++k) {
      const double to = k + 1 == u.piece_kw.size() ? u.max_kw : at + static_cast<double>(u.piece_kw[k]);
      value += (to - at) * (slope + hours * static_cast<double>(u.piece_usd_per_kwh[k]));
      least = std::min(least, value);
      at = to;
    }
    sum += least - std::max(ramp[t] * u.ramp_up_kw, -ramp[t] * u.ramp_down_kw);
  }
  return sum + hours * u.cost_at_min_usd_per_hour * static_cast<double>(worth.size());
}

double HydroBound(const HydroTerms& h, double hours, std::span<const double> worth, double water) {
  const bool is_limited = std::isfinite(h.energy_budget_kwh);
  const double cost = hours * (h.marginal_cost_usd_per_kwh + (is_limited ? water : 0.0));
  double sum = is_limited ? -water * h.energy_budget_kwh : 0.0;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    sum += LeastOver(h.min_kw, std::max(h.capacity_kw * h.profile[t], h.min_kw), cost - worth[t]);
  }
  return sum;
}

// Values of the first `count` intervals of a horizon that began `passed` before, zero beyond its end.
void Read(const std::vector<float>& rows, std::size_t i, std::size_t passed, std::size_t count, std::span<double> row) {
  const float* const from = rows.data() + i * row.size() + passed;
  for (std::size_t t = 0; t < count; ++t) {
    const auto value = passed + t < row.size() ? static_cast<double>(from[t]) : 0.0;
    row[t] = std::isfinite(value) ? value : 0.0;
  }
}

void Write(std::span<const double> row, std::size_t i, std::vector<float>& rows) {
  float* const to = rows.data() + i * row.size();
  for (std::size_t t = 0; t < row.size(); ++t) to[t] = static_cast<float>(row[t]);
}

class KeptDevices {
 public:
  KeptDevices(const Fleet& fleet, const KeptProof& kept, const ProofShift& shift, KeptProof* next)
      : fleet_(fleet), kept_(kept), shift_(shift), next_(next) {}

  double BoundOf(DeviceKind kind, std::size_t i, std::span<const double> worth, ResponseSpace& space) const {
    switch (kind) {
      case DeviceKind::kStorage:
        return BoundOfStorage(i, worth, space);
      case DeviceKind::kUnit:
        return BoundOfUnit(i, worth, space);
      case DeviceKind::kHydro:
        break;
    }
    return has_tail() ? AnswerOfHydro(i, worth, space) : BoundOfHydro(i, worth);
  }

 private:
  bool has_tail() const { return shift_.kept < fleet_.intervals(); }

  double BoundOfStorage(std::size_t i, std::span<const double> worth, ResponseSpace& space) const {
    const std::size_t kept = shift_.kept;
    const std::span<double> row = space.wish_kw;
    Read(kept_.stored_energy_usd_per_kwh, i, shift_.passed, kept, row);
    StorageTerms terms = StorageTerms::Of(fleet_.storages, i);
    double bound = StorageBound(terms, fleet_.hours, worth.first(kept), row);
    const double value = row[kept - 1];
    if (has_tail()) {
      const std::span<double> power = std::span(space.power_kw).subspan(kept);
      bound += space.storage.SolveFromPrice(terms, value, worth.subspan(kept), power, &terms.initial_energy_kwh);
      if (next_ != nullptr) {
        StorageMultipliers(terms, fleet_.hours, worth.subspan(kept), power, row.subspan(kept), value);
      }
    } else {
      bound += FinalEnergyBound(terms, value);
    }
    if (next_ != nullptr) Write(row, i, next_->stored_energy_usd_per_kwh);
    return bound;
  }

  double BoundOfUnit(std::size_t i, std::span<const double> worth, ResponseSpace& space) const {
    const std::size_t kept = shift_.kept;
    const std::span<double> row = space.wish_kw;
    Read(kept_.ramp_usd_per_kw, i, shift_.passed, has_tail() ? kept + 1 : kept, row);
    UnitTerms terms = UnitTerms::Of(fleet_.units, i);
    const double into_tail = has_tail() ? row[kept] : 0.0;
    double bound = UnitBound(terms, fleet_.hours, worth.first(kept), row, into_tail);
    if (has_tail()) {
      bound += TailOfUnit(terms, into_tail, worth.subspan(kept), row.subspan(kept), space);
      row[kept] = into_tail;
    }
    if (next_ != nullptr) Write(row, i, next_->ramp_usd_per_kw);
    return bound;
  }

  // From any output, at the price of the ramp into the first interval.
  double TailOfUnit(UnitTerms& terms, double into_tail, std::span<const double> worth, std::span<double> ramp,
                    ResponseSpace& space) const {
    const std::span<double> power = std::span(space.power_kw).last(worth.size());
    std::vector<double>& from_price = space.worth_usd_per_kw;
    from_price.assign(worth.begin(), worth.end());
    from_price[0] -= into_tail;
    terms.initial_kw = std::numeric_limits<double>::quiet_NaN();
    double value = space.unit.Solve(terms, from_price, power);
    for (std::size_t t = 0; t < power.size(); ++t) value -= from_price[t] * power[t];
    if (next_ != nullptr) UnitMultipliers(terms, fleet_.hours, from_price, power, ramp);
    return value - std::max(into_tail * terms.ramp_up_kw, -into_tail * terms.ramp_down_kw);
  }

  double BoundOfHydro(std::size_t i, std::span<const double> worth) const {
    const auto kept = static_cast<double>(kept_.water_usd_per_kwh[i]);
    const double water = std::isfinite(kept) ? std::max(kept, 0.0) : 0.0;
    if (next_ != nullptr) next_->water_usd_per_kwh[i] = static_cast<float>(water);
    return HydroBound(HydroTerms::Of(fleet_, i), fleet_.hours, worth, water);
  }

  double AnswerOfHydro(std::size_t i, std::span<const double> worth, ResponseSpace& space) const {
    const double value = Respond(fleet_, DeviceKind::kHydro, i, worth, space).value_usd;
    if (next_ != nullptr) next_->water_usd_per_kwh[i] = static_cast<float>(space.hydro.water_usd_per_kwh());
    return value;
  }

  const Fleet& fleet_;
  const KeptProof& kept_;
  const ProofShift shift_;
  KeptProof* const next_;
};

}  // namespace

void Allocate(const Fleet& fleet, KeptProof& proof) {
  proof.prices.assign(fleet.regions.size(), {});
  proof.stored_energy_usd_per_kwh.resize(fleet.storages.size() * fleet.intervals());
  proof.ramp_usd_per_kw.resize(fleet.units.size() * fleet.intervals());
  proof.water_usd_per_kwh.resize(fleet.hydros.size());
}

bool FitsRegion(const KeptProof& proof, const Fleet& fleet, int region) {
  return proof.prices.size() == fleet.regions.size() &&
         FitsPrices(proof.prices[static_cast<std::size_t>(region)], fleet.intervals()) &&
         proof.stored_energy_usd_per_kwh.size() == fleet.storages.size() * fleet.intervals() &&
         proof.ramp_usd_per_kw.size() == fleet.units.size() * fleet.intervals() &&
         proof.water_usd_per_kwh.size() == fleet.hydros.size();
}

void KeepValues(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const double> worth,
                const ResponseSpace& space, KeptProof& proof) {
  Series row(worth.size());
  switch (kind) {
    case DeviceKind::kStorage:
      StorageMultipliers(StorageTerms::Of(fleet.storages, i), fleet.hours, worth, space.power_kw, row);
      Write(row, i, proof.stored_energy_usd_per_kwh);
      break;
    case DeviceKind::kUnit:
      UnitMultipliers(UnitTerms::Of(fleet.units, i), fleet.hours, worth, space.power_kw, row);
      Write(row, i, proof.ramp_usd_per_kw);
      break;
    case DeviceKind::kHydro:
      proof.water_usd_per_kwh[i] = static_cast<float>(space.hydro.water_usd_per_kwh());
      break;
  }
}

RegionPrices ShiftedPrices(const RegionModel& model, const RegionPrices& last, const RegionPrices& newest,
                           const ProofShift& shift) {
  RegionPrices prices = newest;
  const auto keep = [&](const Series& from, Series& to) {
    for (std::size_t t = 0; t < shift.kept && !to.empty(); ++t) to[t] = At(from, t + shift.passed);
  };
  keep(last.balance, prices.balance);
  keep(last.flattening, prices.flattening);
  keep(last.reserve_up, prices.reserve_up);
  keep(last.reserve_down, prices.reserve_down);
  keep(last.peak, prices.peak);
  // All that exceeds the charge for the peak would be paid for the highest import that is possible.
  double sum = 0.0;
  for (const double peak : prices.peak) sum += std::max(peak, 0.0);
  const double charge = model.region.peak_charge_usd_per_kw;
  for (double& peak : prices.peak) peak *= sum > charge ? charge / sum : 1.0;
  return Admissible(model, std::move(prices));
}

namespace {

std::array<Series, kHeadroomKinds> WorthByKind(const RegionPrices& prices, std::size_t intervals) {
  std::array<Series, kHeadroomKinds> worth;
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    worth[kind] = WorthOf(prices, static_cast<Headroom>(kind), intervals);
  }
  return worth;
}

constexpr std::uint32_t kSample = 128;  // devices that a tail is judged by
constexpr std::size_t kTailSteps = 48;  // tails are tried in steps of such a part of the horizon
constexpr std::size_t kMostTails = 18;

// The bound by a few devices of each cluster. What all lose by their schedule is estimated by what the few lose; all
// else is known. The loss is small, and so is what a sample errs by.
class SampledBound {
 public:
  SampledBound(const RegionModel& model, const KeptProof& kept, const ScheduledDevices& scheduled, ResponseSpace& space)
      : model_(model), kept_(kept), scheduled_(scheduled), space_(space) {
    std::uint32_t total = 0;
    for (const Cluster& cluster : model.clusters) total += cluster.end - cluster.begin;
    for (const Cluster& cluster : model.clusters) Sample(cluster, total / kSample + 1);
  }

  double At(const RegionPrices& prices, const ProofShift& shift) {
    const KeptDevices devices(model_.fleet, kept_, shift, nullptr);
    const std::array<Series, kHeadroomKinds> worth = WorthByKind(prices, model_.count());
    double bound = GridBound(model_, prices) + scheduled_.cost_usd;
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      bound -= std::inner_product(worth[kind].begin(), worth[kind].end(), scheduled_.injection_kw[kind].begin(), 0.0);
    }
    for (const Sampled& one : sample_) {
      const Series& earned = worth[one.headroom];
      const double value = one.cost_usd - std::inner_product(earned.begin(), earned.end(), one.power_kw.begin(), 0.0);
      bound += one.stands_for * (devices.BoundOf(one.kind, one.device, earned, space_) - value);
    }
    return bound;
  }

 private:
  struct Sampled {
    DeviceKind kind;
    Headroom headroom;
    std::uint32_t device;
    double stands_for;  // so many devices of its size
    double cost_usd;
    std::span<const float> power_kw;
  };

  void Sample(const Cluster& cluster, std::uint32_t stride) {
    stride = std::min(stride, cluster.end - cluster.begin);
    double all = 0.0, sampled = 0.0;  // sizes
    const std::size_t first = sample_.size();
    for (std::uint32_t i = cluster.begin; i < cluster.end; ++i) {
      const double size = DeviceSize(model_.fleet, cluster.kind, i);
      all += size;
      if ((i - cluster.begin) % stride != stride / 2) continue;
      sampled += size;
      const std::span<const float> power = PowersOf(scheduled_.schedule, cluster.kind, i, model_.count());
      sample_.push_back({cluster.kind, cluster.headroom, i, 1.0, CostOf(model_.fleet, cluster.kind, i, power), power});
    }
    for (std::size_t at = first; at < sample_.size() && sampled > 0.0; ++at) sample_[at].stands_for = all / sampled;
  }

  const RegionModel& model_;
  const KeptProof& kept_;
  const ScheduledDevices& scheduled_;
  ResponseSpace& space_;
  std::vector<Sampled> sample_;
};

}  // namespace

ProofShift BestShift(const RegionModel& model, const RegionPrices& newest, const KeptProof& kept, std::size_t passed,
                     const ScheduledDevices& scheduled, double tolerance_usd, ResponseSpace& space) {
  const RegionPrices& last = kept.prices[static_cast<std::size_t>(model.index)];
  const std::size_t step = std::max<std::size_t>(model.count() / kTailSteps, 1);
  SampledBound sampled(model, kept, scheduled, space);
  std::vector<std::pair<ProofShift, double>> tried;
  double best = -kUnlimited;
  for (std::size_t tail = passed; tail < model.count() && tried.size() < kMostTails; tail += step - tail % step) {
    const ProofShift shift{.passed = passed, .kept = model.count() - tail};
    tried.emplace_back(shift, sampled.At(ShiftedPrices(model, last, newest, shift), shift));
    best = std::max(best, tried.back().second);
  }
  for (const auto& [shift, bound] : tried) {
    if (bound >= best - tolerance_usd) return shift;
  }
  return {.passed = passed, .kept = 0};
}

double KeptBound(const RegionModel& model, const RegionPrices& prices, const KeptProof& kept, const ProofShift& shift,
                 Workers& workers, std::vector<ResponseSpace>& spaces, KeptProof* next) {
  const KeptDevices devices(model.fleet, kept, shift, next);
  const std::array<Series, kHeadroomKinds> worth = WorthByKind(prices, model.count());
  const std::vector<DeviceJob> jobs = MakeJobs(model);
  std::vector<double> parts(jobs.size());
  workers.Run(jobs.size(), [&](std::size_t number, std::size_t worker) {
    const DeviceJob& job = jobs[number];
    const Cluster& cluster = model.clusters[job.cluster];
    for (std::size_t i = job.begin; i < job.end; ++i) {
      parts[number] += devices.BoundOf(cluster.kind, i, worth[cluster.headroom], spaces[worker]);
    }
  });
  double bound = GridBound(model, prices);
  for (const double part : parts) bound += part;
  return bound;
}

}  // namespace derms::dispatch::fleet
