#include "libs/domain/setpoint_words.h"

#include <gtest/gtest.h>

#include <cmath>

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);  // 2023-11-14 22:13:20 UTC

Control By(ControlSource source, std::string id, std::string issued_by) {
  Control control;
  control.source = source;
  control.control_id = std::move(id);
  control.issued_by = std::move(issued_by);
  control.issued_at = kNow;
  return control;
}
Control Schedule(double power_kw) {
  Control control = By(ControlSource::kSchedule, "RUN-1", "planner");
  control.power_kw = power_kw;
  return control;
}
Control Feeder(std::optional<double> min_kw, std::optional<double> max_kw) {
  Control control = By(ControlSource::kLimit, "FEEDER-12", "operator-1");
  control.primacy = 65;
  control.min_power_kw = min_kw;
  control.max_power_kw = max_kw;
  return control;
}
Control Disconnect() {
  Control control = By(ControlSource::kEmergency, "E-1", "operator-2");
  control.connect = false;
  return control;
}

std::string Described(const std::vector<Control>& controls) {
  return DescribeSetpoint(ResolveSetpoint({-50, 100}, controls, kNow), controls);
}

TEST(Words, SayWhoSetsThePowerAndWhoClipsIt) {
  EXPECT_EQ(Described({Schedule(55)}), "55 kW by schedule RUN-1 (planner)");
  EXPECT_EQ(Described({Schedule(54.1234567)}), "54.1234567 kW by schedule RUN-1 (planner)");
  EXPECT_EQ(Described({Schedule(55), Feeder({}, 40)}),
            "40 kW: 55 kW by schedule RUN-1 (planner), lowered to 40 kW by limit FEEDER-12 of primacy 65 (operator-1)");
  EXPECT_EQ(Described({Schedule(-80)}),
            "-50 kW: -80 kW by schedule RUN-1 (planner), raised to -50 kW, the least that the DER can do");
  EXPECT_EQ(
      Described({Schedule(55), Feeder(120, {})}),
      "100 kW: 55 kW by schedule RUN-1 (planner), raised to 120 kW by limit FEEDER-12 of primacy 65 (operator-1), "
      "lowered to 100 kW, the most that the DER can do");
  EXPECT_EQ(Described({Schedule(55), Disconnect()}),
            "0 kW: 55 kW by schedule RUN-1 (planner), disconnected by emergency order E-1 (operator-2)");
  EXPECT_EQ(Described({}), "0 kW by fail-safe, as nobody gives a set-point");
  EXPECT_EQ(Described({Disconnect()}),
            "0 kW by fail-safe, as nobody gives a set-point, disconnected by emergency order E-1 (operator-2)");
}

// The only loser of two controls.
std::string Lost(const std::vector<Control>& controls) {
  const EffectiveSetpoint setpoint = ResolveSetpoint({-50, 100}, controls, kNow);
  EXPECT_EQ(setpoint.losers.size(), 1u);
  return DescribeLoser(setpoint.losers.at(0), controls);
}

TEST(Words, SayWhyOthersDoNotCount) {
  Control instruction = By(ControlSource::kOperator, "I-7", "operator-1");
  instruction.power_kw = 10;
  const std::string schedule = "55 kW by schedule RUN-1 (planner) does not count: ";
  EXPECT_EQ(Lost({instruction, Schedule(55)}), schedule + "operator's instruction I-7 (operator-1) is stronger");

  Control later = Schedule(55);
  later.starts_at = kNow + absl::Minutes(1);
  EXPECT_EQ(Lost({later}), schedule + "it starts at 2023-11-14T22:14:20Z");
  Control over = Schedule(55);
  over.valid_until = kNow;
  EXPECT_EQ(Lost({over}), schedule + "it ended at 2023-11-14T22:13:20Z");
  EXPECT_EQ(Lost({Schedule(std::nan(""))}), "nan kW by schedule RUN-1 (planner) does not count: it is no number");

  Control newer = Schedule(20);
  newer.control_id = "RUN-2";
  EXPECT_EQ(Lost({Schedule(55), newer}),
            schedule + "schedule RUN-2 (planner) is as strong and as new and has the larger id");
  newer.issued_at += absl::Seconds(1);
  EXPECT_EQ(Lost({Schedule(55), newer}), schedule + "schedule RUN-2 (planner) is newer");

  Control wider = Feeder({}, 60);
  wider.primacy = 1;
  const std::string feeder = "limit FEEDER-12 of primacy 65 (operator-1)";
  const std::string wide = "limit FEEDER-12 of primacy 1 (operator-1)";
  EXPECT_EQ(Lost({wider, Feeder({}, 40)}), "at most 60 kW by " + wide + " does not count: " + feeder + " is tighter");
  EXPECT_EQ(Lost({wider, Feeder(70, {})}),
            "at least 70 kW by " + feeder + " does not count: " + wide + " is stronger and leaves no room for it");

  Control order = By(ControlSource::kEmergency, "E-1", "operator-2");
  order.power_kw = 90;
  order.override_limits = true;
  EXPECT_EQ(Lost({order, Feeder({}, 40)}),
            "at most 40 kW by " + feeder + " does not count: emergency order E-1 (operator-2) overrides limits");
  Control connect = By(ControlSource::kOwner, "", "owner-1");
  connect.connect = true;
  EXPECT_EQ(Lost({connect, Disconnect()}),
            "connect by owner's wish (owner-1) does not count: emergency order E-1 (operator-2) disconnects");
}

TEST(Words, SayWhenADerReturnsAndHowItRuns) {
  Control order = By(ControlSource::kEmergency, "E-1", "operator-2");
  order.returns_at = absl::FromUnixSeconds(1700000000);
  EXPECT_EQ(DescribeControl(order), "emergency order E-1 (operator-2), returning at 22:13:20Z");
  Control island = By(ControlSource::kEmergency, "E-2", "operator-2");
  island.mode = OperatingMode::kIslanded;
  const std::vector<Control> controls = {Schedule(55), island};
  EXPECT_EQ(DescribeSetpoint(ResolveSetpoint({.min_kw = 0, .max_kw = 100}, controls, kNow), controls),
            "55 kW by schedule RUN-1 (planner), ISLANDED by emergency order E-2 (operator-2)");
}

}  // namespace
}  // namespace derms::domain
