// Makes hours and history of the journal, and a history of statuses of the event chain. Internal to libs/store.
#pragma once

#include "libs/store/connection.h"
#include "libs/store/history.h"

namespace derms::store {

// Both throw (pg_error.h); the transaction is the caller's.
//
// Journal rows are taken, what they say is merged into the readings of their hours, these hours and those after them
// are folded and judged anew, and the rows are deleted: in one transaction, so that each row counts once whatever ends
// the process. `judge` null: nothing is judged.
Folded FoldJournalRows(Transaction& transaction, std::size_t most_readings, ReadingJudge* judge);
Folded FoldStatusEvents(Transaction& transaction, std::size_t most_events);

}  // namespace derms::store
