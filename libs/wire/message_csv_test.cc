#include "libs/wire/message_csv.h"

#include <gtest/gtest.h>

#include "derms/v1/report.pb.h"
#include "libs/wire/convert_time.h"

namespace derms::wire {
namespace {

TEST(Csv, NamesTheFieldsAndLeavesTheUnknownEmpty) {
  v1::HistoryRow row;
  *row.mutable_starts_at() = ToProto(absl::FromUnixSeconds(1'800'000'000));
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

}  // namespace
}  // namespace derms::wire
