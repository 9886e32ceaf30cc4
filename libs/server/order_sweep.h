// Writes down that emergency orders have ended at their time, and that their DERs are back; every service does it,
// whichever others are down.
//
// An order ends by itself: everybody who asks compares its end with the clock (domain::EmergencyOrder::StateAt). This
// loop only records it, once, with an event, also for orders that ended while no service ran.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/observe/log.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::server {

// Any number of processes may do this at once: the store lets one of them end an order (EMERGENCY_ENDED for the rest).
class OrderSweep {
 public:
  // All must outlive the object; the committer must have drained before it goes.
  OrderSweep(const store::ReadModel& fleet, store::Queries& queries, store::Committer& committer, base::IdSource& ids,
             observe::Logger& logger)
      : fleet_(fleet), queries_(queries), committer_(committer), ids_(ids), logger_(logger) {}
  ~OrderSweep() { Stop(); }

  // Looks at once and then every `interval`, until Stop. Not thread-safe: the owner starts and stops.
  void Start(absl::Duration interval);
  void Stop() { loop_.reset(); }

  // One look: hands an end to the committer for every order that is past its time; at most 1,000, the next look takes
  // the rest. Blocks on the database. The number handed over, or the errors of Queries.
  absl::StatusOr<int> EndOverdue();

 private:
  void End(domain::EmergencyOrder order);
  void Report(const std::string& emergency_id, const absl::Status& outcome) const;
  void Look();

  const store::ReadModel& fleet_;
  store::Queries& queries_;
  store::Committer& committer_;
  base::IdSource& ids_;
  observe::Logger& logger_;
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::server
