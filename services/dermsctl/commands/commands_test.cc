// Commands against a real gRPC server over TLS whose services keep just enough state to be asked about.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/fake_services.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using client::testing::WriteTemporaryFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using testing::RunDermsctl;
using testing::Setting;

class CommandsTest : public ::testing::Test {
 protected:
  Outcome Dermsctl(std::vector<std::string> words, const Setting& setting = {}) {
    for (const char* process : {"--registry", "--optimizer", "--emergency"}) {
      words.insert(words.end(), {process, server_.address()});
    }
    words.insert(words.end(), {"--ca", server_.ca_file()});
    return RunDermsctl(words, setting);
  }

  testing::Registry registry_;
  testing::Access access_;
  testing::Telemetry telemetry_;
  testing::Series series_;
  testing::Optimizer optimizer_;
  testing::Emergency emergency_;
  client::testing::TlsServer server_{&registry_, &access_, &telemetry_, &series_, &optimizer_, &emergency_};
  const std::string fleet_ = WriteTemporaryFile("fleet.csv",
                                                "der_id,der_type,region,lat,lon,p_max_kw,colour\n"
                                                "SOLAR-01,SOLAR,NORTH,37,-120,100,red\n"
                                                "WIND-01,WIND,NORTH,37,-120,200,red\n"
                                                "BATTERY-01,BATTERY,SOUTH,33,-118,300,red\n");
};

TEST_F(CommandsTest, ImportRegistersAFleetAndRepeatingItIsNoFailure) {
  const Outcome first = Dermsctl({"ders", "import", fleet_});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, "3 DERs: 3 registered\n");
  EXPECT_EQ(first.err, "warning: columns not used: colour\n");
  const Outcome second = Dermsctl({"ders", "import", fleet_});
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(second.out, "3 DERs: 0 registered, 3 already there\n");
}

TEST_F(CommandsTest, ImportCountsRefusalsByReason) {
  const std::string file = WriteTemporaryFile("mixed.csv",
                                              "der_id,der_type,region,lat,lon,p_max_kw\n"
                                              "SOLAR-01,SOLAR,NORTH,37,-120,100\n"
                                              "SOLAR-02,SOLAR,NORTH,37,-120,99999\n"
                                              "FC-01,UNVERIFIED_FUEL_CELL,NORTH,37,-120,100\n"
                                              "FC-02,UNVERIFIED_FUEL_CELL,NORTH,37,-120,100\n");
  const Outcome text = Dermsctl({"ders", "import", file});
  EXPECT_EQ(text.exit_code, 7);
  EXPECT_EQ(text.out, "4 DERs: 1 registered, 3 rejected\n  1 INVALID_CAPACITY\n  2 UNKNOWN_DER_TYPE\n");
  EXPECT_THAT(text.err, HasSubstr("INVALID_CAPACITY SOLAR-02: at most 30000 kW"));
  const Outcome json = Dermsctl({"ders", "import", file, "--json", "--quiet"});
  EXPECT_EQ(
      json.out,
      "{\"done\":0,\"unchanged\":1,\"rejected\":3,\"reasons\":{\"INVALID_CAPACITY\":1,\"UNKNOWN_DER_TYPE\":2}}\n");
  EXPECT_EQ(json.err, "");
}

TEST_F(CommandsTest, ImportOfABrokenFileSaysWhatWasDoneAndWhereItBroke) {
  const std::string file = WriteTemporaryFile(
      "broken.csv", "der_id,der_type,region,lat,lon,p_max_kw\nSOLAR-01,SOLAR,NORTH,37,-120,100\nX\n");
  const Outcome outcome = Dermsctl({"ders", "import", file});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.out, HasSubstr("1 registered"));
  EXPECT_THAT(outcome.err, HasSubstr("broken.csv:3: the row has 1 cells"));
}

TEST_F(CommandsTest, ProgressIsForTerminalsOnly) {
  EXPECT_THAT(Dermsctl({"ders", "import", fleet_}).err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Dermsctl({"ders", "import", fleet_}, {.terminal = {.err = true}}).err, HasSubstr("\x1b[KDERs ["));
  EXPECT_THAT(Dermsctl({"ders", "import", fleet_, "-q"}, {.terminal = {.err = true}}).err, Not(HasSubstr("\x1b")));
}

TEST_F(CommandsTest, ListGoesThroughAllPages) {
  Dermsctl({"ders", "import", fleet_});
  const Outcome table = Dermsctl({"ders", "list"});
  EXPECT_EQ(table.out,
            "der         type     capacity kW  region  status   measured kW  owner\n"
            "BATTERY-01  BATTERY        300.0  -       OFFLINE            -  -\n"
            "SOLAR-01    SOLAR          100.0  -       OFFLINE            -  -\n"
            "WIND-01     WIND           200.0  -       OFFLINE            -  -\n");
  EXPECT_EQ(table.err, "3 DERs, 600.0 kW\n");
  const Outcome json = Dermsctl({"ders", "list", "--json", "--limit", "2", "-q"});
  const std::vector<std::string> lines = absl::StrSplit(json.out, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  v1::Der der;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(lines[0], &der).ok());
  EXPECT_EQ(der.der_id(), "BATTERY-01");
}

TEST_F(CommandsTest, ColoursAreForTerminalsThatWantThem) {
  const Setting terminal{.terminal = {.out = true}};
  EXPECT_THAT(Dermsctl({"ders", "list"}, terminal).out, HasSubstr("\x1b[1mder"));
  EXPECT_THAT(Dermsctl({"ders", "list", "--no-color"}, terminal).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Dermsctl({"ders", "list"}, {.terminal = {.out = true}, .environment = {{"NO_COLOR", "1"}}}).out,
              Not(HasSubstr("\x1b")));
  EXPECT_THAT(Dermsctl({"ders", "list"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(CommandsTest, StatusOfAllLeavesOutThoseThatHaveItAlready) {
  Dermsctl({"ders", "import", fleet_});
  registry_.ders["WIND-01"].set_stored_status(v1::DER_STATUS_ONLINE);
  EXPECT_EQ(Dermsctl({"status", "set", "--all", "ONLINE"}).out, "3 DERs: 2 set to ONLINE, 1 already so\n");
  EXPECT_EQ(Dermsctl({"status", "set", "SOLAR-01", "WIND-01", "offline"}).out, "2 DERs: 2 set to OFFLINE\n");
}

TEST_F(CommandsTest, ARefusalTellsReasonAndWhatIsAllowed) {
  const Outcome outcome = Dermsctl({"status", "set", "SOLAR-01", "online"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "dermsctl: INVALID_STATUS_TRANSITION: MAINTENANCE leads to OFFLINE only\n  allowed = OFFLINE\n");
}

TEST_F(CommandsTest, TheGatesRefusalEndsWithDenied) {
  const Outcome outcome = Dermsctl({"access", "whoami"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.err, "dermsctl: TOKEN_EXPIRED: the token ended; get a new one\n");
  EXPECT_EQ(Dermsctl({"access", "whoami", "--token-file", "/no/such"}).exit_code, 3);
}

TEST_F(CommandsTest, AServiceThatIsNotThereEndsWithUnavailable) {
  const Outcome outcome = RunDermsctl({"stats", "--registry", "localhost:1", "--timeout", "2"});
  EXPECT_EQ(outcome.exit_code, 6);
  EXPECT_THAT(outcome.err, HasSubstr("UNREACHABLE: cannot reach the registry at localhost:1"));
}

TEST_F(CommandsTest, RegionsGoInParentsFirst) {
  const std::string file = WriteTemporaryFile("regions.csv", "region_id,parent_region_id\nA1,A\nB,\nA,\nB1,B\n");
  EXPECT_EQ(Dermsctl({"regions", "import", file}).exit_code, 0);
  EXPECT_THAT(registry_.regions, ElementsAre("B", "A", "A1", "B1"));
}

TEST_F(CommandsTest, SeriesAreStoredInUtcWithTheirKinds) {
  const std::string file =
      WriteTemporaryFile("year.csv", "time,load_kw,solar_a\n2020-07-15T00:00,5,0\n2020-07-15T01:00,6,0.5\n");
  const Outcome outcome = Dermsctl({"series", "import", file, "--utc-offset", "-08:00"});
  EXPECT_EQ(outcome.out, "4 values of 2 series stored, each for 1 h\n") << outcome.err;
  ASSERT_EQ(series_.stored.size(), 2u);
  EXPECT_EQ(series_.stored[0].kind(), v1::SERIES_KIND_LOAD_KW);
  EXPECT_EQ(series_.stored[0].starts_at().seconds(), 1'594'800'000) << "2020-07-15T08:00Z";
  EXPECT_THAT(series_.stored[1].values(), ElementsAre(0, 0.5));
}

TEST_F(CommandsTest, ReadingsKeepUnknownApartFromZero) {
  const std::string file = WriteTemporaryFile(
      "readings.csv", "der_id,power_kw,voltage_v,quality\nSOLAR-01,0,,VALID\nWIND-01,-3.5,480,\nX,much,,\n");
  const Outcome outcome = Dermsctl({"readings", "report", file});
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.out, "3 readings: 2 stored, 1 rejected\n  1 INVALID_READING\n");
  ASSERT_EQ(telemetry_.readings.size(), 2u);
  EXPECT_TRUE(telemetry_.readings[0].has_power_kw());
  EXPECT_FALSE(telemetry_.readings[0].has_voltage_v());
}

TEST_F(CommandsTest, OptimizeComparesWithAStudyWithoutStorage) {
  const Outcome outcome =
      Dermsctl({"--json", "optimize", "--day", "2020-07-15", "--as-of", "2026-05-04", "--utc-offset", "-08:00",
                "--objective", "cost", "--objective", "stability=0.5", "--apply", "--compare-without-storage"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"storageSavesUsd\":100}"));
  ASSERT_EQ(optimizer_.requests.size(), 2u);
  const v1::OptimizeResourcesRequest& study = optimizer_.requests[0];
  EXPECT_FALSE(study.apply());
  EXPECT_THAT(study.excluded_types(), ElementsAre(v1::DER_TYPE_BATTERY));
  const v1::OptimizeResourcesRequest& applied = optimizer_.requests[1];
  EXPECT_TRUE(applied.apply());
  EXPECT_EQ(applied.starts_at().seconds(), 1'777'881'600) << "2026-05-04T08:00Z";
  EXPECT_EQ(applied.series_starts_at().seconds(), 1'594'800'000) << "2020-07-15T08:00Z";
  EXPECT_EQ(applied.interval_count(), 24);
  ASSERT_EQ(applied.objectives_size(), 2);
  EXPECT_EQ(applied.objectives(1).weight(), 0.5);
}

TEST_F(CommandsTest, OptimizePrintsCostBoundAndSaving) {
  const Outcome outcome =
      Dermsctl({"optimize", "--day", "2020-07-15", "--utc-offset", "-08:00", "--compare-without-storage"});
  for (const char* text : {"OPTIMAL", "RECOMPUTED", "import  900.00", "total   900.00", "saves      100.00  10.00 %"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
}

TEST_F(CommandsTest, OptimizeAsksForRobustReserveAndTellsItsCost) {
  const Outcome outcome = Dermsctl({"optimize", "--day", "2020-07-15", "--utc-offset", "-08:00", "--robust", "0.95",
                                    "--sustain", "30m", "--history-days", "90", "--forecast-skill", "0.6"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("95 % from 59 past errors, asked 1,200 kWh, short 0 kWh, costs 12.50 USD"));
  const v1::RobustReserve& robust = optimizer_.requests.at(0).robust();
  EXPECT_EQ(robust.confidence(), 0.95);
  EXPECT_EQ(robust.sustain().seconds(), 1800);
  EXPECT_EQ(robust.history_days(), 90);
  EXPECT_EQ(robust.forecast_skill(), 0.6);
  EXPECT_THAT(robust.quantiles(), IsEmpty());
  EXPECT_FALSE(robust.has_shortfall_price_usd_per_kwh());
}

TEST_F(CommandsTest, QuantilesAreGivenAsSeries) {
  const Outcome outcome =
      Dermsctl({"optimize", "--robust", "0.9", "--quantiles", "load_kw=low_kw,high_kw", "--quantiles",
                "solar=solar_low,solar_high", "--independent-errors", "--shortfall-price", "0.5", "--sustain", "0"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const v1::RobustReserve& robust = optimizer_.requests.at(0).robust();
  ASSERT_EQ(robust.quantiles_size(), 2);
  EXPECT_EQ(robust.quantiles(0).series_id(), "load_kw");
  EXPECT_EQ(robust.quantiles(0).lower_series_id(), "low_kw");
  EXPECT_EQ(robust.quantiles(0).upper_series_id(), "high_kw");
  EXPECT_EQ(robust.quantiles(1).series_id(), "solar");
  EXPECT_EQ(robust.dependence(), v1::ERROR_DEPENDENCE_INDEPENDENT);
  EXPECT_EQ(robust.shortfall_price_usd_per_kwh(), 0.5);
  EXPECT_TRUE(robust.has_sustain()) << "nothing, which is not the default";
  EXPECT_EQ(robust.sustain().seconds(), 0);
}

TEST_F(CommandsTest, QuantilesNeedThreeNames) {
  for (const char* text : {"load_kw", "load_kw=low_kw", "load_kw=low_kw,", "=low_kw,high_kw", "a=b,c,d", "a=b=c,d"}) {
    const Outcome outcome = Dermsctl({"optimize", "--robust", "0.9", "--quantiles", text});
    EXPECT_EQ(outcome.exit_code, 2) << text;
    EXPECT_THAT(outcome.err, HasSubstr("INVALID_QUANTILES")) << text;
  }
  EXPECT_THAT(optimizer_.requests, IsEmpty());
}

TEST_F(CommandsTest, HowToBeRobustNeedsAConfidence) {
  const std::vector<std::vector<std::string>> alone = {{"--sustain", "30m"},
                                                       {"--history-days", "90"},
                                                       {"--forecast-skill", "0.5"},
                                                       {"--shortfall-price", "0.5"},
                                                       {"--quantiles", "load_kw=low_kw,high_kw"},
                                                       {"--independent-errors"}};
  for (const std::vector<std::string>& option : alone) {
    std::vector<std::string> words = {"optimize"};
    words.insert(words.end(), option.begin(), option.end());
    EXPECT_THAT(Dermsctl(words).err, HasSubstr("ROBUST_MISSING")) << option[0];
  }
}

constexpr char kHouse[] = R"({"interval": "3600s", "intervalCount": 2, "startsAt": "2026-05-04T08:00:00Z",
  "regions": [{"regionId": "home", "demand_kw": [5, 6], "importPriceUsdPerKwh": [0.25]}],
  "devices": [{"deviceId": "BATTERY", "storage": {"energyMaxKwh": 10}}]})";

TEST_F(CommandsTest, SolvePrintsCostProofAndScheduleOfAProblemFile) {
  const Outcome good = Dermsctl(
      {"solve", WriteTemporaryFile("house.json", kHouse), "--time-limit", "2s", "--gap", "0.01", "--seed", "7"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  for (const char* text : {"OPTIMAL by clp-lp", "lower bound  11.50 USD, gap 4.1667 %", "certificate  RECOMPUTED",
                           "import  12.00", "total   12.00", "home kW  USD/kWh  BATTERY kW    kWh",
                           "2026-05-04T09:00:00Z    6.000   0.2500      -1.000  8.000", "import_limit   home"}) {
    EXPECT_THAT(good.out, HasSubstr(text));
  }
  EXPECT_THAT(good.out, Not(HasSubstr("given up")));
  ASSERT_EQ(optimizer_.solved.size(), 1u);
  EXPECT_EQ(optimizer_.solved[0].problem().regions(0).demand_kw(1), 6);
  EXPECT_EQ(optimizer_.solved[0].time_limit().seconds(), 2);
  EXPECT_EQ(optimizer_.solved[0].relative_gap(), 0.01);
  EXPECT_EQ(optimizer_.solved[0].seed(), 7);
}

TEST_F(CommandsTest, SolveReadsStandardInputAndTellsWhatWasGivenUp) {
  const Outcome outcome = Dermsctl({"solve", "-", "--relax"}, {.input = kHouse});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("final_energy  BATTERY  all        3.000  kWh"));
  EXPECT_TRUE(optimizer_.solved[0].relax());
  EXPECT_FALSE(optimizer_.solved[0].has_relative_gap());
  const Outcome json = Dermsctl({"solve", "-", "--json", "--multipliers"}, {.input = kHouse});
  EXPECT_THAT(json.out, HasSubstr("\"boundProof\":\"BOUND_PROOF_RECOMPUTED\""));
  EXPECT_TRUE(optimizer_.solved[1].with_multipliers());
}

TEST_F(CommandsTest, SolveSendsNothingOfAFileThatItDoesNotUnderstand) {
  const Outcome outcome = Dermsctl({"solve", "-"}, {.input = R"({"regions": [{"importPrize": 1}]})"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("importPrize"));
  EXPECT_EQ(Dermsctl({"solve", "/nowhere.json"}).exit_code, 4);
  EXPECT_TRUE(optimizer_.solved.empty());
}

TEST_F(CommandsTest, ThereIsNothingToShowWithoutASchedule) {
  const Outcome outcome = Dermsctl({"schedule", "show"});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("NO_SCHEDULE"));
}

TEST_F(CommandsTest, APolicyIsPutListedAndDeleted) {
  const Outcome put = Dermsctl({"policies", "put", "quarter-hourly", "--every", "15m", "--interval", "15m",
                                "--intervals", "96", "--objective", "cost", "--time-limit", "20s"});
  EXPECT_EQ(put.exit_code, 0) << put.err;
  EXPECT_EQ(put.out, "policy quarter-hourly, revision 1, next due 1970-01-01T00:15:00Z\n");
  const v1::OptimizationPolicy& policy = optimizer_.policies.at("quarter-hourly");
  EXPECT_EQ(policy.every().seconds(), 900);
  EXPECT_EQ(policy.request().interval().seconds(), 900);
  EXPECT_EQ(policy.request().interval_count(), 96);
  EXPECT_EQ(policy.request().objectives(0).objective(), v1::OBJECTIVE_COST);
  EXPECT_EQ(policy.request().time_limit().seconds(), 20);
  EXPECT_THAT(Dermsctl({"policies", "list"}).out, HasSubstr("quarter-hourly  -       15 min  15 min           96"));
  EXPECT_EQ(Dermsctl({"policies", "delete", "quarter-hourly"}).out, "policy quarter-hourly deleted\n");
  EXPECT_EQ(Dermsctl({"policies", "delete", "quarter-hourly"}).exit_code, 4);
}

TEST_F(CommandsTest, APolicyMayBeRobust) {
  const Outcome put = Dermsctl({"policies", "put", "safe", "--every", "1h", "--robust", "0.95", "--sustain", "30m",
                                "--quantiles", "load_kw=low_kw,high_kw"});
  EXPECT_EQ(put.exit_code, 0) << put.err;
  const v1::RobustReserve& robust = optimizer_.policies.at("safe").request().robust();
  EXPECT_EQ(robust.confidence(), 0.95);
  EXPECT_EQ(robust.sustain().seconds(), 1800);
  EXPECT_EQ(robust.quantiles(0).upper_series_id(), "high_kw");
  EXPECT_THAT(Dermsctl({"policies", "put", "p", "--every", "1h", "--sustain", "30m"}).err, HasSubstr("ROBUST_MISSING"));
  EXPECT_EQ(Dermsctl({"policies", "put", "p", "--every", "1h"}).exit_code, 0);
  EXPECT_FALSE(optimizer_.policies.at("p").request().has_robust());
}

TEST_F(CommandsTest, APolicyOnTrialIsNotStored) {
  const Outcome outcome = Dermsctl({"policies", "put", "p", "--every", "1h", "--paused", "--dry-run"});
  EXPECT_EQ(outcome.out, "would be policy p, revision 1, paused\n");
  EXPECT_THAT(optimizer_.policies, IsEmpty());
  EXPECT_EQ(Dermsctl({"policies", "put", "p"}).exit_code, 2) << "how often?";
}

TEST_F(CommandsTest, WatchGoesOnAfterALostStream) {
  const Outcome outcome = Dermsctl({"watch", "--after", "7", "--limit", "2", "-q"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out,
            "8  1970-01-01T00:00:01Z  der_status_updated  SOLAR-01  OFFLINE -> ONLINE  escape ?[31m\n"
            "9  1970-01-01T00:00:01Z  der_status_updated  SOLAR-01  OFFLINE -> ONLINE  escape ?[31m\n");
}

TEST_F(CommandsTest, WatchingARunPrintsItsStepsAndItsEnd) {
  const Outcome watched = Dermsctl({"runs", "watch", "7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"});
  EXPECT_EQ(watched.exit_code, 0) << watched.err;
  EXPECT_THAT(watched.out, HasSubstr("0.00 s  greedy, 1,200.00 USD\n3.00 s  milp, 1,200.00 USD, gap 1.2500 %\n"));
  EXPECT_THAT(watched.out, HasSubstr("result       OPTIMAL"));
}

TEST_F(CommandsTest, WatchingARunThatFailsIsAFailureWithItsReason) {
  optimizer_.run_failure.set_reason("INFEASIBLE");
  optimizer_.run_failure.set_detail("BATTERY-01 cannot reach 80 kWh");
  const Outcome watched = Dermsctl({"runs", "watch", "7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"});
  EXPECT_EQ(watched.exit_code, 1);
  EXPECT_THAT(watched.out, HasSubstr("result       FAILED\nreason       INFEASIBLE: BATTERY-01 cannot reach 80 kWh\n"));
}

TEST_F(CommandsTest, CancellingARunSaysWhatToDoNext) {
  const Outcome cancelled = Dermsctl({"runs", "cancel", "7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11"});
  EXPECT_EQ(cancelled.exit_code, 0) << cancelled.err;
  EXPECT_THAT(cancelled.out, HasSubstr("result       RUNNING, cancelled by me"));
  EXPECT_EQ(cancelled.err, "Next: dermsctl runs watch 7d1c1f6e-3b0c-4a52-9c53-2d7a4c0f8b11\n");
}

}  // namespace
}  // namespace derms::dermsctl
