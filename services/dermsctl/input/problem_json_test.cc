#include "services/dermsctl/input/problem_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "libs/base/error.h"

namespace derms::dermsctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<v1::DispatchProblem> Read(const std::string& text) {
  std::istringstream in(text);
  return ReadProblem("-", in);
}

std::string ErrorOf(const std::string& text) {
  const absl::Status status = Read(text).status();
  EXPECT_EQ(base::ReasonOf(status), "INVALID_JSON") << text;
  return std::string(status.message());
}

TEST(ProblemJson, BothSpellingsOfNamesAreRead) {
  const auto problem = Read(R"({"interval_count": 2, "interval": "900s", "valueOfLostLoadUsdPerKwh": 5})");
  ASSERT_EQ(problem.status(), absl::OkStatus());
  EXPECT_EQ(problem->interval_count(), 2);
  EXPECT_EQ(problem->interval().seconds(), 900);
  EXPECT_EQ(problem->value_of_lost_load_usd_per_kwh(), 5);
}

TEST(ProblemJson, WhatIsNoJsonIsNamedByLineAndColumn) {
  EXPECT_THAT(ErrorOf("{\n  \"interval_count\": 2,\n  \"regions\": [}\n"),
              AllOf(HasSubstr("standard input"), HasSubstr("line 3, column 15")));
  EXPECT_THAT(ErrorOf(""), HasSubstr("line 1, column 1"));
  EXPECT_THAT(ErrorOf("{\"interval_count\": NaN}"), HasSubstr("line 1"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("object"));
}

TEST(ProblemJson, FieldsThatDoNotExistOrTakeOtherValuesAreNamedWithTheirPlace) {
  EXPECT_THAT(ErrorOf(R"({"devices": [{"storage": {}}, {"storage": {"energy_maximum": 1}}]})"),
              AllOf(HasSubstr("devices[1].storage"), HasSubstr("energy_maximum")));
  EXPECT_THAT(ErrorOf(R"({"devices": [{"unit": {"min_kw": "much"}}]})"),
              AllOf(HasSubstr("devices[0].unit.min_kw"), HasSubstr("much")));
  EXPECT_THAT(ErrorOf(R"({"devices": [{"unit": {}, "hydro": {}}]})"), HasSubstr("devices[0]"));
}

TEST(ProblemJson, AFileThatIsNotThereIsNotFound) {
  std::istringstream unused;
  EXPECT_EQ(base::ReasonOf(ReadProblem("/nowhere/problem.json", unused).status()), "FILE_NOT_FOUND");
}

}  // namespace
}  // namespace derms::dermsctl
