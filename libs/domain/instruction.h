// What a DER is told to do, and how far it got: the lifecycle of an instruction. Pure functions.
//
// NEW -> SENT -> RECEIVED -> ACCEPTED | REJECTED -> STARTED -> SUCCEEDED | PARTIAL | ABORTED, and from every state that
// is not final REVOKED, SUPERSEDED or EXPIRED (names of S2, EN 50491-12-2). States may be skipped, as gateways report
// in batches, but none is gone back to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/domain/control.h"

namespace derms::domain {

enum class InstructionState {
  kNew = 1,
  kSent = 2,
  kReceived = 3,
  kAccepted = 4,
  kRejected = 5,
  kStarted = 6,
  kSucceeded = 7,
  kAborted = 8,
  kRevoked = 9,
  kSuperseded = 10,
  kExpired = 11,
  kPartial = 12
};
std::string_view InstructionStateName(InstructionState state);  // "NEW", ...
bool IsFinal(InstructionState state);  // REJECTED, SUCCEEDED, PARTIAL, ABORTED, REVOKED, SUPERSEDED, EXPIRED

// Named by DER, source and control: what comes of a schedule, limit or order needs no id of its own.
struct Instruction {
  std::string der_id;
  ControlSource source = ControlSource::kOperator;
  std::string control_id;  // of the order, run or limit behind it; of operators and owners a UUID of its own

  std::optional<double> power_kw;  // absent, like the next two, where the schedule or limit behind it says it
  std::optional<double> max_power_kw, min_power_kw;
  std::optional<bool> connect;

  absl::Time issued_at;
  absl::Time starts_at;    // holds in [starts_at, valid_until)
  absl::Time valid_until;  // mandatory: a lost link ends in the default
  std::string issued_by;
  std::string reason;

  InstructionState state = InstructionState::kNew;  // as stored; use StateAt for the truth
  absl::Time state_at;                              // when it was reached
  std::string detail;                               // the device's reason in its own words
  std::optional<double> delivered_kw;               // mean over the instruction as the device reports it
  std::string superseded_by;                        // control that takes its place from valid_until on; empty: none
  std::int64_t revision = 0;

  // From valid_until on SUPERSEDED when a newer one took its place, else EXPIRED, unless the state is final: even when
  // nobody has written it down yet.
  InstructionState StateAt(absl::Time now) const;
};

// What somebody who speaks for a DER says of what the DER was told.
struct Acknowledgement {
  std::string der_id;
  ControlSource source = ControlSource::kOperator;
  std::string control_id;
  InstructionState state = InstructionState::kReceived;
  std::string detail;
  std::optional<double> delivered_kw;
  absl::Time at;
};

// Whether a device may report `to`: RECEIVED, ACCEPTED, REJECTED, STARTED, SUCCEEDED, PARTIAL or ABORTED, when it may
// follow the stored state. A repeat of the stored state, whatever it is, is allowed and changes nothing. Judged by the
// stored state and not by time: how an instruction ended is reported after its end. FAILED_PRECONDITION
// INVALID_INSTRUCTION_TRANSITION with metadata from, to, allowed (comma-separated, empty when final).
absl::Status CheckAcknowledgement(const Instruction& instruction, InstructionState to);

// Whether the service itself may set `to`: the same, and SENT, REVOKED, SUPERSEDED and EXPIRED.
absl::Status CheckInstructionTransition(const Instruction& instruction, InstructionState to);

// Whether it can be taken back: while it holds, so also what was done as told before its end.
bool MayRevoke(const Instruction& instruction, absl::Time now);

// Share of a request that was delivered: delivered / requested, 0 when power flowed the other way or a number is not
// finite. Of a request for 0 kW it is 1 when exactly that was delivered, else 0. More than asked is more than 1.
double PerformanceOf(double requested_kw, double delivered_kw);

// How performance is paid, by the usual bands of flexibility contracts: FULL from 0.95, PRO_RATA from 0.80, PENALTY
// below.
enum class PerformanceBand { kFull = 1, kProRata = 2, kPenalty = 3 };
inline constexpr double kFullPerformance = 0.95;
inline constexpr double kProRataPerformance = 0.80;
PerformanceBand BandOf(double performance);
std::string_view PerformanceBandName(PerformanceBand band);  // "FULL", ...

// What the instruction says as a control. One that ended early holds until then: valid_until is state_at when the state
// is final and state_at is earlier.
Control ControlOf(const Instruction& instruction);

}  // namespace derms::domain
