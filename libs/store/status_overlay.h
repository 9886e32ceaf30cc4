// What lies over the stored status of DERs: regions, live orders, applied schedules.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"

namespace derms::store {

// Which DERs an applied run has in its schedule, and when.
struct ScheduleWindow {
  std::string run_id;
  absl::Time from, until;              // until is outside
  std::vector<base::DerKey> der_keys;  // sorted
};

// Everything at one moment; immutable. For walks over many DERs.
struct StatusView {
  std::shared_ptr<const domain::RegionTree> regions;
  std::vector<std::shared_ptr<const domain::EmergencyOrder>> orders;
  std::vector<std::shared_ptr<const ScheduleWindow>> windows;

  domain::DerStatus StatusOf(const domain::Der& der, absl::Time now) const;  // libs/domain/status.h
};

// Thread-safe. Like rows, orders and regions never go back to a lower revision.
class StatusOverlay {
 public:
  StatusOverlay();
  void PutRegion(const domain::Region& region);
  // An ended order stays as the proof that it has ended, until forgotten.
  void PutOrder(const domain::EmergencyOrder& order);
  void PutWindow(ScheduleWindow window);
  void Forget(absl::Time ended_before);  // orders and windows over by then

  std::shared_ptr<const StatusView> view() const;

 private:
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, domain::Region> regions_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<const domain::EmergencyOrder>> orders_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<const ScheduleWindow>> windows_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const domain::RegionTree> tree_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const StatusView> view_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::store
