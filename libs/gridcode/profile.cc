#include "libs/gridcode/profile.h"

#include <algorithm>

#include "libs/gridcode/setting_table.h"

namespace derms::gridcode {
namespace {

void KeepReactiveWithin(const Nameplate& nameplate, Settings& settings) {
  const double low = -nameplate.q_absorb_kvar / nameplate.s_max_kva;
  const double high = nameplate.q_inject_kvar / nameplate.s_max_kva;
  for (double* q : {&settings.volt_var.q1_pu, &settings.volt_var.q4_pu, &settings.watt_var.q3_gen_pu,
                    &settings.watt_var.q3_load_pu}) {
    *q = std::max(low, std::min(*q, high));
  }
}

}  // namespace

const RideThroughBand* BandAt(std::span<const RideThroughBand> bands, double x) {
  const RideThroughBand* found = nullptr;
  for (const RideThroughBand& band : bands) {
    if (!(x >= band.low && x <= band.high)) continue;
    // On an edge two bands hold x; the nearer to nominal is the less severe one, and modes are in order of severity
    // but for the bands of one mode, of which the longer ride-through is nearer.
    const bool milder = found == nullptr || band.mode < found->mode ||
                        (band.mode == found->mode && band.LeastSecondsAt(x) > found->LeastSecondsAt(x));
    if (milder) found = &band;
  }
  return found;
}

const Profile::Rows& Profile::Of(Categories categories) const {
  const int place = (static_cast<int>(categories.normal) - 1) * 3 + static_cast<int>(categories.abnormal) - 1;
  return rows_.at(static_cast<std::size_t>(place));
}

const Range& Profile::Setting(std::string_view name, Categories categories) const {
  const Rows& rows = Of(categories);
  return rows.settings.find(name)->second;  // Parse has seen to it that every setting is there
}

double Profile::Number(Figure figure, Categories categories) const {
  return Of(categories).figures.at(figure);
}

std::span<const RideThroughBand> Profile::VoltageBands(AbnormalCategory category) const {
  return Of({NormalCategory::kA, category}).voltage_bands;
}
std::span<const RideThroughBand> Profile::FrequencyBands(AbnormalCategory category) const {
  return Of({NormalCategory::kA, category}).frequency_bands;
}

Settings Profile::Defaults(const Nameplate& nameplate) const {
  const Rows& rows = Of(nameplate.categories());
  Settings settings;
  for (const auto& [name, range] : rows.settings) FindSettingNumber(name)->in(settings) = range.value;
  const double least = nameplate.p_min_pu;
  WattVar& watt_var = settings.watt_var;
  const double step = rows.figures.at(Figure::kWattVarLeastStepPu);
  const double most_p2 = rows.settings.find("watt_var.p2_gen_pu")->second.max;
  watt_var.p1_gen_pu = std::max(watt_var.p1_gen_pu, std::min(least, most_p2 - step));
  watt_var.p2_gen_pu = std::max(watt_var.p2_gen_pu, watt_var.p1_gen_pu + step);
  settings.volt_watt.p2_pu = std::min(settings.volt_watt.p2_pu, nameplate.can_charge() ? 0 : least);
  if (nameplate.s_max_kva > 0) KeepReactiveWithin(nameplate, settings);
  return settings;
}

}  // namespace derms::gridcode
