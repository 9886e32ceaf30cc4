// Rows of a batch into its transaction, one function per kind. Internal to libs/store.
//
// Each skips items that already failed, marks `wrote` on those whose rows are in, and gives the others a status. What
// they throw ends the whole transaction (pg_error.h).
#pragma once

#include "libs/store/batch.h"
#include "libs/store/connection.h"

namespace derms::store {

// der_writers.cc: one statement per kind for the whole batch.
void WriteDerInserts(Transaction& transaction, Batch& batch);
void WriteDerReplaces(Transaction& transaction, Batch& batch);
void WriteDerStatusChanges(Transaction& transaction, Batch& batch);
void WriteMaintenance(Transaction& transaction, Batch& batch);

// reading_writers.cc: the newest of each DER, and all of them into the journal.
void WriteReadings(Transaction& transaction, Batch& batch);

// role_writers.cc
void WriteRoles(Transaction& transaction, Batch& batch);

// grid_writers.cc: regions, rules, series.
void WriteRegions(Transaction& transaction, Batch& batch);
void WriteCapacityRules(Transaction& transaction, Batch& batch);
void WriteSeries(Transaction& transaction, Batch& batch);

// policy_writers.cc
void WritePolicies(Transaction& transaction, Batch& batch);

// run_writers.cc: runs with their schedules.
void WriteRuns(Transaction& transaction, Batch& batch);

// approval_writers.cc
void WriteApprovals(Transaction& transaction, Batch& batch);

// emergency_writers.cc
void WriteEmergencies(Transaction& transaction, Batch& batch);

// grid_record_writers.cc: nameplates and settings. A nameplate and the rated power that it must reach stand in two
// rows: who changes either takes the DER's row first, in a statement of its own, so that those that write see what the
// one before has committed.
void LockDersOfGridChecks(Transaction& transaction, Batch& batch);
void WriteGridRecords(Transaction& transaction, Batch& batch);

// control_writers.cc: limits, defaults, instructions and what becomes of them.
void WriteControls(Transaction& transaction, Batch& batch);

}  // namespace derms::store
