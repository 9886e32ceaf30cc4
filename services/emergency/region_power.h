// The measured power of regions, kept as readings come in: asking costs nothing per DER, so that it can be asked every
// second of a million of them.
//
// A reading counts for as long as it is fresh (domain::kSupervisionFreshness): sums are kept by the second in which it
// was measured, in a ring, and those of seconds too long ago are left out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/domain/emergency.h"
#include "libs/domain/limit_supervision.h"
#include "libs/store/fleet_observer.h"

namespace derms::emergency {

// What is measured of a region with its parts, now. Active DERs.
struct RegionTotals {
  double power_kw = 0;  // sum of what is fresh; generation positive
  std::array<double, domain::kDerTypeCount> power_by_type{};
  int measured_count = 0;
  int unmeasured_count = 0;               // no fresh, usable reading: they count as nothing
  double capacity_kw = 0, charge_kw = 0;  // of all of them
};

// Thread-safe.
class RegionPower final : public store::FleetObserver {
 public:
  RegionTotals TotalsOf(std::string_view region_id, absl::Time now) const;

  // The DERs of a region with its parts whose reading is fresh: a walk over the fleet.
  struct Part {
    std::shared_ptr<const domain::Der> der;
    double power_kw = 0;
    absl::Time measured_at;
  };
  std::vector<Part> PartsOf(std::string_view region_id, absl::Time now) const;

  // store::FleetObserver
  void OnDer(const std::shared_ptr<const domain::Der>& der) override;
  void OnReading(const domain::Reading& reading) override;
  void OnRegions(const std::shared_ptr<const domain::RegionTree>& regions) override;

 private:
  static constexpr std::int64_t kSlots = 256;  // seconds: above twice the freshness, so that a slot is old when reused
  struct Slot {
    std::int64_t second = 0;
    double power_kw = 0;
    int count = 0;
  };
  // DERs of one region and type.
  struct Group {
    std::vector<Slot> ring;  // empty: nothing was measured yet
    int active_count = 0;
    double capacity_kw = 0, charge_kw = 0;
  };
  struct Row {
    std::shared_ptr<const domain::Der> der;
    std::int64_t measured_us = INT64_MIN;
    double power_kw = 0;
    bool usable = false;
  };
  using Groups = std::array<Group, domain::kDerTypeCount>;

  Group& GroupOf(const domain::Der& der) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Count(const Row& row, int sign) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountReading(Group& group, const Row& row, int sign) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Row> rows_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::unique_ptr<Groups>> regions_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const domain::RegionTree> tree_ ABSL_GUARDED_BY(mutex_) = std::make_shared<domain::RegionTree>();
};

}  // namespace derms::emergency
