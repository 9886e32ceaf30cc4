#include "services/registry/carbon_sums.h"

#include <gtest/gtest.h>

namespace derms::registry {
namespace {

store::DerCarbon Of(domain::DerType type) {
  store::DerCarbon der;
  der.der.der_id = "DER-1";
  der.der.owner_id = "owner-1";
  der.der.type = type;
  der.generated_kwh = 100;
  der.consumed_kwh = 40;
  der.covered_hours = 4;
  der.known_hours = 3;
  der.avoided_kg = 50;
  der.drawn_kg = 8;
  return der;
}

TEST(CarbonSums, AGeneratorEmitsWhatItDeclares) {
  store::DerCarbon cell = Of(domain::DerType::kFuelCell);
  cell.der.parameters.carbon_kg_per_kwh = 0.3;
  const v1::CarbonRow row = ToProto(cell);
  EXPECT_DOUBLE_EQ(row.emitted_kg(), 30);
  EXPECT_DOUBLE_EQ(row.net_avoided_kg(), 50 - 8 - 30);
  EXPECT_DOUBLE_EQ(row.carbon_known_share(), 0.75);
  EXPECT_FALSE(row.has_stored_kg());
  EXPECT_EQ(row.der_count(), 1);
}

TEST(CarbonSums, AStorageEmitsWhatLeavesIt) {
  store::DerCarbon battery = Of(domain::DerType::kBattery);
  battery.stored = domain::StoredCarbonFlows{
      .begin_kg = 10, .charged_kg = 8, .discharged_kg = 12, .unseen_kg = -1, .end_kg = 5, .end_kwh = 20};
  const v1::CarbonRow row = ToProto(battery);
  EXPECT_DOUBLE_EQ(row.emitted_kg(), 12);
  EXPECT_DOUBLE_EQ(row.net_avoided_kg(), 38) << "what it drew is not emitted twice";
  EXPECT_DOUBLE_EQ(row.stored_at_begin_kg() + row.charged_kg() + row.unseen_kg() - row.discharged_kg(),
                   row.stored_kg());
}

TEST(CarbonSums, OwnersAreSums) {
  store::DerCarbon battery = Of(domain::DerType::kBattery);
  battery.stored = domain::StoredCarbonFlows{.discharged_kg = 12, .end_kg = 5};
  CarbonSums sums = SumsOf(Of(domain::DerType::kSolar));
  EXPECT_FALSE(ToProto(sums).has_stored_kg());
  sums += SumsOf(battery);
  sums += SumsOf(battery);
  const v1::CarbonRow row = ToProto(sums);
  EXPECT_EQ(row.der_count(), 3);
  EXPECT_DOUBLE_EQ(row.generated_kwh(), 300);
  EXPECT_DOUBLE_EQ(row.emitted_kg(), 24);
  EXPECT_DOUBLE_EQ(row.net_avoided_kg(), 42 + 38 + 38);
  EXPECT_DOUBLE_EQ(row.stored_kg(), 10);
  EXPECT_EQ(row.der_id(), "");
}

TEST(CarbonSums, WithoutACarbonSeriesNothingIsClaimed) {
  store::DerCarbon der = Of(domain::DerType::kSolar);
  der.known_hours = 0;
  EXPECT_FALSE(ToProto(der).has_avoided_kg());
  EXPECT_FALSE(ToProto(der).has_net_avoided_kg());
  EXPECT_EQ(ToProto(der).carbon_known_share(), 0);
}

}  // namespace
}  // namespace derms::registry
