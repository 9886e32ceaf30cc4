// The grid of a run: conditions that are given, and how it is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/testing/fake_services.h"
#include "services/dermsctl/testing/run_dermsctl.h"

namespace derms::dermsctl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;

class GridConditionsTest : public ::testing::Test {
 protected:
  Outcome Dermsctl(std::vector<std::string> words) {
    words.insert(words.end(), {"--optimizer", server_.address(), "--ca", server_.ca_file()});
    return testing::RunDermsctl(words);
  }

  testing::Optimizer optimizer_;
  client::testing::TlsServer server_{&optimizer_};
};

TEST_F(GridConditionsTest, OptimizeTakesGridConditionsAndTellsTheGridOfEachRegion) {
  const Outcome outcome = Dermsctl({"optimize", "--grid-conditions", "NORTH:lowest_hz=59.5,lowest_pu=0.95",
                                    "--grid-conditions", "highest_hz=60.3,highest_pu=1.04"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto& conditions = optimizer_.requests.at(0).grid_conditions();
  ASSERT_EQ(conditions.size(), 2);
  EXPECT_EQ(conditions[0].region_id(), "NORTH");
  EXPECT_EQ(conditions[0].lowest_frequency_hz(), 59.5);
  EXPECT_EQ(conditions[0].lowest_voltage_pu(), 0.95);
  EXPECT_FALSE(conditions[0].has_highest_frequency_hz());
  EXPECT_EQ(conditions[1].region_id(), "") << "the area";
  EXPECT_EQ(conditions[1].highest_frequency_hz(), 60.3);
  EXPECT_EQ(conditions[1].highest_voltage_pu(), 1.04);
  for (const char* text : {"CA       59.50 to 60.00  MEASURED       1.000  NOMINAL            154.7 / 0.0",
                           "CA                 4  ", "0.60 / 1.00 / 0.25 / 0.50", "80.0 / 90.0"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
}

TEST_F(GridConditionsTest, GridConditionsNeedNamesAndNumbers) {
  for (const char* text : {"NORTH", "NORTH:", "lowest_hz", "lowest_hz=low", "NORTH:hz=60", "lowest_hz=59,", "a=b=c"}) {
    const Outcome outcome = Dermsctl({"optimize", "--grid-conditions", text});
    EXPECT_EQ(outcome.exit_code, 2) << text;
    EXPECT_THAT(outcome.err, HasSubstr("INVALID_GRID_CONDITIONS")) << text;
  }
  EXPECT_THAT(optimizer_.requests, IsEmpty());
}

}  // namespace
}  // namespace derms::dermsctl
