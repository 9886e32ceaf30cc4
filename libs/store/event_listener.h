// Follows the chain of events (event_chain) from any process.
#pragma once

#include <vector>

#include "libs/domain/records.h"

namespace derms::store {

// Called on the follower's thread with events in sequence order, without a gap.
class EventListener {
 public:
  virtual ~EventListener() = default;
  virtual void OnEvents(const std::vector<domain::Event>& events) = 0;
};

}  // namespace derms::store
