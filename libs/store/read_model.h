// The fleet in memory: what reads answer from and plans are made of.
//
// Filled at start, kept by commits of this process before their answers leave (read-your-writes) and by the event
// chain for those of others. A row never goes back: a lower revision is ignored. Thread-safe; readers share locks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "libs/domain/region.h"

namespace derms::store {

// Which DERs a list wants; everything given must hold.
struct DerFilter {
  std::optional<std::string> owner_id;
  std::optional<std::string> gateway_id;    // not together with owner_id
  std::vector<domain::DerType> types;       // empty: all
  std::vector<domain::DerStatus> statuses;  // derived status; empty: all
  std::optional<std::string> region_id;     // with its parts
  struct Box {
    double south_deg, west_deg, north_deg, east_deg;  // west > east: across the date line
  };
  std::optional<Box> box;
  bool include_retired = false;
  std::function<bool(const domain::Der&)> visible;  // may the caller see it; empty: yes
};

struct DerPage {
  std::vector<std::shared_ptr<const domain::Der>> ders;  // by der_id
  std::string next_after_der_id;                         // empty at the end
};

struct FleetStats {
  struct OfType {
    domain::DerType type;
    int count = 0;
    double capacity_kw = 0;
    std::optional<double> measured_power_kw;  // over DERs that `measured` admits
  };
  std::vector<OfType> types;                                // all six
  std::vector<std::pair<domain::DerStatus, int>> statuses;  // all five, derived
  int live_emergency_count = 0;
};

class ReadModel {
 public:
  virtual ~ReadModel() = default;

  virtual std::shared_ptr<const domain::Der> FindDer(std::string_view der_id) const = 0;  // null when not in memory
  virtual std::optional<domain::Reading> LatestReading(std::string_view der_id) const = 0;
  virtual std::shared_ptr<const domain::RegionTree> Regions() const = 0;
  virtual std::vector<domain::CapacityRule> CapacityRules() const = 0;  // by type, all six
  virtual DerPage ListDers(const DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                           absl::Time now) const = 0;
  // Stored status, live orders and applied schedules taken together (libs/domain/status.h).
  virtual domain::DerStatus StatusOf(const domain::Der& der, absl::Time now) const = 0;
  // Exercises not among them. Shared and without the list of unbound DERs, which only the database keeps.
  virtual std::vector<std::shared_ptr<const domain::EmergencyOrder>> LiveOrders(absl::Time now) const = 0;
  virtual FleetStats Stats(std::optional<std::string> region_id,
                           const std::function<bool(const domain::Der&)>& measured, absl::Time now) const = 0;
  // How long ago the database was last heard of; grows while it cannot be reached.
  virtual absl::Duration Age() const = 0;
};

}  // namespace derms::store
