#include "libs/wire/convert_grid.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libs/gridcode/setting_table.h"
#include "libs/gridcode/testing/samples.h"

namespace derms::wire {
namespace {

using google::protobuf::FieldDescriptor;

// Paths of all numbers and flags of GridSettings.
std::set<std::string> SchemaPaths() {
  std::set<std::string> paths;
  const auto* settings = v1::GridSettings::descriptor();
  for (int i = 0; i < settings->field_count(); ++i) {
    const FieldDescriptor* group = settings->field(i);
    if (group->message_type() == nullptr) {
      paths.insert(group->name());
      continue;
    }
    for (int k = 0; k < group->message_type()->field_count(); ++k) {
      paths.insert(group->name() + "." + group->message_type()->field(k)->name());
    }
  }
  return paths;
}

TEST(ConvertGrid, SchemaAndSettingTableNameTheSameSettings) {
  std::set<std::string> table;
  for (const auto& number : gridcode::SettingNumbers()) table.emplace(number.name);
  for (const auto& flag : gridcode::SettingFlags()) table.emplace(flag.name);
  EXPECT_EQ(SchemaPaths(), table);
}

TEST(ConvertGrid, SchemaHasEveryNumberOfTheNameplate) {
  for (const auto& number : gridcode::NameplateNumbers()) {
    const FieldDescriptor* field = v1::GridNameplate::descriptor()->FindFieldByName(std::string(number.name));
    ASSERT_NE(field, nullptr) << number.name;
    EXPECT_EQ(field->cpp_type(), FieldDescriptor::CPPTYPE_DOUBLE) << number.name;
  }
}

TEST(ConvertGrid, SettingsComeBackTheSame) {
  gridcode::Settings settings = gridcode::testing::Ieee1547().Defaults(
      gridcode::testing::StorageOf(gridcode::NormalCategory::kB, gridcode::AbnormalCategory::kII));
  settings.volt_var.enabled = settings.watt_priority = true;
  settings.enter_service.permit = false;
  const v1::GridSettings message = ToProto(gridcode::AllOf(settings));
  EXPECT_TRUE(message.has_watt_priority());
  EXPECT_EQ(message.trip().uv1_s(), 10);
  EXPECT_TRUE(gridcode::WithGiven({}, FromProto(message)) == settings);
}

TEST(ConvertGrid, WhatIsAbsentIsNotGivenAndZeroIs) {
  v1::GridSettings message;
  message.mutable_constant_q()->set_q_pu(0);
  message.mutable_droop()->set_enabled(false);
  message.mutable_trip();
  const gridcode::GivenSettings given = FromProto(message);
  ASSERT_EQ(given.numbers.size(), 1u);
  EXPECT_EQ(given.numbers[0].first, "constant_q.q_pu");
  ASSERT_EQ(given.flags.size(), 1u);
  EXPECT_FALSE(given.flags[0].second);
}

TEST(ConvertGrid, NameplatesComeBackTheSame) {
  gridcode::Nameplate plate =
      gridcode::testing::StorageOf(gridcode::NormalCategory::kA, gridcode::AbnormalCategory::kIII);
  plate.supported_modes = {"QV", "PF"};
  plate.model = "Roof";
  EXPECT_TRUE(FromProto(ToProto(plate)) == plate);
  plate.normal.reset();
  plate.abnormal.reset();
  EXPECT_TRUE(FromProto(ToProto(plate)) == plate);
}

TEST(ConvertGrid, ASampleLeavesOutWhatIsNominal) {
  v1::GridSample sample;
  const gridcode::GridSample nominal = FromProto(sample, 50, 70);
  EXPECT_EQ(nominal.point.v_pu, 1);
  EXPECT_EQ(nominal.point.f_hz, 50);
  EXPECT_EQ(nominal.point.available_kw, 70);
  EXPECT_FALSE(nominal.point.operating_kw);
  sample.set_v_pu(0);
  sample.set_operating_kw(-5);
  EXPECT_EQ(FromProto(sample, 50, 70).point.v_pu, 0);
  EXPECT_EQ(FromProto(sample, 50, 70).point.operating_kw, -5);
}

TEST(ConvertGrid, EnumsHaveTheSameNumbers) {
  gridcode::GridSupport support;
  support.state.operation = gridcode::Operation::kEntering;
  support.cause = gridcode::PowerCause::kState;
  support.mode = gridcode::ReactiveMode::kWattVar;
  const v1::GridSupport message = ToProto(support, 3);
  EXPECT_EQ(message.operation(), v1::GRID_OPERATION_ENTERING);
  EXPECT_EQ(message.power_cause(), v1::POWER_CAUSE_STATE);
  EXPECT_EQ(message.reactive_mode(), v1::REACTIVE_MODE_WATT_VAR);
  support.state.operation = gridcode::Operation::kContinuous;
  support.cause = gridcode::PowerCause::kVoltWatt;
  support.mode = gridcode::ReactiveMode::kConstantPf;
  EXPECT_EQ(ToProto(support, 3).operation(), v1::GRID_OPERATION_CONTINUOUS);
  EXPECT_EQ(ToProto(support, 3).power_cause(), v1::POWER_CAUSE_VOLT_WATT);
  EXPECT_EQ(ToProto(support, 3).reactive_mode(), v1::REACTIVE_MODE_CONSTANT_PF);
}

}  // namespace
}  // namespace derms::wire
