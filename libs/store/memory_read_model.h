// ReadModel in memory: filled at start, written through by this process's commits, kept up with the commits of others
// by the event chain, and with their readings by the markers of their batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/event_listener.h"
#include "libs/store/fleet_index.h"
#include "libs/store/fleet_loader.h"
#include "libs/store/fleet_observer.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "libs/store/status_overlay.h"

namespace derms::store {

class MemoryReadModel final : public ReadModel, public CommitObserver, public EventListener {
 public:
  struct Options {
    ConnectOptions connect;   // for the bulk load, on connections of its own
    std::string instance_id;  // of this process's committer, whose readings need no second look
    absl::Duration reading_interval = absl::Milliseconds(500);  // zero: readings of others are not followed
    absl::Duration read_timeout = absl::Seconds(5);
  };
  // Pool and queries must outlive it.
  MemoryReadModel(Options options, Pool& pool, Queries& queries);
  ~MemoryReadModel() override;

  // Before Load. The observer hears of everything loaded and of every change, and outlives this.
  void Observe(FleetObserver& observer) { observer_ = &observer; }
  // Loads everything; then follow the chain (chain_follower.h) after the sequence it returns, with this as a listener
  // and its Heard() as on_heard. Call once, before serving.
  absl::StatusOr<std::int64_t> Load();
  // The database has answered: what could not be read before is tried again. One thread at a time, with OnEvents.
  void Heard();

  // ReadModel
  std::shared_ptr<const domain::Der> FindDer(std::string_view der_id) const override;
  std::optional<domain::Reading> LatestReading(std::string_view der_id) const override;
  std::shared_ptr<const domain::RegionTree> Regions() const override;
  std::vector<domain::CapacityRule> CapacityRules() const override;
  DerPage ListDers(const DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                   absl::Time now) const override;
  domain::DerStatus StatusOf(const domain::Der& der, absl::Time now) const override;
  std::vector<std::shared_ptr<const domain::EmergencyOrder>> LiveOrders(absl::Time now) const override;
  FleetStats Stats(std::optional<std::string> region_id, const std::function<bool(const domain::Der&)>& measured,
                   absl::Time now) const override;
  absl::Duration Age() const override;

  // CommitObserver
  void OnCommitted(const Mutation& mutation) override;
  void OnNewerRow(const domain::Der& der) override { PutDer(der); }
  void OnNewerOrder(const domain::EmergencyOrder& order) override { PutOrder(order); }

  // EventListener
  void OnEvents(const std::vector<domain::Event>& events) override;

 private:
  // What events told of and is not read yet. Of whichever thread hands on events.
  struct Pending {
    std::set<std::string> ders, orders, runs;
    bool regions = false, rules = false;
  };
  void Note(const domain::Event& event);
  void CatchUp();
  absl::Status ReadPendingDers();
  absl::Status ReadPendingOrders();
  absl::Status ReadPendingRuns();
  absl::Status ReadRegions();
  absl::Status ReadRules();
  absl::Status ReadReadings(const std::vector<base::DerKey>& keys);
  absl::Duration FollowReadings();
  absl::Time Deadline() const;
  void Touch();

  void Apply(const RowWrite& write);
  void PutDer(domain::Der der);
  void PutReading(domain::Reading reading);
  void PutRegion(const domain::Region& region);
  void PutOrder(const domain::EmergencyOrder& order);
  absl::Status LoadOrders();

  const Options options_;
  Queries& queries_;
  const FleetLoader loader_;
  FleetIndex fleet_;
  StatusOverlay overlay_;
  FleetObserver* observer_ = nullptr;
  Pending pending_;

  mutable absl::Mutex mutex_;
  std::vector<domain::CapacityRule> rules_ ABSL_GUARDED_BY(mutex_);  // by type
  std::int64_t rules_generation_ ABSL_GUARDED_BY(mutex_) = 0;        // counts commits of this process
  std::atomic<std::int64_t> heard_at_ns_;                            // machine's clock

  std::string reading_cursor_;  // of the loop's thread, after Load
  absl::Time readings_followed_at_;
  std::unique_ptr<BackgroundLoop> reading_loop_;
};

}  // namespace derms::store
