// Whether the measured power of a region is over its limits, why, and what brings it back. Pure functions and values.
//
// The flow over a region's connection is what its DERs give, measured, less its load. It is judged toward a limit: out
// against the export limit, in against the import limit. In both cases numbers here count toward the limit: a region
// that imports 80 kW under an import limit of 50 kW has a flow of 80 and a limit of 50.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/der.h"

namespace derms::domain {

// What is older counts as unknown: several reports of a usual meter are missing then.
inline constexpr absl::Duration kSupervisionFreshness = absl::Minutes(2);

enum class FlowDirection { kExport = 1, kImport = 2 };
std::string_view FlowDirectionName(FlowDirection direction);  // "EXPORT", "IMPORT"
// Generation-positive power as a number toward the limit, and back.
constexpr double Toward(FlowDirection direction, double power_kw) {
  return direction == FlowDirection::kExport ? power_kw : -power_kw;
}

// By how much a flow may be over its limit before that counts: 1 %, at least 1 kW (accuracy of meters).
double ToleranceKw(double limit_kw);
// Where a correction brings the flow: 2 % inside the limit. Where one is taken back: 10 % inside.
double TargetKw(double limit_kw);
double ReliefKw(double limit_kw);

// One direction of one region, look by look.
struct BreachWatch {
  bool breached = false;
  int looks_over = 0;                              // in a row, up to now
  absl::Time calm_since = absl::InfiniteFuture();  // below ReliefKw without a break
  absl::Time changed_at = absl::InfinitePast();    // the correction was given or changed
};
struct FlowLook {
  absl::Time at;
  double flow_kw = 0, limit_kw = 0;  // toward the limit
  bool binds = false;                // the correction in force keeps some DER from more
};
enum class BreachStep {
  kNothing,   // within the limit, or nothing to change
  kBegun,     // over it at two looks in a row: tell, and correct
  kTighten,   // still over it although the correction has had kSettleTime to act
  kLoosen,    // well within it for kReliefTime, and the correction keeps DERs from more
  kRelieved,  // well within it for kReliefTime by itself
};
inline constexpr absl::Duration kSettleTime = absl::Seconds(6);  // from a set-point to a reading that shows it
inline constexpr absl::Duration kReliefTime = absl::Minutes(1);
BreachStep Judge(BreachWatch& watch, const FlowLook& look);

// A DER's part in a flow, toward the limit.
struct FlowPart {
  double power_kw = 0;     // measured
  double capacity_kw = 0;  // most it can do toward the limit; 0: it cannot be told less
};
// The largest share of its capacity, 0 to 1, that every DER may have so that the flow of those measured is within
// `budget_kw`: the sum of min(power, share * capacity) <= budget. Rounded down to 1/10,000. 0 when even that is too
// much.
double ShareWithin(std::vector<FlowPart> parts, double budget_kw);
// The sum of min(power, share * capacity) over those that have a capacity, and of the power of the others.
double FlowUnder(const std::vector<FlowPart>& parts, double share);
// A larger share, 1 at most, when the flow leaves room: DERs that are at their share now get all of the room, as they
// would take it. Rounded down.
double ShareWithRoom(const std::vector<FlowPart>& parts, double share, double budget_kw);
// Whether the DER is at its share, within 2 %.
bool IsAtShare(const FlowPart& part, double share);

// What was found of the DERs of a region that is over its limit.
struct SetpointPart {
  std::string der_id, owner_id;
  DerType type = DerType::kSolar;
  double flow_kw = 0, setpoint_kw = 0;  // toward the limit
};
struct BreachCause {
  std::vector<SetpointPart> above;  // beyond their set-points by more than the tolerance; the worst first, kMostNamed
  int above_count = 0;
  double above_kw = 0;  // by how much together
  std::array<double, 6> above_by_type{};
  double unexplained_kw = 0;  // of what is over the limit: the set-points themselves lead to it, or nobody knows
};
inline constexpr std::size_t kMostNamed = 10;
BreachCause Explain(std::vector<SetpointPart> parts, double over_kw);
// "3 DERs are 120 kW above their set-points (SOLAR 100 kW, BATTERY 20 kW), 15 kW are unexplained"
std::string CauseText(const BreachCause& cause);

// A breach as it is kept.
struct LimitBreach {
  std::string region_id;
  FlowDirection direction = FlowDirection::kExport;
  absl::Time began_at;
  double flow_kw = 0, limit_kw = 0;  // toward the limit, when it was found
  std::string cause;
  std::optional<absl::Time> relieved_at;
};

}  // namespace derms::domain
