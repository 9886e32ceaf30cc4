// Problems, solutions and errors cross to a solver process and back without loss, and damaged bytes do no harm.
#include "services/optimizer/workers/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include "libs/base/error.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/resume_point.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/wire/dispatch/certificate.h"
#include "libs/wire/dispatch/problem.h"
#include "libs/wire/dispatch/solution.h"

namespace derms::optimizer {
namespace {

using dispatch::Problem;
using dispatch::Solution;
using dispatch::testing::RandomProblem;
using dispatch::testing::RandomShape;

constexpr RandomShape kEverything{.intervals = 8,
                                  .devices = 12,
                                  .negative_prices = true,
                                  .committable_units = true,
                                  .storage_plans = true,
                                  .unit_times = true,
                                  .quadratic = true,
                                  .budgets = true,
                                  .flexible_loads = true,
                                  .carbon_cap = true};

Job SentJob(const JobOptions& options, const Problem& problem) {
  Job job;
  EXPECT_TRUE(Decode(EncodeJob(options, problem), job));
  return job;
}

absl::StatusOr<Solution> SentAnswer(const absl::StatusOr<Solution>& answer) {
  absl::StatusOr<Solution> sent;
  EXPECT_TRUE(Decode(EncodeAnswer(answer), sent));
  return sent;
}

Solution Solved(const Problem& problem) {
  auto solution = dispatch::MakePortfolio()->Solve(problem, {.time_limit = absl::Seconds(1)});
  EXPECT_EQ(solution.status(), absl::OkStatus());
  return solution.ok() ? *std::move(solution) : Solution();
}

// Judged by conversions that share nothing with these: protobuf's.
TEST(SolverMessages, EveryFieldOfAProblemArrives) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Problem problem = RandomProblem(seed, kEverything);
    const Problem sent = SentJob({}, problem).problem;
    EXPECT_EQ(wire::ToProto(sent).SerializeAsString(), wire::ToProto(problem).SerializeAsString()) << seed;
    EXPECT_TRUE(EncodeJob({}, sent) == EncodeJob({}, problem)) << seed;
  }
}

TEST(SolverMessages, EveryFieldOfASolutionArrives) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Problem problem = RandomProblem(seed, kEverything);
    const Solution solution = Solved(problem);
    const auto sent = SentAnswer(solution);
    ASSERT_TRUE(sent.ok());
    EXPECT_EQ(wire::ToProto(problem, *sent).SerializeAsString(), wire::ToProto(problem, solution).SerializeAsString());
    EXPECT_EQ(wire::CertificateOf(problem, *sent, true).SerializeAsString(),
              wire::CertificateOf(problem, solution, true).SerializeAsString());
    EXPECT_TRUE(EncodeAnswer(sent) == EncodeAnswer(solution)) << seed;
  }
}

// What protobuf's form of a problem cannot say: finite limits beyond 1e12, infinity, NaN, signed zero, a series of one
// value or of zeros, ids that are used twice, indices that mean nothing.
TEST(SolverMessages, WhatIsNoValidProblemArrivesAsItIs) {
  Problem problem = dispatch::testing::SingleRegion({1, 2}, {0.1, 0.2});
  problem.interval_length = absl::Nanoseconds(1) / 4 + absl::Hours(3);
  problem.start = absl::UnixEpoch() - absl::Nanoseconds(7);
  problem.regions[0].import_limit_kw = {2e12, dispatch::kUnlimited};
  problem.regions[0].reserve_up_kw = {-0.0};
  problem.regions[0].peak_charge_usd_per_kw = std::numeric_limits<double>::quiet_NaN();
  problem.regions.push_back(problem.regions[0]);
  problem.regions[1].parent = 77;
  problem.devices.push_back({.id = "", .region = -5, .kind = dispatch::Hydro{}});
  const Problem sent = SentJob({}, problem).problem;
  EXPECT_TRUE(EncodeJob({}, sent) == EncodeJob({}, problem));
  EXPECT_EQ(sent.interval_length, problem.interval_length);
  EXPECT_EQ(sent.start, problem.start);
  EXPECT_EQ(sent.regions[0].import_limit_kw, problem.regions[0].import_limit_kw);
  EXPECT_TRUE(std::signbit(sent.regions[0].reserve_up_kw[0]));
  EXPECT_TRUE(std::isnan(sent.regions[1].peak_charge_usd_per_kw));
  EXPECT_EQ(sent.devices[0].region, -5);
  EXPECT_EQ(sent.devices[0].kind.index(), problem.devices[0].kind.index());
}

TEST(SolverMessages, OptionsOfTheSolveArrive) {
  const JobOptions options{.effort = Effort::kQuick,
                           .deadline = absl::FromUnixNanos(1'800'000'000'123'456'789),
                           .relative_gap = 0.1 + 0.2,
                           .seed = 4'000'000'000,
                           .threads = 3,
                           .relax = true,
                           .resume_gap = 0.7,
                           .keep_resume_point = true};
  const JobOptions sent = SentJob(options, {}).options;
  EXPECT_EQ(sent.effort, Effort::kQuick);
  EXPECT_EQ(sent.deadline, options.deadline);
  EXPECT_EQ(sent.relative_gap, options.relative_gap);
  EXPECT_EQ(sent.seed, options.seed);
  EXPECT_EQ(sent.threads, 3);
  EXPECT_TRUE(sent.relax);
  EXPECT_EQ(sent.resume_gap, 0.7);
  EXPECT_TRUE(sent.keep_resume_point);
}

std::shared_ptr<const dispatch::ResumePoint> SamplePoint() {
  auto point = std::make_shared<dispatch::ResumePoint>();
  point->start = absl::FromUnixSeconds(1'800'000'900);
  point->interval_length = absl::Minutes(15);
  point->regions = {"CA"};
  point->storages = {"BATT-1", "BATT-2"};
  point->units = {"CELL"};
  point->hydros = {"DAM"};
  point->plans = {.intervals_passed = 1,
                  .interval_count = 2,
                  .round = 3,
                  .storage_kw = {1, -2, 3, std::numeric_limits<float>::quiet_NaN()},
                  .unit_kw = {5, 6},
                  .hydro_kw = {7, 8},
                  .energy_kwh = {9, 10},
                  .proof = {.prices = {{.balance = {0.1, 0.2}, .import_limit = {0.3}}},
                            .stored_energy_usd_per_kwh = {11, 12, 13, 14},
                            .ramp_usd_per_kw = {15, 16},
                            .water_usd_per_kwh = {17}}};
  return point;
}

void ExpectSample(const std::shared_ptr<const dispatch::ResumePoint>& sent) {
  ASSERT_NE(sent, nullptr);
  const dispatch::ResumePoint sample = *SamplePoint();
  EXPECT_EQ(sent->start, sample.start);
  EXPECT_EQ(sent->interval_length, sample.interval_length);
  EXPECT_EQ(sent->storages, sample.storages);
  EXPECT_EQ(sent->plans.round, 3U);
  EXPECT_EQ(sent->plans.unit_kw, sample.plans.unit_kw);
  EXPECT_TRUE(std::isnan(sent->plans.storage_kw[3]));
  EXPECT_EQ(sent->plans.proof.prices[0].import_limit, sample.plans.proof.prices[0].import_limit);
  EXPECT_EQ(sent->plans.proof.water_usd_per_kwh, sample.plans.proof.water_usd_per_kwh);
  EXPECT_TRUE(EncodeJob({}, {}, sent) == EncodeJob({}, {}, SamplePoint())) << "to the bit";
}

TEST(SolverMessages, WhatASolveGoesOnFromArrivesBothWays) {
  Job job;
  ASSERT_TRUE(Decode(EncodeJob({}, {}, SamplePoint()), job));
  ExpectSample(job.resume_from);
  EXPECT_EQ(SentJob({}, {}).resume_from, nullptr);
  Solution solution;
  solution.resumed = true;
  solution.resume_point = SamplePoint();
  const auto sent = SentAnswer(solution);
  ASSERT_TRUE(sent.ok());
  EXPECT_TRUE(sent->resumed);
  ExpectSample(sent->resume_point);
}

TEST(SolverMessages, ErrorsKeepReasonFieldsAndMetadata) {
  const absl::Status error = base::FailedPrecondition("INFEASIBLE", "no schedule meets all limits")
                                 .Field("devices[BATT-1]", "must end with 9 kWh")
                                 .Field("regions[CA]", "must import 3 kW more")
                                 .Metadata("conflicts", "2");
  const absl::Status sent = SentAnswer(error).status();
  EXPECT_EQ(sent, error);  // code, message and every payload
  EXPECT_EQ(base::ReasonOf(sent), "INFEASIBLE");
  EXPECT_EQ(base::ViolationsOf(sent).size(), 2u);
  EXPECT_EQ(base::MetadataOf(sent), base::MetadataOf(error));
}

TEST(SolverMessages, ProgressArrives) {
  Progress progress;
  ASSERT_TRUE(Decode(EncodeProgress({"milp", 12.5, -std::numeric_limits<double>::infinity()}), progress));
  EXPECT_EQ(progress.phase, "milp");
  EXPECT_EQ(progress.best_cost_usd, 12.5);
  EXPECT_EQ(progress.lower_bound_usd, -std::numeric_limits<double>::infinity());
}

TEST(SolverMessages, BytesThatEndEarlyOrGoOnAreRefused) {
  const std::string bytes = EncodeAnswer(Solved(RandomProblem(1, kEverything)));
  absl::StatusOr<Solution> answer;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(Decode(std::string_view(bytes).substr(0, size), answer)) << size;
  }
  EXPECT_FALSE(Decode(bytes + "x", answer));
  EXPECT_TRUE(Decode(bytes, answer));
}

// A solver process that went wrong may say anything: no count of its may cost memory that it has not sent.
TEST(SolverMessages, DamagedBytesDoNoHarm) {
  const std::string bytes = EncodeAnswer(Solved(RandomProblem(2, kEverything)));
  std::mt19937 random(1);
  int refused = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string damaged = bytes;
    for (int hits = 1 + trial % 4; hits > 0; --hits) damaged[random() % damaged.size()] = static_cast<char>(random());
    absl::StatusOr<Solution> answer;
    refused += Decode(damaged, answer) ? 0 : 1;
  }
  EXPECT_GT(refused, 100);
  absl::StatusOr<Solution> answer;
  EXPECT_FALSE(Decode(std::string(200, '\xff'), answer));
}

}  // namespace
}  // namespace derms::optimizer
