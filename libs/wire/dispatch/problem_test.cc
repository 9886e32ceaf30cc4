// Problems keep everything on their way through protobuf, and say where they are wrong.
#include "libs/wire/dispatch/problem.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/base/error.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/validate.h"
#include "libs/wire/validate.h"

namespace derms::wire {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

#define EXPECT_SAME(a, b) \
  EXPECT_TRUE(MessageDifferencer::Equals(a, b)) << (a).DebugString() << "---\n" << (b).DebugString()

// Gives every number, switch and list of a message a value of its own that no default has; texts stay empty.
void Fill(Message& message, int& counter) {
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->real_containing_oneof() != nullptr) continue;
    ++counter;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE:
        if (!field->is_repeated()) {
          reflection.SetDouble(&message, field, counter + 0.5);
          break;
        }
        reflection.AddDouble(&message, field, counter + 0.25);
        reflection.AddDouble(&message, field, counter + 0.75);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection.SetInt32(&message, field, counter);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(&message, field, counter);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(&message, field, !field->has_presence());  // an optional one is true when absent
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(field->is_repeated() ? *reflection.AddMessage(&message, field)
                                  : *reflection.MutableMessage(&message, field),
             counter);
        break;
      default:
        break;
    }
  }
}

v1::DispatchDevice& AddDevice(v1::DispatchProblem& problem, const std::string& id) {
  v1::DispatchDevice& device = *problem.add_devices();
  device.set_device_id(id);
  device.set_region_id("part");
  device.set_reserve_up(false);
  device.set_reserve_down(false);
  return device;
}

// Every field of the schema set; two regions, a profile and a device of each kind.
v1::DispatchProblem FullProblem() {
  v1::DispatchProblem problem;
  int counter = 0;
  Fill(problem, counter);
  problem.set_interval_count(2);
  problem.mutable_profiles(0)->set_profile_id("profile-0");
  problem.mutable_regions(0)->set_region_id("root");
  Fill(*problem.add_regions(), counter);
  problem.mutable_regions(1)->set_region_id("part");
  problem.mutable_regions(1)->set_parent_id("root");
  problem.clear_devices();
  Fill(*AddDevice(problem, "sun").mutable_renewable(), counter);
  Fill(*AddDevice(problem, "store").mutable_storage(), counter);
  Fill(*AddDevice(problem, "unit").mutable_unit(), counter);
  Fill(*AddDevice(problem, "river").mutable_hydro(), counter);
  Fill(*AddDevice(problem, "car").mutable_flexible_load(), counter);
  const auto name = [](v1::ScaledProfile* profile) { profile->set_profile_id("profile-0"); };
  name(problem.mutable_devices(0)->mutable_renewable()->mutable_availability_kw());
  name(problem.mutable_devices(1)->mutable_storage()->mutable_inflow_kw());
  name(problem.mutable_devices(3)->mutable_hydro()->mutable_availability_kw());
  return problem;
}

dispatch::Problem Read(const v1::DispatchProblem& message) {
  auto problem = FromProto(message);
  EXPECT_EQ(problem.status(), absl::OkStatus());
  return problem.ok() ? *std::move(problem) : dispatch::Problem();
}

TEST(DispatchProblem, EveryFieldSurvivesBothWays) {
  EXPECT_SAME(FullProblem(), ToProto(Read(FullProblem())));
}

TEST(DispatchProblem, FieldsMeanWhatTheyAreCalled) {
  const v1::DispatchProblem message = FullProblem();
  const dispatch::Problem problem = Read(message);
  EXPECT_EQ(problem.interval_length, absl::Seconds(2) + absl::Nanoseconds(3));  // as Fill counts
  EXPECT_EQ(problem.regions[1].parent, 0);
  EXPECT_EQ(problem.regions[1].export_limit_kw[1], message.regions(1).export_limit_kw(1));
  EXPECT_EQ(problem.devices[1].region, 1);
  EXPECT_FALSE(problem.devices[1].reserve_down);
  const auto& store = std::get<dispatch::Storage>(problem.devices[1].kind);
  EXPECT_EQ(store.energy_max_kwh, message.devices(1).storage().energy_max_kwh());
  EXPECT_EQ(store.inflow_kw->scale, message.devices(1).storage().inflow_kw().scale());
  EXPECT_EQ(store.targets[0].at_most_kwh, message.devices(1).storage().targets(0).at_most_kwh());
  const auto& unit = std::get<dispatch::Unit>(problem.devices[2].kind);
  EXPECT_EQ(unit.start_costs[0].off_hours, message.devices(2).unit().start_costs(0).off_hours());
  EXPECT_EQ(unit.maintenance[0].end, message.devices(2).unit().maintenance(0).end());
  EXPECT_EQ(std::get<dispatch::FlexibleLoad>(problem.devices[4].kind).window.first,
            message.devices(4).flexible_load().window().first());
}

TEST(DispatchProblem, WhatIsNotGivenHasItsDefault) {
  v1::DispatchProblem message;
  message.set_interval_count(3);
  message.add_regions()->set_region_id("home");
  message.add_devices()->mutable_storage();
  message.add_devices()->mutable_unit();
  message.mutable_devices(1)->set_device_id("unit");
  message.mutable_devices(0)->mutable_storage()->add_targets();
  const dispatch::Problem problem = Read(message), fresh;
  EXPECT_EQ(problem.value_of_lost_load_usd_per_kwh, fresh.value_of_lost_load_usd_per_kwh);
  EXPECT_EQ(problem.reserve_up_price_usd_per_kwh, fresh.reserve_up_price_usd_per_kwh);
  EXPECT_EQ(problem.carbon_cap_kg, std::nullopt);
  EXPECT_EQ(problem.devices[0].region, 0);
  EXPECT_TRUE(problem.devices[0].reserve_up);
  const auto& store = std::get<dispatch::Storage>(problem.devices[0].kind);
  EXPECT_EQ(store.charge_efficiency, 1.0);
  EXPECT_TRUE(store.one_direction);
  EXPECT_EQ(store.targets[0].at_most_kwh, dispatch::kUnlimited);
  const auto& unit = std::get<dispatch::Unit>(problem.devices[1].kind);
  EXPECT_EQ(unit.ramp_up_kw_per_min, dispatch::kUnlimited);
  EXPECT_EQ(unit.initial_kw, std::nullopt);
}

TEST(DispatchProblem, OneValueHoldsInAllIntervalsAndALargeOneIsNoLimit) {
  v1::DispatchProblem message;
  message.set_interval_count(3);
  v1::DispatchRegion& home = *message.add_regions();
  home.set_region_id("home");
  home.add_demand_kw(7);
  for (const double limit : {5.0, 1e12, 6.0}) home.add_import_limit_kw(limit);
  const dispatch::Problem problem = Read(message);
  EXPECT_THAT(problem.regions[0].demand_kw, ElementsAre(7, 7, 7));
  EXPECT_THAT(problem.regions[0].import_limit_kw, ElementsAre(5, dispatch::kUnlimited, 6));
  EXPECT_THAT(ToProto(problem).regions(0).import_limit_kw(), ElementsAre(5, 1e12, 6));
}

TEST(DispatchProblem, WrongReferencesAreNamed) {
  v1::DispatchProblem message = FullProblem();
  message.mutable_regions(1)->set_parent_id("nowhere");
  message.mutable_devices(0)->set_region_id("elsewhere");
  message.mutable_devices(1)->mutable_storage()->mutable_inflow_kw()->set_profile_id("moon");
  message.mutable_devices(3)->set_device_id("store");
  message.mutable_devices(4)->clear_kind();
  const absl::Status status = FromProto(message).status();
  EXPECT_EQ(base::ReasonOf(status), "INVALID_PROBLEM");
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("problem.regions[1].parent_id", "problem.devices[3].device_id",
                                  "problem.devices[0].region_id", "problem.devices[1].storage.inflow_kw.profile_id",
                                  "problem.devices[4]"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("there is no nowhere"));
}

TEST(DispatchProblem, RandomProblemsPassTheRulesOfTheSchemaAndStayTheSame) {
  const Validator rules;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    dispatch::Problem problem = dispatch::testing::RandomProblem(seed, {.committable_units = true,
                                                                        .storage_plans = true,
                                                                        .unit_times = true,
                                                                        .quadratic = true,
                                                                        .budgets = true,
                                                                        .flexible_loads = true,
                                                                        .carbon_cap = true});
    for (dispatch::Region& region : problem.regions) absl::StrReplaceAll({{"/", "."}}, &region.id);
    v1::SolveDispatchRequest request;
    *request.mutable_problem() = ToProto(problem);
    EXPECT_EQ(rules.Check(request), absl::OkStatus());
    const dispatch::Problem again = Read(request.problem());
    EXPECT_SAME(request.problem(), ToProto(again));
    EXPECT_EQ(dispatch::Validate(again), absl::OkStatus());
  }
}

}  // namespace
}  // namespace derms::wire
