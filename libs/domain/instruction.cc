#include "libs/domain/instruction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

using enum InstructionState;

// The whole state machine: in this order, every state that is not final may be followed by those from its own
// beginning on. A device that has accepted gives up by ABORTED, no longer by REJECTED.
constexpr std::array kWay = {kSent,    kReceived, kRejected, kAccepted,   kStarted, kSucceeded,
                             kPartial, kAborted,  kRevoked,  kSuperseded, kExpired};
std::span<const InstructionState> FromOn(InstructionState first) {
  const auto begin = std::find(kWay.begin(), kWay.end(), first);
  return {begin, kWay.end()};
}

std::span<const InstructionState> AllowedAfter(InstructionState from) {
  switch (from) {
    case kNew:
      return FromOn(kSent);
    case kSent:
      return FromOn(kReceived);
    case kReceived:
      return FromOn(kRejected);
    case kAccepted:
      return FromOn(kStarted);
    case kStarted:
      return FromOn(kSucceeded);
    default:
      return {};  // final
  }
}

bool IsReported(InstructionState state) {
  return state == kReceived || state == kAccepted || state == kRejected || state == kStarted || state == kSucceeded ||
         state == kPartial || state == kAborted;
}

absl::Status Check(const Instruction& instruction, InstructionState to, bool by_device) {
  if (to == instruction.state) return absl::OkStatus();
  std::vector<std::string> allowed_names;
  for (const InstructionState state : AllowedAfter(instruction.state)) {
    if (by_device && !IsReported(state)) continue;
    if (state == to) return absl::OkStatus();
    allowed_names.emplace_back(InstructionStateName(state));
  }
  const std::string allowed = absl::StrJoin(allowed_names, ",");
  const std::string from_name(InstructionStateName(instruction.state)), to_name(InstructionStateName(to));
  return base::FailedPrecondition(
             "INVALID_INSTRUCTION_TRANSITION",
             absl::StrCat("instruction ", instruction.control_id, " cannot go from ", from_name, " to ", to_name,
                          allowed.empty() ? "; it has ended" : absl::StrCat("; allowed now: ", allowed)))
      .Metadata("from", from_name)
      .Metadata("to", to_name)
      .Metadata("allowed", allowed);
}

}  // namespace

std::string_view InstructionStateName(InstructionState state) {
  switch (state) {
    case kNew:
      return "NEW";
    case kSent:
      return "SENT";
    case kReceived:
      return "RECEIVED";
    case kAccepted:
      return "ACCEPTED";
    case kRejected:
      return "REJECTED";
    case kStarted:
      return "STARTED";
    case kSucceeded:
      return "SUCCEEDED";
    case kAborted:
      return "ABORTED";
    case kRevoked:
      return "REVOKED";
    case kSuperseded:
      return "SUPERSEDED";
    case kExpired:
      return "EXPIRED";
    case kPartial:
      return "PARTIAL";
  }
  return "UNKNOWN";
}

bool IsFinal(InstructionState state) {
  return AllowedAfter(state).empty();
}

InstructionState Instruction::StateAt(absl::Time now) const {
  if (IsFinal(state) || now < valid_until) return state;
  return superseded_by.empty() ? kExpired : kSuperseded;
}

absl::Status CheckAcknowledgement(const Instruction& instruction, InstructionState to) {
  return Check(instruction, to, /*by_device=*/true);
}

absl::Status CheckInstructionTransition(const Instruction& instruction, InstructionState to) {
  return Check(instruction, to, /*by_device=*/false);
}

bool MayRevoke(const Instruction& instruction, absl::Time now) {
  return now < instruction.valid_until && (instruction.state == kSucceeded || !IsFinal(instruction.state));
}

double PerformanceOf(double requested_kw, double delivered_kw) {
  if (!std::isfinite(requested_kw) || !std::isfinite(delivered_kw)) return 0;
  if (requested_kw == 0) return delivered_kw == 0 ? 1 : 0;
  return std::max(0.0, delivered_kw / requested_kw);
}

PerformanceBand BandOf(double performance) {
  if (performance >= kFullPerformance) return PerformanceBand::kFull;
  return performance >= kProRataPerformance ? PerformanceBand::kProRata : PerformanceBand::kPenalty;
}

std::string_view PerformanceBandName(PerformanceBand band) {
  switch (band) {
    case PerformanceBand::kFull:
      return "FULL";
    case PerformanceBand::kProRata:
      return "PRO_RATA";
    case PerformanceBand::kPenalty:
      return "PENALTY";
  }
  return "UNKNOWN";
}

Control ControlOf(const Instruction& instruction) {
  Control control;
  control.source = instruction.source;
  control.control_id = instruction.control_id;
  control.issued_by = instruction.issued_by;
  control.issued_at = instruction.issued_at;
  control.starts_at = instruction.starts_at;
  control.valid_until = instruction.valid_until;
  if (IsFinal(instruction.state) && instruction.state != kSucceeded)
    control.valid_until = std::min(instruction.valid_until, instruction.state_at);
  control.power_kw = instruction.power_kw;
  control.max_power_kw = instruction.max_power_kw;
  control.min_power_kw = instruction.min_power_kw;
  control.connect = instruction.connect;
  return control;
}

}  // namespace derms::domain
