// Judges readings for the one who folds them (store::ReadingJudge), with the devices of DERs kept in memory: parsing a
// record takes longer than judging a day by it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/ids.h"
#include "libs/gridcode/compliance.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/store/history.h"
#include "services/registry/compliance_timeline.h"

namespace derms::registry {

// Not thread-safe: of the thread that folds. All must outlive it.
class FoldingJudge final : public store::ReadingJudge {
 public:
  FoldingJudge(const gridcode::ProfileShelf& profiles, base::IdSource& ids) : profiles_(profiles), ids_(ids) {}

  void BeginFold() override;
  bool Knows(std::string_view der_id, std::int64_t revision) override;
  void Learn(const std::vector<domain::GridRecord>& records) override;
  domain::JudgedHour Judge(const Hour& hour) override;
  int least_samples() const override { return gridcode::ComplianceOptions().least_samples; }
  std::string NewId() override { return ids_.NewId(); }

 private:
  const gridcode::ProfileShelf& profiles_;
  base::IdSource& ids_;
  std::map<std::string, GridTimeline, std::less<>> timelines_;  // by DER
};

}  // namespace derms::registry
