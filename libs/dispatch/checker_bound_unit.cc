// With ramps and fuel priced, the intervals of a unit hang together only by on and off: a dynamic program over states
// "on (off) for so many intervals" finds the exact least value, with minimum times, start costs by time off, and the
// limits of the first and last interval on.
#include <cmath>
#include <vector>

#include "libs/dispatch/checker_bound_parts.h"

namespace derms::dispatch::checking {
namespace {

class UnitBound {
 public:
  UnitBound(const Problem& problem, const Unit& unit, const Worth& worth, const UnitPrices& prices)
      : problem_(problem),
        unit_(unit),
        worth_(worth),
        prices_(prices),
        hours_(absl::ToDoubleHours(problem.interval_length)),
        initial_(unit.initial_kw.value_or(0.0)),
        was_on_(!unit.committable || initial_ > 0.0),
        since_hours_(unit.initial_state_hours.value_or(kUnlimited)) {
    const double cold = unit.start_costs.empty() ? 0.0 : unit.start_costs.back().off_hours;
    least_on_ = StatesFor(unit.min_up_hours);
    on_states_ = std::max<std::size_t>(least_on_, 2);  // the first interval on is one by itself
    off_states_ = StatesFor(std::max(unit.min_down_hours, cold));
  }

  double Compute() {
    still_ = 0.0;  // in the state from before the horizon
    on_.assign(on_states_, kUnlimited);
    off_.assign(off_states_, kUnlimited);
    for (int t = 0; t < problem_.interval_count; ++t) Step(t);
    const Running last = RunningIn(problem_.interval_count - 1);
    double least = still_ + (was_on_ ? last.inside : 0.0);
    for (std::size_t j = 0; j < on_states_; ++j) least = std::min(least, on_[j] + (j == 0 ? last.first : last.inside));
    for (double value : off_) least = std::min(least, value);
    const double budget = unit_.energy_budget_kwh ? prices_.energy * *unit_.energy_budget_kwh : 0.0;
    return least - budget + (prices_.ramp_down[0] - prices_.ramp_up[0]) * initial_;
  }

 private:
  static constexpr double kRounding = 1e-9;  // hours

  // One state for each interval of a time that has not passed yet, and one for all after it.
  std::size_t StatesFor(double hours) const {
    const double count = std::ceil(hours / hours_ - kRounding);
    return static_cast<std::size_t>(std::clamp(count, 1.0, problem_.interval_count + 1.0));
  }

  // Least cost of an interval on: among others on, the first one (p <= start_max), the last one (p <= stop_max), both.
  struct Running {
    double inside = 0.0, first = 0.0, last = 0.0, only = 0.0;
  };

  // on_[j]: on for j + 1 intervals since a start within the horizon, the last one: or more; the cost of the interval
  // before t is still open, because it depends on whether the unit stops now. off_ likewise, with nothing open.
  void Step(int t) {
    const Running before = t > 0 ? RunningIn(t - 1) : BeforeTheHorizon();
    const double closed = IsPlanned(t) ? kUnlimited : 0.0;
    const double stay_on = closed + Change(t, true, true), start = closed + Change(t, false, true);
    const double stop = unit_.stop_cost_usd + Change(t, true, false), stay_off = Change(t, false, false);
    std::vector<double> on(on_states_, kUnlimited), off(off_states_, kUnlimited);
    const auto lower = [](double& to, double value) { to = std::min(to, value); };
    for (std::size_t j = 0; j < on_states_; ++j) {
      lower(on[std::min(j + 1, on_states_ - 1)], on_[j] + (j == 0 ? before.first : before.inside) + stay_on);
      if (j + 1 >= least_on_) lower(off[0], on_[j] + (j == 0 ? before.only : before.last) + stop);
    }
    for (std::size_t j = 0; j < off_states_; ++j) {
      lower(off[std::min(j + 1, off_states_ - 1)], off_[j] + stay_off);
      const double time_off = Hours(j + 1);
      if (time_off + kRounding >= unit_.min_down_hours || j + 1 == off_states_) {
        lower(on[0], off_[j] + start + StartUsd(time_off));
      }
    }
    const double since = since_hours_ + Hours(static_cast<std::size_t>(t));
    if (was_on_) {
      if (unit_.committable && since + kRounding >= unit_.min_up_hours) lower(off[0], still_ + before.last + stop);
      still_ += before.inside + stay_on;
    } else {
      if (since + kRounding >= unit_.min_down_hours) lower(on[0], still_ + start + StartUsd(since));
      still_ += stay_off;
    }
    on_ = std::move(on);
    off_ = std::move(off);
  }

  double StartMax() const { return OuterLimit(unit_.start_max_kw, unit_.ramp_up_kw_per_min); }
  double StopMax() const { return OuterLimit(unit_.stop_max_kw, unit_.ramp_down_kw_per_min); }
  double OuterLimit(const std::optional<double>& given, double kw_per_min) const {
    const double ramp = kw_per_min * absl::ToDoubleMinutes(problem_.interval_length);
    return std::min(given.value_or(std::max(ramp, unit_.min_kw)), unit_.max_kw);
  }

  double Hours(std::size_t intervals) const { return static_cast<double>(intervals) * hours_; }

  bool IsPlanned(int t) const {
    return std::any_of(unit_.maintenance.begin(), unit_.maintenance.end(),
                       [&](const IntervalRange& range) { return t >= range.first && t < range.end; });
  }

  double StartUsd(double time_off) const {
    if (unit_.start_costs.empty()) return unit_.start_cost_usd;
    double usd = 0.0;
    for (const StartCost& step : unit_.start_costs) usd = time_off + kRounding >= step.off_hours ? step.usd : usd;
    return usd;
  }

  // Priced ramp rows: p - p before <= R, or start_max at a start. Where R is wider than what outputs can differ by at
  // all, the row is no tighter than that difference.
  double Change(int t, bool from_on, bool to_on) const {
    const auto at = static_cast<std::size_t>(t);
    const double minutes = absl::ToDoubleMinutes(problem_.interval_length), range = unit_.max_kw - unit_.min_kw;
    double rise = 0.0, fall = 0.0;
    if (from_on && to_on) {
      rise = std::min(unit_.ramp_up_kw_per_min * minutes, t > 0 ? range : unit_.max_kw - initial_);
      fall = std::min(unit_.ramp_down_kw_per_min * minutes, t > 0 ? range : initial_ - unit_.min_kw);
    } else if (to_on) {
      rise = StartMax();
    } else if (from_on) {
      fall = StopMax();
    }
    return -prices_.ramp_up[at] * rise - prices_.ramp_down[at] * fall;
  }

  // Costs nothing here, but may not have been too high for a stop; what the rules forgive as rounding is forgiven.
  Running BeforeTheHorizon() const {
    const bool may_stop = initial_ <= StopMax() + 1e-5 * (1.0 + unit_.max_kw);
    return {0.0, 0.0, may_stop ? 0.0 : kUnlimited, 0.0};
  }

  Running RunningIn(int t) const {
    if (!unit_.committable) return {LeastUpTo(t, unit_.max_kw)};
    const double start = StartMax(), stop = StopMax();
    return {LeastUpTo(t, unit_.max_kw), LeastUpTo(t, start), LeastUpTo(t, stop), LeastUpTo(t, std::min(start, stop))};
  }

  // A convex function of the output, minimised on each piece of the cost curve.
  double LeastUpTo(int t, double most_kw) const {
    const auto at = static_cast<std::size_t>(t);
    const double slope = worth_.Slope(at) + prices_.ramp_up[at] - prices_.ramp_up[at + 1] - prices_.ramp_down[at] +
                         prices_.ramp_down[at + 1] + hours_ * (prices_.carbon * unit_.co2_kg_per_kwh + prices_.energy);
    const double q = hours_ * unit_.quadratic_usd_per_kw2h;
    double least = kUnlimited, fuel_before = 0.0, from = 0.0;
    const auto piece = [&](double to, double usd_per_kwh) {
      const double low = std::max(from, unit_.min_kw), high = std::min(to, most_kw);
      if (low <= high) {
        const double linear = slope + hours_ * usd_per_kwh;
        double best = linear >= 0.0 ? low : high;
        if (q > 0.0) best = std::clamp(-linear / (2.0 * q), low, high);
        const double value = hours_ * (fuel_before - usd_per_kwh * from) + linear * best + q * best * best;
        least = std::min(least, value);
      }
      fuel_before += usd_per_kwh * (to - from);
      from = to;
    };
    for (const CostPiece& each : unit_.cost_pieces) piece(each.up_to_kw, each.usd_per_kwh);
    if (unit_.cost_pieces.empty()) piece(unit_.max_kw, 0.0);
    return least + hours_ * unit_.no_load_usd_per_hour - worth_.up[at] * unit_.max_kw + worth_.down[at] * unit_.min_kw;
  }

  const Problem& problem_;
  const Unit& unit_;
  const Worth& worth_;
  const UnitPrices& prices_;
  const double hours_, initial_;
  const bool was_on_;
  const double since_hours_;
  std::size_t least_on_ = 1, on_states_ = 2, off_states_ = 1;
  double still_ = 0.0;
  std::vector<double> on_, off_;
};

}  // namespace

double LeastOfUnit(const Problem& problem, const Unit& unit, const Worth& worth, const UnitPrices& prices) {
  return UnitBound(problem, unit, worth, prices).Compute();
}

}  // namespace derms::dispatch::checking
