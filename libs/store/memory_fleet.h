// The fleet as data structures: what MemoryReadModel guards with its lock. Not thread-safe by itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"
#include "libs/store/read_model.h"

namespace derms::store {

class MemoryFleet {
 public:
  using DerPtr = std::shared_ptr<const domain::Der>;

  // Every Put ignores what is older than what is held, so that sources may arrive in any order.
  void PutDer(domain::Der der);
  void PutStatus(std::string_view der_id, domain::DerStatus status, std::int64_t revision, absl::Time updated_at);
  void PutReading(const domain::Reading& reading);
  void PutRegion(const domain::Region& region);
  void SetRegions(std::vector<domain::Region> regions);
  void PutRule(const domain::CapacityRule& rule) { rules_[rule.type] = rule; }
  void PutOrder(const domain::EmergencyOrder& order);  // an ended one is forgotten
  void Cover(base::DerKey der, absl::Time from, absl::Time until, absl::Time now);

  DerPtr Find(std::string_view der_id) const;
  const domain::Reading* LatestReading(std::string_view der_id) const;  // null when there is none
  const std::shared_ptr<const domain::RegionTree>& regions() const { return regions_; }
  std::vector<domain::CapacityRule> Rules() const;
  domain::DerStatus StatusOf(const domain::Der& der, absl::Time now) const;
  std::vector<domain::EmergencyOrder> LiveOrders(absl::Time now) const;
  FleetStats Stats(const std::optional<std::string>& region_id, const std::function<bool(const domain::Der&)>& measured,
                   absl::Time now) const;

  // Looks at up to `max_scan` DERs after the key in id order and appends those that pass, at most `limit` in all.
  // Returns the id to go on after; empty at the end of the fleet.
  std::string Scan(const DerFilter& filter, std::string_view after_der_id, std::size_t limit, std::size_t max_scan,
                   absl::Time now, std::vector<DerPtr>& found) const;

 private:
  struct Window {
    absl::Time from, until;
  };
  bool Passes(const DerFilter& filter, const domain::Der& der, absl::Time now) const;
  void Index(const DerPtr& old_der, const DerPtr& new_der);

  absl::flat_hash_map<base::DerKey, DerPtr> by_key_;
  absl::btree_map<std::string, DerPtr> by_id_;
  std::map<std::string, absl::btree_map<std::string, DerPtr>, std::less<>> by_owner_;
  absl::flat_hash_map<base::DerKey, domain::Reading> readings_;
  std::shared_ptr<const domain::RegionTree> regions_ = std::make_shared<const domain::RegionTree>();
  std::map<domain::DerType, domain::CapacityRule> rules_;
  std::map<std::string, domain::EmergencyOrder> orders_;            // not ended, by id
  absl::flat_hash_map<base::DerKey, std::vector<Window>> covered_;  // by applied schedules, apart from each other
};

}  // namespace derms::store
