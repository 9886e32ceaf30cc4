#include "services/registry/compliance_evaluation.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/convert_grid.h"
#include "services/registry/compliance_checks.h"

namespace derms::registry {
namespace {

bool IsInverterBased(v1::DerType type) {
  return type == v1::DER_TYPE_UNSPECIFIED || domain::IsInverterBased(wire::FromProto(type));
}

absl::StatusOr<std::vector<gridcode::GridSample>> SamplesOf(const v1::EvaluateGridSupportRequest& request,
                                                            double nominal_hz, double rated_kw) {
  std::vector<gridcode::GridSample> samples;
  for (const v1::GridSample& sample : request.samples()) {
    samples.push_back(wire::FromProto(sample, nominal_hz, rated_kw));
    const std::size_t last = samples.size() - 1;
    if (request.steady_state() || last == 0 || samples[last].t_s >= samples[last - 1].t_s) continue;
    const std::string field = absl::StrCat("samples[", last, "].time_s");
    const std::string rule = absl::StrCat("must be at least ", samples[last - 1].t_s, ", the time before");
    return base::InvalidArgument("INVALID_SAMPLES", absl::StrCat(field, " ", rule)).Field(field, rule);
  }
  return samples;
}

std::vector<gridcode::GridSupport> Evaluate(const gridcode::Device& device,
                                            const std::vector<gridcode::GridSample>& samples,
                                            const v1::EvaluateGridSupportRequest& request) {
  if (!request.steady_state()) {
    return gridcode::EvaluateSeries(device, samples,
                                    {.in_service = !request.starts_off(), .random_share = request.random_share()});
  }
  std::vector<gridcode::GridSupport> answers;
  for (const auto& sample : samples) answers.push_back(gridcode::EvaluatePoint(device, sample.point));
  return answers;
}

}  // namespace

absl::StatusOr<v1::EvaluateGridSupportResponse> ComplianceEvaluation::EvaluateGridSupport(
    server::Call& /*call*/, const v1::EvaluateGridSupportRequest& request) const {
  ASSIGN_OR_RETURN(const gridcode::Profile* profile, profiles_.Find(request.profile_id()));
  const gridcode::Nameplate nameplate = wire::FromProto(request.nameplate());
  Findings warnings;
  RETURN_IF_ERROR(CheckNameplateRules(nameplate, *profile, IsInverterBased(request.der_type()), warnings));
  const gridcode::Settings settings =
      gridcode::WithGiven(profile->Defaults(nameplate), wire::FromProto(request.settings()));
  RETURN_IF_ERROR(CheckSettingsRules(settings, nameplate, *profile, warnings));
  const double rated_kw = gridcode::EffectiveRatings(nameplate, settings.ratings).p_max_kw;
  ASSIGN_OR_RETURN(const auto samples, SamplesOf(request, profile->nominal_hz(), rated_kw));

  v1::EvaluateGridSupportResponse response;
  response.set_profile_id(profile->id());
  for (const gridcode::Finding& warning : warnings) *response.add_findings() = wire::ToProto(warning);
  const auto answers = Evaluate({*profile, nameplate, settings}, samples, request);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    *response.add_answers() = wire::ToProto(answers[i], samples[i].t_s);
  }
  return response;
}

}  // namespace derms::registry
