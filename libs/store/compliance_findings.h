// Brings the findings of stretches of hours that were judged anew into the table, and tells of those that are new.
// Internal to libs/store; throws (pg_error.h).
#pragma once

#include <map>
#include <vector>

#include "libs/store/history.h"
#include "libs/store/reading_chunks.h"

namespace derms::store {

// Hours one after the other, all judged anew.
struct JudgedStretch {
  base::DerKey der_key = 0;
  absl::Time begin, end;
  std::vector<domain::ComplianceRun> resumed;  // findings of before that went on into it
  std::vector<domain::ComplianceRun> found;    // now; their evidence may lack what lies before the stretch
  std::vector<domain::ComplianceRun> open;     // at its end, however short
};

// A finding that goes on behind the end of its stretch and began as a run does that is open there stays as it is: what
// comes after was judged before, or is judged next.
// Of a run that was known in any part nobody is told again. Of the new ones of a stretch one event for each response.
void ReplaceFindings(Transaction& transaction, ReadingJudge& judge, const std::vector<JudgedStretch>& stretches);

}  // namespace derms::store
