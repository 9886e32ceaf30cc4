// Records that the optimiser and the emergency service keep, and events. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/der.h"
#include "libs/domain/restoration_terms.h"

namespace derms::domain {

// Numbers are those of derms.v1.SeriesKind.
enum class SeriesKind {
  kLoadKw = 1,
  kPriceUsdPerKwh = 2,
  kCarbonKgPerKwh = 3,
  kAvailabilityShare = 4,
  kIrradianceWPerM2 = 5,
  kTemperatureC = 6,
  kWindSpeedMPerS = 7,
  kPressurePa = 8,
  kFlowM3PerS = 9,
  kFrequencyHz = 10,
  kVoltagePu = 11,
};

// A piece of a series: value i holds from starts_at + i * interval for one interval.
struct SeriesPiece {
  std::string series_id;
  SeriesKind kind = SeriesKind::kLoadKw;
  absl::Time starts_at;  // a multiple of the interval since the epoch
  absl::Duration interval;
  std::vector<double> values;
};

// Numbers are those of derms.v1.RunState.
enum class RunState { kOptimal = 1, kFeasible = 2, kRunning = 3, kCancelled = 4, kFailed = 5 };

// A stored run. The lists and intervals travel as JSON that only services/optimizer reads and writes.
struct Run {
  std::string run_id;  // UUID
  std::string region_id;
  absl::Time starts_at;
  absl::Duration interval;
  int interval_count = 0;
  bool applied = false;
  std::string requested_by;
  absl::Time created_at;
  std::string detail_json;  // everything else of derms.v1.OptimizationRun

  RunState state = RunState::kOptimal;
  std::string runner;         // the process that solves it; only it may finish it
  std::string cancelled_by;   // who asked for its end; empty: nobody
  std::string progress_json;  // derms.v1.RunProgress while it runs; empty: none yet
  std::optional<absl::Time> ended_at;
};

// Schedules of a run's DERs, the values of one DER after those of another: a million DERs of 96 intervals take 0.7 GB.
// Single precision keeps 1 W of 16 MW.
struct Schedules {
  int interval_count = 0;
  std::vector<std::string> der_ids;
  std::vector<float> power_kw;             // [DER][interval]; generation positive
  std::vector<bool> is_storage;            // [DER]
  std::vector<float> state_of_charge_kwh;  // [storage][interval], of the storages alone; at interval ends
  std::vector<std::uint8_t> priority, grid_stability_score;  // [DER][interval]; 1 to 10
};

// What the schedules in force say of some DERs in a stretch of time. The stretch is cut wherever an interval of any run
// ends, so that in a slot everything is constant; slot s is [bounds[s], bounds[s + 1]).
struct PlannedStates {
  struct Plan {  // an applied run
    std::string run_id, requested_by;
    absl::Time in_force_since;
    absl::Time starts_at, ends_at;
  };
  std::vector<absl::Time> bounds;          // rising; empty: no schedule is in force
  std::vector<float> power_kw;             // [DER][slot]; generation positive; NaN: nothing is planned
  std::vector<float> state_of_charge_kwh;  // [DER][slot] at the slot's end; NaN: no storage, or no interval ends there
  std::vector<Plan> plans;                 // newest first
  std::vector<std::uint16_t> plan_of;      // [DER][slot] in `plans`; nothing planned: anything

  std::size_t slots() const { return bounds.empty() ? 0 : bounds.size() - 1; }
};

// A run that is to be made again and again, always with the horizon that then lies ahead.
struct OptimizationPolicy {
  std::string policy_id;
  std::string region_id;     // the area, whether or not the request names it
  absl::Duration every;      // whole minutes; due at the multiples of it since 1970-01-01 UTC
  std::string request_json;  // derms.v1.OptimizeResourcesRequest, which only services/optimizer reads and writes
  bool paused = false;
  std::string put_by;  // runs have the rights that this subject has at their time
  absl::Time updated_at;
  std::int64_t revision = 0;  // of what people put

  // Where the runner stands; changes without a revision.
  absl::Time next_due_at;
  std::string last_run_id;                           // empty: none yet
  bool last_run_noted = true;                        // false: its outcome is not in the fields below yet
  std::string last_error_reason, last_error_detail;  // of the last time it was due; empty: none
  int consecutive_failures = 0;
};

// Numbers are those of derms.v1.EmergencyKind.
enum class EmergencyKind {
  kInject = 1,
  kAbsorb = 2,
  kCurtailAll = 3,
  kDisconnect = 4,
  kReduce = 5,
  kCeaseToEnergize = 6,
  kIsland = 7,
  kBlackStart = 8,
  kRestore = 9
};
bool IsShutdown(EmergencyKind kind);  // CURTAIL_ALL, DISCONNECT, CEASE_TO_ENERGIZE
bool IsShared(EmergencyKind kind);    // its power is shared over DERs by their headroom: INJECT, ABSORB, REDUCE
// The last three are those of orders that wait for a second person's word (approval.h).
enum class EmergencyState {
  kActive = 1,
  kReleased = 2,
  kExpired = 3,
  kPendingApproval = 4,
  kDeclined = 5,
  kLapsed = 6,
};

struct ClassShare {
  DerType type = DerType::kSolar;
  int der_count = 0;
  double headroom_kw = 0;  // what live orders had left of what the class could give (INJECT) or take (ABSORB) more, or
                           // give less (REDUCE)
  double fraction = 0;     // part of it used, 0 to 1
};

// The part of its headroom that an order with these shares asks of a DER of this type, 0 to 1.
double FractionOf(const std::vector<ClassShare>& shares, DerType type);

// One row per order: it binds every DER of its scope that was registered before starts_at.
struct EmergencyOrder {
  std::string emergency_id;  // UUID
  std::string der_id;        // a DER or base::kAllDers; empty for a region
  std::string region_id;     // with its parts; empty otherwise
  EmergencyKind kind = EmergencyKind::kCurtailAll;
  double power_kw = 0;  // total over the scope
  double shortfall_kw = 0;
  absl::Time starts_at;
  absl::Time ends_at;                  // ends by itself then, whether or not a service runs
  std::optional<absl::Time> ended_at;  // set when released or when the expiry was written down
  std::string reason;
  bool exercise = false;
  EmergencyState state = EmergencyState::kActive;  // as stored; use StateAt for the truth
  int der_count = 0;
  std::vector<std::pair<std::string, std::string>> unbound;  // der_id, reason; at most 1,000
  int unbound_count = 0;
  std::vector<ClassShare> shares;
  std::string issued_by;
  std::string released_by;
  std::int64_t revision = 0;
  std::int64_t number = 0;       // place among all orders, from 1 without a gap; 0: not stored, or not read back yet
  bool override_limits = false;  // limits of weaker sources do not clip its set-points
  std::optional<RestorationPlan> restoration;  // none: its DERs are free when it ends

  // EXPIRED from ends_at on, even when nobody has written it down yet.
  EmergencyState StateAt(absl::Time now) const;
  // In force and not an exercise; a RESTORE is a record and never in force.
  bool IsLiveAt(absl::Time now) const {
    return !exercise && kind != EmergencyKind::kRestore && StateAt(now) == EmergencyState::kActive && now >= starts_at;
  }
  absl::Time end() const;          // when it ended, or will by itself
  absl::Time holds_until() const;  // when every DER that it took over is back
};

// Numbers are those of derms.v1.EventType.
enum class EventType {
  kDerRegistered = 1,
  kDerStatusUpdated = 2,
  kResourcesOptimized = 3,
  kEmergencyAllocation = 4,
  kMaintenanceRecorded = 5,
  kDerUpdated = 6,
  kDerRetired = 7,
  kDerTransferred = 8,
  kEmergencyEnded = 9,
  kRegionPut = 10,
  kCapacityRulePut = 11,
  kRoleGranted = 12,
  kRoleRevoked = 13,
  kTokenRevoked = 14,
  kSeriesPut = 15,
  kOptimizationEnded = 16,
  kPolicyPut = 17,
  kPolicyDeleted = 18,
  kLimitPut = 19,
  kLimitEnded = 20,
  kDefaultPut = 21,
  kDefaultEnded = 22,
  kInstructionIssued = 23,
  kInstructionRevoked = 24,
  kGatewayDelegated = 25,
  kEmergencyRestored = 27,
  kEmergencyRequested = 28,
  kEmergencyDeclined = 29,
  kLimitBreached = 30,
  kLimitRelieved = 31,
  kNameplatePut = 40,
  kGridSettingsPut = 41,
  kComplianceFound = 42,
};
std::string_view EventName(EventType type);  // "der_registered", ...

struct Event {
  std::int64_t sequence = 0;  // place in the chain, from 1 without a gap; 0 while it has none
  std::string event_id;       // UUID
  EventType type = EventType::kDerRegistered;
  absl::Time occurred_at;
  std::string actor;  // subject, or "system"
  std::optional<std::string> der_id;
  std::optional<std::string> owner_id;  // owner of the DER then: decides which owner may see the event
  std::optional<std::string> region_id;
  std::optional<std::string> resource_id;
  std::optional<DerStatus> old_status, new_status;
  std::optional<std::int64_t> revision;
  std::string request_id;
  std::string summary;  // a sentence for people
};

}  // namespace derms::domain
