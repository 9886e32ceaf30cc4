// Between a ResumePoint, which knows devices and regions by id, and the engine's warm start, which knows rows.
#pragma once

#include "absl/status/statusor.h"
#include "libs/dispatch/fleet/compile.h"
#include "libs/dispatch/resume_point.h"

namespace derms::dispatch::fleet {

// Of the devices with memory (storage, units, hydro) this share must have a plan; with less a re-solve ends too often
// above its gap, and the solve from scratch that follows makes both dearer than that alone (docs/dispatch-fleet.md).
inline constexpr double kLeastPlannedShare = 0.9;

// Whether a solve can go on from another: the problem says when it starts, and there is a root that does (root_run.h).
bool CanResume(const Problem& problem);

struct Resumption {
  WarmStart warm;             // rows of the compiled fleet
  std::size_t devices = 0;    // with memory
  std::size_t unplanned = 0;  // of them: not known to the point
};

// The point's rows for this problem: a device that the point does not know has no plan (NaN), which the engine solves
// for the whole horizon; plans of devices that are gone are left out. A region that it does not know has no prices.
// NOT_FOUND with a sentence for people when the point is of another horizon (its start must lie whole intervals before
// the problem's, and within its own), is damaged, or knows too few of the devices.
absl::StatusOr<Resumption> Resume(const ResumePoint& point, const Problem& problem, const CompiledFleet& compiled);

// What SolveFleet kept of the compiled problem, which CanResume, for the next one.
ResumePoint KeepPoint(const Problem& problem, const CompiledFleet& compiled, WarmStart kept);

}  // namespace derms::dispatch::fleet
