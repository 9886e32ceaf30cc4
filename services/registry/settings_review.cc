#include "services/registry/settings_review.h"

#include "libs/domain/defaults.h"

namespace derms::registry {

Findings FindingsOf(const domain::Der& der, const gridcode::Device& device) {
  Findings findings = gridcode::CheckNameplate(device.nameplate, device.profile, domain::IsInverterBased(der.type));
  const Findings of_settings = gridcode::CheckSettings(device.settings, device.nameplate, device.profile);
  findings.insert(findings.end(), of_settings.begin(), of_settings.end());
  return findings;
}

Findings ReviewOf(const domain::Der& der, const gridcode::Device& device) {
  Findings findings = FindingsOf(der, device);
  const Findings differences = gridcode::CompareWithDefaults(device.settings, device.nameplate, device.profile);
  findings.insert(findings.end(), differences.begin(), differences.end());
  return findings;
}

}  // namespace derms::registry
