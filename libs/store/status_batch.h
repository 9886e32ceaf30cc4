// The hot batch -- nothing but single status changes -- as one statement that is its own transaction: one round trip
// instead of five. Internal to libs/store.
#pragma once

#include <vector>

#include "libs/store/batch.h"
#include "libs/store/batch_writer.h"
#include "libs/store/connection.h"

namespace derms::store {

bool IsStatusBatch(const std::vector<BatchItem*>& items);

// All or nothing: throws, and has written nothing, when any change does not fit what is stored or any request id is
// known; then the general path finds out which. CommitInDoubt when the connection was lost meanwhile: then the marker's
// row, of kind kBatch and new, is stored if and only if the batch is.
void CommitStatusBatch(Connection& connection, std::vector<BatchItem*> items, const Marker& marker,
                       const std::string& instance_id);

}  // namespace derms::store
