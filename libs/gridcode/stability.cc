#include "libs/gridcode/stability.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libs/gridcode/droop.h"
#include "libs/gridcode/volt_var.h"

namespace derms::gridcode {
namespace {

constexpr double kFullSupply = 2;  // available / needed that is far from trouble

// The default curves ask for what the nameplate has: one of 1 kVA makes shares of them.
Settings DefaultsOf(const Profile& profile, Categories categories) {
  Nameplate plate;
  plate.p_max_kw = plate.s_max_kva = 1;
  plate.q_inject_kvar = profile.Number(Figure::kInjectShare, categories);
  plate.q_absorb_kvar = profile.Number(Figure::kAbsorbShare, categories);
  plate.normal = categories.normal;
  plate.abnormal = categories.abnormal;
  Settings settings = profile.Defaults(plate);
  settings.volt_var.enabled = true;  // off by default, and yet what the grid can be asked to switch on
  return settings;
}

// The continuous range around the nominal value.
Range ContinuousRange(std::span<const RideThroughBand> bands, double nominal) {
  const RideThroughBand* band = BandAt(bands, nominal);
  return {.value = nominal, .min = band->low, .max = band->high};
}

// 1 at `calm`, 0 at `edge`, whichever of them is larger.
double Between(double x, double calm, double edge) {
  return std::clamp((edge - x) / (edge - calm), 0.0, 1.0);
}

double Margin(double share) {
  return std::isnan(share) ? 0 : std::clamp(share, 0.0, 1.0);
}

}  // namespace

void GridConditions::Include(const GridConditions& other) {
  lowest_hz = std::min(lowest_hz, other.lowest_hz);
  highest_hz = std::max(highest_hz, other.highest_hz);
  lowest_v_pu = std::min(lowest_v_pu, other.lowest_v_pu);
  highest_v_pu = std::max(highest_v_pu, other.highest_v_pu);
}

RespondingRatings& RespondingRatings::operator+=(const RespondingRatings& more) {
  up_kw += more.up_kw;
  down_kw += more.down_kw;
  apparent_kva += more.apparent_kva;
  return *this;
}

SupportNeed& SupportNeed::operator+=(const SupportNeed& more) {
  headroom_up_kw += more.headroom_up_kw;
  headroom_down_kw += more.headroom_down_kw;
  inject_kvar += more.inject_kvar;
  absorb_kvar += more.absorb_kvar;
  return *this;
}

StabilityCurves::StabilityCurves(const Profile& profile, Categories categories)
    : StabilityCurves(profile, categories, DefaultsOf(profile, categories)) {}

StabilityCurves::StabilityCurves(const Profile& profile, Categories categories, const Settings& settings)
    : nominal_hz_(profile.nominal_hz()),
      reactive_share_(
          std::min(profile.Number(Figure::kInjectShare, categories), profile.Number(Figure::kAbsorbShare, categories))),
      droop_(settings.droop),
      volt_var_(settings.volt_var),
      continuous_hz_(ContinuousRange(profile.FrequencyBands(categories.abnormal), nominal_hz_)),
      continuous_v_(ContinuousRange(profile.VoltageBands(categories.abnormal), 1)) {
  volt_var_.enabled = ReactiveModeOf(settings) == ReactiveMode::kVoltVar;
}

SupportNeed StabilityCurves::NeedOf(const GridConditions& conditions, const RespondingRatings& ratings) const {
  SupportNeed need;
  if (droop_.enabled) {
    const auto share = [&](double f_hz) { return DroopChange(droop_, nominal_hz_, f_hz); };
    need.headroom_up_kw = ratings.up_kw * std::clamp(share(conditions.lowest_hz), 0.0, 1.0);
    need.headroom_down_kw = ratings.down_kw * std::clamp(-share(conditions.highest_hz), 0.0, 1.0);
  }
  if (volt_var_.enabled) {
    need.inject_kvar = ratings.apparent_kva * std::max(0.0, VoltVarQ(volt_var_, conditions.lowest_v_pu));
    need.absorb_kvar = ratings.apparent_kva * std::max(0.0, -VoltVarQ(volt_var_, conditions.highest_v_pu));
  }
  return need;
}

double StabilityCurves::FrequencyMargin(const GridConditions& conditions) const {
  return std::min(Between(conditions.lowest_hz, nominal_hz_ - droop_.db_uf_hz, continuous_hz_.min),
                  Between(conditions.highest_hz, nominal_hz_ + droop_.db_of_hz, continuous_hz_.max));
}

double StabilityCurves::VoltageMargin(const GridConditions& conditions) const {
  return std::min(Between(conditions.lowest_v_pu, volt_var_.v2_pu, continuous_v_.min),
                  Between(conditions.highest_v_pu, volt_var_.v3_pu, continuous_v_.max));
}

SupportNeed RespondingFleet::NeedOf(const GridConditions& conditions, std::span<const StabilityCurves> curves) const {
  SupportNeed need;
  for (const auto& [curve, ratings] : by_curve_) need += curves[curve].NeedOf(conditions, ratings);
  return need;
}

double ActiveShareBeside(double q_kvar, double apparent_kva) {
  if (!(apparent_kva > 0)) return 1;
  const double share = std::clamp(q_kvar / apparent_kva, -1.0, 1.0);
  return std::sqrt(1 - share * share);
}

double SupplyMargin(double available, double needed) {
  return needed > 0 ? Margin(available / (kFullSupply * needed)) : 1;
}

int GridStabilityScore(const StabilityMargins& margins) {
  const std::array<double, 4> all = {Margin(margins.frequency), Margin(margins.voltage), Margin(margins.reserve),
                                     Margin(margins.ramp)};
  const double least = *std::min_element(all.begin(), all.end());
  const double mean = (all[0] + all[1] + all[2] + all[3]) / 4;
  return 1 + static_cast<int>(std::lround(9 * (least + mean) / 2));
}

}  // namespace derms::gridcode
