// What a service needs of storage, as one thing that the host starts, asks and stops.
#pragma once

#include "absl/status/status.h"
#include "libs/auth/role_source.h"
#include "libs/base/clock.h"
#include "libs/server/archive.h"
#include "libs/store/approval_queries.h"
#include "libs/store/committer.h"
#include "libs/store/control_queries.h"
#include "libs/store/event_listener.h"
#include "libs/store/expansion.h"
#include "libs/store/fleet_observer.h"
#include "libs/store/history.h"
#include "libs/store/lease.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::server {

// What the accessors return lives as long as this and is thread-safe.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual const base::Clock& clock() const = 0;  // follows the database's
  virtual store::Committer& committer() = 0;
  virtual store::Queries& queries() = 0;
  virtual store::ControlQueries& control_queries() = 0;
  virtual store::ApprovalQueries& approvals() = 0;
  virtual store::History& history() = 0;
  virtual store::Leases& leases() = 0;
  virtual store::Expansions& expansions() = 0;
  virtual const store::ReadModel& fleet() const = 0;
  virtual const auth::RoleSource& roles() const = 0;
  virtual Archive& archive() = 0;
  // What the reserved lane has for itself. Its connections are made by the first call, before Start.
  struct Reserved {
    store::Committer& committer;
    Archive& archive;
    store::Queries& queries;
    store::ApprovalQueries& approvals;
  };
  virtual Reserved reserved() = 0;

  // Before Start: `listener` hears of events once they are in the chain, and outlives this.
  virtual void Follow(store::EventListener& listener) = 0;
  // Before Start: `observer` hears of what the read model takes in, and outlives this.
  virtual void Observe(store::FleetObserver& observer) = 0;
  // Checks the schema and fills memory. FAILED_PRECONDITION UNKNOWN_SCHEMA (newer or older than this binary),
  // UNAVAILABLE DATABASE_UNAVAILABLE.
  virtual absl::Status Start() = 0;
  // Why the service should not be used now; OK when it may.
  virtual absl::Status Ready() const = 0;
  // Takes no more mutations and returns when those taken have their outcome.
  virtual void Drain() = 0;
};

}  // namespace derms::server
