#include "services/registry/compliance_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "services/registry/compliance_evaluation.h"

namespace derms::registry {
namespace {

using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

// 100 kW of storage in category B III.
v1::GridNameplate Plate() {
  v1::GridNameplate plate;
  plate.set_p_max_kw(100);
  plate.set_s_max_kva(110);
  plate.set_q_inject_kvar(48.4);
  plate.set_q_absorb_kvar(48.4);
  plate.set_p_charge_kw(100);
  plate.set_s_charge_kva(110);
  plate.set_normal_category(v1::NORMAL_CATEGORY_B);
  plate.set_abnormal_category(v1::ABNORMAL_CATEGORY_III);
  return plate;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

// Keeps what the handlers write, as the database would.
class ComplianceHandlersTest : public ::testing::Test {
 protected:
  ComplianceHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
    ON_CALL(queries_, GetGridRecord(std::string_view("BAT_1"), _)).WillByDefault([this] { return stored_; });
    EXPECT_CALL(queries_, GetGridRecord).Times(::testing::AnyNumber());
  }
  template <typename Response>
  absl::StatusOr<Response> Commit(absl::StatusOr<server::Plan<Response>> plan) {
    if (!plan.ok()) return plan.status();
    for (const auto& write : plan->mutation.writes) {
      const auto& insert = std::get<store::GridRecordInsert>(write);
      const bool new_plate = !stored_ || stored_->nameplate_revision != insert.record().nameplate_revision;
      EXPECT_EQ(insert.reached_kw().has_value(), new_plate) << "a new nameplate says what it was checked for";
      stored_ = insert.record();
    }
    events_.insert(events_.end(), plan->mutation.events.begin(), plan->mutation.events.end());
    return plan->response;
  }
  absl::StatusOr<v1::PutNameplateResponse> PutNameplate(const v1::GridNameplate& plate, bool validate_only = false,
                                                        std::int64_t expected = 0, domain::Caller caller = Owner()) {
    v1::PutNameplateRequest request;
    request.set_der_id("BAT_1");
    *request.mutable_nameplate() = plate;
    request.set_validate_only(validate_only);
    request.set_expected_revision(expected);
    server::Call call = CallAs(std::move(caller));
    return Commit(handlers_.PutNameplate(call, request));
  }
  absl::StatusOr<v1::PutSettingsResponse> PutSettings(const v1::GridSettings& settings, bool validate_only = false) {
    v1::PutSettingsRequest request;
    request.set_der_id("BAT_1");
    *request.mutable_settings() = settings;
    request.set_validate_only(validate_only);
    server::Call call = CallAs(Operator());
    return Commit(handlers_.PutSettings(call, request));
  }
  absl::StatusOr<v1::GetGridSettingsResponse> Get(domain::Caller caller = Owner()) {
    v1::GetGridSettingsRequest request;
    request.set_der_id("BAT_1");
    server::Call call = CallAs(std::move(caller));
    return handlers_.GetGridSettings(call, request);
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::StrictMock<server::testing::MockQueries> queries_;
  const gridcode::ProfileShelf profiles_;
  ComplianceHandlers handlers_{fleet_, queries_, ids_, profiles_};
  std::optional<domain::GridRecord> stored_;
  std::vector<domain::Event> events_;
};

TEST_F(ComplianceHandlersTest, ANameplateIsKeptInRevisionsAndDefaultsHold) {
  EXPECT_EQ(base::ReasonOf(Get().status()), "NAMEPLATE_NOT_FOUND");
  const auto first = PutNameplate(Plate());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->record().nameplate_revision(), 1);
  EXPECT_EQ(first->record().settings_revision(), 0);
  EXPECT_EQ(first->record().profile_id(), "IEEE1547-2018");
  EXPECT_EQ(first->record().settings().trip().uv1_s(), 21) << "the default of category III";
  v1::GridNameplate corrected = Plate();
  corrected.set_serial_number("S-7");
  EXPECT_EQ(PutNameplate(corrected)->record().nameplate_revision(), 2);
  EXPECT_EQ(PutNameplate(corrected)->record().nameplate_revision(), 2) << "nothing changed";
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[1].type, domain::EventType::kNameplatePut);
  EXPECT_EQ(events_[1].summary, "Nameplate revision 2 of DER BAT_1 was put.");
  const auto read = Get();
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->record().nameplate().serial_number(), "S-7");
  EXPECT_THAT(read->findings(), IsEmpty());
}

TEST_F(ComplianceHandlersTest, ANameplateThatTheCategoryDoesNotAllowIsRefusedWithRuleLimitAndRemedy) {
  v1::GridNameplate weak = Plate();
  weak.set_q_absorb_kvar(20);
  const absl::Status refused = PutNameplate(weak).status();
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_NAMEPLATE");
  EXPECT_THAT(FieldsOf(refused), ElementsAre("nameplate.q_absorb_kvar"));
  EXPECT_THAT(base::MetadataOf(refused), ::testing::Contains(std::pair<std::string, std::string>("rule", "E2")));
  EXPECT_THAT(base::MetadataOf(refused), ::testing::Contains(std::pair<std::string, std::string>("observed", "20")));
  v1::GridNameplate small = Plate();
  small.set_p_max_kw(99);
  EXPECT_THAT(FieldsOf(PutNameplate(small).status()), ElementsAre("nameplate.p_max_kw")) << "registered with 100 kW";
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(ComplianceHandlersTest, CategoriesThatAreMissingAreAssumedAndSaid) {
  v1::GridNameplate plate = Plate();
  plate.clear_normal_category();
  const auto answer = PutNameplate(plate);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->findings_size(), 1);
  EXPECT_EQ(answer->findings(0).rule(), "W4");
  EXPECT_EQ(answer->record().settings().volt_var().q1_pu(), 0.25) << "category A";
}

TEST_F(ComplianceHandlersTest, SettingsAreAdoptedAsASetOverTheDefaults) {
  EXPECT_EQ(base::ReasonOf(PutSettings({}).status()), "NAMEPLATE_MISSING");
  ASSERT_TRUE(PutNameplate(Plate()).ok());
  v1::GridSettings settings;
  settings.mutable_volt_var()->set_enabled(true);
  settings.mutable_volt_var()->set_v1_pu(0.9);
  const auto first = PutSettings(settings);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->record().settings_revision(), 1);
  EXPECT_EQ(first->record().revision(), 2);
  EXPECT_EQ(first->record().settings().volt_var().v1_pu(), 0.9);
  EXPECT_EQ(first->record().settings().volt_var().v4_pu(), 1.08);
  EXPECT_EQ(events_.back().type, domain::EventType::kGridSettingsPut);
  v1::GridSettings other;
  other.mutable_volt_watt()->set_enabled(true);
  const auto second = PutSettings(other);
  EXPECT_FALSE(second->record().settings().volt_var().enabled()) << "a set: what is absent is the default again";
  EXPECT_EQ(PutSettings(other)->record().revision(), 3) << "nothing changed";
  EXPECT_EQ(PutSettings(settings, true)->record().revision(), 4) << "validate_only";
  EXPECT_EQ(stored_->revision, 3);
}

TEST_F(ComplianceHandlersTest, SettingsThatBreakRulesAreRefusedWithEveryField) {
  ASSERT_TRUE(PutNameplate(Plate()).ok());
  v1::GridSettings settings;
  settings.mutable_trip()->set_ov2_pu(1.3);
  settings.mutable_droop()->set_k_of(0.01);
  settings.mutable_volt_var()->set_enabled(true);
  settings.mutable_constant_pf()->set_enabled(true);
  const absl::Status refused = PutSettings(settings).status();
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_SETTINGS");
  EXPECT_THAT(FieldsOf(refused), ::testing::UnorderedElementsAre("settings.droop.k_of", "settings.trip.ov2_pu",
                                                                 "settings.volt_var.enabled"));
  EXPECT_THAT(base::ViolationsOf(refused)[0].description, HasSubstr("must be 0.02 to 0.05"));
}

TEST_F(ComplianceHandlersTest, WarningsComeBack) {
  ASSERT_TRUE(PutNameplate(Plate()).ok());
  v1::GridSettings settings;
  settings.mutable_trip()->set_of1_s(200);
  const auto answer = PutSettings(settings);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->findings_size(), 1);
  EXPECT_EQ(answer->findings(0).rule(), "W1");
  EXPECT_EQ(answer->findings(0).field(), "settings.trip.of1_s");
  EXPECT_EQ(Get()->findings_size(), 1);
}

TEST_F(ComplianceHandlersTest, ANewNameplateMustFitWhatWasAdopted) {
  ASSERT_TRUE(PutNameplate(Plate()).ok());
  v1::GridSettings settings;
  settings.mutable_ratings()->set_s_max_kva(108);
  ASSERT_TRUE(PutSettings(settings).ok());
  v1::GridNameplate smaller = Plate();
  smaller.set_s_max_kva(105);
  const absl::Status refused = PutNameplate(smaller).status();
  EXPECT_EQ(base::ReasonOf(refused), "SETTINGS_DO_NOT_FIT");
  EXPECT_THAT(FieldsOf(refused), ElementsAre("settings.ratings.s_max_kva"));
}

TEST_F(ComplianceHandlersTest, RevisionsAndRightsAreHeld) {
  ASSERT_TRUE(PutNameplate(Plate()).ok());
  v1::GridNameplate other = Plate();
  other.set_model("X");
  EXPECT_EQ(base::ReasonOf(PutNameplate(other, false, 7).status()), "REVISION_MISMATCH");
  EXPECT_TRUE(PutNameplate(other, false, 1).ok());
  EXPECT_EQ(base::ReasonOf(PutNameplate(other, false, 0, Owner("owner-2")).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Get(Owner("owner-2")).status()), "UNAUTHORIZED");
  EXPECT_TRUE(Get(Admin()).ok());
}

TEST_F(ComplianceHandlersTest, AnUnreadableRowIsADefectAndNoCrash) {
  stored_ = domain::GridRecord{.der_id = "BAT_1", .revision = 1, .profile_id = "IEEE1547-2018", .nameplate_json = "["};
  EXPECT_EQ(base::ReasonOf(Get().status()), "GRID_RECORD_UNREADABLE");
}

class EvaluationTest : public ::testing::Test {
 protected:
  EvaluationTest() { *request_.mutable_nameplate() = Plate(); }
  absl::StatusOr<v1::EvaluateGridSupportResponse> Evaluate() {
    server::Call call = CallAs(Owner());
    return evaluation_.EvaluateGridSupport(call, request_);
  }
  v1::GridSample& Add(double time_s, double v_pu, double f_hz) {
    v1::GridSample& sample = *request_.add_samples();
    sample.set_time_s(time_s);
    sample.set_v_pu(v_pu);
    sample.set_f_hz(f_hz);
    return sample;
  }
  const gridcode::ProfileShelf profiles_;
  const ComplianceEvaluation evaluation_{profiles_};
  v1::EvaluateGridSupportRequest request_;
};

TEST_F(EvaluationTest, PointsAreSteadyStates) {
  request_.mutable_settings()->mutable_volt_var()->set_enabled(true);
  request_.set_steady_state(true);
  Add(5, 0.95, 60).set_available_kw(50);
  Add(0, 1.08, 60.3);
  const auto answer = Evaluate();
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->answers_size(), 2);
  EXPECT_NEAR(answer->answers(0).p_kw(), 50, 1e-9);
  EXPECT_NEAR(answer->answers(0).q_kvar(), 0.22 * 110, 1e-9);
  EXPECT_EQ(answer->answers(0).reactive_mode(), v1::REACTIVE_MODE_VOLT_VAR);
  EXPECT_NEAR(answer->answers(1).p_kw(), 100 - 8.8, 1e-6) << "of its rated power, which is assumed to be available";
  EXPECT_EQ(answer->answers(1).power_cause(), v1::POWER_CAUSE_DROOP);
  EXPECT_EQ(answer->profile_id(), "IEEE1547-2018");
}

TEST_F(EvaluationTest, ASeriesTripsAndSaysWhen) {
  Add(0, 1, 60);
  Add(10, 0.4, 60);
  Add(13, 1, 60);
  const auto answer = Evaluate();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->answers(1).operation(), v1::GRID_OPERATION_MOMENTARY_CESSATION);
  EXPECT_EQ(answer->answers(2).tripped_by(), "UV2");
  EXPECT_NEAR(answer->answers(2).tripped_at_s(), 12, 1e-9);
  EXPECT_EQ(answer->answers(2).operation(), v1::GRID_OPERATION_WAITING);
}

TEST_F(EvaluationTest, WhatCannotBeIsRefusedByName) {
  Add(1, 1, 60);
  Add(0.5, 1, 60);
  EXPECT_EQ(base::ReasonOf(Evaluate().status()), "INVALID_SAMPLES");
  EXPECT_THAT(FieldsOf(Evaluate().status()), ElementsAre("samples[1].time_s"));
  request_.mutable_settings()->mutable_droop()->set_k_of(0);
  EXPECT_EQ(base::ReasonOf(Evaluate().status()), "INVALID_SETTINGS");
  request_.mutable_nameplate()->set_q_inject_kvar(0);
  EXPECT_EQ(base::ReasonOf(Evaluate().status()), "INVALID_NAMEPLATE");
  request_.set_der_type(v1::DER_TYPE_HYDRO);
  EXPECT_EQ(base::ReasonOf(Evaluate().status()), "INVALID_SETTINGS") << "a machine may have no reactive power";
  request_.set_profile_id("VDE-AR-N-4105");
  EXPECT_EQ(base::ReasonOf(Evaluate().status()), "UNKNOWN_PROFILE");
}

}  // namespace
}  // namespace derms::registry
