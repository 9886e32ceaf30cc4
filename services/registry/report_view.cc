#include "services/registry/report_view.h"

#include <algorithm>
#include <vector>

#include "libs/wire/convert_der.h"
#include "libs/wire/convert_time.h"

namespace derms::registry {
namespace {

template <typename Set>
void SetIf(const std::optional<double>& value, Set set) {
  if (value) set(*value);
}

void SetFigures(const domain::PerformanceSums& sums, v1::Performance& out) {
  const domain::PerformanceFigures figures = domain::FiguresOf(sums);
  SetIf(figures.availability_factor, [&](double v) { out.set_availability_factor(v); });
  SetIf(figures.weighted_equivalent_availability_factor,
        [&](double v) { out.set_weighted_equivalent_availability_factor(v); });
  SetIf(figures.capacity_factor, [&](double v) { out.set_capacity_factor(v); });
  SetIf(figures.utilization, [&](double v) { out.set_utilization(v); });
  SetIf(figures.curtailed_share, [&](double v) { out.set_curtailed_share(v); });
  SetIf(figures.cost_efficiency, [&](double v) { out.set_cost_efficiency(v); });
  SetIf(figures.frequency_in_band_share, [&](double v) { out.set_frequency_in_band_share(v); });
  SetIf(figures.voltage_in_band_share, [&](double v) { out.set_voltage_in_band_share(v); });
  SetIf(figures.stability_contribution, [&](double v) { out.set_stability_contribution(v); });
  SetIf(figures.valid_share, [&](double v) { out.set_valid_share(v); });
}

}  // namespace

v1::Performance ToProto(const domain::PerformanceSums& sums) {
  v1::Performance out;
  out.set_der_count(sums.der_count);
  out.set_capacity_kw(sums.capacity_kw);
  out.set_period_hours(sums.period_hours);
  out.set_available_hours(sums.available_hours);
  out.set_silent_hours(sums.online_hours - sums.available_hours);
  out.set_offline_hours(sums.offline_hours);
  out.set_maintenance_hours(sums.maintenance_hours);
  out.set_covered_hours(sums.covered_hours);
  out.set_equivalent_derated_hours(sums.derated_hours);
  out.set_generated_kwh(sums.generated_kwh);
  out.set_consumed_kwh(sums.consumed_kwh);
  SetIf(sums.max_power_kw, [&](double v) { out.set_max_power_kw(v); });
  SetIf(sums.min_power_kw, [&](double v) { out.set_min_power_kw(v); });
  if (sums.available_kwh > 0) {
    out.set_available_kwh(sums.available_kwh);
    out.set_curtailed_kwh(sums.curtailed_kwh);
  }
  if (sums.priced_hours > 0) out.set_energy_value_usd(sums.energy_value_usd);
  if (sums.covered_hours > 0) out.set_operating_cost_usd(sums.operating_cost_usd);
  SetFigures(sums, out);
  return out;
}

v1::Performance ToProto(const store::DerPerformance& row) {
  v1::Performance out = ToProto(row.sums);
  out.set_der_id(row.der.der_id);
  out.set_owner_id(row.der.owner_id);
  out.set_region_id(row.der.region_id);
  out.set_type(wire::ToProto(row.der.type));
  return out;
}

v1::HistoryRow ToProto(const store::HistorySums& step) {
  v1::HistoryRow out;
  *out.mutable_starts_at() = wire::ToProto(step.starts_at);
  out.set_der_count(step.der_count);
  out.set_sample_count(static_cast<std::int32_t>(std::min<std::int64_t>(step.sample_count, 2'147'483'647)));
  out.set_covered_hours(step.covered_hours);
  out.set_generated_kwh(step.generated_kwh);
  out.set_consumed_kwh(step.consumed_kwh);
  if (step.covered_hours > 0) out.set_mean_power_kw((step.generated_kwh - step.consumed_kwh) / step.covered_hours);
  SetIf(step.max_power_kw, [&](double v) { out.set_max_power_kw(v); });
  SetIf(step.min_power_kw, [&](double v) { out.set_min_power_kw(v); });
  SetIf(step.state_of_charge_kwh, [&](double v) { out.set_state_of_charge_kwh(v); });
  SetIf(step.mean_frequency_hz, [&](double v) { out.set_mean_frequency_hz(v); });
  return out;
}

v1::Fairness FairnessOf(const std::map<std::string, domain::PerformanceSums>& owners) {
  std::vector<double> shares;
  for (const auto& [owner, sums] : owners) {
    if (sums.available_kwh > 0) shares.push_back(sums.curtailed_kwh / sums.available_kwh);
  }
  v1::Fairness fairness;
  fairness.set_owner_count(static_cast<std::int32_t>(shares.size()));
  SetIf(domain::JainIndex(shares), [&](double v) { fairness.set_jain_index(v); });
  if (shares.empty()) return fairness;
  const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
  fairness.set_least_curtailed_share(*least);
  fairness.set_most_curtailed_share(*most);
  return fairness;
}

}  // namespace derms::registry
