// SolveDispatch as its callers know it, with the real solvers.
#include "services/optimizer/solve_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/dispatch/portfolio.h"
#include "libs/server/testing/test_calls.h"
#include "libs/wire/convert_time.h"

namespace derms::optimizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A house for four hours: 5 kW of load, energy cheap at first and dear at the end, a battery of 10 kWh at half.
v1::SolveDispatchRequest House() {
  v1::SolveDispatchRequest request;
  v1::DispatchProblem& problem = *request.mutable_problem();
  problem.mutable_interval()->set_seconds(3600);
  problem.set_interval_count(4);
  v1::DispatchRegion& home = *problem.add_regions();
  home.set_region_id("home");
  home.add_demand_kw(5);
  for (const double price : {0.1, 0.1, 0.1, 0.4}) home.add_import_price_usd_per_kwh(price);
  v1::DispatchDevice& device = *problem.add_devices();
  device.set_device_id("BATTERY");
  v1::StorageModel& battery = *device.mutable_storage();
  battery.set_charge_max_kw(5);
  battery.set_discharge_max_kw(5);
  battery.set_energy_max_kwh(10);
  battery.set_initial_energy_kwh(5);
  battery.set_final_energy_min_kwh(5);
  return request;
}

server::Call NewCall(absl::Duration time = absl::Minutes(1)) {
  server::Call::Facts facts;
  facts.now = absl::Now();
  facts.deadline = facts.now + time;
  return server::Call(std::move(facts));
}

class SolveDispatchTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::SolveDispatchResponse> Solve(const v1::SolveDispatchRequest& request) {
    server::Call call = NewCall();
    return SolveHandlers(*solver_).SolveDispatch(call, request);
  }
  const std::unique_ptr<dispatch::Solver> solver_ = dispatch::MakePortfolio();
};

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

TEST_F(SolveDispatchTest, TheBatteryCarriesCheapEnergyToTheDearHour) {
  const auto answer = Solve(House());
  ASSERT_EQ(answer.status(), absl::OkStatus());
  const v1::DispatchSolution& solution = answer->solution();
  EXPECT_EQ(solution.status(), v1::SOLVE_STATUS_OPTIMAL);
  EXPECT_NEAR(solution.cost().total_usd(), 4 * 5 * 0.1, 1e-9);  // all 20 kWh at the cheap price
  EXPECT_NEAR(solution.devices(0).power_kw(3), 5, 1e-6);
  EXPECT_EQ(solution.devices(0).device_id(), "BATTERY");
  EXPECT_NEAR(solution.regions(0).net_import_kw(3), 0, 1e-6);
  const v1::DispatchCertificate& certificate = answer->certificate();
  EXPECT_EQ(certificate.bound_proof(), v1::BOUND_PROOF_RECOMPUTED);
  EXPECT_LE(certificate.lower_bound_usd(), certificate.cost_usd());
  EXPECT_LT(certificate.gap_usd(), 1e-6);
  EXPECT_FALSE(certificate.has_multipliers());
}

TEST_F(SolveDispatchTest, MultipliersComeWhenAskedFor) {
  v1::SolveDispatchRequest request = House();
  request.set_with_multipliers(true);
  const auto answer = Solve(request);
  ASSERT_EQ(answer.status(), absl::OkStatus());
  EXPECT_EQ(answer->certificate().multipliers().regions(0).balance_size(), 4);
}

TEST_F(SolveDispatchTest, ContradictionsAreNamedByTheFieldsOfTheRequest) {
  v1::SolveDispatchRequest request = House();
  request.mutable_problem()->mutable_devices(0)->mutable_storage()->set_energy_min_kwh(11);
  absl::Status status = Solve(request).status();
  EXPECT_EQ(base::ReasonOf(status), "INVALID_PROBLEM");
  EXPECT_THAT(FieldsOf(status), ElementsAre("problem.devices[0].storage.energy_min_kwh"));
  request.mutable_problem()->mutable_devices(0)->set_region_id("street");
  status = Solve(request).status();
  EXPECT_EQ(base::ReasonOf(status), "INVALID_PROBLEM");
  EXPECT_THAT(FieldsOf(status), ElementsAre("problem.devices[0].region_id"));
}

TEST_F(SolveDispatchTest, WhatCannotBeIsToldInWordsOrGivenUp) {
  v1::SolveDispatchRequest request = House();
  v1::StorageModel& battery = *request.mutable_problem()->mutable_devices(0)->mutable_storage();
  battery.set_charge_max_kw(1);
  battery.set_final_energy_min_kwh(10);
  const absl::Status status = Solve(request).status();
  EXPECT_EQ(base::ReasonOf(status), "INFEASIBLE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("storage BATTERY must end with 10 kWh but can reach 9 kWh"));
  EXPECT_THAT(FieldsOf(status), ElementsAre("problem.devices[0].storage.final_energy_min_kwh"));
  request.set_relax(true);
  const auto answer = Solve(request);
  ASSERT_EQ(answer.status(), absl::OkStatus());
  ASSERT_EQ(answer->solution().given_up_size(), 1);
  EXPECT_EQ(answer->solution().given_up(0).name(), "final_energy");
  EXPECT_NEAR(answer->solution().given_up(0).amount(), 1, 1e-5);
}

TEST_F(SolveDispatchTest, WhatNoMessageHoldsIsRefusedBeforeItIsRead) {
  v1::SolveDispatchRequest request = House();
  request.mutable_problem()->set_interval_count(10'000);
  for (int i = 0; i < 50; ++i) *request.mutable_problem()->add_profiles() = v1::DispatchProfile();
  EXPECT_EQ(base::ReasonOf(Solve(request).status()), "UNSUPPORTED_SIZE");
}

TEST_F(SolveDispatchTest, ACallerThatHasGoneEndsTheSolve) {
  server::Call call = NewCall();
  call.WatchCancellation(std::make_shared<std::atomic<bool>>(true));
  EXPECT_EQ(base::ReasonOf(SolveHandlers(*solver_).SolveDispatch(call, House()).status()), "CANCELLED");
}

// Notes what it is asked, answers with the portfolio's solution, spoiled if wanted.
class ListeningSolver final : public dispatch::Solver {
 public:
  std::string_view name() const override { return "listening"; }
  absl::StatusOr<dispatch::Solution> Solve(const dispatch::Problem& problem,
                                           const dispatch::SolveOptions& options) const override {
    asked = options;
    auto solution = dispatch::MakePortfolio()->Solve(problem, options);
    if (spoil && solution.ok()) solution->devices[0].power_kw[0] += 1;
    return solution;
  }
  mutable dispatch::SolveOptions asked;
  bool spoil = false;
};

TEST(SolveDispatchOptions, ComeFromTheRequestWithinTheDeadline) {
  const ListeningSolver solver;
  const SolveHandlers handlers(solver);
  server::Call call = NewCall(absl::Seconds(10));
  ASSERT_EQ(handlers.SolveDispatch(call, House()).status(), absl::OkStatus());
  EXPECT_LT(solver.asked.time_limit, absl::Seconds(9.01));  // a tenth is kept for the answer
  EXPECT_GT(solver.asked.time_limit, absl::Seconds(5));
  EXPECT_EQ(solver.asked.relative_gap, 1e-4);
  EXPECT_EQ(solver.asked.seed, 1u);

  v1::SolveDispatchRequest request = House();
  *request.mutable_time_limit() = wire::ToProto(absl::Milliseconds(250));
  request.set_relative_gap(0);
  request.set_seed(7);
  ASSERT_EQ(handlers.SolveDispatch(call, request).status(), absl::OkStatus());
  EXPECT_EQ(solver.asked.time_limit, absl::Milliseconds(250));
  EXPECT_EQ(solver.asked.relative_gap, 0);
  EXPECT_EQ(solver.asked.seed, 7u);
}

TEST(SolveDispatchOptions, AScheduleThatTheCheckerRefusesIsNotAnswered) {
  ListeningSolver solver;
  solver.spoil = true;
  server::Call call = NewCall();
  EXPECT_EQ(base::ReasonOf(SolveHandlers(solver).SolveDispatch(call, House()).status()), "SCHEDULE_REFUSED");
}

}  // namespace
}  // namespace derms::optimizer
