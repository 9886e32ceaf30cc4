// Judges hours of readings while they are folded, and keeps what comes of it. Internal to libs/store; functions throw
// (pg_error.h), the transaction is the caller's.
//
// An hour is judged from its readings, the last of the hour before and the runs of deviations that were open at its
// end. So hours are written anew when late readings arrive, and the ones after them as long as what is open changes:
// findings are a pure function of the set of readings, however these were cut into folds.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "libs/store/history.h"
#include "libs/store/reading_chunks.h"

namespace derms::store {

// Of the newest nameplate.
struct GridOfDer {
  std::string der_id;
  std::int64_t revision = 0;
  std::optional<double> nominal_voltage_v;
};
using Grids = std::map<base::DerKey, GridOfDer>;  // DERs without a nameplate are absent

Grids LoadGrids(Transaction& transaction, const std::set<DerHour>& hours);

// Hours that a transaction before this one left; takes them off the list. Without their readings.
Hours TakeDue(Transaction& transaction);

// Judges `touched` and what follows from them; `hours` has the readings of these and of the hours before them.
void JudgeHours(Transaction& transaction, ReadingJudge& judge, const Grids& grids, const std::set<DerHour>& touched,
                Hours hours);

}  // namespace derms::store
