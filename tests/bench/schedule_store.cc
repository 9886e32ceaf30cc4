// Stores the schedules of one run and reads pages of them, by the store alone; prints how long it took as one JSON
// line.
//   schedule_store DATABASE_URL DERS INTERVALS
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "libs/store/group_committer.h"
#include "libs/store/pg_queries.h"
#include "libs/store/pool.h"
#include "libs/store/testing/samples.h"
#include "tests/bench/program.h"

namespace derms::store {
namespace {

using bench::Must;
using bench::SecondsSince;

constexpr std::size_t kPage = 1000, kPages = 200;

std::string IdOf(int number) {
  return absl::StrCat("BENCH-", 1'000'000 + number);
}

void Register(GroupCommitter& committer, int ders) {
  for (int begin = 0; begin < ders; begin += 1000) {
    Mutation mutation;
    for (int i = begin; i < std::min(ders, begin + 1000); ++i) {
      mutation.writes.emplace_back(DerInsert(testing::AdminAccess(IdOf(i)), testing::SampleDer(IdOf(i))));
    }
    Must(testing::CommitAndWait(committer, std::move(mutation)).status());
  }
}

// A third of them storages, as in the fleets of docs/dispatch.md.
domain::Schedules MakeSchedules(int ders, int intervals) {
  domain::Schedules schedules;
  schedules.interval_count = intervals;
  for (int i = 0; i < ders; ++i) {
    schedules.der_ids.push_back(IdOf(i));
    schedules.is_storage.push_back(i % 3 == 0);
    for (int t = 0; t < intervals; ++t) {
      schedules.power_kw.push_back(static_cast<float>(100 * std::sin(0.1 * t + i)));
      if (i % 3 == 0) schedules.state_of_charge_kwh.push_back(static_cast<float>(200 + 100 * std::cos(0.1 * t + i)));
      schedules.priority.push_back(static_cast<std::uint8_t>(1 + (i + t) % 10));
      schedules.grid_stability_score.push_back(static_cast<std::uint8_t>(1 + t % 10));
    }
  }
  return schedules;
}

domain::Run MakeRun(int intervals) {
  domain::Run run;
  run.run_id = "bench";
  run.region_id = "CA";
  run.starts_at = testing::SampleTime();
  run.interval = absl::Minutes(15);
  run.interval_count = intervals;
  run.applied = true;
  run.created_at = testing::SampleTime();
  run.detail_json = "{}";
  return run;
}

std::size_t ReadPages(PgQueries& queries) {
  std::size_t points = 0;
  std::string der_id;
  absl::Time time = absl::InfinitePast();
  for (std::size_t page = 0; page < kPages; ++page) {
    const auto found = queries.ListSchedules({}, der_id, time, kPage, testing::Soon());
    Must(found.status());
    if (found->empty()) break;
    points += found->size();
    der_id = found->back().der_id;
    time = found->back().starts_at;
  }
  return points;
}

int Main(const std::string& database_url, int ders, int intervals) {
  base::RandomIdSource ids;
  GroupCommitter::Options options;
  options.connect.database_url = database_url;
  GroupCommitter committer(options, {}, {}, ids);
  Pool::Options pool_options;
  pool_options.connect.database_url = database_url;
  Pool pool(pool_options);
  PgQueries queries(pool);
  Register(committer, ders);
  Mutation mutation;
  mutation.writes.emplace_back(RunInsert(testing::FleetAccess(), MakeRun(intervals), MakeSchedules(ders, intervals)));
  auto begin = std::chrono::steady_clock::now();
  Must(CommitAndWait(committer, std::move(mutation), absl::Now() + absl::Minutes(10)).status());
  const double write_seconds = SecondsSince(begin);
  begin = std::chrono::steady_clock::now();
  const std::size_t points = ReadPages(queries);
  const nlohmann::json line = {
      {"write_seconds", write_seconds}, {"read_seconds", SecondsSince(begin)}, {"read_points", points}};
  std::puts(line.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace derms::store

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: schedule_store DATABASE_URL DERS INTERVALS\n", stderr);
    return 2;
  }
  return derms::store::Main(argv[1], std::atoi(argv[2]), std::atoi(argv[3]));
}
