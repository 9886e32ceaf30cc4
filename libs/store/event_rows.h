// Rows of `event`, all events of a transaction in one statement. Internal to libs/store.
#pragma once

#include "libs/base/ids.h"
#include "libs/domain/records.h"
#include "libs/store/connection.h"

namespace derms::store {

// At most one Insert in a transaction: places within it count from 0.
class EventRows {
 public:
  void Add(base::DerKey key, const domain::Event& event);
  void Insert(Transaction& transaction);  // throws (pg_error.h)

 private:
  int count_ = 0;
  BigintArray keys_;
  IntegerArray ordinals_;
  ByteaArray bytes_;
};

}  // namespace derms::store
