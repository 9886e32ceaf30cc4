#include "libs/dispatch/on_pattern.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/commitment.h"

namespace derms::dispatch {
namespace {

// States: on for 0..min_up intervals, off for 0..D intervals, the last ones "or longer".
class PatternProgram {
 public:
  PatternProgram(const Problem& problem, const Unit& unit, Switching switching)
      : problem_(problem),
        unit_(unit),
        rules_(problem, unit),
        hours_(problem.hours()),
        costs_(switching == Switching::kCosts ? 1.0 : 0.0) {
    const int count = problem.interval_count;
    const double cold_hours = unit.start_costs.empty() ? 0.0 : unit.start_costs.back().off_hours;
    most_on_ = std::min(rules_.min_up, count + 1);
    most_off_ = std::clamp(std::max(rules_.min_down, WholeIntervals(cold_hours, hours_)), 1, count + 1);
  }

  OnPattern Best(const Series& worth) {
    const std::size_t states = Off(most_off_) + 1;
    std::vector<double> best(states, -kUnlimited);
    best[InitialState()] = 0.0;
    std::vector<std::vector<std::uint32_t>> from(worth.size(), std::vector<std::uint32_t>(states, 0));
    for (std::size_t t = 0; t < worth.size(); ++t) {
      std::vector<double> next(states, -kUnlimited);
      const auto reach = [&](std::size_t state, std::size_t before, double margin) {
        if (margin <= next[state]) return;
        next[state] = margin;
        from[t][state] = static_cast<std::uint32_t>(before);
      };
      for (std::size_t state = 0; state < states; ++state) {
        if (best[state] == -kUnlimited) continue;
        Step(static_cast<int>(t), state, best[state], worth[t], reach);
      }
      best = std::move(next);
    }
    return Trace(best, from);
  }

 private:
  std::size_t On(int intervals) const { return static_cast<std::size_t>(std::min(intervals, most_on_)); }
  std::size_t Off(int intervals) const {
    return On(most_on_) + 1 + static_cast<std::size_t>(std::min(intervals, most_off_));
  }
  bool IsOn(std::size_t state) const { return state <= static_cast<std::size_t>(most_on_); }

  std::size_t InitialState() const {
    if (rules_.on_before) return On(std::max(most_on_ - rules_.held, 0));
    const double off = std::min(rules_.off_hours_before / hours_, 1e6);
    if (rules_.held > 0) return Off(std::max(std::min(rules_.min_down, most_off_) - rules_.held, 0));
    return Off(std::max(rules_.min_down, static_cast<int>(off)));
  }

  template <typename Reach>
  void Step(int t, std::size_t state, double margin, double worth, const Reach& reach) const {
    const bool planned = rules_.planned[static_cast<std::size_t>(t)] != 0;
    if (IsOn(state)) {
      const int intervals = static_cast<int>(state);
      if (!planned) reach(On(intervals + 1), state, margin + worth);
      const bool may_stop = intervals >= most_on_ && (!rules_.on_before || t >= rules_.EarliestStop());
      if (may_stop) reach(Off(1), state, margin - costs_ * unit_.stop_cost_usd);
    } else {
      const int intervals = static_cast<int>(state) - most_on_ - 1;
      reach(Off(intervals + 1), state, margin);
      if (planned || intervals < std::min(rules_.min_down, most_off_)) return;
      reach(On(1), state, margin + worth - costs_ * StartCostUsd(unit_, intervals * hours_));
    }
  }

  OnPattern Trace(const std::vector<double>& best, const std::vector<std::vector<std::uint32_t>>& from) const {
    auto state = static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin());
    if (best[state] == -kUnlimited) return OffAsSoonAsPossible(problem_, unit_);
    OnPattern on(from.size(), 0);
    for (std::size_t t = from.size(); t-- > 0;) {
      on[t] = IsOn(state);
      state = from[t][state];
    }
    return on;
  }

  const Problem& problem_;
  const Unit& unit_;
  const Commitment rules_;
  const double hours_, costs_;
  int most_on_ = 1, most_off_ = 1;
};

}  // namespace

OnPattern BestPattern(const Problem& problem, const Unit& unit, const Series& worth_usd, Switching switching) {
  return PatternProgram(problem, unit, switching).Best(worth_usd);
}

}  // namespace derms::dispatch
