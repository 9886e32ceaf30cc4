#include "services/optimizer/water_budget.h"

#include <algorithm>
#include <cmath>

namespace derms::optimizer {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

// Days from `first_day` on; `spent_kwh` is what the first of them has given before the horizon.
std::vector<dispatch::PeriodBudget> BudgetsFrom(absl::Time first_day, double spent_kwh, const DailyWater& water,
                                                const Horizon& horizon) {
  std::vector<dispatch::PeriodBudget> budgets;
  int first = 0;
  for (absl::Time day = first_day; first < horizon.interval_count; day += kDay) {
    const absl::Time day_ends_at = day + kDay;
    const auto end = static_cast<int>(std::min<std::int64_t>(
        absl::Ceil(day_ends_at - horizon.starts_at, horizon.interval) / horizon.interval, horizon.interval_count));
    const absl::Time from = std::max(day, horizon.starts_at);
    const double share = std::min(absl::FDivDuration(horizon.ends_at() - from, day_ends_at - from), 1.0);
    const double left_kwh = std::max(water.kwh_per_day - (day == first_day ? spent_kwh : 0.0), 0.0);
    const double hours = absl::ToDoubleHours(horizon.interval) * (end - first);
    const double needed_kwh = std::min(water.min_kw, water.kwh_per_day / 24.0) * hours;
    budgets.push_back({{first, end}, std::max(left_kwh * share, needed_kwh)});
    first = end;
  }
  return budgets;
}

}  // namespace

absl::Time DayOf(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), kDay);
}

double SpentKwh(const Evidence& planned, absl::Time from, absl::Time until, double kwh_per_day) {
  double kwh = 0;
  absl::Duration unknown = until - from;
  const std::size_t slots = planned.planned == nullptr ? 0 : planned.planned->slots();
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const auto& bounds = planned.planned->bounds;
    const absl::Duration length = std::min(bounds[slot + 1], until) - std::max(bounds[slot], from);
    const float power_kw = planned.planned->power_kw[planned.planned_row * slots + slot];
    if (length <= absl::ZeroDuration() || std::isnan(power_kw)) continue;
    kwh += static_cast<double>(power_kw) * absl::ToDoubleHours(length);
    unknown -= length;
  }
  return kwh + kwh_per_day * absl::FDivDuration(unknown, kDay);
}

std::vector<dispatch::PeriodBudget> LiveWaterBudgets(const DailyWater& water, const Horizon& horizon,
                                                     const Evidence& planned) {
  const absl::Time day = DayOf(horizon.starts_at);
  return BudgetsFrom(day, SpentKwh(planned, day, horizon.starts_at, water.kwh_per_day), water, horizon);
}

std::vector<dispatch::PeriodBudget> StudyWaterBudgets(const DailyWater& water, const Horizon& horizon) {
  return BudgetsFrom(horizon.starts_at, 0.0, water, horizon);
}

}  // namespace derms::optimizer
