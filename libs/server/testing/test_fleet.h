// A small fleet in memory for tests of handlers: regions CA > NORTH, SOUTH; DERs as the test registers them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/store/mutation.h"
#include "libs/store/read_model.h"

namespace derms::server::testing {

// Not thread-safe. Answers what the handlers ask, by the plainest code that can be right.
class TestFleet final : public store::ReadModel {
 public:
  TestFleet();

  // Takes a mutation as if it had been committed.
  void Apply(const store::Mutation& mutation);
  void PutDer(domain::Der der);
  void PutReading(domain::Reading reading);
  void PutOrder(domain::EmergencyOrder order) { orders_.push_back(std::move(order)); }

  std::shared_ptr<const domain::Der> FindDer(std::string_view der_id) const override;
  std::optional<domain::Reading> LatestReading(std::string_view der_id) const override;
  std::shared_ptr<const domain::RegionTree> Regions() const override { return regions_; }
  std::vector<domain::CapacityRule> CapacityRules() const override { return rules_; }
  store::DerPage ListDers(const store::DerFilter& filter, std::string_view after_der_id, std::size_t limit,
                          absl::Time now) const override;
  domain::DerStatus StatusOf(const domain::Der& der, absl::Time now) const override;
  std::vector<domain::EmergencyOrder> LiveOrders(absl::Time now) const override;
  store::FleetStats Stats(std::optional<std::string> region_id, const std::function<bool(const domain::Der&)>& measured,
                          absl::Time now) const override;
  absl::Duration Age() const override { return absl::Milliseconds(1500); }

 private:
  void PutRegion(domain::Region region);
  void PutRule(const domain::CapacityRule& rule);

  std::map<std::string, std::shared_ptr<const domain::Der>, std::less<>> ders_;
  std::map<std::string, domain::Reading, std::less<>> readings_;
  std::shared_ptr<const domain::RegionTree> regions_;
  std::vector<domain::CapacityRule> rules_;
  std::vector<domain::EmergencyOrder> orders_;
};

// A DER that passes every check: BATTERY of 100 kW in NORTH, owned by owner-1, OFFLINE, revision 1.
domain::Der BatteryOf(std::string der_id, std::string owner_id = "owner-1");

}  // namespace derms::server::testing
