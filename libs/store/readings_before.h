// The newest readings from before some moments, from the history and the journal. Internal to libs/store.
#pragma once

#include <map>
#include <vector>

#include "libs/domain/reading_codec.h"
#include "libs/store/connection.h"
#include "libs/store/expansion.h"

namespace derms::store {

// More than that in the journal is not looked through: it is folded every second, and is longer only when nobody does.
inline constexpr std::size_t kMostJournalReadings = 200'000;

// One statement, and so of one moment: what is being folded is found once, here or there. Of DERs without such a
// reading nothing; of nobody anything while the journal is longer than `most`, as a newer one may stand in the rest.
// Throws (pg_error.h).
std::map<DerMoment, domain::ReadingPoint> LastReadingsBefore(Transaction& transaction,
                                                             const std::vector<DerMoment>& moments,
                                                             std::size_t most = kMostJournalReadings);

}  // namespace derms::store
