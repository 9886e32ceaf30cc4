// Writes a batch into an open transaction: idempotency first, then rows by kind, then events. Internal to libs/store.
#pragma once

#include <string>

#include "libs/base/ids.h"
#include "libs/store/batch.h"
#include "libs/store/connection.h"

namespace derms::store {

// One row that is in the database if and only if the transaction is: settles a commit in doubt.
struct Marker {
  enum class Kind { kNone, kRequest, kBatch };  // kNone: the transaction wrote nothing
  Kind kind = Kind::kNone;
  base::DerKey der_key = 0;  // kRequest
  std::string request_key;   // kRequest
  std::string batch_id;      // kBatch
};

struct WrittenBatch {
  Marker marker;
  bool must_rerun = false;  // an item failed after some row of it was written: roll back and write the others again
};

// Sets the outcome of every item. Throws what the database throws (pg_error.h).
WrittenBatch WriteBatch(Transaction& transaction, Batch& batch, const std::string& instance_id, base::IdSource& ids);

// Whether the marker's row is stored.
bool IsStored(Connection& connection, const Marker& marker);

}  // namespace derms::store
