// Follows the chain of events (event_chain) from any process.
#pragma once

#include <vector>

#include "libs/domain/records.h"

namespace derms::store {

// Called by one thread at a time, the follower's or that of the chain's leader, with events in sequence order, without
// a gap.
class EventListener {
 public:
  virtual ~EventListener() = default;
  virtual void OnEvents(const std::vector<domain::Event>& events) = 0;
};

}  // namespace derms::store
