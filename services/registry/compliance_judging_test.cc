#include "services/registry/compliance_judging.h"

#include <gmock/gmock.h>

#include "libs/gridcode/testing/samples.h"
#include "libs/server/testing/test_calls.h"
#include "services/registry/compliance_record.h"

namespace derms::registry {
namespace {

using domain::ReadingPoint;
using gridcode::testing::Shelf;
using server::testing::kNow;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const gridcode::Nameplate& Plate() {
  static const gridcode::Nameplate plate = [] {
    auto made = gridcode::testing::PlateOf(gridcode::NormalCategory::kB, gridcode::AbnormalCategory::kIII);
    made.v_nominal_v = 480;
    return made;
  }();
  return plate;
}

// volt_var: none, none adopted.
domain::GridRecord Record(std::int64_t revision, absl::Duration after, std::optional<bool> volt_var) {
  domain::GridRecord record{.der_id = "SOLAR-1",
                            .revision = revision,
                            .nameplate_revision = 1,
                            .profile_id = "IEEE1547-2018",
                            .nameplate_json = NameplateToJson(Plate()),
                            .put_at = kNow + after};
  if (!volt_var) return record;
  gridcode::Settings settings = Shelf().Default().Defaults(Plate());
  settings.volt_var.enabled = *volt_var;
  record.settings_revision = revision;
  record.settings_json = SettingsToJson(settings);
  return record;
}

ReadingPoint Point(double minute, double q_kvar = 0, double v_pu = 1.08) {
  return {.measured_at = kNow + minute * absl::Minutes(1),
          .power_kw = 80,
          .reactive_power_kvar = q_kvar,
          .voltage_v = 480 * v_pu,
          .frequency_hz = 60};
}

domain::JudgedHour Judge(const GridTimeline& timeline, const std::vector<ReadingPoint>& points, bool pause = false) {
  ComplianceJudging judging(timeline);
  judging.Begin(points.front().measured_at, {}, {});
  for (const ReadingPoint& point : points) judging.Add(point);
  return judging.Finish(pause);
}

TEST(GridTimeline, ARecordHoldsFromWhenItWasPutButForTheTimeToAdoptIt) {
  const GridTimeline timeline({Record(1, absl::ZeroDuration(), true), Record(2, absl::Minutes(10), false)}, Shelf());
  EXPECT_EQ(timeline.At(kNow)->revision, 1) << "nothing was changed by the first";
  EXPECT_EQ(timeline.At(kNow + absl::Minutes(9))->revision, 1);
  EXPECT_EQ(timeline.At(kNow + absl::Minutes(10)), nullptr);
  EXPECT_EQ(timeline.At(kNow + absl::Minutes(10) + absl::Seconds(30))->revision, 2);
}

TEST(GridTimeline, BeforeTheFirstRecordTheFirstAdoptedSettingsHold) {
  const GridTimeline timeline({Record(1, absl::ZeroDuration(), std::nullopt), Record(2, absl::Minutes(1), true),
                               Record(3, absl::Minutes(9), false)},
                              Shelf());
  EXPECT_EQ(timeline.At(kNow - absl::Hours(24))->revision, 2);
  EXPECT_EQ(timeline.At(kNow + absl::Seconds(30))->revision, 1) << "the defaults held";
  const GridTimeline plain({Record(1, absl::ZeroDuration(), std::nullopt)}, Shelf());
  EXPECT_EQ(plain.At(kNow - absl::Hours(24))->revision, 1);
}

TEST(GridTimeline, WhatCannotBeReadIsNoDevice) {
  domain::GridRecord broken = Record(1, absl::ZeroDuration(), true);
  broken.nameplate_json = "{";
  domain::GridRecord foreign = Record(2, absl::Minutes(5), true);
  foreign.profile_id = "NOWHERE";
  const GridTimeline timeline({broken, foreign}, Shelf());
  EXPECT_EQ(timeline.At(kNow), nullptr);
  EXPECT_EQ(timeline.At(kNow + absl::Hours(1)), nullptr);
  EXPECT_EQ(Judge(timeline, {Point(0), Point(5)}).counts.not_judged, 2);
}

TEST(ComplianceJudging, FindsWhoDoesNothingWithTheNumbersOfTheWire) {
  const GridTimeline timeline({Record(1, absl::ZeroDuration(), true)}, Shelf());
  const auto judged = Judge(timeline, {Point(0), Point(5), Point(10), Point(15, -44)});
  ASSERT_THAT(judged.ended, SizeIs(1));
  const domain::ComplianceRun& run = judged.ended[0];
  EXPECT_EQ(run.response, domain::GridResponse::kReactivePower);
  EXPECT_EQ(run.since, kNow);
  EXPECT_EQ(run.until, kNow + absl::Minutes(10));
  EXPECT_EQ(run.record_revision, 1);
  EXPECT_EQ(run.reactive_mode, 3) << "volt-var";
  EXPECT_NEAR(run.worst.beyond, 44 * 0.05 / 0.06 - 5, 1e-9) << "the curve at 1.07, and the accuracy";
  EXPECT_NEAR(run.beyond_share, run.worst.beyond / 100, 1e-12);
  EXPECT_THAT(run.evidence, SizeIs(3));
  EXPECT_EQ(judged.counts, (domain::ComplianceCounts{.judged = 4, .reactive_judged = 4, .reactive_outside = 3}));
}

TEST(ComplianceJudging, OnlyValidReadingsAreMeasurements) {
  const GridTimeline timeline({Record(1, absl::ZeroDuration(), true)}, Shelf());
  std::vector<ReadingPoint> points = {Point(0), Point(5), Point(10), Point(15)};
  points[2].quality = domain::ReadingQuality::kEstimated;
  const auto judged = Judge(timeline, points);
  EXPECT_THAT(judged.ended, IsEmpty());
  EXPECT_EQ(judged.counts.not_judged, 1);
}

TEST(ComplianceJudging, WithoutANominalVoltageReactivePowerIsNotJudged) {
  domain::GridRecord record = Record(1, absl::ZeroDuration(), true);
  gridcode::Nameplate plate = Plate();
  plate.v_nominal_v = 0;
  record.nameplate_json = NameplateToJson(plate);
  const GridTimeline timeline({record}, Shelf());
  const auto judged = Judge(timeline, {Point(0), Point(5), Point(10)});
  EXPECT_EQ(judged.counts, (domain::ComplianceCounts{.judged = 3}));
}

TEST(ComplianceJudging, ARunThatIsOpenIsTakenUpAgainUnlessSettingsChanged) {
  const GridTimeline timeline({Record(1, absl::ZeroDuration(), true)}, Shelf());
  const auto first = Judge(timeline, {Point(50), Point(55)}, true);
  EXPECT_THAT(first.ended, IsEmpty());
  ASSERT_THAT(first.open, SizeIs(1));
  ComplianceJudging second(timeline);
  second.Begin(Point(60).measured_at, {Point(50), Point(55)}, first.open);
  second.Add(Point(60));
  const auto judged = second.Finish(true);
  ASSERT_THAT(judged.open, SizeIs(1));
  EXPECT_EQ(judged.open[0].sample_count, 3);
  EXPECT_EQ(judged.open[0].since, kNow + absl::Minutes(50));
  EXPECT_THAT(judged.open[0].evidence, SizeIs(3));

  const GridTimeline changed({Record(1, absl::ZeroDuration(), true), Record(2, absl::Minutes(58), true)}, Shelf());
  ComplianceJudging other(changed);
  other.Begin(Point(60).measured_at, {}, judged.open);
  other.Add(Point(60));
  const auto ended = other.Finish(true);
  ASSERT_THAT(ended.ended, SizeIs(1)) << "it stands as it was";
  EXPECT_EQ(ended.ended[0].sample_count, 3);
  EXPECT_EQ(ended.open[0].sample_count, 1);
}

}  // namespace
}  // namespace derms::registry
