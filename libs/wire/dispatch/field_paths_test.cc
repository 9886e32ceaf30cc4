// What libs/dispatch finds wrong is told in fields that the request has.
#include "libs/wire/dispatch/field_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_split.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/base/error.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/validate.h"

namespace derms::wire {
namespace {

using dispatch::Device;
using dispatch::Problem;
using ::testing::ElementsAre;
using ::testing::StartsWith;

// One device of each kind behind each other, all in the one region.
Problem Valid() {
  Problem problem = dispatch::testing::SingleRegion({1, 2}, {0.1, 0.2});
  dispatch::testing::AddRenewable(problem, "SUN", {1, 1});
  problem.devices.push_back(dispatch::testing::Battery("BATT-4"));
  problem.devices.push_back({.id = "UNIT", .kind = dispatch::Unit{.max_kw = 5, .committable = true}});
  problem.devices.push_back({.id = "RIVER", .kind = dispatch::Hydro{.availability_kw = {.profile = 0}}});
  problem.devices.push_back({.id = "CAR", .kind = dispatch::FlexibleLoad{.energy_kwh = 1, .max_kw = 5}});
  return problem;
}

template <typename Kind>
Kind& Get(Problem& problem) {
  for (Device& device : problem.devices) {
    if (auto* kind = std::get_if<Kind>(&device.kind)) return *kind;
  }
  throw std::logic_error("no such device");
}

// Whether a path leads to a field of SolveDispatchRequest.
bool Exists(const std::string& path) {
  const google::protobuf::Descriptor* message = v1::SolveDispatchRequest::descriptor();
  const std::vector<std::string> steps = absl::StrSplit(path, '.');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string name = steps[i].substr(0, steps[i].find('['));
    const auto* field = message == nullptr ? nullptr : message->FindFieldByName(name);
    if (field == nullptr || (name.size() < steps[i].size() && !field->is_repeated())) return false;
    message = field->message_type();
  }
  return true;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

struct Case {
  const char* path;
  std::function<void(Problem&)> breaks;
};

TEST(FieldPaths, EveryRuleNamesAFieldOfTheRequest) {
  const Case cases[] = {
      {"problem.interval", [](Problem& p) { p.interval_length = absl::ZeroDuration(); }},
      {"problem.interval_count", [](Problem& p) { p.interval_count = 0; }},
      {"problem.carbon_cap_kg", [](Problem& p) { p.carbon_cap_kg = -1; }},
      {"problem.profiles[0].values[1]", [](Problem& p) { p.profiles[0][1] = -1; }},
      {"problem.profiles[0].values", [](Problem& p) { p.profiles[0] = {1}; }},
      {"problem.regions[0].demand_kw",
       [](Problem& p) {
         p.regions[0].demand_kw = {1, 2, 3};
       }},
      {"problem.regions[0].import_price_usd_per_kwh[1]",
       [](Problem& p) { p.regions[0].import_price_usd_per_kwh[1] = -9; }},
      {"problem.regions[0].parent_id", [](Problem& p) { p.regions[0].parent = 7; }},
      {"problem.regions[0].region_id", [](Problem& p) { p.regions[0].id.clear(); }},
      {"problem.devices[1].device_id", [](Problem& p) { p.devices[1].id.clear(); }},
      {"problem.devices[1].region_id", [](Problem& p) { p.devices[1].region = 3; }},
      {"problem.devices[0].renewable.availability_kw.scale",
       [](Problem& p) { Get<dispatch::Renewable>(p).availability_kw.scale = -1; }},
      {"problem.devices[0].renewable.availability_kw.profile_id",
       [](Problem& p) { Get<dispatch::Renewable>(p).availability_kw.profile = 9; }},
      {"problem.devices[1].storage.energy_min_kwh", [](Problem& p) { Get<dispatch::Storage>(p).energy_min_kwh = 1e6; }},
      {"problem.devices[1].storage.targets[0].interval",
       [](Problem& p) { Get<dispatch::Storage>(p).targets = {{.interval = 2}}; }},
      {"problem.devices[2].unit.start_costs[0].off_hours",
       [](Problem& p) { Get<dispatch::Unit>(p).start_costs = {{.off_hours = 1}}; }},
      {"problem.devices[2].unit.maintenance[0]",
       [](Problem& p) {
         Get<dispatch::Unit>(p).maintenance = {{1, 9}};
       }},
      {"problem.devices[2].unit.cost_pieces",
       [](Problem& p) { Get<dispatch::Unit>(p).cost_pieces = {{.up_to_kw = 1}}; }},
      {"problem.devices[3].hydro.min_kw", [](Problem& p) { Get<dispatch::Hydro>(p).min_kw = 2; }},
      {"problem.devices[4].flexible_load.window",
       [](Problem& p) {
         Get<dispatch::FlexibleLoad>(p).window = {1, 9};
       }},
  };
  ASSERT_EQ(dispatch::Validate(Valid()), absl::OkStatus());
  for (const Case& one : cases) {
    Problem problem = Valid();
    one.breaks(problem);
    const absl::Status status = InMessageFields(dispatch::Validate(problem), problem);
    EXPECT_EQ(base::ReasonOf(status), "INVALID_PROBLEM") << one.path;
    EXPECT_THAT(FieldsOf(status), ::testing::Contains(one.path));
    EXPECT_THAT(std::string(status.message()), StartsWith("problem."));
    for (const std::string& field : FieldsOf(status)) EXPECT_TRUE(Exists(field)) << field;
  }
}

TEST(FieldPaths, ConflictsNameFieldsTooAndKeepTheirWords) {
  Problem problem = Valid();
  Get<dispatch::Storage>(problem).final_energy_min_kwh = 400;
  const absl::Status reached = dispatch::CheckReachability(problem);
  ASSERT_EQ(base::ReasonOf(reached), "INFEASIBLE");
  const absl::Status status = InMessageFields(reached, problem);
  EXPECT_THAT(FieldsOf(status), ElementsAre("problem.devices[1].storage.final_energy_min_kwh"));
  EXPECT_EQ(status.message(), reached.message());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(FieldPaths, WhatIsNoFieldStaysAsItIs) {
  const absl::Status size = base::InvalidArgument("UNSUPPORTED_SIZE", "too large")
                                .Field("region limits, shared connections", "widen")
                                .Metadata("numbers", "7");
  const absl::Status status = InMessageFields(size, Valid());
  EXPECT_THAT(FieldsOf(status), ElementsAre("region limits, shared connections"));
  EXPECT_EQ(base::MetadataOf(status).size(), 1u);
  EXPECT_EQ(InMessageFields(absl::OkStatus(), Valid()), absl::OkStatus());
}

}  // namespace
}  // namespace derms::wire
