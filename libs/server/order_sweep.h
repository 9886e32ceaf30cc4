// Writes down that emergency orders have ended at their time, that those waiting for a second person have lapsed, and
// that the DERs of an order are back; every service does it, whichever others are down.
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
#include "libs/store/approval_queries.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::server {

// Any number of processes may do this at once: the store lets one of them end an order (EMERGENCY_ENDED for the rest).
class OrderSweep {
 public:
  // All must outlive the object; the committer must have drained before it goes.
  struct Parts {
    const store::ReadModel& fleet;
    store::Queries& queries;
    store::ApprovalQueries& approvals;
    store::Committer& committer;
    base::IdSource& ids;
    observe::Logger& logger;
  };
  explicit OrderSweep(const Parts& parts) : parts_(parts) {}
  ~OrderSweep() { Stop(); }

  // Looks at once and then every `interval`, until Stop. Not thread-safe: the owner starts and stops.
  void Start(absl::Duration interval);
  void Stop() { loop_.reset(); }

  // One look: hands an end to the committer for every order that is past its time; at most 1,000, the next look takes
  // the rest. Blocks on the database. The number handed over, or the errors of Queries.
  absl::StatusOr<int> EndOverdue();
  // The same for orders that nobody approved in time.
  absl::StatusOr<int> LapseOverdue();

 private:
  void End(domain::EmergencyOrder order);
  void Lapse(domain::EmergencyApproval approval);
  // `what`: for the log, once it is stored.
  void Write(const char* what, const std::string& emergency_id, domain::Event event, store::RowWrite write);
  void Report(const char* what, const std::string& emergency_id, const absl::Status& outcome) const;
  void Look();

  const Parts parts_;
  std::unique_ptr<store::BackgroundLoop> loop_;
};

}  // namespace derms::server
