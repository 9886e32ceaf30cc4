#include "services/registry/compliance_handlers.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_grid.h"
#include "services/registry/compliance_checks.h"
#include "services/registry/compliance_record.h"
#include "services/registry/der_lookup.h"
#include "services/registry/event_draft.h"
#include "services/registry/settings_review.h"

namespace derms::registry {
namespace {

absl::Status CheckRevision(std::int64_t expected, const std::optional<domain::GridRecord>& stored,
                           const std::string& der_id) {
  const std::int64_t revision = stored ? stored->revision : 0;
  if (expected == 0 || expected == revision) return absl::OkStatus();
  return base::Aborted("REVISION_MISMATCH", absl::StrCat("nameplate and settings of DER ", der_id, " have revision ",
                                                         revision, "; read them again"));
}

// The profile that is asked for, else the one before, else the default.
absl::StatusOr<const gridcode::Profile*> ProfileFor(const gridcode::ProfileShelf& profiles, const std::string& asked,
                                                    const std::optional<domain::GridRecord>& stored) {
  return profiles.Find(asked.empty() && stored ? stored->profile_id : asked);
}

// As the record before, one revision on; the first of a DER when there is none.
domain::GridRecord NextRecord(const std::optional<domain::GridRecord>& stored, const domain::Der& der,
                              const server::Call& call, const gridcode::Profile& profile) {
  domain::GridRecord next = stored.value_or(domain::GridRecord());
  next.der_id = der.der_id;
  next.revision++;
  next.profile_id = profile.id();
  next.put_by = call.caller().subject;
  next.put_at = call.now();
  return next;
}

template <typename Response>
void Answer(Response& response, const domain::GridRecord& record, const gridcode::Nameplate& nameplate,
            const gridcode::Settings& settings, const Findings& warnings) {
  *response.mutable_record() = ViewOfRecord(record, nameplate, settings);
  for (const gridcode::Finding& warning : warnings) *response.add_findings() = wire::ToProto(warning);
}

// Commits the record with its event; `reached_kw` as in store::GridRecordInsert.
void Write(store::Mutation& mutation, const domain::DerAccess& access, domain::GridRecord record,
           std::optional<double> reached_kw, domain::Event event) {
  mutation.events.push_back(std::move(event));
  mutation.writes.push_back(store::GridRecordInsert(access, std::move(record), reached_kw));
}

}  // namespace

absl::StatusOr<server::Plan<v1::PutNameplateResponse>> ComplianceHandlers::PutNameplate(
    server::Call& call, const v1::PutNameplateRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckChangeable(call, *der, 0));
  ASSIGN_OR_RETURN(const auto stored, queries_.GetGridRecord(der->der_id, call.deadline()));
  RETURN_IF_ERROR(CheckRevision(request.expected_revision(), stored, der->der_id));
  ASSIGN_OR_RETURN(const gridcode::Profile* profile, ProfileFor(profiles_, request.profile_id(), stored));
  const gridcode::Nameplate nameplate = wire::FromProto(request.nameplate());
  Findings warnings;
  RETURN_IF_ERROR(CheckNameplateOf(*der, nameplate, *profile, warnings));
  domain::GridRecord next = NextRecord(stored, *der, call, *profile);
  ASSIGN_OR_RETURN(const gridcode::Settings settings, SettingsOf(next, profile->Defaults(nameplate)));
  RETURN_IF_ERROR(CheckSettingsStillFit(settings, nameplate, *profile, warnings));

  server::Plan<v1::PutNameplateResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  if (stored && stored->profile_id == next.profile_id) {
    ASSIGN_OR_RETURN(const gridcode::Nameplate before, NameplateOf(*stored));
    if (before == nameplate) {
      Answer(plan.response, *stored, nameplate, settings, warnings);
      return plan;
    }
  }
  next.nameplate_revision++;
  next.nameplate_json = NameplateToJson(nameplate);
  Answer(plan.response, next, nameplate, settings, warnings);
  if (request.validate_only()) return plan;
  const std::string summary =
      absl::StrCat("Nameplate revision ", next.nameplate_revision, " of DER ", der->der_id, " was put.");
  Write(plan.mutation, access, std::move(next), der->capacity_kw,
        DraftDerEvent(call, ids_, domain::EventType::kNameplatePut, *der, summary));
  return plan;
}

absl::StatusOr<server::Plan<v1::PutSettingsResponse>> ComplianceHandlers::PutSettings(
    server::Call& call, const v1::PutSettingsRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckChangeable(call, *der, 0));
  ASSIGN_OR_RETURN(const auto stored, queries_.GetGridRecord(der->der_id, call.deadline()));
  if (!stored) {
    return base::FailedPrecondition("NAMEPLATE_MISSING",
                                    absl::StrCat("DER ", der->der_id, " has no nameplate; PutNameplate first"));
  }
  RETURN_IF_ERROR(CheckRevision(request.expected_revision(), stored, der->der_id));
  ASSIGN_OR_RETURN(const gridcode::Profile* profile, ProfileFor(profiles_, request.profile_id(), stored));
  ASSIGN_OR_RETURN(const gridcode::Nameplate nameplate, NameplateOf(*stored));
  const gridcode::Settings settings =
      gridcode::WithGiven(profile->Defaults(nameplate), wire::FromProto(request.settings()));
  Findings warnings;
  RETURN_IF_ERROR(CheckSettingsRules(settings, nameplate, *profile, warnings));

  server::Plan<v1::PutSettingsResponse> plan;
  plan.retry_on_conflict = request.expected_revision() == 0;
  ASSIGN_OR_RETURN(const gridcode::Settings before, SettingsOf(*stored, profile->Defaults(nameplate)));
  if (stored->settings_revision > 0 && stored->profile_id == profile->id() && before == settings) {
    Answer(plan.response, *stored, nameplate, settings, warnings);
    return plan;
  }
  domain::GridRecord next = NextRecord(stored, *der, call, *profile);
  next.settings_revision++;
  next.settings_json = SettingsToJson(settings);
  Answer(plan.response, next, nameplate, settings, warnings);
  if (request.validate_only()) return plan;
  const std::string summary =
      absl::StrCat("Settings revision ", next.settings_revision, " of DER ", der->der_id, " was adopted.");
  Write(plan.mutation, access, std::move(next), std::nullopt,
        DraftDerEvent(call, ids_, domain::EventType::kGridSettingsPut, *der, summary));
  return plan;
}

absl::StatusOr<v1::GetGridSettingsResponse> ComplianceHandlers::GetGridSettings(
    server::Call& call, const v1::GetGridSettingsRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  RETURN_IF_ERROR(call.RequireDer(der->ownership(), *fleet_.Regions()).status());
  ASSIGN_OR_RETURN(const auto stored, queries_.GetGridRecord(der->der_id, call.deadline()));
  if (!stored) {
    return base::NotFound("NAMEPLATE_NOT_FOUND", absl::StrCat("DER ", der->der_id, " has no nameplate"));
  }
  ASSIGN_OR_RETURN(const gridcode::Nameplate nameplate, NameplateOf(*stored));
  ASSIGN_OR_RETURN(const gridcode::Profile* profile, profiles_.Find(stored->profile_id));
  ASSIGN_OR_RETURN(const gridcode::Settings settings, SettingsOf(*stored, profile->Defaults(nameplate)));
  v1::GetGridSettingsResponse response;
  Answer(response, *stored, nameplate, settings, FindingsOf(*der, {*profile, nameplate, settings}));
  return response;
}

}  // namespace derms::registry
