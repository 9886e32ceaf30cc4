#include "services/registry/folding_judge.h"

#include <algorithm>

#include "services/registry/compliance_judging.h"

namespace derms::registry {
namespace {

constexpr std::size_t kMostKnown = 100'000;  // DERs, at one to two kilobytes
constexpr std::size_t kMostRecords = 32;     // of a DER, the newest: readings are not that late

}  // namespace

// Before, not while DERs are learnt: the fold judges by those that it was told are known.
void FoldingJudge::BeginFold() {
  if (timelines_.size() > kMostKnown) timelines_.clear();
}

bool FoldingJudge::Knows(std::string_view der_id, std::int64_t revision) {
  const auto found = timelines_.find(der_id);
  return found != timelines_.end() && found->second.newest_revision() >= revision;
}

void FoldingJudge::Learn(const std::vector<domain::GridRecord>& records) {
  const std::size_t kept = std::min(records.size(), kMostRecords);
  const std::vector<domain::GridRecord> newest(records.end() - static_cast<std::ptrdiff_t>(kept), records.end());
  timelines_.insert_or_assign(records.back().der_id, GridTimeline(newest, profiles_));
}

domain::JudgedHour FoldingJudge::Judge(const Hour& hour) {
  ComplianceJudging judging(timelines_.find(hour.der_id)->second);
  judging.Begin(hour.points.front().measured_at, hour.before, hour.open);
  for (const domain::ReadingPoint& point : hour.points) judging.Add(point);
  return judging.Finish(true);
}

}  // namespace derms::registry
