// Idempotency rows of a batch: the answers kept for repeated requests. Internal to libs/store.
#pragma once

#include "libs/store/batch.h"
#include "libs/store/connection.h"

namespace derms::store {

// Claims the request ids of the batch. An id that is known makes its item a replay, or INVALID_ARGUMENT
// REQUEST_ID_REUSED when it came with another request.
void ClaimRequests(Transaction& transaction, Batch& batch);

// Takes back the claims of items that failed: a repeated request shall be judged anew.
void ReleaseFailedRequests(Transaction& transaction, const std::vector<BatchItem*>& claimed);

// Items of the batch whose claim stands.
std::vector<BatchItem*> ClaimedItems(const Batch& batch);

}  // namespace derms::store
