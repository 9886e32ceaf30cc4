#include "libs/domain/reading_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace derms::domain {
namespace {

absl::Time At(std::int64_t seconds) {
  return absl::FromUnixSeconds(1'800'000'000 + seconds);
}

// Anything that a gateway may send.
std::vector<ReadingPoint> RandomPoints(std::mt19937_64& random, std::size_t count) {
  const auto chance = [&](double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; };
  const bool meter = chance(0.5), fine_times = chance(0.3);
  const auto number = [&](double most) -> std::optional<double> {
    if (chance(0.2)) return std::nullopt;
    const double any = std::uniform_real_distribution<>(-most, most)(random);
    return meter ? std::round(any * 1000) / 1000 : any;
  };
  std::vector<ReadingPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    ReadingPoint point;
    point.measured_at = At(std::uniform_int_distribution<int>(-1'000'000, 1'000'000)(random));
    if (fine_times) point.measured_at += absl::Microseconds(std::uniform_int_distribution<int>(0, 999'999)(random));
    point.power_kw = number(1e6);
    point.reactive_power_kvar = number(1e3);
    point.voltage_v = number(1e6);
    point.frequency_hz = number(60);
    point.state_of_charge_kwh = chance(0.5) ? std::nullopt : number(1e7);
    if (chance(0.1)) point.quality = static_cast<ReadingQuality>(std::uniform_int_distribution<int>(1, 5)(random));
    points.push_back(point);
  }
  return points;
}

TEST(ReadingCodec, GivesBackWhatWasPutIn) {
  std::mt19937_64 random(7);
  for (std::size_t round = 0; round < 500; ++round) {
    const auto points = RandomPoints(random, round % 40);
    const auto decoded = DecodeReadings(EncodeReadings(points));
    ASSERT_TRUE(decoded.has_value());
    ASSERT_EQ(*decoded, points) << "round " << round;
  }
}

TEST(ReadingCodec, KeepsExtremeNumbers) {
  ReadingPoint point{.measured_at = At(0), .power_kw = 1e300, .voltage_v = 1e-300, .frequency_hz = 0.1 + 0.2};
  EXPECT_EQ(DecodeReadings(EncodeReadings({point}))->front(), point);
  point.power_kw = std::numeric_limits<double>::max();
  EXPECT_EQ(DecodeReadings(EncodeReadings({point}))->front(), point);
}

TEST(ReadingCodec, GivesTheJournalBackWithItsDers) {
  std::mt19937_64 random(8);
  JournalBatch batch;
  batch.points = RandomPoints(random, 100);
  for (std::size_t i = 0; i < 100; ++i) batch.der_keys.push_back(static_cast<base::DerKey>(random()));
  const auto decoded = DecodeJournal(EncodeJournal(batch));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->der_keys, batch.der_keys);
  EXPECT_EQ(decoded->points, batch.points);
}

TEST(ReadingCodec, RefusesBytesThatAreCutOrNotIts) {
  std::mt19937_64 random(9);
  const std::string bytes = EncodeReadings(RandomPoints(random, 20));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(DecodeReadings(std::string_view(bytes).substr(0, length)).has_value()) << length;
  }
  EXPECT_FALSE(DecodeReadings(bytes + "x").has_value());
  EXPECT_FALSE(DecodeReadings("\x02").has_value());
  EXPECT_FALSE(DecodeReadings(std::string("\x01\xff\xff\xff\xff\xff\x0f", 7)).has_value()) << "no memory for a lie";
}

TEST(ReadingCodec, AnHourOfAMeterIsSmall) {
  std::vector<ReadingPoint> hour;
  for (int i = 0; i < 12; ++i) {
    hour.push_back({.measured_at = At(300 * i),
                    .power_kw = 1250.5 + 7.125 * i,
                    .reactive_power_kvar = 120.25,
                    .voltage_v = 12470.0 + i % 3,
                    .frequency_hz = 60.0 + 0.01 * (i % 2),
                    .state_of_charge_kwh = 21000.0 - 104 * i});
  }
  EXPECT_LE(EncodeReadings(hour).size(), 15 * hour.size()) << "the design's goal on real-shaped data";
}

}  // namespace
}  // namespace derms::domain
