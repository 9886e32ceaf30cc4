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
  const double range = unit.max_kw - unit.min_kw;
  value_.assign(1, {0.0, range});
  for (std::size_t t = worth.size(); t-- > 0;) {
    if (t + 1 < worth.size()) WidenByRamps(unit);
    best_kw_[t] = AddProfit(unit, worth[t]);
  }
  double above_min = unit.starts_anywhere() ? best_kw_[0] : unit.initial_kw - unit.min_kw, cost = 0.0;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    if (t > 0 || !unit.starts_anywhere()) {
      above_min = std::clamp(best_kw_[t], above_min - unit.ramp_down_kw, above_min + unit.ramp_up_kw);
    }
    above_min = std::clamp(above_min, 0.0, range);
    power_kw[t] = unit.min_kw + above_min;
    cost += unit.CostUsdPerHour(power_kw[t]);
  }
  return hours_ * cost;
}

void UnitResponse::WidenByRamps(const UnitTerms& unit) {
  widened_.clear();
  bool inserted = false;
  for (const Segment& segment : value_) {
    if (!inserted && segment.slope <= 0.0) {
      widened_.push_back({0.0, unit.ramp_up_kw + unit.ramp_down_kw});
      inserted = true;
    }
    widened_.push_back(segment);
  }
  if (!inserted) widened_.push_back({0.0, unit.ramp_up_kw + unit.ramp_down_kw});
  std::size_t first = 0;
  for (double cut = unit.ramp_up_kw; cut > 0.0 && first < widened_.size(); ++first) {
    const double part = std::min(cut, widened_[first].length);
    widened_[first].length -= part;
    cut -= part;
    if (widened_[first].length > 0.0) break;
  }
  std::size_t last = widened_.size();
  for (double cut = unit.ramp_down_kw; cut > 0.0 && last > first; --last) {
    const double part = std::min(cut, widened_[last - 1].length);
    widened_[last - 1].length -= part;
    cut -= part;
    if (widened_[last - 1].length > 0.0) break;
  }
  value_.assign(widened_.begin() + static_cast<std::ptrdiff_t>(first),
                widened_.begin() + static_cast<std::ptrdiff_t>(last));
}

double UnitResponse::AddProfit(const UnitTerms& unit, double worth) {
  widened_.clear();
  double best = 0.0;
  std::size_t piece = 0;
  double room = unit.piece_kw.empty() ? 0.0 : static_cast<double>(unit.piece_kw[0]);  // left on the piece
  for (Segment segment : value_) {
    while (segment.length > 0.0) {
      const bool is_last = piece + 1 >= unit.piece_kw.size();
      const double price = unit.piece_kw.empty() ? 0.0 : static_cast<double>(unit.piece_usd_per_kwh[piece]);
      const double length = is_last ? segment.length : std::min(segment.length, room);
      const double slope = segment.slope + worth - hours_ * price;
      if (length > 0.0) widened_.push_back({slope, length});
      if (slope > 0.0) best += length;
      segment.length -= length;
      room -= length;
      if (!is_last && room <= 0.0) room = static_cast<double>(unit.piece_kw[++piece]);
    }
  }
  value_.swap(widened_);
  return best;
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
