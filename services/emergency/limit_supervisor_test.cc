// Limits of regions are supervised: what is found, told, corrected and taken back, with a played database.
#include "services/emergency/limit_supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "libs/base/error.h"
#include "libs/server/testing/keeping_committer.h"
#include "libs/server/testing/mock_control_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/store/testing/samples.h"
#include "services/emergency/testing/played_expansions.h"

namespace derms::emergency {
namespace {

using domain::EventType;
using domain::StandingControl;
using server::testing::BatteryOf;
using server::testing::kNow;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::NiceMock;
using ::testing::Return;
using ::testing::SizeIs;

class LimitSupervisorTest : public ::testing::Test {
 protected:
  LimitSupervisorTest() {
    fleet_.Observe(power_);
    ON_CALL(controls_, ListStanding(_, _, _, _, _)).WillByDefault([this](auto...) { return InForce(); });
    ON_CALL(controls_, GetStanding(_, _, _)).WillByDefault([this](auto, std::string_view id, auto) {
      const auto found = stored_.find(std::string(id));
      return absl::StatusOr<std::optional<StandingControl>>(found == stored_.end() ? std::nullopt
                                                                                   : std::optional(found->second));
    });
    ON_CALL(controls_, OpenBreaches(_, _)).WillByDefault([this](auto...) { return Open(); });
    ON_CALL(controls_, LoadAsked(_, _, _, _)).WillByDefault([this](auto...) { return asked_; });
    ON_CALL(queries_, LoadPlannedStates(_, _, _, _, _)).WillByDefault(Return(domain::PlannedStates()));
    ON_CALL(queries_, LoadSeries(_, _, _, _)).WillByDefault([this](auto...) {
      return absl::StatusOr<std::vector<domain::SeriesPiece>>(series_);
    });
    for (const char* id : {"SUN_1", "SUN_2", "SUN_3"}) {
      domain::Der der = BatteryOf(id, "owner-1");
      der.type = domain::DerType::kSolar;
      der.region_id = "NORTH";
      der.stored_status = domain::DerStatus::kOnline;
      fleet_.PutDer(std::move(der));
    }
  }
  std::vector<StandingControl> InForce() {
    std::vector<StandingControl> list;
    for (const auto& [id, control] : stored_) {
      if (control.valid_until > clock_.Now()) list.push_back(control);
    }
    return list;
  }
  std::vector<domain::LimitBreach> Open() {
    std::vector<domain::LimitBreach> list;
    for (const auto& [began_at, breach] : breaches_) {
      if (!breach.relieved_at) list.push_back(breach);
    }
    return list;
  }
  void Limit(std::optional<double> export_kw, std::optional<double> import_kw = {}, const char* load = "") {
    store::Mutation mutation;
    mutation.writes.push_back(store::RegionPut(store::testing::FleetAccess(), {.region_id = "NORTH",
                                                                               .parent_region_id = "CA",
                                                                               .import_limit_kw = import_kw,
                                                                               .export_limit_kw = export_kw,
                                                                               .load_series_id = load,
                                                                               .revision = ++region_revision_}));
    fleet_.Apply(mutation);
  }
  void Measure(const char* der_id, double power_kw) {
    domain::Reading reading;
    reading.der_id = der_id;
    reading.power_kw = power_kw;
    reading.measured_at = clock_.Now();
    power_.OnReading(reading);
  }
  void MeasureAll(double power_kw) {
    for (const char* id : {"SUN_1", "SUN_2", "SUN_3"}) Measure(id, power_kw);
  }
  // An instruction says what each shall do.
  void Tell(const char* der_id, double power_kw) {
    domain::Instruction told;
    told.der_id = der_id;
    told.source = domain::ControlSource::kOperator;
    told.control_id = std::string("told-") + der_id;
    told.power_kw = power_kw;
    told.issued_at = told.starts_at = kNow - absl::Minutes(1);
    told.valid_until = kNow + absl::Hours(1);
    asked_.instructions.push_back(told);
  }
  // So many looks, a second apart; what was committed in them is kept as a database would.
  std::vector<EventType> Look(int seconds = 2) {
    std::vector<EventType> told;
    for (int i = 0; i < seconds; ++i) {
      clock_.Advance(absl::Seconds(1));
      const absl::Status looked = supervisor_->Look();
      EXPECT_TRUE(looked.ok()) << looked;
      for (const EventType type : Keep()) told.push_back(type);
    }
    return told;
  }
  std::vector<EventType> Keep() {
    std::vector<EventType> told;
    for (; kept_ < committer_.committed.size(); ++kept_) {
      const store::Mutation& mutation = committer_.committed[kept_];
      EXPECT_EQ(mutation.fence->token, 7);
      if (!committer_.outcome.ok()) continue;
      for (const domain::Event& event : mutation.events) {
        told.push_back(event.type);
        events_.push_back(event);
      }
      for (const store::RowWrite& write : mutation.writes) {
        if (const auto* put = std::get_if<store::StandingPut>(&write)) stored_[put->control.control_id] = put->control;
        if (const auto* put = std::get_if<store::BreachPut>(&write)) breaches_[put->breach.began_at] = put->breach;
      }
    }
    return told;
  }
  const domain::Event& Newest(EventType type) {
    for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
      if (it->type == type && !it->der_id) return *it;
    }
    ADD_FAILURE() << "no such event";
    return events_.front();
  }
  void Restart(SupervisionMode mode) {
    supervisor_ = std::make_unique<LimitSupervisor>(
        LimitSupervisor::Parts{power_, fleet_, queries_, controls_, sheets_, committer_, clock_, ids_, logger_}, mode,
        [this] { return fence_; });
  }
  const StandingControl& Correction() { return stored_.at("SUPERVISION-NORTH"); }

  server::testing::TestFleet fleet_;
  RegionPower power_;
  NiceMock<server::testing::MockQueries> queries_;
  NiceMock<server::testing::MockControlQueries> controls_;
  base::ManualClock clock_{kNow};
  server::testing::CountingIds ids_;
  HeadroomBook book_{clock_, ids_};
  testing::PlayedExpansions expansions_;
  PinBook pins_{expansions_, book_};
  ControlSheets sheets_{fleet_, queries_, controls_, pins_};
  server::testing::KeepingCommitter committer_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
  std::optional<store::Fence> fence_ = store::Fence{"limit-supervision", 7};
  std::unique_ptr<LimitSupervisor> supervisor_ = std::make_unique<LimitSupervisor>(
      LimitSupervisor::Parts{power_, fleet_, queries_, controls_, sheets_, committer_, clock_, ids_, logger_},
      SupervisionMode::kCorrect, [this] { return fence_; });
  store::AskedOfDers asked_;
  std::vector<domain::SeriesPiece> series_;
  std::map<std::string, StandingControl> stored_;
  std::map<absl::Time, domain::LimitBreach> breaches_;
  std::vector<domain::Event> events_;
  std::size_t kept_ = 0;
  std::int64_t region_revision_ = 1;
};

TEST_F(LimitSupervisorTest, WithinItsLimitsNothingIsWritten) {
  Limit(300);
  MeasureAll(90);
  EXPECT_THAT(Look(10), IsEmpty());
  EXPECT_THAT(committer_.committed, IsEmpty());
}

TEST_F(LimitSupervisorTest, ABreachIsToldWithItsCauseAndCorrectedAtOnce) {
  Limit(200);
  for (const char* id : {"SUN_1", "SUN_2", "SUN_3"}) Tell(id, 60);
  Measure("SUN_1", 60);
  Measure("SUN_2", 100);
  Measure("SUN_3", 90);
  EXPECT_THAT(Look(1), IsEmpty());
  EXPECT_THAT(Look(1), ElementsAre(EventType::kLimitBreached, EventType::kLimitBreached, EventType::kLimitBreached,
                                   EventType::kLimitPut));
  EXPECT_EQ(Newest(EventType::kLimitBreached).summary,
            "Region NORTH exports 250.0 kW, 50.0 kW over its export limit of 200.0 kW: 2 DERs are 70.0 kW above their "
            "set-points (SOLAR 70.0 kW). Every DER is limited to 68.00 % of its capacity.");
  EXPECT_EQ(events_[1].der_id, "SUN_2") << "the worst first";
  EXPECT_EQ(events_[1].owner_id, "owner-1") << "for who may see that DER";
  EXPECT_EQ(events_[2].der_id, "SUN_3");
  const StandingControl& correction = Correction();
  EXPECT_EQ(correction.region_id, "NORTH");
  EXPECT_EQ(correction.power.max_power_share, 0.68) << "60 + 68 + 68 = 196: two percent inside the limit";
  EXPECT_FALSE(correction.power.min_power_share);
  EXPECT_EQ(correction.primacy, 0);
  EXPECT_EQ(correction.put_by, "system");
  EXPECT_EQ(correction.valid_until, clock_.Now() + absl::Minutes(5));
  EXPECT_TRUE(domain::CheckStandingControl(correction, clock_.Now()).ok());
  EXPECT_EQ(supervisor_->breaches(), 1);
}

TEST_F(LimitSupervisorTest, ImportIsTheMirrorOfExport) {
  Limit({}, 100);
  domain::Der battery = BatteryOf("BAT_1");
  battery.region_id = "NORTH";
  fleet_.PutDer(battery);
  Measure("BAT_1", -100);
  MeasureAll(-5);  // they cannot be told less
  EXPECT_THAT(Look(), ElementsAre(EventType::kLimitBreached, _, _, _, _, EventType::kLimitPut));
  EXPECT_THAT(Newest(EventType::kLimitBreached).summary, HasSubstr("imports 115.0 kW, 15.0 kW over its import limit"));
  EXPECT_EQ(Correction().power.min_power_share, -0.83);
}

TEST_F(LimitSupervisorTest, AnAreaIsJudgedWithItsLoadAndNotWithoutKnowingIt) {
  Limit(100, {}, "load");
  MeasureAll(60);
  EXPECT_THAT(Look(40), IsEmpty()) << "the load is not known";
  series_ = {{.series_id = "load",
              .kind = domain::SeriesKind::kLoadKw,
              .starts_at = kNow - absl::Hours(1),
              .interval = absl::Hours(1),
              .values = {500, 90}}};
  MeasureAll(60);
  EXPECT_THAT(Look(40), IsEmpty()) << "180 kW less a load of 90 kW are within 100 kW";
  MeasureAll(70);
  Look(2);
  EXPECT_THAT(Newest(EventType::kLimitBreached).summary, HasSubstr("exports 120.0 kW, 20.0 kW over"));
  EXPECT_EQ(Correction().power.max_power_share, 0.6266) << "98 kW and the load, by three";
}

TEST_F(LimitSupervisorTest, ALimitPutForTheRegionIsSupervisedOnceItHasHadTime) {
  StandingControl limit;
  limit.control_id = "FEEDER-12";
  limit.region_id = "NORTH";
  limit.power.max_power_share = 0.5;
  limit.starts_at = limit.put_at = kNow;
  limit.valid_until = kNow + absl::Hours(1);
  stored_["FEEDER-12"] = limit;
  MeasureAll(60);
  EXPECT_THAT(Look(29), IsEmpty());
  Look(2);
  EXPECT_THAT(Newest(EventType::kLimitBreached).summary, HasSubstr("30.0 kW over limit FEEDER-12 of 150.0 kW"));
}

TEST_F(LimitSupervisorTest, WhatIsOnlyToBeReportedIsNotCorrected) {
  Restart(SupervisionMode::kReport);
  Limit(200);
  MeasureAll(90);
  const auto told = Look(20);
  EXPECT_EQ(std::count(told.begin(), told.end(), EventType::kLimitPut), 0);
  EXPECT_THAT(stored_, IsEmpty());
  EXPECT_THAT(breaches_, SizeIs(1)) << "told once";
  MeasureAll(10);
  EXPECT_THAT(Look(61), ElementsAre(EventType::kLimitRelieved));
}

TEST_F(LimitSupervisorTest, OthersMakeUpForThoseThatDoNotFollow) {
  Limit(200);
  MeasureAll(90);
  Look(2);
  EXPECT_EQ(Correction().power.max_power_share, 0.6533);
  for (int second = 0; second < 6; ++second) {
    Measure("SUN_1", 65);
    Measure("SUN_2", 65);
    Measure("SUN_3", 90);  // deaf
    Look(1);
  }
  EXPECT_EQ(Correction().power.max_power_share, 0.53) << "2 x 53 + 90 = 196";
  EXPECT_EQ(Correction().revision, 2);
}

TEST_F(LimitSupervisorTest, ReadingsFromBeforeTheCorrectionDoNotTightenIt) {
  Limit(200);
  MeasureAll(90);
  Look(60);
  EXPECT_EQ(Correction().revision, 1) << "nothing has been heard since: they may have followed";
}

TEST_F(LimitSupervisorTest, ACorrectionIsRenewedWhileItIsNeeded) {
  Limit(200);
  MeasureAll(90);
  Look(2);
  const absl::Time first_start = Correction().starts_at;
  for (int i = 0; i < 10; ++i) {
    MeasureAll(65);  // within the limit, held there by the correction
    Look(60);
    ASSERT_GT(Correction().valid_until, clock_.Now() + absl::Minutes(2));
  }
  EXPECT_EQ(Correction().power.max_power_share, 0.6533);
  EXPECT_EQ(Correction().starts_at, first_start);
}

TEST_F(LimitSupervisorTest, ItIsLoosenedWhileItBindsAndTakenBackWhenItDoesNot) {
  Limit(200);
  MeasureAll(90);
  Look(2);
  Measure("SUN_1", 65);  // two are at their share, and 46 kW are left for them
  Measure("SUN_2", 65);
  Measure("SUN_3", 20);
  EXPECT_THAT(Look(61), ElementsAre(EventType::kLimitPut));
  EXPECT_EQ(Correction().power.max_power_share, 0.8833);
  EXPECT_EQ(supervisor_->breaches(), 1);
  MeasureAll(30);
  EXPECT_THAT(Look(60), ElementsAre(EventType::kLimitRelieved, EventType::kLimitEnded));
}

TEST_F(LimitSupervisorTest, AReliefIsToldAndEndsTheCorrection) {
  Limit(200);
  MeasureAll(90);
  Look(2);
  MeasureAll(30);
  EXPECT_THAT(Look(61), ElementsAre(EventType::kLimitRelieved, EventType::kLimitEnded));
  EXPECT_LE(Correction().valid_until, clock_.Now());
  EXPECT_THAT(Open(), IsEmpty());
  EXPECT_THAT(Newest(EventType::kLimitRelieved).summary, HasSubstr("is well within its limit again"));
  EXPECT_EQ(supervisor_->breaches(), 0);
  EXPECT_EQ(supervisor_->corrections(), 0);
}

TEST_F(LimitSupervisorTest, SilenceIsNoRelief) {
  Limit(200);
  MeasureAll(90);
  Look(2);
  EXPECT_THAT(Look(300), ElementsAre(EventType::kLimitPut)) << "it is renewed, and goes on";
  EXPECT_THAT(Open(), SizeIs(1));
}

TEST_F(LimitSupervisorTest, ALimitThatIsTakenAwayEndsItsBreach) {
  Limit(200);
  MeasureAll(90);
  Look(2);
  Limit({});
  EXPECT_THAT(Look(1), ElementsAre(EventType::kLimitRelieved, EventType::kLimitEnded));
}

TEST_F(LimitSupervisorTest, WhoeverLeadsNextGoesOnWithWhatThereIs) {
  Limit(200);
  MeasureAll(90);
  Look(2);
  Restart(SupervisionMode::kCorrect);
  MeasureAll(65);
  EXPECT_THAT(Look(10), IsEmpty()) << "no second event, no second limit";
  EXPECT_EQ(supervisor_->breaches(), 1);
  EXPECT_EQ(supervisor_->corrections(), 1);
  MeasureAll(30);
  EXPECT_THAT(Look(62), ElementsAre(EventType::kLimitRelieved, EventType::kLimitEnded));
}

TEST_F(LimitSupervisorTest, WithoutTheLeaseItDoesNothing) {
  Limit(200);
  MeasureAll(90);
  fence_.reset();
  EXPECT_THAT(Look(10), IsEmpty());
  EXPECT_EQ(supervisor_->leading(), 0);
}

TEST_F(LimitSupervisorTest, WhatCouldNotBeStoredIsFoundAgain) {
  Limit(200);
  MeasureAll(90);
  committer_.outcome = base::Unavailable("DATABASE_UNAVAILABLE", "away");
  EXPECT_THAT(Look(5), IsEmpty());
  EXPECT_GT(committer_.committed.size(), 1u) << "it was tried";
  committer_.outcome = absl::OkStatus();
  EXPECT_THAT(Look(1), ElementsAre(EventType::kLimitBreached, _, _, _, EventType::kLimitPut));
}

TEST(SupervisionSettingsTest, ModesAndNames) {
  EXPECT_EQ(*ParseSupervisionMode("report"), SupervisionMode::kReport);
  EXPECT_EQ(base::ReasonOf(ParseSupervisionMode("maybe").status()), "BAD_SETTING");
  EXPECT_EQ(SupervisionControlId("NORTH"), "SUPERVISION-NORTH");
  const std::string one = SupervisionControlId(std::string(63, 'A') + "B"),
                    other = SupervisionControlId(std::string(64, 'A'));
  EXPECT_EQ(one.size(), 64u);
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace derms::emergency
