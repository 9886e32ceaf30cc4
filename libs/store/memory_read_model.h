// ReadModel in memory, filled from PostgreSQL (docs/store.md "Read model").
//
// Three sources keep it: commits of this process before their answers leave, the event chain for those of others, and
// the markers of batches for readings, which make no events. Rows carry a revision, so their order does not matter.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/event_listener.h"
#include "libs/store/memory_fleet.h"
#include "libs/store/pool.h"
#include "libs/store/read_model.h"

namespace derms::store {

// Thread-safe.
class MemoryReadModel final : public ReadModel, public CommitObserver, public EventListener {
 public:
  // Neither may go before the model. Empty until Load.
  MemoryReadModel(Pool& pool, const base::Clock& clock);
  ~MemoryReadModel() override;

  // Reads everything in one snapshot and returns the sequence from which to follow the chain. Once, at start.
  absl::StatusOr<std::int64_t> Load(absl::Time deadline);

  std::shared_ptr<const domain::Der> FindDer(std::string_view der_id) const override;
  std::optional<domain::Reading> LatestReading(std::string_view der_id) const override;
  std::shared_ptr<const domain::RegionTree> Regions() const override;
  std::vector<domain::CapacityRule> CapacityRules() const override;
  DerPage ListDers(const DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                   absl::Time now) const override;
  domain::DerStatus StatusOf(const domain::Der& der, absl::Time now) const override;
  std::vector<domain::EmergencyOrder> LiveOrders(absl::Time now) const override;
  FleetStats Stats(std::optional<std::string> region_id, const std::function<bool(const domain::Der&)>& measured,
                   absl::Time now) const override;
  absl::Duration Age() const override;

  void OnCommitted(const Mutation& mutation) override;
  void OnNewerRow(const domain::Der& der) override;
  // Reads the rows that other processes changed; waits for the database if it must, until Stop.
  void OnEvents(const std::vector<domain::Event>& events) override;
  void Stop();  // lets a waiting OnEvents return; before the follower is destroyed

 private:
  void LoadFleet(Transaction& transaction);
  void LoadReadings(Transaction& transaction);
  void ReloadTouched(Transaction& transaction, const std::vector<domain::Event>& events);
  absl::Duration FollowReadings();

  Pool& pool_;
  const base::Clock& clock_;
  mutable absl::Mutex mutex_;
  MemoryFleet fleet_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> stopped_ = false;
  std::atomic<std::int64_t> heard_at_us_;  // machine time of the last word from the database
  std::string reading_xid_ = "0";          // markers up to here are in memory; loop_ only
  std::unique_ptr<BackgroundLoop> loop_;   // last: stops before what its step uses goes
};

}  // namespace derms::store
