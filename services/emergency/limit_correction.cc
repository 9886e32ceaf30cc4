// What the supervision of limits writes: breaches, their ends, and the limits that correct them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/base/utc_text.h"
#include "libs/server/scope_event.h"
#include "services/emergency/breach_words.h"
#include "services/emergency/limit_supervisor.h"

namespace derms::emergency {
namespace {

using domain::BreachStep;
using domain::EventType;
using domain::FlowDirection;
using domain::StandingControl;

constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);
constexpr char kSystem[] = "system";

bool SaysNothing(const domain::PowerTerms& power) {
  return !power.max_power_share && !power.min_power_share;
}

StandingControl CorrectionOf(const std::string& region_id, const domain::PowerTerms& power, const std::string& reason,
                             absl::Time now) {
  StandingControl control;
  control.kind = domain::StandingKind::kLimit;
  control.control_id = SupervisionControlId(region_id);
  control.region_id = region_id;
  control.program = "limit supervision";
  control.primacy = 0;
  control.power = power;
  control.starts_at = now;
  control.valid_until = now + kCorrectionLife;
  control.reason = reason;
  control.put_by = kSystem;
  control.put_at = now;
  control.revision = 1;
  return control;
}

}  // namespace

domain::Event LimitSupervisor::Told(EventType type, const std::string& region_id, std::string summary,
                                    absl::Time now) const {
  domain::Event event = server::DraftScopedEvent({SupervisionControlId(region_id), "", region_id}, type, parts_.fleet,
                                                 parts_.ids, std::move(summary));
  event.occurred_at = now;
  event.actor = kSystem;
  return event;
}

absl::Status LimitSupervisor::Begin(const Key& key, Watched& watched, const Seen& seen) {
  const double over_kw = seen.flow_kw - seen.limit.limit_kw;
  ASSIGN_OR_RETURN(const domain::BreachCause cause, FindCause(key, over_kw, seen.at));
  watched.measured_count = seen.totals.measured_count;
  if (mode_ == SupervisionMode::kCorrect) {
    const double budget_kw = domain::TargetKw(seen.limit.limit_kw) + seen.limit.load_kw;
    watched.share = domain::ShareWithin(FlowParts(key, 1, seen.at, seen.at), budget_kw);
  }
  watched.breach = {.region_id = key.first,
                    .direction = key.second,
                    .began_at = absl::FromUnixMicros(absl::ToUnixMicros(seen.at)),
                    .flow_kw = seen.flow_kw,
                    .limit_kw = seen.limit.limit_kw,
                    .cause = CauseText(cause),
                    .relieved_at = std::nullopt};
  store::Mutation mutation;
  mutation.writes.push_back(store::BreachPut(domain::RoleAccess::System(), watched.breach));
  const std::string text =
      BreachText(key.first, seen.limit, seen.flow_kw, watched.breach.cause, seen.totals, watched.share);
  mutation.events.push_back(Told(EventType::kLimitBreached, key.first, text, seen.at));
  for (const domain::SetpointPart& part : cause.above) {  // each is for who may see that DER
    domain::Event event = Told(EventType::kLimitBreached, key.first, PartText(part, key.first, seen.limit), seen.at);
    event.der_id = part.der_id;
    event.owner_id = part.owner_id;
    mutation.events.push_back(std::move(event));
  }
  return Write(key.first, text, std::move(mutation), seen.at);
}

absl::Status LimitSupervisor::Change(const Key& key, Watched& watched, const Seen& seen, BreachStep step,
                                     absl::Time since) {
  if (mode_ != SupervisionMode::kCorrect) return absl::OkStatus();
  const double budget_kw = domain::TargetKw(seen.limit.limit_kw) + seen.limit.load_kw;
  const auto parts = FlowParts(key, watched.share, since, seen.at);
  const double share = step == BreachStep::kTighten ? std::min(watched.share, domain::ShareWithin(parts, budget_kw))
                                                    : domain::ShareWithRoom(parts, watched.share, budget_kw);
  if (share == watched.share) return absl::OkStatus();
  watched.share = share;
  const std::string text =
      absl::StrFormat("region %s is at %.1f kW, %s is %.1f kW: every DER is %s", key.first, seen.flow_kw,
                      seen.limit.source, seen.limit.limit_kw, ShareText(key.second, share));
  return Write(key.first, text, {}, seen.at);
}

absl::Status LimitSupervisor::Relieve(const Key& key, Watched& watched, const std::string& how, absl::Time now) {
  domain::LimitBreach breach = watched.breach;
  breach.relieved_at = now;
  watched = Watched();
  store::Mutation mutation;
  mutation.writes.push_back(store::BreachPut(domain::RoleAccess::System(), breach));
  const std::string text =
      absl::StrFormat("Region %s %s: what began at %s with %.1f kW over a limit of %.1f kW is over.", key.first, how,
                      base::UtcText(breach.began_at), breach.flow_kw - breach.limit_kw, breach.limit_kw);
  mutation.events.push_back(Told(EventType::kLimitRelieved, key.first, text, now));
  return Write(key.first, text, std::move(mutation), now);
}

domain::PowerTerms LimitSupervisor::SharesOf(const std::string& region_id) const {
  domain::PowerTerms power;
  for (const FlowDirection direction : kFlowDirections) {
    const auto found = watched_.find({region_id, direction});
    if (found == watched_.end() || found->second.share >= 1) continue;
    if (direction == FlowDirection::kExport) {
      power.max_power_share = found->second.share;
    } else {
      power.min_power_share = 0 - found->second.share;  // of the charging capacity; 0 and not -0
    }
  }
  return power;
}

absl::Status LimitSupervisor::AddCorrection(const std::string& region_id, const std::string& reason,
                                            store::Mutation& mutation, absl::Time now) const {
  const domain::PowerTerms power = SharesOf(region_id);
  ASSIGN_OR_RETURN(const auto stored,
                   parts_.controls.GetStanding(domain::StandingKind::kLimit, SupervisionControlId(region_id),
                                               absl::Now() + kDatabaseTimeout));
  const bool in_force = stored && stored->valid_until > now;
  if (SaysNothing(power) && !in_force) return absl::OkStatus();
  StandingControl control = CorrectionOf(region_id, SaysNothing(power) ? stored->power : power, reason, now);
  if (stored) control.revision = stored->revision + 1;
  if (in_force) control.starts_at = std::min(stored->starts_at, now);
  EventType type = EventType::kLimitPut;
  std::string text = absl::StrCat("The limit ", control.control_id, " for region ", region_id, " was given: ", reason);
  if (SaysNothing(power)) {
    control.valid_until = now;
    type = EventType::kLimitEnded;
    text = absl::StrCat("The limit ", control.control_id, " for region ", region_id, " was taken back.");
  }
  mutation.events.push_back(Told(type, region_id, text, now));
  mutation.writes.push_back(store::StandingPut(domain::RoleAccess::System(), std::move(control)));
  return absl::OkStatus();
}

absl::Status LimitSupervisor::Write(const std::string& region_id, const std::string& reason, store::Mutation mutation,
                                    absl::Time now) {
  RETURN_IF_ERROR(AddCorrection(region_id, reason, mutation, now));
  if (!mutation.writes.empty()) {
    mutation.fence = held_;
    RETURN_IF_ERROR(
        store::CommitAndWait(parts_.committer, std::move(mutation), absl::Now() + kDatabaseTimeout).status());
  }
  if (SaysNothing(SharesOf(region_id))) {
    corrected_until_.erase(region_id);
  } else {
    corrected_until_[region_id] = now + kCorrectionLife;
  }
  return absl::OkStatus();
}

}  // namespace derms::emergency
