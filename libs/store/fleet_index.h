// DERs and their newest readings in memory, by id and by owner.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "libs/domain/der.h"

namespace derms::store {

// Thread-safe; readers share the lock, and long walks let writers in between.
class FleetIndex {
 public:
  using DerPtr = std::shared_ptr<const domain::Der>;

  DerPtr Put(domain::Der der);               // null: a row with this or a higher revision is there already
  void PutReading(domain::Reading reading);  // an older one, and one of an unknown DER, changes nothing
  DerPtr Find(std::string_view der_id) const;
  std::int64_t RevisionOf(std::string_view der_id) const;  // 0 when unknown
  std::optional<domain::Reading> ReadingOf(std::string_view der_id) const;
  std::size_t size() const;

  // Those of one owner, of one gateway, or all: at most one is given.
  struct Group {
    std::optional<std::string> owner_id, gateway_id;
  };
  // Calls `visit` for DERs after `after_der_id` in order of their ids, those of the group, until it
  // returns false. Not under the lock: a DER registered meanwhile is seen or not.
  void Walk(std::string_view after_der_id, const Group& group, const std::function<bool(const DerPtr&)>& visit) const;

 private:
  struct Entry {
    DerPtr der;
    std::unique_ptr<domain::Reading> reading;
  };
  using Ordered = absl::btree_map<std::string_view, const Entry*>;  // keys and entries of by_id_, which stay in place

  const Entry* Locate(std::string_view der_id) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);  // null: unknown
  std::vector<DerPtr> Some(std::string_view after_der_id, const Group& group) const;

  mutable absl::Mutex mutex_;
  absl::node_hash_map<std::string, Entry> by_id_ ABSL_GUARDED_BY(mutex_);
  Ordered in_order_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Ordered> by_owner_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Ordered> by_gateway_ ABSL_GUARDED_BY(mutex_);  // those that have one
};

}  // namespace derms::store
