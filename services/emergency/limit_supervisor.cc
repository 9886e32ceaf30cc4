#include "services/emergency/limit_supervisor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/domain/setpoint.h"
#include "services/emergency/breach_words.h"

namespace derms::emergency {
namespace {

using domain::BreachStep;
using domain::FlowDirection;

constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);
constexpr absl::Duration kStandingAge = absl::Seconds(5);
constexpr absl::Duration kLoadAge = absl::Seconds(30);
constexpr std::size_t kStandingPage = 1000;
constexpr std::size_t kMostBreaches = 10'000;
constexpr std::size_t kMostExplained = 200;  // DERs that are asked for their set-points
constexpr double kEnoughMeasured = 0.9;

// The share of the limit for one direction; 1: it says nothing.
double ShareOf(const domain::StandingControl& control, FlowDirection direction) {
  const domain::PowerTerms& power = control.power;
  return direction == FlowDirection::kExport ? power.max_power_share.value_or(1) : -power.min_power_share.value_or(-1);
}

}  // namespace

absl::StatusOr<SupervisionMode> ParseSupervisionMode(const std::string& text) {
  if (text == "off") return SupervisionMode::kOff;
  if (text == "report") return SupervisionMode::kReport;
  if (text == "correct") return SupervisionMode::kCorrect;
  return base::InvalidArgument("BAD_SETTING", "--limit-supervision must be correct, report or off");
}

LimitSupervisor::LimitSupervisor(const Parts& parts, SupervisionMode mode,
                                 std::function<std::optional<store::Fence>()> fence)
    : parts_(parts), mode_(mode), fence_(std::move(fence)), loads_(parts.queries) {}

void LimitSupervisor::Start(absl::Duration interval) {
  if (mode_ == SupervisionMode::kOff) return;
  loop_ = std::make_unique<store::BackgroundLoop>([this, interval] {
    if (const absl::Status looked = Look(); !looked.ok()) {
      parts_.logger.Warning("limits were not supervised", {{"error", std::string(looked.message())}});
    }
    return interval;
  });
}

absl::Status LimitSupervisor::Look() {
  const std::optional<store::Fence> fence = fence_();
  const bool begins = fence && (!held_ || held_->token != fence->token);
  held_ = fence;
  leading_ = fence ? 1 : 0;
  if (!fence) {
    watched_.clear();
    breaches_ = corrections_ = 0;
    return absl::OkStatus();
  }
  const absl::Time now = parts_.clock.Now();
  if (begins) {
    if (const absl::Status adopted = Adopt(now); !adopted.ok()) {
      held_.reset();  // the next look begins anew
      return adopted;
    }
  }
  RETURN_IF_ERROR(ReadStanding(now));
  const auto regions = parts_.fleet.Regions();
  RETURN_IF_ERROR(loads_.Refresh(*regions, now, kLoadAge, absl::Now() + kDatabaseTimeout));
  const SupervisedRegions supervised = LimitsOf(*regions, standing_, loads_, parts_.power, now);
  if (supervised.unknown_load != unknown_load_) {
    unknown_load_ = supervised.unknown_load;
    parts_.logger.Warning("regions whose load is not known are not supervised",
                          {{"regions", absl::StrJoin(unknown_load_, ",")}});
  }
  for (const auto& [region_id, limits] : supervised.limits) {
    for (const FlowLimit& limit : limits) JudgeLimit(region_id, limit, now);
  }
  for (auto& [key, watched] : watched_) {
    const bool judged =
        supervised.limits.count(key.first) > 0 || std::count(unknown_load_.begin(), unknown_load_.end(), key.first) > 0;
    if (!watched.watch.breached || judged) continue;
    Log(key, "has no limit any more", Relieve(key, watched, "has no limit any more", now));
  }
  Renew(now);
  const auto is_breached = [](const auto& each) { return each.second.watch.breached; };
  breaches_ = static_cast<int>(std::count_if(watched_.begin(), watched_.end(), is_breached));
  corrections_ = static_cast<int>(corrected_until_.size());
  return absl::OkStatus();
}

// What another process began, or this one before it was away.
absl::Status LimitSupervisor::Adopt(absl::Time now) {
  watched_.clear();
  corrected_until_.clear();
  standing_read_at_ = absl::InfinitePast();
  RETURN_IF_ERROR(ReadStanding(now));
  ASSIGN_OR_RETURN(const auto open, parts_.controls.OpenBreaches(kMostBreaches, absl::Now() + kDatabaseTimeout));
  for (const domain::LimitBreach& breach : open) {
    Watched& watched = watched_[{breach.region_id, breach.direction}];
    watched.watch.breached = true;
    watched.watch.changed_at = now;
    watched.breach = breach;
  }
  for (const domain::StandingControl& control : standing_) {
    if (control.region_id.empty() || control.control_id != SupervisionControlId(control.region_id)) continue;
    if (control.valid_until <= now) continue;
    corrected_until_[control.region_id] = control.valid_until;
    for (const FlowDirection direction : kFlowDirections) {
      const auto found = watched_.find({control.region_id, direction});
      if (found != watched_.end()) found->second.share = ShareOf(control, direction);
    }
  }
  return absl::OkStatus();
}

absl::Status LimitSupervisor::ReadStanding(absl::Time now) {
  if (now - standing_read_at_ < kStandingAge) return absl::OkStatus();
  std::vector<domain::StandingControl> read;
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(auto page, parts_.controls.ListStanding(domain::StandingKind::kLimit, now, after, kStandingPage,
                                                             absl::Now() + kDatabaseTimeout));
    const bool last = page.size() < kStandingPage;
    if (!last) after = page.back().control_id;
    std::move(page.begin(), page.end(), std::back_inserter(read));
    if (last) break;
  }
  standing_ = std::move(read);
  standing_read_at_ = now;
  return absl::OkStatus();
}

void LimitSupervisor::JudgeLimit(const std::string& region_id, const FlowLimit& limit, absl::Time now) {
  const Key key{region_id, limit.direction};
  const RegionTotals totals = parts_.power.TotalsOf(region_id, now);
  const Seen seen{limit, totals, domain::Toward(limit.direction, totals.power_kw) - limit.load_kw, now};
  Watched& watched = watched_[key];
  const Watched before = watched;
  if (watched.watch.breached && totals.measured_count < kEnoughMeasured * watched.measured_count) return;
  domain::FlowLook look{.at = now, .flow_kw = seen.flow_kw, .limit_kw = limit.limit_kw};
  if (watched.share < 1 && now - watched.watch.calm_since >= domain::kReliefTime) {  // a walk over the DERs, if need be
    const auto parts = FlowParts(key, 1, now, now);
    look.binds = std::any_of(parts.begin(), parts.end(),
                             [&](const domain::FlowPart& part) { return IsAtShare(part, watched.share); });
  }
  absl::Status done;
  switch (const BreachStep step = domain::Judge(watched.watch, look)) {
    case BreachStep::kNothing:
      return;
    case BreachStep::kBegun:
      done = Begin(key, watched, seen);
      Log(key, "is over its limit", done);
      break;
    case BreachStep::kTighten:
    case BreachStep::kLoosen:
      done = Change(key, watched, seen, step, before.watch.changed_at);
      break;
    case BreachStep::kRelieved:
      done = Relieve(key, watched, "is well within its limit again", now);
      Log(key, "is within its limit again", done);
      break;
  }
  if (!done.ok()) watched = before;  // the next look finds it again
}

void LimitSupervisor::Log(const Key& key, const char* what, const absl::Status& outcome) const {
  const std::string direction(FlowDirectionName(key.second));
  if (outcome.ok()) {
    parts_.logger.Info("limit supervision", {{"region_id", key.first}, {"direction", direction}, {"finding", what}});
  } else {
    parts_.logger.Warning("a step of limit supervision was not stored", {{"region_id", key.first},
                                                                         {"direction", direction},
                                                                         {"finding", what},
                                                                         {"error", std::string(outcome.message())}});
  }
}

std::vector<domain::FlowPart> LimitSupervisor::FlowParts(const Key& key, double share, absl::Time since,
                                                         absl::Time now) const {
  std::vector<domain::FlowPart> parts;
  for (const RegionPower::Part& part : parts_.power.PartsOf(key.first, now)) {
    const domain::PowerRange capability = domain::CapabilityOf(*part.der);
    const double most_kw = key.second == FlowDirection::kExport ? capability.max_kw : -capability.min_kw;
    const double flow_kw = domain::Toward(key.second, part.power_kw);
    const double told_kw = share * most_kw;
    const bool deaf = share < 1 && part.measured_at > since + domain::kSettleTime / 2 &&
                      flow_kw > told_kw + domain::ToleranceKw(told_kw);
    parts.push_back({flow_kw, deaf ? 0 : most_kw});
  }
  return parts;
}

// The DERs with the largest flows are asked what they shall do.
absl::StatusOr<domain::BreachCause> LimitSupervisor::FindCause(const Key& key, double over_kw, absl::Time now) const {
  auto measured = parts_.power.PartsOf(key.first, now);
  const auto flow = [&](const RegionPower::Part& part) { return domain::Toward(key.second, part.power_kw); };
  const auto larger = [&](const auto& a, const auto& b) {
    return std::pair(flow(a), std::string_view(b.der->der_id)) > std::pair(flow(b), std::string_view(a.der->der_id));
  };
  const std::size_t asked = std::min(measured.size(), kMostExplained);
  std::partial_sort(measured.begin(), measured.begin() + static_cast<std::ptrdiff_t>(asked), measured.end(), larger);
  std::vector<DerPtr> ders;
  for (std::size_t i = 0; i < asked; ++i) ders.push_back(measured[i].der);
  const SheetTime time{.from = now, .until = now + absl::Seconds(1), .known_at = absl::InfiniteFuture()};
  ASSIGN_OR_RETURN(const auto sheets, parts_.sheets.Collect(ders, time, absl::Now() + kDatabaseTimeout));
  std::vector<domain::SetpointPart> parts;
  for (std::size_t i = 0; i < asked; ++i) {
    const auto setpoint = domain::ResolveSetpoint(domain::CapabilityOf(*ders[i]), sheets[i], now);
    parts.push_back({ders[i]->der_id, ders[i]->owner_id, ders[i]->type, flow(measured[i]),
                     domain::Toward(key.second, setpoint.power_kw)});
  }
  return domain::Explain(std::move(parts), over_kw);
}

void LimitSupervisor::Renew(absl::Time now) {
  std::vector<std::string> due;
  for (const auto& [region_id, until] : corrected_until_) {
    if (until - now < kCorrectionLife / 2) due.push_back(region_id);
  }
  for (const std::string& region_id : due) {
    const absl::Status written = Write(region_id, "the correction is still needed", {}, now);
    if (written.ok()) continue;
    parts_.logger.Warning("a correction was not renewed",
                          {{"region_id", region_id}, {"error", std::string(written.message())}});
  }
}

}  // namespace derms::emergency
