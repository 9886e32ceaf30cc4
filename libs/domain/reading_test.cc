#include "libs/domain/reading.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libs/base/error.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

Der Battery() {
  Der der;
  der.der_id = "BATTERY-01";
  der.type = DerType::kBattery;
  der.capacity_kw = 100;
  der.parameters.energy_capacity_kwh = 400;
  return der;
}

Reading At(absl::Time time) {
  Reading reading;
  reading.der_id = "BATTERY-01";
  reading.measured_at = time;
  reading.power_kw = -50;
  return reading;
}

TEST(Reading, NeedsANumber) {
  Reading empty = At(kNow);
  empty.power_kw.reset();
  EXPECT_EQ(base::ReasonOf(CheckReading(empty, Battery(), kNow)), "EMPTY_READING");
  empty.voltage_v = 0;
  EXPECT_TRUE(CheckReading(empty, Battery(), kNow).ok()) << "0 V is a measurement";
}

TEST(Reading, IsAtMostAMinuteAhead) {
  EXPECT_TRUE(CheckReading(At(kNow + absl::Minutes(1)), Battery(), kNow).ok());
  EXPECT_EQ(base::ReasonOf(CheckReading(At(kNow + absl::Seconds(61)), Battery(), kNow)), "READING_IN_FUTURE");
  EXPECT_TRUE(CheckReading(At(kNow - absl::Hours(10000)), Battery(), kNow).ok());
}

TEST(Reading, FitsTheDer) {
  Reading reading = At(kNow);
  reading.power_kw = -201;
  reading.state_of_charge_kwh = 405;
  const absl::Status refused = CheckReading(reading, Battery(), kNow);
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_READING");
  EXPECT_EQ(base::ViolationsOf(refused).size(), 2u);
  reading.power_kw = 200;
  reading.state_of_charge_kwh = 404;
  EXPECT_TRUE(CheckReading(reading, Battery(), kNow).ok());
  Der solar = Battery();
  solar.type = DerType::kSolar;
  EXPECT_FALSE(CheckReading(reading, solar, kNow).ok()) << "a solar plant has no charge";
}

TEST(Reading, KnownWrongOnesAreStoredButMustBeNumbers) {
  Reading reading = At(kNow);
  reading.quality = ReadingQuality::kInvalid;
  reading.power_kw = 1e5;
  EXPECT_TRUE(CheckReading(reading, Battery(), kNow).ok());
  reading.frequency_hz = std::nan("");
  EXPECT_FALSE(CheckReading(reading, Battery(), kNow).ok());
}

TEST(Reading, RetiredDersHaveNone) {
  Der retired = Battery();
  retired.lifecycle = Lifecycle::kRetired;
  EXPECT_EQ(base::ReasonOf(CheckReading(At(kNow), retired, kNow)), "DER_RETIRED");
}

TEST(Reading, NewestCountsInWhateverOrderTheyArrive) {
  EXPECT_TRUE(Replaces(At(kNow), std::nullopt));
  EXPECT_TRUE(Replaces(At(kNow), At(kNow - absl::Seconds(1))));
  EXPECT_TRUE(Replaces(At(kNow), At(kNow)));
  EXPECT_FALSE(Replaces(At(kNow - absl::Seconds(1)), At(kNow)));
}

TEST(ReadingAge, CountsWhileItsHourAndTheOneBeforeAreKept) {
  const absl::Time now = absl::FromCivil(absl::CivilSecond(2026, 11, 23, 12, 30, 0), absl::UTCTimeZone());
  const auto measured = [&](absl::Duration after) {
    return base::ReasonOf(CheckNotTooLate(At(now - absl::Hours(48) + after), now, absl::Hours(48)));
  };
  EXPECT_EQ(measured(absl::Minutes(90)), "") << "14:00; kept since 12:30, so that 13:00 is kept";
  EXPECT_EQ(measured(absl::Minutes(89)), "READING_TOO_LATE") << "13:59; the hour before, 12:00, is not kept";
  EXPECT_EQ(measured(absl::Hours(48)), "");
}

}  // namespace
}  // namespace derms::domain
