#include "services/registry/compliance_checks.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"

namespace derms::registry {
namespace {

constexpr double kTolerance = 1e-3;  // relative; nameplates are rounded

// Those that refuse; the others go to `warnings`.
Findings TakeRefusals(Findings findings, Findings& warnings) {
  Findings refusals;
  for (gridcode::Finding& finding : findings) {
    (gridcode::Refuses(finding.rule) ? refusals : warnings).push_back(std::move(finding));
  }
  return refusals;
}

std::string Description(const gridcode::Finding& finding) {
  return absl::StrCat(std::string(gridcode::RuleName(finding.rule)), ": is ", finding.observed, "; must be ",
                      finding.limit, ": ", finding.remedy);
}

// The first finding is the message and the metadata, all are violations.
base::ErrorBuilder Described(base::ErrorBuilder&& builder, const Findings& refusals) {
  const gridcode::Finding& first = refusals.front();
  for (const gridcode::Finding& finding : refusals) {
    std::move(builder).Field(finding.field, Description(finding));
  }
  std::move(builder).Metadata("rule", gridcode::RuleName(first.rule)).Metadata("observed", first.observed);
  std::move(builder).Metadata("limit", first.limit).Metadata("remedy", first.remedy);
  return std::move(builder);
}

std::string Message(const Findings& refusals) {
  const std::string more = refusals.size() > 1 ? absl::StrCat(" (and ", refusals.size() - 1, " more)") : "";
  return gridcode::Sentence(refusals.front()) + more;
}

bool Reaches(const gridcode::Nameplate& nameplate, double capacity_kw) {
  return capacity_kw <= nameplate.p_max_kw * (1 + kTolerance);
}

}  // namespace

absl::Status CheckNameplateRules(const gridcode::Nameplate& nameplate, const gridcode::Profile& profile,
                                 bool inverter_based, Findings& warnings) {
  const Findings refusals = TakeRefusals(gridcode::CheckNameplate(nameplate, profile, inverter_based), warnings);
  if (refusals.empty()) return absl::OkStatus();
  return Described(base::InvalidArgument("INVALID_NAMEPLATE", Message(refusals)), refusals);
}

absl::Status CheckNameplateOf(const domain::Der& der, const gridcode::Nameplate& nameplate,
                              const gridcode::Profile& profile, Findings& warnings) {
  RETURN_IF_ERROR(CheckNameplateRules(nameplate, profile, domain::IsInverterBased(der.type), warnings));
  if (Reaches(nameplate, der.capacity_kw)) return absl::OkStatus();
  const Findings refusals = {{gridcode::Rule::kE1, "nameplate.p_max_kw", absl::StrCat(nameplate.p_max_kw),
                              absl::StrCat("at least ", der.capacity_kw, ", the registered capacity_kw"),
                              "correct the nameplate, or the capacity with UpdateDer"}};
  return Described(base::InvalidArgument("INVALID_NAMEPLATE", Message(refusals)), refusals);
}

absl::Status CheckCapacityWithin(const gridcode::Nameplate& nameplate, double capacity_kw) {
  if (Reaches(nameplate, capacity_kw)) return absl::OkStatus();
  const Findings refusals = {{gridcode::Rule::kE1, "capacity_kw", absl::StrCat(capacity_kw),
                              absl::StrCat("at most ", nameplate.p_max_kw, ", p_max_kw of the nameplate"),
                              "correct the capacity, or put a new nameplate first"}};
  return Described(base::InvalidArgument("INVALID_CAPACITY", Message(refusals)), refusals);
}

absl::Status CheckSettingsRules(const gridcode::Settings& settings, const gridcode::Nameplate& nameplate,
                                const gridcode::Profile& profile, Findings& warnings) {
  const Findings refusals = TakeRefusals(gridcode::CheckSettings(settings, nameplate, profile), warnings);
  if (refusals.empty()) return absl::OkStatus();
  return Described(base::InvalidArgument("INVALID_SETTINGS", Message(refusals)), refusals);
}

absl::Status CheckSettingsStillFit(const gridcode::Settings& settings, const gridcode::Nameplate& nameplate,
                                   const gridcode::Profile& profile, Findings& warnings) {
  const Findings refusals = TakeRefusals(gridcode::CheckSettings(settings, nameplate, profile), warnings);
  if (refusals.empty()) return absl::OkStatus();
  return Described(base::FailedPrecondition("SETTINGS_DO_NOT_FIT", Message(refusals)), refusals);
}

}  // namespace derms::registry
