#include "libs/domain/limit_supervision.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace derms::domain {
namespace {

constexpr double kShareSteps = 10'000;
constexpr double kAtShare = 0.98;

// Down to a step, but not below one that rounding in the last digits has missed.
double RoundedDown(double share) {
  return std::clamp(std::floor(share * kShareSteps + 1e-6) / kShareSteps, 0.0, 1.0);
}

bool CanBeTold(const FlowPart& part) {
  return part.capacity_kw > 0;
}

}  // namespace

std::string_view FlowDirectionName(FlowDirection direction) {
  return direction == FlowDirection::kExport ? "EXPORT" : "IMPORT";
}

double ToleranceKw(double limit_kw) {
  return std::max(0.01 * std::abs(limit_kw), 1.0);
}

double TargetKw(double limit_kw) {
  return limit_kw - 0.02 * std::abs(limit_kw);
}

double ReliefKw(double limit_kw) {
  return limit_kw - 0.1 * std::abs(limit_kw);
}

BreachStep Judge(BreachWatch& watch, const FlowLook& look) {
  const bool over = look.flow_kw > look.limit_kw + ToleranceKw(look.limit_kw);
  watch.looks_over = over ? watch.looks_over + 1 : 0;
  if (!watch.breached) {
    if (watch.looks_over < 2) return BreachStep::kNothing;
    watch.breached = true;
    watch.calm_since = absl::InfiniteFuture();
    watch.changed_at = look.at;
    return BreachStep::kBegun;
  }
  if (look.flow_kw > ReliefKw(look.limit_kw)) watch.calm_since = absl::InfiniteFuture();
  if (watch.looks_over >= 2 && look.at - watch.changed_at >= kSettleTime) {
    watch.changed_at = look.at;
    return BreachStep::kTighten;
  }
  if (look.flow_kw > ReliefKw(look.limit_kw)) return BreachStep::kNothing;
  watch.calm_since = std::min(watch.calm_since, look.at);
  if (look.at - watch.calm_since < kReliefTime) return BreachStep::kNothing;
  watch.calm_since = look.at;  // the next minute begins
  watch.changed_at = look.at;
  if (look.binds) return BreachStep::kLoosen;
  watch = BreachWatch();
  return BreachStep::kRelieved;
}

double FlowUnder(const std::vector<FlowPart>& parts, double share) {
  double flow_kw = 0;
  for (const FlowPart& part : parts) {
    flow_kw += CanBeTold(part) ? std::min(part.power_kw, share * part.capacity_kw) : part.power_kw;
  }
  return flow_kw;
}

// The flow rises with the share, linearly between the shares at which DERs stop to be held back. From the top: who is
// held back by a share s is everybody with power / capacity above it.
double ShareWithin(std::vector<FlowPart> parts, double budget_kw) {
  std::erase_if(parts, [&](const FlowPart& part) {
    if (CanBeTold(part) && part.power_kw > 0) return false;
    budget_kw -= part.power_kw;  // whatever the share
    return true;
  });
  std::sort(parts.begin(), parts.end(), [](const FlowPart& a, const FlowPart& b) {
    return a.power_kw * b.capacity_kw > b.power_kw * a.capacity_kw;
  });
  double free_kw = 0;  // of those that the share does not hold back
  for (const FlowPart& part : parts) free_kw += part.power_kw;
  if (free_kw <= budget_kw) return 1;
  double held_kw = 0;  // capacity of those that it does
  for (std::size_t i = 0; i < parts.size(); ++i) {
    free_kw -= parts[i].power_kw;
    held_kw += parts[i].capacity_kw;
    const double share = (budget_kw - free_kw) / held_kw;
    const double next = i + 1 < parts.size() ? parts[i + 1].power_kw / parts[i + 1].capacity_kw : 0;
    if (share >= next) return RoundedDown(share);
  }
  return 0;
}

bool IsAtShare(const FlowPart& part, double share) {
  return CanBeTold(part) && part.power_kw >= kAtShare * share * part.capacity_kw;
}

double ShareWithRoom(const std::vector<FlowPart>& parts, double share, double budget_kw) {
  double flow_kw = 0, held_kw = 0;
  for (const FlowPart& part : parts) {
    flow_kw += part.power_kw;
    if (IsAtShare(part, share)) held_kw += part.capacity_kw;
  }
  if (held_kw <= 0) return 1;
  return std::max(share, RoundedDown(share + (budget_kw - flow_kw) / held_kw));
}

BreachCause Explain(std::vector<SetpointPart> parts, double over_kw) {
  BreachCause cause;
  std::erase_if(
      parts, [](const SetpointPart& part) { return part.flow_kw - part.setpoint_kw <= ToleranceKw(part.setpoint_kw); });
  for (const SetpointPart& part : parts) {
    const double above_kw = part.flow_kw - part.setpoint_kw;
    ++cause.above_count;
    cause.above_kw += above_kw;
    cause.above_by_type[static_cast<std::size_t>(part.type) - 1] += above_kw;
  }
  std::sort(parts.begin(), parts.end(), [](const SetpointPart& a, const SetpointPart& b) {
    return std::pair(b.flow_kw - b.setpoint_kw, std::string_view(a.der_id)) <
           std::pair(a.flow_kw - a.setpoint_kw, std::string_view(b.der_id));
  });
  if (parts.size() > kMostNamed) parts.resize(kMostNamed);
  cause.above = std::move(parts);
  cause.unexplained_kw = std::max(0.0, over_kw - cause.above_kw);
  return cause;
}

std::string CauseText(const BreachCause& cause) {
  std::string text;
  if (cause.above_count == 0) {
    text = "no DER is above its set-point";
  } else {
    std::vector<std::string> classes;
    for (std::size_t i = 0; i < cause.above_by_type.size(); ++i) {
      if (cause.above_by_type[i] <= 0) continue;
      classes.push_back(
          absl::StrFormat("%s %.1f kW", DerTypeName(static_cast<DerType>(i + 1)), cause.above_by_type[i]));
    }
    text = absl::StrFormat("%d %s %.1f kW above %s (%s)", cause.above_count,
                           cause.above_count == 1 ? "DER is" : "DERs are", cause.above_kw,
                           cause.above_count == 1 ? "its set-point" : "their set-points", absl::StrJoin(classes, ", "));
  }
  if (cause.unexplained_kw > 0) absl::StrAppendFormat(&text, ", %.1f kW are unexplained", cause.unexplained_kw);
  return text;
}

}  // namespace derms::domain
