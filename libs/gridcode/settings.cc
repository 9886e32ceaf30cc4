#include "libs/gridcode/settings.h"

namespace derms::gridcode {

ReactiveMode ReactiveModeOf(const Settings& settings) {
  if (settings.constant_pf.enabled) return ReactiveMode::kConstantPf;
  if (settings.constant_q.enabled) return ReactiveMode::kConstantQ;
  if (settings.volt_var.enabled) return ReactiveMode::kVoltVar;
  if (settings.watt_var.enabled) return ReactiveMode::kWattVar;
  return ReactiveMode::kNone;
}

ConfiguredRatings EffectiveRatings(const Nameplate& nameplate, const ConfiguredRatings& configured) {
  const auto first = [](double given, double rated) { return given > 0 ? given : rated; };
  return {first(configured.p_max_kw, nameplate.p_max_kw),
          first(configured.s_max_kva, nameplate.s_max_kva),
          first(configured.q_inject_kvar, nameplate.q_inject_kvar),
          first(configured.q_absorb_kvar, nameplate.q_absorb_kvar),
          first(configured.p_charge_kw, nameplate.p_charge_kw),
          first(configured.s_charge_kva, nameplate.s_charge_kva)};
}

}  // namespace derms::gridcode
