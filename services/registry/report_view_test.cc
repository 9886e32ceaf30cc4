#include "services/registry/report_view.h"

#include <gtest/gtest.h>

#include "libs/wire/convert_time.h"

namespace derms::registry {
namespace {

domain::PerformanceSums Curtailed(double curtailed_kwh, double available_kwh) {
  domain::PerformanceSums sums;
  sums.available_kwh = available_kwh;
  sums.curtailed_kwh = curtailed_kwh;
  return sums;
}

TEST(Fairness, ComparesOwnersByTheShareTheyGaveUp) {
  // Shares 0.1 and 0.3: J = 0.16 / 0.2.
  const auto fairness =
      FairnessOf({{"a", Curtailed(20, 200)}, {"b", Curtailed(30, 100)}, {"without a series", Curtailed(0, 0)}});
  EXPECT_NEAR(fairness.jain_index(), 0.8, 1e-12);
  EXPECT_EQ(fairness.owner_count(), 2);
  EXPECT_NEAR(fairness.least_curtailed_share(), 0.1, 1e-12);
  EXPECT_NEAR(fairness.most_curtailed_share(), 0.3, 1e-12);
}

TEST(Fairness, IsUnknownWithoutAvailabilitySeries) {
  const auto fairness = FairnessOf({{"a", Curtailed(0, 0)}});
  EXPECT_FALSE(fairness.has_jain_index());
  EXPECT_FALSE(fairness.has_most_curtailed_share());
}

TEST(Csv, NamesTheFieldsAndLeavesTheUnknownEmpty) {
  v1::HistoryRow row;
  *row.mutable_starts_at() = wire::ToProto(absl::FromUnixSeconds(1'800'000'000));
  row.set_der_count(2);
  row.set_generated_kwh(0.1 + 0.2);
  row.set_min_power_kw(-5);
  EXPECT_EQ(CsvHeader(*v1::HistoryRow::descriptor()),
            "\"starts_at\",\"der_count\",\"sample_count\",\"covered_hours\",\"generated_kwh\",\"consumed_kwh\","
            "\"mean_power_kw\",\"max_power_kw\",\"min_power_kw\",\"state_of_charge_kwh\",\"mean_frequency_hz\"\r\n");
  EXPECT_EQ(CsvLine(row),
            "\"2027-01-15T08:00:00Z\",\"2\",\"0\",\"0\",\"0.30000000000000004\",\"0\",\"\",\"\",\"-5\",\"\",\"\"\r\n");
}

TEST(Csv, QuotesWhatOwnersAreCalled) {
  v1::CarbonRow row;
  row.set_owner_id("a\"b,c");
  EXPECT_NE(CsvLine(row).find("\"a\"\"b,c\""), std::string::npos);
}

TEST(PerformanceView, WhatIsNotKnownIsAbsent) {
  const v1::Performance empty = ToProto(domain::PerformanceSums());
  EXPECT_FALSE(empty.has_availability_factor());
  EXPECT_FALSE(empty.has_curtailed_kwh());
  EXPECT_FALSE(empty.has_energy_value_usd());
  EXPECT_FALSE(empty.has_operating_cost_usd());
}

}  // namespace
}  // namespace derms::registry
