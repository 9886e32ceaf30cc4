// A fleet in memory for tests of handlers: the real read model without a database, fed as by commits.
// Regions CA > NORTH, SOUTH; the capacity rules of a new installation; DERs as the test puts them.
#pragma once

#include <memory>
#include <string>

#include "libs/server/testing/test_calls.h"
#include "libs/store/memory_read_model.h"
#include "libs/store/mutation.h"
#include "libs/store/pg_queries.h"
#include "libs/store/pool.h"

namespace derms::server::testing {

class TestFleet {
 public:
  TestFleet();

  operator const store::ReadModel&() const {
    return model_;
  }  // NOLINT(google-explicit-constructor): handed to handlers
  std::shared_ptr<const domain::Der> FindDer(std::string_view der_id) const { return model_.FindDer(der_id); }
  std::shared_ptr<const domain::RegionTree> Regions() const { return model_.Regions(); }

  // Tells what it has and what comes.
  void Observe(store::FleetObserver& observer);
  // Takes a mutation as if it had been committed.
  void Apply(const store::Mutation& mutation) { model_.OnCommitted(mutation); }
  // A DER that is there already gets the next revision.
  void PutDer(domain::Der der);
  void PutReading(const domain::Reading& reading);
  void PutOrder(domain::EmergencyOrder order);

 private:
  store::Pool pool_{store::Pool::Options()};  // never asked
  store::PgQueries queries_{pool_};
  store::MemoryReadModel model_{store::MemoryReadModel::Options(), pool_, queries_};
};

// A DER that passes every check: BATTERY of 100 kW in NORTH, owned by owner-1, OFFLINE, revision 1.
domain::Der BatteryOf(std::string der_id, std::string owner_id = "owner-1");

}  // namespace derms::server::testing
