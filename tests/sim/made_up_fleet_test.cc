#include "tests/sim/made_up_fleet.h"

#include <gtest/gtest.h>

#include <map>

#include "libs/domain/capacity.h"
#include "libs/wire/convert_der.h"

namespace derms::sim {
namespace {

TEST(MadeUpFleet, HoldsEveryTypeWithinItsUsualCapacities) {
  std::map<v1::DerType, int> counts;
  const auto rules = domain::DefaultCapacityRules();
  for (const auto& der : MadeUpFleet(2000, 1, "SIM")) {
    ++counts[der.type()];
    const domain::CapacityRule& rule = rules[domain::IndexOf(wire::FromProto(der.type()))];
    ASSERT_EQ(rule.type, wire::FromProto(der.type()));
    EXPECT_GE(der.capacity_kw(), rule.usual_min_kw) << der.der_id();
    EXPECT_LE(der.capacity_kw(), rule.usual_max_kw) << der.der_id();
    EXPECT_EQ(der.has_parameters(), der.type() == v1::DER_TYPE_BATTERY);
    EXPECT_EQ(der.region_id(), "SIM");
  }
  EXPECT_EQ(counts.size(), 6U);
  EXPECT_NEAR(counts[v1::DER_TYPE_SOLAR], 1100, 100);
  EXPECT_NEAR(counts[v1::DER_TYPE_BATTERY], 500, 80);
}

TEST(MadeUpFleet, IsAMatterOfTheSeedAndALargerOneBeginsAlike) {
  const auto text = [](int count, std::uint64_t seed) {
    std::string all;
    for (const auto& der : MadeUpFleet(count, seed, "SIM")) all += der.SerializeAsString();
    return all;
  };
  EXPECT_EQ(text(50, 3), text(50, 3));
  EXPECT_NE(text(50, 3), text(50, 4));
  EXPECT_EQ(text(100, 3).substr(0, text(50, 3).size()), text(50, 3));
}

}  // namespace
}  // namespace derms::sim
