// Readings of a DER against the devices that it was over time (rule R2).
#pragma once

#include <optional>
#include <vector>

#include "libs/domain/compliance.h"
#include "libs/domain/reading_codec.h"
#include "libs/gridcode/compliance.h"
#include "services/registry/compliance_timeline.h"

namespace derms::registry {

// Readings come in the order of their times. Those that are not VALID are no measurements and not judged. A run ends
// where the settings change. Not thread-safe; the timeline must outlive it.
class ComplianceJudging {
 public:
  explicit ComplianceJudging(const GridTimeline& timeline, gridcode::ComplianceOptions options = {})
      : timeline_(timeline), options_(options) {}

  // Once, before the first reading, which is at `time`: what came before it, and the runs that were open then. Those
  // that cannot go on are over.
  void Begin(absl::Time time, const std::vector<domain::ReadingPoint>& before,
             const std::vector<domain::ComplianceRun>& open);
  void Add(const domain::ReadingPoint& point);
  // Once, at the end. What ended is at most options.most_findings long; `found` counts all.
  domain::JudgedHour Finish(bool pause);
  int found() const { return found_; }

 private:
  void Install(const InstalledDevice* device);
  void Remove(bool pause);  // the judge of the device before

  const GridTimeline& timeline_;
  const gridcode::ComplianceOptions options_;
  const InstalledDevice* device_ = nullptr;
  std::optional<gridcode::ComplianceJudge> judge_;  // of device_
  domain::JudgedHour result_;
  int found_ = 0;
};

}  // namespace derms::registry
