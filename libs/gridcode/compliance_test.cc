#include "libs/gridcode/compliance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;
using testing::PlateOf;

constexpr double kEvery = 300;  // seconds between readings

// A category B inverter of 100 kVA with volt-var on.
class ComplianceTest : public ::testing::Test {
 protected:
  ComplianceTest()
      : plate_(PlateOf(NormalCategory::kB, AbnormalCategory::kIII)), settings_(Ieee1547().Defaults(plate_)) {
    settings_.volt_var.enabled = true;
  }
  Device device() const { return {Ieee1547(), plate_, settings_}; }
  ComplianceReport Judge(const std::vector<MeasuredSample>& samples, ComplianceOptions options = {}) const {
    ComplianceJudge judge(device(), options);
    for (const MeasuredSample& sample : samples) judge.Add(sample);
    return judge.Finish();
  }
  // As the settings say.
  double Asked(double v_pu, double p_kw) const { return EvaluatePoint(device(), {v_pu, 60, p_kw, p_kw}).q_kvar; }
  // `count` readings of one voltage.
  static std::vector<MeasuredSample> Steady(int count, double v_pu, double p_kw, double q_kvar, double f_hz = 60) {
    std::vector<MeasuredSample> samples;
    for (int i = 0; i < count; ++i) samples.push_back({i * kEvery, v_pu, f_hz, p_kw, q_kvar});
    return samples;
  }

  Nameplate plate_;
  Settings settings_;
};

TEST_F(ComplianceTest, WhoFollowsTheCurveIsNotFound) {
  std::vector<MeasuredSample> samples;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> volts(0.9, 1.08), watts(0, 90);
  for (int i = 0; i < 2000; ++i) {
    const double v_pu = volts(random), p_kw = watts(random);
    samples.push_back({i * kEvery, v_pu, 60, p_kw, Asked(v_pu, p_kw)});
  }
  const ComplianceReport report = Judge(samples);
  EXPECT_EQ(report.reactive_judged, 2000);
  EXPECT_EQ(report.active_judged, 2000);
  EXPECT_EQ(report.finding_count, 0);
}

TEST_F(ComplianceTest, WhoGivesNoReactivePowerIsFoundWithEvidence) {
  const ComplianceReport report = Judge(Steady(20, 1.07, 80, 0));
  ASSERT_EQ(report.findings.size(), 1u);
  const ComplianceFinding& found = report.findings[0];
  EXPECT_EQ(found.response, Response::kReactivePower);
  EXPECT_EQ(found.mode, ReactiveMode::kVoltVar);
  EXPECT_EQ(found.sample_count, 20);
  EXPECT_EQ(found.since_s, 0);
  EXPECT_EQ(found.until_s, 19 * kEvery);
  EXPECT_EQ(found.evidence.size(), 10u);
  // The curve at 1.06, the lowest voltage that may have been measured as 1.07, asks for -0.44 (1.06 - 1.02) / 0.06 of
  // 100 kVA; 5 kvar of accuracy on top.
  EXPECT_NEAR(found.worst.high, -44 * 0.04 / 0.06 + 5, 1e-9);
  EXPECT_NEAR(found.worst.low, -44 - 5, 1e-9);
  EXPECT_NEAR(found.worst.beyond, 44 * 0.04 / 0.06 - 5, 1e-9);
}

// Both sides of the band: too little at a low voltage, too much at a high one.
TEST_F(ComplianceTest, WhoGivesTooLittleOrAbsorbsTooMuchIsFoundBelowTheBand) {
  const ComplianceReport idle = Judge(Steady(5, 0.93, 80, 0));
  ASSERT_EQ(idle.findings.size(), 1u);
  EXPECT_NEAR(idle.findings[0].worst.low, 44 * 0.04 / 0.06 - 5, 1e-9) << "as at 0.94";
  EXPECT_NEAR(idle.findings[0].worst.beyond, 44 * 0.04 / 0.06 - 5, 1e-9);
  EXPECT_EQ(Judge(Steady(5, 1, 80, -6)).finding_count, 1) << "absorbs where the curve is flat";
  EXPECT_EQ(Judge(Steady(5, 1.03, 80, -44)).finding_count, 1) << "more than the curve at 1.04 asks for";
  EXPECT_EQ(Judge(Steady(5, 1, 80, -4.9)).finding_count, 0);
}

TEST_F(ComplianceTest, WhatIsWithinTheAccuracyIsNotFound) {
  const double asked = Asked(1.05, 80);
  EXPECT_EQ(Judge(Steady(10, 1.05, 80, asked + 4.9)).finding_count, 0);
  EXPECT_EQ(Judge(Steady(10, 1.05, 80, asked - 4.9)).finding_count, 0);
  EXPECT_EQ(Judge(Steady(10, 1.05, 80, asked + 13)).finding_count, 1) << "a hundredth of voltage is 7.3 kvar, and 5";
}

TEST_F(ComplianceTest, ItTakesSamplesOneAfterTheOther) {
  std::vector<MeasuredSample> samples = Steady(9, 1.07, 80, 0);
  for (std::size_t i = 2; i < samples.size(); i += 3) samples[i].q_kvar = Asked(1.07, 80);
  EXPECT_EQ(Judge(samples).finding_count, 0) << "two outside, one inside";
  samples[2].q_kvar = 0;
  EXPECT_EQ(Judge(samples).finding_count, 1);
  ComplianceOptions patient;
  patient.least_samples = 10;
  EXPECT_EQ(Judge(Steady(9, 1.07, 80, 0), patient).finding_count, 0);
  EXPECT_EQ(Judge(Steady(10, 1.07, 80, 0), patient).finding_count, 1);
}

TEST_F(ComplianceTest, AGapOrAnAbnormalSampleBreaksTheRun) {
  std::vector<MeasuredSample> samples = Steady(4, 1.07, 80, 0);
  samples[2].t_s += 2 * 3600;
  samples[3].t_s += 2 * 3600;
  EXPECT_EQ(Judge(samples).finding_count, 0);
  samples = Steady(5, 1.07, 80, 0);
  samples[2].v_pu = 1.15;
  const ComplianceReport report = Judge(samples);
  EXPECT_EQ(report.finding_count, 0);
  EXPECT_EQ(report.not_judged, 1) << "ride-through has the word";
}

TEST_F(ComplianceTest, TheVoltageOfTheSampleBeforeStillExcuses) {
  // The voltage jumps between two readings; the answer may lag to the second one.
  std::vector<MeasuredSample> samples;
  for (int i = 0; i < 100; ++i) {
    const double before = i % 2 == 0 ? 1.0 : 1.07;
    samples.push_back({i * kEvery, i % 2 == 0 ? 1.07 : 1.0, 60, 80, Asked(before, 80)});
  }
  samples[0].q_kvar = Asked(1.07, 80);
  EXPECT_EQ(Judge(samples).finding_count, 0);
}

TEST_F(ComplianceTest, ResponseTimeExcusesFastReadings) {
  settings_.volt_var.olrt_s = 60;
  std::vector<MeasuredSample> samples;
  double q_kvar = 0;
  for (int i = 0; i < 200; ++i) {  // every second; a step after 50 s
    const double v_pu = i < 50 ? 1.0 : 1.07;
    q_kvar += (Asked(v_pu, 80) - q_kvar) * -std::expm1(-std::log(10.0) / 60);
    samples.push_back({1.0 * i, v_pu, 60, 80, q_kvar});
  }
  EXPECT_EQ(Judge(samples).finding_count, 0);
  settings_.volt_var.olrt_s = 1;
  EXPECT_EQ(Judge(samples).finding_count, 1) << "with a response time of a second it was too slow";
}

TEST_F(ComplianceTest, AtLittlePowerLessReactivePowerWillDo) {
  EXPECT_EQ(Judge(Steady(10, 1.07, 0, 0)).finding_count, 0) << "a plant at night";
  EXPECT_EQ(Judge(Steady(10, 1.07, 30, 0)).finding_count, 1);
}

TEST_F(ComplianceTest, MoreActivePowerThanVoltWattAllowsIsFound) {
  settings_.volt_watt.enabled = true;
  const ComplianceReport report = Judge(Steady(10, 1.09, 90, Asked(1.09, 90)));
  ASSERT_EQ(report.finding_count, 1);
  EXPECT_EQ(report.findings[0].response, Response::kActivePower);
  EXPECT_EQ(report.findings[0].cause, PowerCause::kVoltWatt);
  EXPECT_NEAR(report.findings[0].worst.beyond, 90 - (50 + 5), 1e-6) << "the limit at 1.08, and the accuracy";
  EXPECT_EQ(Judge(Steady(10, 1.09, 40, Asked(1.09, 40))).finding_count, 0) << "less is no deviation";
}

TEST_F(ComplianceTest, OverfrequencyLowersWhatMayBeGiven) {
  const ComplianceReport report = Judge(Steady(10, 1.0, 100, 0, 60.9));
  ASSERT_EQ(report.finding_count, 1);
  EXPECT_EQ(report.findings[0].cause, PowerCause::kDroop);
  const double least_change = (60.9 - 0.01 - 60.036) / (60 * 0.05);
  EXPECT_NEAR(report.findings[0].worst.high, 100 * (1 - least_change) + 5, 1e-9);
}

TEST_F(ComplianceTest, WhatIsMissingIsNotHeldAgainstIt) {
  std::vector<MeasuredSample> samples = Steady(10, 1.07, 80, 0);
  for (MeasuredSample& sample : samples) sample.v_pu.reset();
  const ComplianceReport blind = Judge(samples);
  EXPECT_EQ(blind.reactive_judged, 0);
  EXPECT_EQ(blind.active_judged, 10);
  EXPECT_EQ(blind.finding_count, 0);
  for (MeasuredSample& sample : samples) sample.p_kw = std::nan("");
  EXPECT_EQ(Judge(samples).not_judged, 10);
}

TEST_F(ComplianceTest, AReferenceThatFollowsTheVoltageMayStandAnywhereInItsRange) {
  settings_.volt_var.track_v_ref = true;
  EXPECT_EQ(Judge(Steady(10, 1.05, 80, 0)).finding_count, 0) << "it has followed";
  EXPECT_EQ(Judge(Steady(10, 1.05, 80, -44)).finding_count, 0) << "it has not yet followed from below";
  EXPECT_EQ(Judge(Steady(10, 1.05, 80, 44)).finding_count, 1);
}

TEST_F(ComplianceTest, FindingsBeyondTheMostAreCounted) {
  ComplianceOptions options;
  options.most_findings = 2;
  std::vector<MeasuredSample> samples = Steady(40, 1.07, 80, 0);
  for (std::size_t i = 3; i < samples.size(); i += 4) samples[i].q_kvar = Asked(1.07, 80);
  const ComplianceReport report = Judge(samples, options);
  EXPECT_EQ(report.finding_count, 10);
  EXPECT_EQ(report.findings.size(), 2u);
}

// Whatever the settings within their ranges: a device as the evaluation plays it is never found.
TEST_F(ComplianceTest, ADeviceThatDoesAsItsSettingsSayIsNeverFound) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 200; ++round) {
    settings_ = Ieee1547().Defaults(plate_);
    switch (round % 4) {
      case 0:
        settings_.volt_var.enabled = true;
        settings_.volt_var.olrt_s = 1 + 89 * unit(random);
        break;
      case 1:
        settings_.watt_var.enabled = true;
        break;
      case 2:
        settings_.constant_pf = {.enabled = true, .absorbing = unit(random) < 0.5, .power_factor = 0.9};
        break;
      default:
        settings_.constant_q = {.enabled = true, .q_pu = unit(random) - 0.5};
    }
    settings_.volt_watt.enabled = unit(random) < 0.5;
    settings_.watt_priority = unit(random) < 0.5;
    const double every_s = 1 + 400 * unit(random);
    std::vector<GridSample> played;
    for (int i = 0; i < 100; ++i) {
      const GridPoint point{0.92 + 0.17 * unit(random), 59.5 + unit(random), 100 * unit(random), std::nullopt};
      played.push_back({i * every_s, point});
    }
    const std::vector<GridSupport> answers = EvaluateSeries(device(), played);
    std::vector<MeasuredSample> samples;
    for (std::size_t i = 0; i < played.size(); ++i) {
      samples.push_back(
          {played[i].t_s, played[i].point.v_pu, played[i].point.f_hz, answers[i].p_kw, answers[i].q_kvar});
    }
    EXPECT_EQ(Judge(samples).finding_count, 0) << "round " << round;
  }
}

TEST_F(ComplianceTest, OnTheEdgeOfTheBandIsInside) {
  settings_.volt_watt.enabled = true;  // at 1.07, the least that may have been measured as 1.08: 75 kW
  EXPECT_EQ(Judge(Steady(10, 518.4 / 480, 80, Asked(1.08, 80))).finding_count, 0);
  EXPECT_EQ(Judge(Steady(10, 518.4 / 480, 80.001, Asked(1.08, 80))).finding_count, 1);
}

// However accurate its meter is within Table 3.
TEST_F(ComplianceTest, WhoFollowsWithinTheAccuracyIsNeverFound) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> volts(0.9, 1.08), watts(0, 90), error(-1, 1);
  const Accuracy accuracy;
  for (int round = 0; round < 20; ++round) {
    std::vector<MeasuredSample> samples;
    for (int i = 0; i < 300; ++i) {
      const double v_pu = volts(random), p_kw = watts(random);
      samples.push_back({i * kEvery, v_pu + accuracy.v_pu * error(random), 60 + accuracy.f_hz * error(random),
                         p_kw + 5 * error(random), Asked(v_pu, p_kw) + 5 * error(random)});
    }
    EXPECT_EQ(Judge(samples).finding_count, 0) << "round " << round;
  }
}

// Whatever curve within the ranges of the code: at 1.08 pu and 80 % of power every one of them asks for something.
TEST_F(ComplianceTest, WhoDoesNothingAt108IsAlwaysFound) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 100; ++round) {
    settings_.volt_var.v3_pu = 1 + 0.03 * unit(random);
    settings_.volt_var.v4_pu = settings_.volt_var.v3_pu + 0.02 + (0.06 - 0.02) * unit(random);
    settings_.volt_var.olrt_s = 1 + 89 * unit(random);
    settings_.volt_var.q4_pu = -0.3 - 0.14 * unit(random);
    const ComplianceReport report = Judge(Steady(5, 1.08, 80, 0));
    ASSERT_EQ(report.finding_count, 1) << "round " << round;
    EXPECT_EQ(report.reactive_outside, 5);
    EXPECT_EQ(report.active_outside, 0);
  }
}

// Readings come in folds: however a series is cut into pieces, it is judged as a whole.
TEST_F(ComplianceTest, PiecesGiveTheSameAsTheWhole) {
  std::mt19937 random(9);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int round = 0; round < 100; ++round) {
    settings_.volt_var.olrt_s = 1 + 89 * unit(random);
    std::vector<MeasuredSample> samples;
    double t_s = 0;
    for (int i = 0; i < 200; ++i) {
      t_s += unit(random) < 0.02 ? 4000 : 1 + 200 * unit(random);
      const double v_pu = unit(random) < 0.05 ? 1.15 : 1.05 + 0.03 * unit(random);
      samples.push_back({t_s, v_pu, 60, 80, -44 * unit(random)});
    }
    const ComplianceReport whole = Judge(samples);
    std::vector<ComplianceFinding> found, open;
    int outside = 0;
    for (std::size_t begin = 0; begin < samples.size();) {
      const std::size_t end = std::min(samples.size(), begin + 1 + random() % 20);
      ComplianceJudge judge(device());
      for (std::size_t i = begin - std::min<std::size_t>(begin, 190); i < begin; ++i) judge.Recall(samples[i]);
      for (const ComplianceFinding& run : open) judge.Resume(run);
      for (std::size_t i = begin; i < end; ++i) judge.Add(samples[i]);
      open = judge.OpenRuns();
      const ComplianceReport piece = judge.Finish(end < samples.size());
      found.insert(found.end(), piece.findings.begin(), piece.findings.end());
      outside += piece.reactive_outside;
      begin = end;
    }
    EXPECT_EQ(outside, whole.reactive_outside);
    ASSERT_EQ(found.size(), whole.findings.size()) << "round " << round;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].since_s, whole.findings[i].since_s);
      EXPECT_EQ(found[i].until_s, whole.findings[i].until_s);
      EXPECT_EQ(found[i].sample_count, whole.findings[i].sample_count);
      EXPECT_EQ(found[i].worst.beyond, whole.findings[i].worst.beyond);
      EXPECT_EQ(found[i].evidence.size(), whole.findings[i].evidence.size());
    }
  }
}

}  // namespace
}  // namespace derms::gridcode
