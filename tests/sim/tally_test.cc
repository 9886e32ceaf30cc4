#include "tests/sim/tally.h"

#include <gtest/gtest.h>

namespace derms::sim {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1'800'000'000);

TEST(Tally, PercentilesAreOfWhatWasSeen) {
  EXPECT_EQ(Percentile({}, 0.5), 0);
  EXPECT_EQ(Percentile({5}, 0.99), 5);
  std::vector<float> hundred;
  for (int i = 100; i > 0; --i) hundred.push_back(static_cast<float>(i));
  EXPECT_EQ(Percentile(hundred, 0.5), 50);
  EXPECT_EQ(Percentile(hundred, 0.99), 99);
  EXPECT_EQ(Percentile(hundred, 1), 100);
}

TEST(Tally, HeartbeatsSayNothingAboutDelays) {
  Tally tally;
  tally.Heard({}, absl::Seconds(9));
  v1::WatchSetpointsResponse message;
  message.add_setpoints();
  tally.Heard(message, absl::Milliseconds(20));
  const auto json = tally.ToJson();
  EXPECT_EQ(json["messages_heard"], 2);
  EXPECT_EQ(json["setpoints_heard"], 1);
  EXPECT_EQ(json["heard_after_ms"]["max"], 20);
}

TEST(Tally, AnOrderIsFollowedFromHearingToTheLastAnswer) {
  Tally tally;
  tally.HeardOrder("order", 2, kNoon);
  tally.HeardOrder("order", 1, kNoon + absl::Seconds(1));
  v1::AcknowledgeInstructionsRequest said;
  v1::AcknowledgeInstructionsResponse answer;
  for (const char* der_id : {"A", "B", "A"}) {
    auto& item = *said.add_items();
    item.set_der_id(der_id);
    item.set_source(v1::CONTROL_SOURCE_EMERGENCY);
    item.set_control_id("order");
    answer.add_results();
  }
  answer.mutable_results(1)->mutable_error()->set_code(9);
  tally.Acknowledged(said, answer, kNoon + absl::Seconds(3));
  tally.Acknowledged(said, answer, kNoon + absl::Seconds(5));
  const auto order = tally.ToJson()["orders"].at(0);
  EXPECT_EQ(order["gateways"], 2);
  EXPECT_EQ(order["ders"], 3);
  EXPECT_EQ(order["acknowledged"], 1) << "B was refused, A counts once";
  EXPECT_EQ(order["last_heard"], 1'800'000'001);
  EXPECT_EQ(order["last_acknowledged"], 1'800'000'003) << "the first answer to each";
  EXPECT_EQ(tally.ToJson()["acknowledgements_sent"], 6);
}

}  // namespace
}  // namespace derms::sim
