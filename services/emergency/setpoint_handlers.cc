#include "services/emergency/setpoint_handlers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/setpoint_words.h"
#include "libs/domain/standing_control.h"
#include "libs/server/find_der.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/page_token.h"
#include "services/emergency/control_convert.h"
#include "services/emergency/visible_ders.h"

namespace derms::emergency {
namespace {

constexpr absl::Duration kTellAround = absl::Hours(1);      // what held or will hold is told, too
constexpr absl::Duration kFurthest = absl::Hours(24 * 30);  // from now, either way
constexpr absl::Duration kNowIsWithin = absl::Seconds(1);   // of the call's time

absl::Status CheckTime(absl::Time at, absl::Time now) {
  if (at >= now - kFurthest && at <= now + kFurthest) return absl::OkStatus();
  constexpr char kRule[] = "must be at most 30 days before or after now";
  return base::InvalidArgument("TIME_OUT_OF_RANGE", absl::StrCat("at ", kRule)).Field("at", kRule);
}

v1::ControlField FieldOf(domain::ControlField field) {
  return static_cast<v1::ControlField>(static_cast<int>(field) + 1);
}

void Tell(const domain::EffectiveSetpoint& setpoint, const std::vector<domain::Control>& controls,
          v1::WhySetpointResponse& response) {
  for (const domain::Control& each : controls) *response.add_controls() = ToProto(each);
  for (const domain::Clip& clip : setpoint.clips) {
    v1::Clip& told = *response.add_clips();
    told.set_from_kw(clip.from_kw);
    told.set_to_kw(clip.to_kw);
    if (clip.control != domain::kNoControl) told.set_control_index(clip.control);
    told.set_reason(std::string(ClipReasonName(clip.reason)));
  }
  for (const domain::Loser& loser : setpoint.losers) {
    v1::LostControl& told = *response.add_lost();
    told.set_control_index(loser.control);
    told.set_field(FieldOf(loser.field));
    told.set_reason(std::string(LossReasonName(loser.reason)));
    if (loser.against != domain::kNoControl) told.set_against_index(loser.against);
    told.set_summary(DescribeLoser(loser, controls));
  }
  response.set_summary(DescribeSetpoint(setpoint, controls));
}

}  // namespace

absl::StatusOr<std::vector<DerPtr>> SetpointHandlers::Named(server::Call& call,
                                                            const v1::PollSetpointsRequest& request) const {
  const auto regions = fleet_.Regions();
  std::vector<DerPtr> ders;
  for (const std::string& der_id : request.der_ids()) {
    ASSIGN_OR_RETURN(DerPtr der, FindDer(call, fleet_, der_id));
    RETURN_IF_ERROR(call.RequireDer(der->ownership(), *regions).status());
    ders.push_back(std::move(der));
  }
  std::sort(ders.begin(), ders.end(), [](const DerPtr& a, const DerPtr& b) { return a->der_id < b->der_id; });
  ders.erase(std::unique(ders.begin(), ders.end()), ders.end());
  return ders;
}

absl::StatusOr<v1::PollSetpointsResponse> SetpointHandlers::PollSetpoints(
    server::Call& call, const v1::PollSetpointsRequest& request) const {
  v1::PollSetpointsResponse response;
  std::vector<DerPtr> ders;
  if (request.der_ids_size() > 0) {
    ASSIGN_OR_RETURN(ders, Named(call, request));
  } else {
    call.MarkFiltered();
    ASSIGN_OR_RETURN(const std::vector<std::string> after, wire::ReadPageToken(request, 1));
    store::DerPage page = fleet_.ListDers(VisibleDers(call.caller(), fleet_.Regions()), after.empty() ? "" : after[0],
                                          wire::PageSize(request.page_size()), call.now());
    if (!page.next_after_der_id.empty()) {
      response.set_next_page_token(wire::MakePageToken(request, {page.next_after_der_id}));
    }
    // The caller's first DER may have come a moment ago.
    if (page.ders.empty() && after.empty() && call.DoubtMemory())
      return base::Unavailable("MEMORY_BEHIND", "look again");
    ders = std::move(page.ders);
  }
  const absl::Time now = call.now();
  ASSIGN_OR_RETURN(
      const auto sheets,
      sheets_.Collect(ders, {.from = now, .until = now + kSetpointLife, .known_at = absl::InfiniteFuture()},
                      call.deadline()));
  for (std::size_t i = 0; i < ders.size(); ++i) {
    const auto setpoint = domain::ResolveSetpoint(domain::CapabilityOf(*ders[i]), sheets[i], now);
    v1::Setpoint& told = *response.add_setpoints();
    told = ToProto(ders[i]->der_id, setpoint, sheets[i], now + kSetpointLife);
    sent_.Note(told);
  }
  *response.mutable_as_of() = wire::ToProto(now);
  return response;
}

absl::StatusOr<v1::WhySetpointResponse> SetpointHandlers::WhySetpoint(server::Call& call,
                                                                      const v1::WhySetpointRequest& request) const {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet_, request.der_id()));
  RETURN_IF_ERROR(call.RequireDer(der->ownership(), *fleet_.Regions()).status());
  const absl::Time now = call.now();
  const absl::Time at = request.has_at() ? wire::FromProto(request.at()) : now;
  RETURN_IF_ERROR(CheckTime(at, now));
  const SheetTime time{.from = at - kTellAround,
                       .until = at + kTellAround,
                       .known_at = at < now ? at : absl::InfiniteFuture(),
                       .now_known = absl::AbsDuration(at - now) < kNowIsWithin};
  ASSIGN_OR_RETURN(auto sheets, sheets_.Collect({der}, time, call.deadline()));
  std::vector<domain::Control>& controls = sheets[0];
  std::sort(controls.begin(), controls.end(), domain::IsStronger);
  const auto setpoint = domain::ResolveSetpoint(domain::CapabilityOf(*der), controls, at);
  v1::WhySetpointResponse response;
  *response.mutable_setpoint() = ToProto(der->der_id, setpoint, controls, absl::InfiniteFuture());
  *response.mutable_at() = wire::ToProto(at);
  Tell(setpoint, controls, response);
  const int winner =
      setpoint.WinnerOf(setpoint.connected ? domain::ControlField::kPower : domain::ControlField::kConnect);
  if (time.now_known && winner != domain::kNoControl) {
    const domain::Control& control = controls[static_cast<std::size_t>(winner)];
    ASSIGN_OR_RETURN(const std::string silence, unanswered_.SentenceFor(der->der_id, control, now, call.deadline()));
    if (!silence.empty()) absl::StrAppend(response.mutable_summary(), "; ", silence);
  }
  return response;
}

}  // namespace derms::emergency
