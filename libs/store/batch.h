// One batch of mutations on its way through one transaction. Internal to libs/store; used by one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/store/committer.h"
#include "libs/store/mutation.h"

namespace derms::store {

// Names a row, or what must not be touched twice in one batch: der_key for rows of a DER, a hash for others. Two
// things with one key only wait for each other.
using RowKey = std::int64_t;

struct BatchItem {
  Mutation mutation;
  absl::Time deadline;
  CommitDone done;
  std::vector<RowKey> row_keys;  // of each write
  std::string request_key;       // RequestKeyOf its idempotency; empty without

  // Outcome of the current attempt.
  absl::Status status;
  bool replayed = false;
  std::string response;
  bool wrote = false;  // some row of it is in the open transaction

  bool writes() const { return status.ok() && !replayed; }
  void Reset();
};

// Computes the keys. INTERNAL MUTATION_REPEATS_ROW when a mutation writes one row twice in the same way: SQL that
// works on sets would keep one of them silently.
absl::Status FillKeys(BatchItem& item);

// Rows of one kind, in order of their keys: the same order in every process, so that two never wait in a circle.
template <typename Row>
struct Write {
  BatchItem* item;
  const Row* row;
  RowKey key;
};

struct Batch {
  std::vector<BatchItem*> items;
  std::vector<domain::Der> newer_rows;               // found where a revision did not match
  std::vector<domain::EmergencyOrder> newer_orders;  // committed, and unknown to a new order

  template <typename Row>
  std::vector<Write<Row>> Collect() const {
    std::vector<Write<Row>> writes;
    for (BatchItem* item : items) {
      if (!item->writes()) continue;
      for (std::size_t i = 0; i < item->mutation.writes.size(); ++i) {
        if (const Row* row = std::get_if<Row>(&item->mutation.writes[i])) {
          writes.push_back({item, row, item->row_keys[i]});
        }
      }
    }
    std::stable_sort(writes.begin(), writes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    return writes;
  }
};

}  // namespace derms::store
