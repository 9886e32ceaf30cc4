// Readings are judged while they are folded: findings are a pure function of the readings, however these arrive.
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "libs/store/lease.h"
#include "libs/store/pg_history.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"
#include "services/registry/compliance_record.h"
#include "services/registry/folding_judge.h"

namespace derms::registry {
namespace {

using store::testing::AdminAccess;
using store::testing::CommitAndWait;
using store::testing::SampleTime;
using store::testing::Soon;

constexpr double kNominal = 480;

// 100 kVA of category B with volt-var on.
gridcode::Nameplate Plate() {
  gridcode::Nameplate plate;
  plate.p_max_kw = plate.s_max_kva = 100;
  plate.q_inject_kvar = plate.q_absorb_kvar = 44;
  plate.v_nominal_v = kNominal;
  plate.normal = gridcode::NormalCategory::kB;
  plate.abnormal = gridcode::AbnormalCategory::kIII;
  return plate;
}

// A reading at a minute after the sample's hour: at 1.08 pu the curve asks for -44 kvar.
struct At {
  double minute = 0, v_pu = 1.08, p_kw = 80, q_kvar = 0;
};

class ComplianceFoldingTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(*leases_.Acquire("history", "leader", absl::Minutes(5), Soon()), 1); }

  void Add(const std::string& der_id, const std::string& owner = "owner-1") {
    domain::Der der = store::testing::SampleDer(der_id, owner);
    der.capacity_kw = Plate().p_max_kw;
    Commit(store::testing::Registering(process_.ids(), der));
    PutRecord(der_id, 1, -absl::Hours(24 * 100), true);
  }
  void PutRecord(const std::string& der_id, std::int64_t revision, absl::Duration after, bool volt_var) {
    gridcode::Settings settings = profiles_.Default().Defaults(Plate());
    settings.volt_var.enabled = volt_var;
    domain::GridRecord record{.der_id = der_id,
                              .revision = revision,
                              .nameplate_revision = 1,
                              .settings_revision = revision,
                              .profile_id = profiles_.Default().id(),
                              .nameplate_json = NameplateToJson(Plate()),
                              .settings_json = SettingsToJson(settings),
                              .put_by = "owner-1",
                              .put_at = SampleTime() + after};
    store::Mutation mutation;
    mutation.writes.emplace_back(store::GridRecordInsert(AdminAccess(der_id), std::move(record), Plate().p_max_kw));
    Commit(std::move(mutation));
  }
  void Commit(store::Mutation mutation) {
    const auto done = CommitAndWait(process_.committer(), std::move(mutation));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  void Report(const std::string& der_id, const std::vector<At>& readings) {
    store::Mutation mutation;
    for (const At& at : readings) {
      domain::Reading reading =
          store::testing::SampleReading(der_id, SampleTime() + at.minute * absl::Minutes(1), at.p_kw);
      reading.voltage_v = at.v_pu * kNominal;
      reading.frequency_hz = 60;
      reading.reactive_power_kvar = at.q_kvar;
      mutation.writes.emplace_back(store::ReadingPut(AdminAccess(der_id), reading));
    }
    Commit(std::move(mutation));
  }
  void Fold() {
    const auto folded = history_.FoldJournal({"history", 1}, 1'000'000, &judge_, Soon());
    ASSERT_TRUE(folded.ok()) << folded.status();
  }
  void ReportAndFold(const std::string& der_id, const std::vector<At>& readings) {
    Report(der_id, readings);
    Fold();
  }
  // `minutes` from, step, count: all at 1.08 pu without reactive power.
  static std::vector<At> Idle(double from, int count, double step = 5) {
    std::vector<At> readings;
    for (int i = 0; i < count; ++i) readings.push_back({from + i * step});
    return readings;
  }
  std::string Findings(const std::string& der_id) {
    return database_.Query(
        "SELECT string_agg(concat_ws(' ', response, extract(epoch FROM since - '2026-11-23 12:00Z')::int / 60, "
        "extract(epoch FROM until - '2026-11-23 12:00Z')::int / 60, sample_count, jsonb_array_length(evidence)), '; ' "
        "ORDER BY since) FROM compliance_finding WHERE der_key = " +
        std::to_string(base::DerKeyOf(der_id)));
  }
  // Everything that was found of a DER, but for ids.
  std::string AllOf(const std::string& der_id) {
    const std::string key = std::to_string(base::DerKeyOf(der_id));
    return database_.Query(
        "SELECT (SELECT string_agg(concat_ws(' ', hour_at, judged, not_judged, reactive_judged, active_outside, "
        "reactive_outside, open_runs), E'\\n' ORDER BY hour_at) FROM compliance_hour WHERE der_key = " +
        key +
        ") || E'\\n' || coalesce((SELECT string_agg(concat_ws(' ', since, response, until, sample_count, "
        "record_revision, reactive_mode, power_cause, beyond_share, worst, evidence), E'\\n' ORDER BY since, "
        "response) FROM compliance_finding WHERE der_key = " +
        key + "), '')");
  }
  std::string Events() { return database_.Query("SELECT count(*) FROM event_told WHERE type = 42"); }
  std::vector<store::DerCompliance> Compliance(store::ReportScope scope = {}, bool found_only = false,
                                               const std::string& after = "", std::size_t limit = 100) {
    const store::ReportQuery query{std::move(scope), SampleTime(), SampleTime() + absl::Hours(24), {}};
    auto found = history_.Compliance(query, found_only, after, limit, Soon());
    EXPECT_TRUE(found.ok()) << found.status();
    return *std::move(found);
  }

  store::testing::TestDatabase database_;
  store::testing::StoreProcess process_{database_.url(), false};
  store::PgLeases leases_{process_.pool()};
  store::PgHistory history_{process_.pool(), process_.queries()};
  const gridcode::ProfileShelf profiles_;
  FoldingJudge judge_{profiles_, process_.ids()};
};

TEST_F(ComplianceFoldingTest, ARunThatGoesOnAcrossFoldsIsOneFindingToldOfOnce) {
  Add("SOLAR-1");
  for (const At& at : Idle(0, 30)) ReportAndFold("SOLAR-1", {at});
  EXPECT_EQ(Findings("SOLAR-1"), "1 0 145 30 10");
  EXPECT_EQ(Events(), "1");
  EXPECT_EQ(database_.Query("SELECT concat_ws(' ', sum(judged), sum(not_judged), sum(reactive_judged), "
                            "sum(reactive_outside), sum(active_outside)) FROM compliance_hour"),
            "30 0 30 30 0");
  ReportAndFold("SOLAR-1", {{150, 1.08, 80, -44}});
  ReportAndFold("SOLAR-1", Idle(155, 3));
  EXPECT_EQ(Findings("SOLAR-1"), "1 0 145 30 10; 1 155 165 3 3");
  EXPECT_EQ(Events(), "2");
  EXPECT_EQ(database_.Query("SELECT actor || ' ' || der_id || ' ' || owner_id FROM event_told WHERE type = 42 LIMIT 1"),
            "system SOLAR-1 owner-1");
}

TEST_F(ComplianceFoldingTest, WhatIsDeliveredTwiceIsFoundOnce) {
  Add("SOLAR-1");
  for (int times = 0; times < 3; ++times) ReportAndFold("SOLAR-1", Idle(0, 20));
  EXPECT_EQ(Findings("SOLAR-1"), "1 0 95 20 10");
  EXPECT_EQ(Events(), "1");
}

TEST_F(ComplianceFoldingTest, ALateReadingSplitsARunAndNobodyIsToldAgain) {
  Add("SOLAR-1");
  ReportAndFold("SOLAR-1", Idle(0, 60));  // five hours
  const std::string id = database_.Query("SELECT finding_id FROM compliance_finding");
  ReportAndFold("SOLAR-1", {{92, 1.08, 80, -44}});
  EXPECT_EQ(Findings("SOLAR-1"), "1 0 90 19 10; 1 95 295 41 10");
  EXPECT_EQ(Events(), "1");
  EXPECT_EQ(database_.Query("SELECT finding_id FROM compliance_finding ORDER BY since LIMIT 1"), id)
      << "what was told of keeps its name";
  ReportAndFold("SOLAR-1", {{92}});  // corrected
  EXPECT_EQ(Findings("SOLAR-1"), "1 0 295 61 10");
  EXPECT_EQ(Events(), "1");
}

TEST_F(ComplianceFoldingTest, ALateReadingReachesThroughDaysInSeveralTransactions) {
  Add("SOLAR-1");
  Add("SOLAR-2");
  const auto days = Idle(0, 12 * 24 * 5, 5);
  ReportAndFold("SOLAR-1", days);
  ReportAndFold("SOLAR-1", {{32, 1.08, 80, -44}});
  EXPECT_EQ(database_.Query("SELECT count(*) FROM compliance_due"), "1");
  for (int i = 0; i < 3; ++i) Fold();
  EXPECT_EQ(database_.Query("SELECT count(*) FROM compliance_due"), "0");
  EXPECT_EQ(Findings("SOLAR-1"), "1 0 30 7 7; 1 35 7195 1433 10");
  EXPECT_EQ(Events(), "1");
  auto at_once = days;
  at_once.push_back({32, 1.08, 80, -44});
  ReportAndFold("SOLAR-2", at_once);
  ASSERT_NE(AllOf("SOLAR-1"), "");
  EXPECT_EQ(AllOf("SOLAR-1"), AllOf("SOLAR-2"));
}

TEST_F(ComplianceFoldingTest, HowReadingsAreCutIntoFoldsChangesNothing) {
  std::mt19937 random(11);
  const auto chance = [&](double p) { return std::uniform_real_distribution<double>(0, 1)(random) < p; };
  for (int round = 0; round < 12; ++round) {
    const std::string in_order = "INORDER-" + std::to_string(round), shuffled = "SHUFFLED-" + std::to_string(round);
    Add(in_order);
    Add(shuffled);
    std::vector<At> readings;
    double minute = 0;
    bool follows = false;
    for (int i = 0; i < 120; ++i) {
      minute += chance(0.03) ? 70 : 1 + static_cast<int>(random() % 9);
      if (chance(0.15)) follows = !follows;
      const double v_pu = chance(0.05) ? 1.15 : 1.08;
      readings.push_back({minute, v_pu, 80, follows ? -44.0 : -1.0 * static_cast<double>(random() % 20)});
    }
    ReportAndFold(in_order, readings);
    if (round % 2 == 0) std::shuffle(readings.begin(), readings.end(), random);
    for (std::size_t i = 0; i < readings.size();) {
      const std::size_t end = std::min(readings.size(), i + 1 + random() % 9);
      ReportAndFold(shuffled, {readings.begin() + static_cast<std::ptrdiff_t>(i),
                               readings.begin() + static_cast<std::ptrdiff_t>(end)});
      i = end;
    }
    ASSERT_NE(AllOf(in_order), "");
    EXPECT_EQ(AllOf(in_order), AllOf(shuffled)) << "round " << round;
  }
}

TEST_F(ComplianceFoldingTest, NewSettingsEndARunAndHoldAfterTheTimeToAdoptThem) {
  Add("SOLAR-1");
  PutRecord("SOLAR-1", 2, absl::Minutes(32.4), false);  // unity power factor: no reactive power is right
  ReportAndFold("SOLAR-1", Idle(0, 12));
  ReportAndFold("SOLAR-1", {{32.5}, {32.6}});
  EXPECT_EQ(Findings("SOLAR-1"), "1 0 30 7 7");
  EXPECT_EQ(database_.Query("SELECT not_judged FROM compliance_hour"), "2") << "within 30 s of the change";
}

TEST_F(ComplianceFoldingTest, WithoutANameplateNothingIsJudgedAndNothingIsKept) {
  Commit(store::testing::Registering(process_.ids(), store::testing::SampleDer("PLAIN-1")));
  ReportAndFold("PLAIN-1", Idle(0, 12));
  EXPECT_EQ(database_.Query("SELECT count(*) FROM compliance_hour"), "0");
  EXPECT_EQ(database_.Query("SELECT voltage_outside_seconds IS NULL FROM reading_hour LIMIT 1"), "t");
}

TEST_F(ComplianceFoldingTest, HoursKnowTheNominalVoltageOfTheNameplate) {
  Add("SOLAR-1");
  ReportAndFold("SOLAR-1", {{0, 1.0}, {10, 1.08}, {20, 1.0}});
  EXPECT_EQ(database_.Query("SELECT voltage_outside_seconds FROM reading_hour"), "600");
}

TEST_F(ComplianceFoldingTest, ReportsHaveCountsAndTheWorstFindingForWhoMaySeeThem) {
  Add("SOLAR-1");
  Add("SOLAR-2", "owner-2");
  Add("SOLAR-3");
  auto two = Idle(0, 6);
  two[3].q_kvar = -44;
  for (const At& at : Idle(40, 3)) two.push_back({at.minute, at.v_pu, at.p_kw, 30});
  ReportAndFold("SOLAR-1", two);
  ReportAndFold("SOLAR-2", Idle(0, 4));
  const auto all = Compliance();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].finding_count, 2);
  EXPECT_EQ(all[0].counts.judged, 9);
  EXPECT_EQ(all[0].counts.reactive_outside, 8);
  ASSERT_TRUE(all[0].worst);
  EXPECT_EQ(all[0].worst->run.sample_count, 5);
  EXPECT_EQ(all[0].worst->run.worst.q_kvar, 30);
  EXPECT_EQ(all[0].record->revision, 1);
  EXPECT_FALSE(all[2].worst);
  EXPECT_EQ(all[2].counts.judged, 0);
  EXPECT_EQ(Compliance({.owner_id = "owner-2"}).size(), 1u);
  EXPECT_EQ(Compliance({.der_id = "SOLAR-2", .owner_id = "owner-1"}).size(), 0u);
  const auto found = Compliance({}, true, "SOLAR-1", 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].der.der_id, "SOLAR-2");
  EXPECT_EQ(Compliance({}, true).size(), 2u);
}

TEST_F(ComplianceFoldingTest, WhatWasFoundIsForgottenWithItsHours) {
  Add("SOLAR-1");
  ReportAndFold("SOLAR-1", Idle(0, 6));
  const absl::Time later = SampleTime() + absl::Hours(2);
  ASSERT_TRUE(history_.Forget({"history", 1}, later, later, 100, Soon()).ok());
  EXPECT_EQ(database_.Query("SELECT count(*) FROM compliance_hour"), "0");
  EXPECT_EQ(Findings("SOLAR-1"), "");
}

}  // namespace
}  // namespace derms::registry
