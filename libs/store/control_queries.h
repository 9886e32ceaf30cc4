// Reads of limits, defaults, instructions, and of all that asks something of DERs in a stretch of time. They block:
// call them on a worker pool, never on a thread of gRPC.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/domain/instruction.h"
#include "libs/domain/limit_supervision.h"
#include "libs/domain/records.h"
#include "libs/domain/standing_control.h"

namespace derms::store {

struct InstructionFilter {
  std::optional<std::string> der_id;
  std::optional<std::string> owner_id;  // of the DER now
  std::optional<domain::ControlSource> source;
  std::optional<std::string> control_id;
  std::vector<domain::InstructionState> states;  // as they are now; empty: all
  std::optional<absl::Time> unanswered_since;    // told at or before it and never acknowledged
};

// Place in a list of instructions, newest first.
struct InstructionPlace {
  absl::Time issued_at = absl::InfiniteFuture();
  std::string der_id;
  int source = 0;
  std::string control_id;
};

// What asks something of some DERs in a stretch of time, schedules left out (Queries::LoadPlannedStates).
struct AskedOfDers {
  std::vector<domain::StandingControl> standing;  // of whatever scope; past revisions too
  std::vector<domain::EmergencyOrder> orders;     // of whatever scope; exercises are not among them
  std::map<std::string, absl::Time> expanded_at;  // of those of which every DER has been told, by id: when
  std::vector<domain::Instruction> instructions;  // of operators and owners, and of orders once they are expanded
};

// Most limits and defaults that LoadAsked reads: more do not get in (control_writers.cc).
inline constexpr std::size_t kMaxStandingControls = 10'000;

class ControlQueries {
 public:
  virtual ~ControlQueries() = default;
  // The current revision.
  virtual absl::StatusOr<std::optional<domain::StandingControl>> GetStanding(domain::StandingKind kind,
                                                                             std::string_view control_id,
                                                                             absl::Time deadline) = 0;
  // Current revisions, by id; with `not_over_at` those that end later.
  virtual absl::StatusOr<std::vector<domain::StandingControl>> ListStanding(domain::StandingKind kind,
                                                                            std::optional<absl::Time> not_over_at,
                                                                            std::string_view after_control_id,
                                                                            std::size_t limit, absl::Time deadline) = 0;
  virtual absl::StatusOr<std::optional<domain::Instruction>> GetInstruction(base::DerKey der_key,
                                                                            std::string_view control_id,
                                                                            absl::Time deadline) = 0;
  // Of orders that give their DERs back in stages, once they are over, those that have not come to an end are among
  // them whatever `states` says, and valid until all are back: domain::UntilItsTurn tells each one's own end.
  virtual absl::StatusOr<std::vector<domain::Instruction>> ListInstructions(const InstructionFilter& filter,
                                                                            const InstructionPlace& before,
                                                                            absl::Time now, std::size_t limit,
                                                                            absl::Time deadline) = 0;
  // Those of these emergency orders that exist, in any order.
  virtual absl::StatusOr<std::vector<domain::EmergencyOrder>> LoadOrders(const std::vector<std::string>& emergency_ids,
                                                                         absl::Time deadline) = 0;
  // All of one moment. Whatever overlaps [from, until).
  virtual absl::StatusOr<AskedOfDers> LoadAsked(const std::vector<base::DerKey>& der_keys, absl::Time from,
                                                absl::Time until, absl::Time deadline) = 0;
  // Breaches of limits that are not over.
  virtual absl::StatusOr<std::vector<domain::LimitBreach>> OpenBreaches(std::size_t limit, absl::Time deadline) = 0;
};

}  // namespace derms::store
