#include "services/emergency/standing_handlers.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/server/find_der.h"
#include "libs/server/scope_event.h"
#include "libs/wire/page_token.h"
#include "services/emergency/control_convert.h"
#include "services/emergency/region_scope.h"

namespace derms::emergency {
namespace {

using domain::StandingControl;
using domain::StandingKind;
using server::ScopeText;

// What differs between the two.
struct Words {
  const char* name;
  domain::EventType put_event, end_event;
};
const Words& WordsOf(StandingKind kind) {
  static constexpr Words kLimit{"limit", domain::EventType::kLimitPut, domain::EventType::kLimitEnded};
  static constexpr Words kDefault{"default", domain::EventType::kDefaultPut, domain::EventType::kDefaultEnded};
  return kind == StandingKind::kLimit ? kLimit : kDefault;
}

absl::Status CheckRevision(const StandingControl& stored, std::int64_t expected) {
  if (expected == 0 || expected == stored.revision) return absl::OkStatus();
  return base::Aborted("REVISION_MISMATCH",
                       absl::StrCat(WordsOf(stored.kind).name, " ", stored.control_id, " has revision ",
                                    stored.revision, ", not ", expected, "; read it again and repeat the change"));
}

absl::Status NotKnown(StandingKind kind, const std::string& control_id) {
  return base::NotFound(kind == StandingKind::kLimit ? "LIMIT_NOT_FOUND" : "DEFAULT_NOT_FOUND",
                        absl::StrCat("there is no ", WordsOf(kind).name, " ", control_id));
}
absl::Status EndedAlready(StandingKind kind, const std::string& control_id) {
  return base::FailedPrecondition(kind == StandingKind::kLimit ? "LIMIT_ENDED" : "DEFAULT_ENDED",
                                  absl::StrCat(WordsOf(kind).name, " ", control_id, " is over already"));
}

// `wanted` starts now when the client gave no start: of one that holds already that is no change.
bool SaysTheSame(const StandingControl& stored, const StandingControl& wanted, absl::Time now) {
  const bool same_start = stored.starts_at == wanted.starts_at || (wanted.starts_at == now && stored.starts_at <= now);
  return stored.der_id == wanted.der_id && stored.region_id == wanted.region_id && stored.program == wanted.program &&
         stored.primacy == wanted.primacy && stored.power == wanted.power && same_start &&
         stored.valid_until == wanted.valid_until && stored.reason == wanted.reason && stored.put_by == wanted.put_by;
}

// The region whose operators may touch it; empty: all regions.
std::string RegionOf(const StandingControl& control, const store::ReadModel& fleet) {
  if (control.der_id.empty()) return control.region_id;
  const auto der = control.der_id == base::kAllDers ? nullptr : fleet.FindDer(control.der_id);
  return der == nullptr ? "" : der->region_id;
}

}  // namespace

domain::Event StandingHandlers::Told(const server::Call& call, domain::EventType type, const StandingControl& control,
                                     std::string summary) const {
  domain::Event event = server::DraftScopedEvent({control.control_id, control.der_id, control.region_id}, type, fleet_,
                                                 ids_, std::move(summary));
  event.occurred_at = call.now();
  return event;
}

absl::StatusOr<StandingHandlers::Change> StandingHandlers::Put(server::Call& call, StandingControl wanted,
                                                               std::int64_t expected_revision,
                                                               bool validate_only) const {
  RETURN_IF_ERROR(domain::CheckStandingControl(wanted, call.now()));
  ASSIGN_OR_RETURN(const domain::RegionAccess access, RequireScope(call, fleet_, wanted.der_id, wanted.region_id));
  ASSIGN_OR_RETURN(const auto stored, queries_.GetStanding(wanted.kind, wanted.control_id, call.deadline()));
  wanted.put_by = call.caller().subject;
  if (stored) {
    // Who may not touch it as it is may not turn it into another either.
    RETURN_IF_ERROR(call.RequireRegion(RegionOf(*stored, fleet_), *fleet_.Regions()).status());
    RETURN_IF_ERROR(CheckRevision(*stored, expected_revision));
    if (SaysTheSame(*stored, wanted, call.now())) return Change{*stored, {}};
  } else if (expected_revision != 0) {
    return NotKnown(wanted.kind, wanted.control_id);
  }
  wanted.put_at = call.now();
  wanted.revision = stored ? stored->revision + 1 : 1;
  Change change{wanted, {}, /*retry_on_conflict=*/expected_revision == 0};
  if (validate_only) return change;
  const Words& words = WordsOf(wanted.kind);
  change.mutation.events.push_back(
      Told(call, words.put_event, wanted,
           absl::StrCat("The ", words.name, " ", wanted.control_id, " for ", ScopeText(wanted.der_id, wanted.region_id),
                        stored ? " was changed: " : " was given: ", wanted.reason)));
  change.mutation.writes.push_back(store::StandingPut(access, std::move(wanted)));
  return change;
}

absl::StatusOr<StandingHandlers::Change> StandingHandlers::End(server::Call& call, StandingKind kind,
                                                               const std::string& control_id,
                                                               std::int64_t expected_revision) const {
  const Words& words = WordsOf(kind);
  ASSIGN_OR_RETURN(auto stored, queries_.GetStanding(kind, control_id, call.deadline()));
  if (!stored) return NotKnown(kind, control_id);
  ASSIGN_OR_RETURN(const domain::RegionAccess access, call.RequireRegion(RegionOf(*stored, fleet_), *fleet_.Regions()));
  RETURN_IF_ERROR(CheckRevision(*stored, expected_revision));
  if (stored->valid_until <= call.now()) return EndedAlready(kind, control_id);
  Change change{*std::move(stored), {}, /*retry_on_conflict=*/expected_revision == 0};
  StandingControl& ended = change.control;
  ended.starts_at = std::min(ended.starts_at, call.now());
  ended.valid_until = call.now();
  ended.put_by = call.caller().subject;
  ended.put_at = call.now();
  ++ended.revision;
  change.mutation.events.push_back(
      Told(call, words.end_event, ended,
           absl::StrCat("The ", words.name, " ", control_id, " for ", ScopeText(ended.der_id, ended.region_id),
                        " was ended before its time.")));
  change.mutation.writes.push_back(store::StandingPut(access, ended));
  return change;
}

template <typename Request, typename Add>
absl::StatusOr<std::string> StandingHandlers::List(server::Call& call, StandingKind kind, const Request& request,
                                                   Add add) const {
  const auto regions = fleet_.Regions();
  std::shared_ptr<const domain::Der> der;
  if (!request.der_id().empty()) {
    ASSIGN_OR_RETURN(der, FindDer(call, fleet_, request.der_id()));
    RETURN_IF_ERROR(call.RequireRegion(der->region_id, *regions).status());
  }
  call.MarkFiltered();
  ASSIGN_OR_RETURN(const std::vector<std::string> after, wire::ReadPageToken(request, 1));
  const std::size_t limit = wire::PageSize(request.page_size());
  ASSIGN_OR_RETURN(const auto found,
                   queries_.ListStanding(kind, request.active_only() ? std::optional(call.now()) : std::nullopt,
                                         after.empty() ? "" : after[0], limit, call.deadline()));
  for (const StandingControl& each : found) {
    // What reaches a DER from above may be seen by who operates the DER.
    const bool wanted = der == nullptr ? call.caller().Operates(RegionOf(each, fleet_), *regions)
                                       : domain::AppliesTo(each, *der, *regions);
    if (wanted) add(ToProto(each));
  }
  return found.size() == limit ? wire::MakePageToken(request, {found.back().control_id}) : "";
}

absl::StatusOr<server::Plan<v1::PutLimitResponse>> StandingHandlers::PutLimit(
    server::Call& call, const v1::PutLimitRequest& request) const {
  ASSIGN_OR_RETURN(Change change, Put(call, FromProto(StandingKind::kLimit, request.limit(), call.now()),
                                      request.expected_revision(), request.validate_only()));
  server::Plan<v1::PutLimitResponse> plan{
      .response = {}, .mutation = std::move(change.mutation), .retry_on_conflict = change.retry_on_conflict};
  *plan.response.mutable_limit() = ToProto(change.control);
  return plan;
}

absl::StatusOr<server::Plan<v1::PutDefaultResponse>> StandingHandlers::PutDefault(
    server::Call& call, const v1::PutDefaultRequest& request) const {
  ASSIGN_OR_RETURN(Change change, Put(call, FromProto(StandingKind::kDefault, request.default_control(), call.now()),
                                      request.expected_revision(), request.validate_only()));
  server::Plan<v1::PutDefaultResponse> plan{
      .response = {}, .mutation = std::move(change.mutation), .retry_on_conflict = change.retry_on_conflict};
  *plan.response.mutable_default_control() = ToProto(change.control);
  return plan;
}

absl::StatusOr<server::Plan<v1::EndLimitResponse>> StandingHandlers::EndLimit(
    server::Call& call, const v1::EndLimitRequest& request) const {
  ASSIGN_OR_RETURN(Change change, End(call, StandingKind::kLimit, request.control_id(), request.expected_revision()));
  server::Plan<v1::EndLimitResponse> plan{
      .response = {}, .mutation = std::move(change.mutation), .retry_on_conflict = change.retry_on_conflict};
  *plan.response.mutable_limit() = ToProto(change.control);
  return plan;
}

absl::StatusOr<server::Plan<v1::EndDefaultResponse>> StandingHandlers::EndDefault(
    server::Call& call, const v1::EndDefaultRequest& request) const {
  ASSIGN_OR_RETURN(Change change, End(call, StandingKind::kDefault, request.control_id(), request.expected_revision()));
  server::Plan<v1::EndDefaultResponse> plan{
      .response = {}, .mutation = std::move(change.mutation), .retry_on_conflict = change.retry_on_conflict};
  *plan.response.mutable_default_control() = ToProto(change.control);
  return plan;
}

absl::StatusOr<v1::ListLimitsResponse> StandingHandlers::ListLimits(server::Call& call,
                                                                    const v1::ListLimitsRequest& request) const {
  v1::ListLimitsResponse response;
  ASSIGN_OR_RETURN(std::string next, List(call, StandingKind::kLimit, request, [&](v1::StandingControl control) {
                     *response.add_limits() = std::move(control);
                   }));
  response.set_next_page_token(std::move(next));
  return response;
}

absl::StatusOr<v1::ListDefaultsResponse> StandingHandlers::ListDefaults(server::Call& call,
                                                                        const v1::ListDefaultsRequest& request) const {
  v1::ListDefaultsResponse response;
  ASSIGN_OR_RETURN(std::string next, List(call, StandingKind::kDefault, request, [&](v1::StandingControl control) {
                     *response.add_default_controls() = std::move(control);
                   }));
  response.set_next_page_token(std::move(next));
  return response;
}

}  // namespace derms::emergency
