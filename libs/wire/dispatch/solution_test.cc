// Solutions keep everything on their way through protobuf: whoever gets one can judge it himself.
#include "libs/wire/dispatch/solution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/wire/dispatch/certificate.h"
#include "libs/wire/dispatch/problem.h"

namespace derms::wire {
namespace {

using dispatch::BoundKind;
using dispatch::Certificate;
using dispatch::Check;
using dispatch::Problem;
using dispatch::Solution;

constexpr dispatch::testing::RandomShape kEverything{.intervals = 8,
                                                     .devices = 8,
                                                     .committable_units = true,
                                                     .storage_plans = true,
                                                     .unit_times = true,
                                                     .budgets = true,
                                                     .flexible_loads = true,
                                                     .carbon_cap = true};

Solution Solve(const Problem& problem, const dispatch::SolveOptions& options = {}) {
  auto solution = dispatch::MakePortfolio()->Solve(problem, options);
  EXPECT_EQ(solution.status(), absl::OkStatus());
  return solution.ok() ? *std::move(solution) : Solution();
}

// As bytes over the network and back.
Solution Sent(const Problem& problem, const Solution& solution) {
  v1::DispatchSolution message;
  v1::DispatchCertificate certificate;
  EXPECT_TRUE(message.ParseFromString(ToProto(problem, solution).SerializeAsString()));
  EXPECT_TRUE(certificate.ParseFromString(CertificateOf(problem, solution, true).SerializeAsString()));
  return FromProto(problem, message, certificate);
}

TEST(DispatchSolution, IsAcceptedByTheCheckerAfterItsWayThroughProtobuf) {
  int proved = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Problem problem = dispatch::testing::RandomProblem(seed, kEverything);
    const Solution solution = Solve(problem);
    const Solution sent = Sent(problem, solution);
    const Certificate certificate = Check(problem, sent);
    EXPECT_TRUE(certificate.valid()) << seed << ": " << certificate.defects.front().sentence;
    EXPECT_EQ(certificate.bound_kind, solution.bound_kind);
    EXPECT_NEAR(certificate.lower_bound_usd, solution.lower_bound_usd, 1e-6 * (1 + std::abs(solution.objective_usd())));
    EXPECT_EQ(sent.objective_usd(), solution.objective_usd());
    EXPECT_EQ(sent.notes, solution.notes);
    ASSERT_EQ(sent.binding.size(), solution.binding.size());
    for (std::size_t i = 0; i < sent.binding.size(); ++i)
      EXPECT_EQ(sent.binding[i].interval, solution.binding[i].interval);
    proved += solution.bound_kind == BoundKind::kRecomputed ? 1 : 0;
  }
  EXPECT_GT(proved, 5);
}

TEST(DispatchSolution, TheProblemThatWasSentHasTheSameSolution) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Problem problem = dispatch::testing::RandomProblem(seed, kEverything);
    const auto sent = FromProto(ToProto(problem));
    ASSERT_EQ(sent.status(), absl::OkStatus());
    EXPECT_EQ(Solve(problem).objective_usd(), Solve(*sent).objective_usd()) << seed;
  }
}

// A bound without its multipliers is a claim that the checker refuses: they really are what proves it.
TEST(DispatchSolution, WithoutMultipliersTheBoundDoesNotFollow) {
  const Problem problem = dispatch::testing::SingleRegion({10, 20}, {0.1, 0.3});
  const Solution solution = Solve(problem);
  ASSERT_EQ(solution.bound_kind, BoundKind::kRecomputed);
  const v1::DispatchCertificate bare = CertificateOf(problem, solution, false);
  EXPECT_FALSE(bare.has_multipliers());
  EXPECT_EQ(bare.bound_proof(), v1::BOUND_PROOF_RECOMPUTED);
  EXPECT_NEAR(bare.cost_usd(), 7, 1e-9);
  EXPECT_NEAR(bare.gap_usd(), 0, 1e-9);
  EXPECT_FALSE(Check(problem, FromProto(problem, ToProto(problem, solution), bare)).valid());
}

TEST(DispatchSolution, WithoutABoundTheCertificateHasNoFigures) {
  const Problem problem = dispatch::testing::SingleRegion({10, 20}, {0.1, 0.3});
  Solution solution = Solve(problem);
  solution.bound_kind = BoundKind::kNone;
  const v1::DispatchCertificate certificate = CertificateOf(problem, solution, true);
  EXPECT_EQ(certificate.bound_proof(), v1::BOUND_PROOF_NONE);
  EXPECT_FALSE(certificate.has_lower_bound_usd() || certificate.has_gap_usd() || certificate.has_relative_gap());
}

TEST(DispatchSolution, WhatWasGivenUpIsTold) {
  Problem problem = dispatch::testing::SingleRegion({10, 20}, {0.1, 0.3});
  problem.devices.push_back(dispatch::testing::Battery("BATT"));
  std::get<dispatch::Storage>(problem.devices[0].kind).final_energy_min_kwh = 400;
  const Solution solution = Solve(problem, {.relax = true});
  ASSERT_EQ(solution.relaxed.size(), 1u);
  const v1::DispatchSolution message = ToProto(problem, solution);
  EXPECT_EQ(message.given_up(0).name(), "final_energy");
  EXPECT_EQ(message.given_up(0).subject_id(), "BATT");
  EXPECT_FALSE(message.given_up(0).has_interval());
  EXPECT_GT(message.given_up(0).amount(), 0);
  const Solution sent = Sent(problem, solution);
  EXPECT_EQ(sent.relaxed[0].interval, -1);
  EXPECT_TRUE(Check(problem, sent, {.allow_relaxed = true}).valid());
}

TEST(DispatchSolution, TheBoundsProofsAreNamed) {
  for (const BoundKind kind : {BoundKind::kNone, BoundKind::kSolverClaimed, BoundKind::kRecomputed}) {
    EXPECT_EQ(FromProto(ToProto(kind)), kind);
  }
}

}  // namespace
}  // namespace derms::wire
