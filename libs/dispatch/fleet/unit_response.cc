#include "libs/dispatch/fleet/unit_response.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {

UnitTerms UnitTerms::Of(const Units& units, std::size_t i) {
  const std::size_t first = units.first_piece[i], count = units.first_piece[i + 1] - first;
  return {.min_kw = units.min_kw[i],
          .max_kw = units.max_kw[i],
          .ramp_up_kw = units.ramp_up_kw[i],
          .ramp_down_kw = units.ramp_down_kw[i],
          .initial_kw = units.initial_kw[i],
          .cost_at_min_usd_per_hour = units.cost_at_min_usd_per_hour[i],
          .piece_kw = std::span(units.piece_kw).subspan(first, count),
          .piece_usd_per_kwh = std::span(units.piece_usd_per_kwh).subspan(first, count)};
}

bool UnitTerms::starts_anywhere() const {
  return std::isnan(initial_kw);
}

double UnitTerms::CostUsdPerHour(double power_kw) const {
  double cost = cost_at_min_usd_per_hour, left = power_kw - min_kw;
  for (std::size_t k = 0; k < piece_kw.size(); ++k) {
    const double on_piece = k + 1 < piece_kw.size() ? std::min<double>(left, piece_kw[k]) : left;
    cost += on_piece * static_cast<double>(piece_usd_per_kwh[k]);
    left -= on_piece;
    if (left <= 0.0) break;
  }
  return cost;
}

UnitResponse::UnitResponse(std::size_t intervals, double hours) : hours_(hours), best_kw_(intervals) {}

double UnitResponse::Solve(const UnitTerms& unit, std::span<const double> worth, std::span<double> power_kw) {
  value_.assign(1, {0.0, unit.max_kw - unit.min_kw});
  for (std::size_t t = worth.size(); t-- > 0;) {
    MakeProfit(unit, worth[t]);
    best_kw_[t] = StepBack(unit, t + 1 == worth.size());
  }
  return Forward(unit, power_kw);
}

double UnitResponse::SolveNear(const UnitTerms& unit, std::span<const double> worth, std::span<const double> wish_kw,
                               double rho, std::span<double> power_kw) {
  value_.assign(1, {0.0, unit.max_kw - unit.min_kw});
  for (std::size_t t = worth.size(); t-- > 0;) {
    MakeProfitNear(unit, worth[t], wish_kw[t], rho);
    best_kw_[t] = StepBack(unit, t + 1 == worth.size());
  }
  return Forward(unit, power_kw);
}

void UnitResponse::MakeProfit(const UnitTerms& unit, double worth) {
  profit_.clear();
  for (std::size_t k = 0; k < unit.piece_kw.size(); ++k) {
    profit_.push_back(
        {worth - hours_ * static_cast<double>(unit.piece_usd_per_kwh[k]), static_cast<double>(unit.piece_kw[k])});
  }
  if (profit_.empty()) profit_.push_back({worth, 0.0});
}

void UnitResponse::MakeProfitNear(const UnitTerms& unit, double worth, double wish_kw, double rho) {
  MakeProfit(unit, worth);
  double below = std::max(wish_kw - unit.min_kw, 0.0);  // of the wish, on this piece and after it
  for (std::size_t k = 0; k < profit_.size(); ++k) {
    const bool is_last = k + 1 == profit_.size();
    if (below <= 0.0) {
      profit_[k].slope -= rho;
    } else if (below < profit_[k].length || is_last) {
      const Segment above{profit_[k].slope - rho, std::max(profit_[k].length - below, 0.0)};
      profit_[k] = {profit_[k].slope + rho, below};
      profit_.insert(profit_.begin() + static_cast<std::ptrdiff_t>(++k), above);
      below = 0.0;
    } else {
      profit_[k].slope += rho;
      below -= profit_[k].length;
    }
  }
}

double UnitResponse::StepBack(const UnitTerms& unit, bool is_last) {
  earlier_.resize(value_.size() + profit_.size() + 2);
  Segment* const begin = earlier_.data();
  Segment* end = begin;
  const Segment* piece = profit_.data();
  const Segment* const last_piece = piece + profit_.size() - 1;
  double on_piece = piece->length, best = 0.0;
  double skip = is_last ? 0.0 : unit.ramp_up_kw;  // cut off the left; the right end follows from the range
  double room = unit.max_kw - unit.min_kw;
  const auto put = [&](double slope, double length) {
    const double cut = std::min(skip, length);
    skip -= cut;
    length = std::min(length - cut, room);
    room -= length;
    while (length > 0.0) {
      const double part = piece == last_piece ? length : std::min(length, on_piece), sum = slope + piece->slope;
      if (end != begin && end[-1].slope == sum) {
        end[-1].length += part;
      } else if (part > 0.0) {
        *end++ = {sum, part};
      }
      if (sum > 0.0) best += part;
      length -= part;
      on_piece -= part;
      if (on_piece <= 0.0 && piece != last_piece) on_piece = (++piece)->length;
    }
  };
  bool widened = is_last;
  for (const Segment& segment : value_) {
    if (!widened && segment.slope <= 0.0) {
      put(0.0, unit.ramp_up_kw + unit.ramp_down_kw);
      widened = true;
    }
    put(segment.slope, segment.length);
  }
  if (!widened) put(0.0, unit.ramp_up_kw + unit.ramp_down_kw);
  earlier_.resize(static_cast<std::size_t>(end - begin));
  value_.swap(earlier_);
  return best;
}

double UnitResponse::Forward(const UnitTerms& unit, std::span<double> power_kw) const {
  const double range = unit.max_kw - unit.min_kw;
  double above_min = unit.starts_anywhere() ? best_kw_[0] : unit.initial_kw - unit.min_kw;
  double usd_per_hour = 0.0, cost = 0.0, before = kUnlimited;
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    if (t > 0 || !unit.starts_anywhere()) {
      above_min = std::clamp(best_kw_[t], above_min - unit.ramp_down_kw, above_min + unit.ramp_up_kw);
    }
    above_min = std::clamp(above_min, 0.0, range);
    power_kw[t] = unit.min_kw + above_min;
    if (above_min != before) usd_per_hour = unit.CostUsdPerHour(power_kw[t]);
    before = above_min;
    cost += usd_per_hour;
  }
  return hours_ * cost;
}

namespace {

struct Range {
  double low, high;

  // The part inside `other`, or the point of it that is nearest.
  Range Within(const Range& other) const {
    const double from = std::clamp(low, other.low, other.high);
    return {from, std::clamp(high, from, other.high)};
  }
};

// h C' left and right of an output; unlimited beyond the band.
Range MarginalCost(const UnitTerms& unit, double hours, double power_kw, double small) {
  Range cost{-kUnlimited, kUnlimited};
  double end = unit.min_kw;
  for (std::size_t k = 0; k < unit.piece_kw.size(); ++k) {
    const double begin = end, price = hours * static_cast<double>(unit.piece_usd_per_kwh[k]);
    end = k + 1 < unit.piece_kw.size() ? end + static_cast<double>(unit.piece_kw[k]) : unit.max_kw;
    if (power_kw > begin + small) cost.low = price;
    if (power_kw < end - small) cost.high = std::min(cost.high, price);
  }
  return cost;
}

}  // namespace

// Stationarity in p_t: ramp(t) = worth_t - h C' + ramp(t+1) for some C' between the slopes left and right of p_t; a
// ramp that does not bind has no price. Which prices fit the rest of the horizon is found backwards, one of them
// forwards.
void UnitMultipliers(const UnitTerms& unit, double hours, std::span<const double> worth,
                     std::span<const double> power_kw, std::span<double> ramp) {
  const double small = 1e-9 * (1.0 + unit.max_kw);
  std::vector<Range> fitting(worth.size());
  Range next{0.0, 0.0};
  for (std::size_t t = worth.size(); t-- > 0;) {
    const bool known = t > 0 || !unit.starts_anywhere();
    const double before = t > 0 ? power_kw[t - 1] : unit.initial_kw;
    const bool rises = known && power_kw[t] >= before + unit.ramp_up_kw - small;
    const bool falls = known && power_kw[t] <= before - unit.ramp_down_kw + small;
    const Range cost = MarginalCost(unit, hours, power_kw[t], small);
    const Range linked{worth[t] - cost.high + next.low, worth[t] - cost.low + next.high};
    Range priced{0.0, 0.0};
    if (falls) priced.low = -kUnlimited;
    if (rises) priced.high = kUnlimited;
    fitting[t] = next = linked.Within(priced);
  }
  for (std::size_t t = 0; t < worth.size(); ++t) {
    Range linked{-kUnlimited, kUnlimited};
    if (t > 0) {
      const Range cost = MarginalCost(unit, hours, power_kw[t - 1], small);
      linked = {ramp[t - 1] - worth[t - 1] + cost.low, ramp[t - 1] - worth[t - 1] + cost.high};
    }
    const Range possible = linked.Within(fitting[t]);
    ramp[t] = std::clamp(0.0, possible.low, possible.high);
  }
}

}  // namespace derms::dispatch::fleet
