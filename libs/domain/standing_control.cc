#include "libs/domain/standing_control.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

constexpr int kPrimacyOfFleetDefault = 255;

struct Quantity {
  std::string_view name;
  std::optional<double> kw, share;
};

std::array<Quantity, 3> QuantitiesOf(const PowerTerms& power) {
  return {Quantity{"power", power.power_kw, power.power_share},
          Quantity{"max_power", power.max_power_kw, power.max_power_share},
          Quantity{"min_power", power.min_power_kw, power.min_power_share}};
}

bool GivesKw(const PowerTerms& power) {
  const auto all = QuantitiesOf(power);
  return std::any_of(all.begin(), all.end(), [](const Quantity& each) { return each.kw.has_value(); });
}

bool LimitsSomething(const PowerTerms& power) {
  return power.max_power_kw || power.min_power_kw || power.max_power_share || power.min_power_share;
}
bool SetsPower(const PowerTerms& power) {
  return power.power_kw || power.power_share;
}

void CheckTerms(const PowerTerms& power, const std::string& field, base::Violations& violations) {
  for (const Quantity& each : QuantitiesOf(power)) {
    if (each.kw && each.share) {
      violations.Add(absl::StrCat(field, ".", std::string(each.name), "_share"),
                     "give the quantity in kW or as a share of the capacity, not both");
    }
  }
  const auto check_order = [&](std::optional<double> low, std::optional<double> high, std::string_view name) {
    if (!low || !high || *low <= *high) return;
    violations.Add(absl::StrCat(field, ".", std::string(name)),
                   absl::StrCat("the lowest power, ", *low, ", must not exceed the highest, ", *high));
  };
  check_order(power.min_power_kw, power.max_power_kw, "min_power_kw");
  check_order(power.min_power_share, power.max_power_share, "min_power_share");
}

void CheckWhatItSays(const StandingControl& control, base::Violations& violations) {
  const bool limit = control.kind == StandingKind::kLimit;
  if (limit && SetsPower(control.power)) {
    violations.Add("power.power_kw", "a limit has no set-point; give max_power or min_power, or issue an instruction");
  }
  if (!LimitsSomething(control.power) && (limit || !SetsPower(control.power))) {
    violations.Add("power", limit ? "give max_power_kw, min_power_kw or their shares"
                                  : "give power_kw, max_power_kw, min_power_kw or their shares");
  }
  const bool one_der = !control.der_id.empty() && control.der_id != base::kAllDers;
  if (!one_der && GivesKw(control.power)) {
    violations.Add("power", "for more than one DER give shares of their capacities instead of kW");
  }
  CheckTerms(control.power, "power", violations);
}

// Distance of the DER's region to the one of the control, 1 for its own; 0 when it is not above it.
int LevelsUp(const Der& der, std::string_view region_id, const RegionTree& regions) {
  int levels = 1;
  for (const Region* region = regions.Find(der.region_id); region != nullptr; ++levels) {
    if (region->region_id == region_id) return levels;
    if (region->parent_region_id.empty()) break;
    region = regions.Find(region->parent_region_id);
  }
  return 0;
}

int PrimacyOf(const StandingControl& control, const Der& der, const RegionTree& regions) {
  if (control.kind == StandingKind::kLimit) return control.primacy;
  if (control.der_id == base::kAllDers) return kPrimacyOfFleetDefault;
  return control.der_id.empty() ? LevelsUp(der, control.region_id, regions) : 0;
}

std::optional<double> AsKw(std::optional<double> kw, std::optional<double> share, const PowerRange& capability) {
  if (kw || !share) return kw;
  return *share >= 0 ? *share * capability.max_kw : -*share * capability.min_kw;
}

}  // namespace

absl::Status CheckPowerTerms(const PowerTerms& power, const std::string& field) {
  base::Violations violations;
  CheckTerms(power, field, violations);
  return violations.ToStatus("INVALID_CONTROL");
}

absl::Status CheckStandingControl(const StandingControl& control, absl::Time now) {
  base::Violations violations;
  if (control.der_id.empty() == control.region_id.empty()) {
    violations.Add("der_id", "give exactly one of der_id (a DER or ALL_DERS) and region_id");
  }
  CheckWhatItSays(control, violations);
  if (control.valid_until <= std::max(now, control.starts_at)) {
    violations.Add("valid_until", "must be after starts_at and after now");
  } else if (control.valid_until > now + kMaxStandingAhead) {
    violations.Add("valid_until", "must be at most ten years ahead");
  }
  return violations.ToStatus("INVALID_CONTROL");
}

bool AppliesTo(const StandingControl& control, const Der& der, const RegionTree& regions) {
  if (control.der_id == base::kAllDers) return true;
  if (!control.der_id.empty()) return control.der_id == der.der_id;
  return regions.IsWithin(der.region_id, control.region_id);
}

std::optional<Control> ControlOf(const StandingControl& standing, const Der& der, const RegionTree& regions) {
  if (!AppliesTo(standing, der, regions)) return std::nullopt;
  Control control;
  control.source = standing.kind == StandingKind::kLimit ? ControlSource::kLimit : ControlSource::kDefault;
  control.control_id = standing.control_id;
  control.issued_by = standing.put_by;
  control.primacy = PrimacyOf(standing, der, regions);
  control.issued_at = standing.put_at;
  control.starts_at = std::max(standing.starts_at, standing.put_at);  // nobody knew of it before
  control.valid_until = std::min(standing.valid_until, standing.replaced_at.value_or(absl::InfiniteFuture()));
  const PowerInKw power = InKw(standing.power, CapabilityOf(der));
  control.power_kw = power.power_kw;
  control.max_power_kw = power.max_power_kw;
  control.min_power_kw = power.min_power_kw;
  return control;
}

PowerInKw InKw(const PowerTerms& power, const PowerRange& capability) {
  return {AsKw(power.power_kw, power.power_share, capability),
          AsKw(power.max_power_kw, power.max_power_share, capability),
          AsKw(power.min_power_kw, power.min_power_share, capability)};
}

}  // namespace derms::domain
