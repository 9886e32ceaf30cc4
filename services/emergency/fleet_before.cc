// Of FleetColumns: what DERs did before the orders that are being pinned.
#include <algorithm>
#include <cmath>

#include "services/emergency/fleet_columns.h"

namespace derms::emergency {
namespace {

// Set-points are pinned within seconds, those of a million DERs within a minute.
constexpr absl::Duration kPinnedWithin = absl::Minutes(5);
constexpr std::size_t kMostAtOnce = 32;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();  // as of fleet_columns.cc

std::optional<double> Known(double number) {
  return std::isnan(number) ? std::nullopt : std::optional(number);
}

domain::Reading ReadingOf(double power_kw, double stored_kwh) {
  domain::Reading reading;
  reading.power_kw = Known(power_kw);
  reading.state_of_charge_kwh = Known(stored_kwh);
  return reading;
}

}  // namespace

void FleetColumns::KeepBefore(const domain::EmergencyOrder& order) {
  if (!domain::IsPinned(order.kind)) return;
  ForgetBefore(order.emergency_id);
  std::erase_if(being_pinned_, [&](const auto& each) { return each.starts_at < order.starts_at - kPinnedWithin; });
  if (being_pinned_.size() >= kMostAtOnce) being_pinned_.erase(being_pinned_.begin());
  being_pinned_.push_back(order);
  being_pinned_.back().unbound.clear();
  std::sort(being_pinned_.begin(), being_pinned_.end(),
            [](const auto& a, const auto& b) { return a.starts_at < b.starts_at; });
}

void FleetColumns::ForgetBefore(const std::string& emergency_id) {
  std::erase_if(being_pinned_, [&](const auto& each) { return each.emergency_id == emergency_id; });
}

// A newer reading comes: the one that is the newest now becomes the prior one, unless the last order that began before
// needs the prior one. Older orders have been pinned by then, as a rule.
void FleetColumns::KeepPrior(Row row, std::int64_t next_us) {
  for (auto order = being_pinned_.rbegin(); order != being_pinned_.rend(); ++order) {
    const std::int64_t start_us = absl::ToUnixMicros(order->starts_at);
    if (start_us > next_us || !domain::InScope(*order, *ders_[row], *tree_)) continue;
    if (prior_from_us_[row] < start_us && start_us <= prior_until_us_[row]) return;
    break;
  }
  prior_kw_[row] = measured_kw_[row];
  prior_kwh_[row] = stored_kwh_[row];
  prior_from_us_[row] = measured_us_[row];
  prior_until_us_[row] = next_us;
}

domain::AroundStart FleetColumns::AroundStartOf(std::string_view der_id, absl::Time start,
                                                const domain::Holdings& before) const {
  domain::AroundStart around;
  const Row* found = Find(der_id);
  if (found == nullptr) return around;
  const Row row = *found;
  around.now = ReadingOf(measured_kw_[row], stored_kwh_[row]);
  const std::int64_t start_us = absl::ToUnixMicros(start);
  if (measured_us_[row] < start_us) {
    around.before = around.now;
  } else if (prior_from_us_[row] != kNever && prior_from_us_[row] < start_us && start_us <= prior_until_us_[row]) {
    around.before = ReadingOf(prior_kw_[row], prior_kwh_[row]);
  } else if (base_from_us_[row] != kNever && base_from_us_[row] < start_us && start_us <= base_until_us_[row]) {
    around.before = ReadingOf(base_kw_[row], base_kwh_[row]);
  }
  around.held.left = before.LeftOf(*ders_[row], *tree_, start);
  if (around.held.left.since < absl::InfiniteFuture()) around.held.base_kw = BaseOf(row, around.held.left.since);
  return around;
}

}  // namespace derms::emergency
