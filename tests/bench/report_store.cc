// Loads a week of readings of a fleet through the store, folds them as the registry's leader does, and reads reports;
// prints how long each took as one JSON line.
//   report_store DATABASE_URL DERS DAYS
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "libs/store/group_committer.h"
#include "libs/store/lease.h"
#include "libs/store/pg_history.h"
#include "libs/store/pg_queries.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

constexpr int kPerHour = 12, kDersPerMessage = 800, kProfiles = 7, kOwners = 100;  // 9,600 readings a message
constexpr int kDersPerBattery = 6;
constexpr std::size_t kMostPerFold = 20'000;  // as HistoryKeeper
constexpr int kRounds = 5;

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

std::string IdOf(int number) {
  return absl::StrFormat("BENCH-%06d", number);
}
const absl::Time kBegin = testing::SampleTime();

bool IsBattery(int number) {
  return number % kDersPerBattery == 0;
}

domain::Der DerOf(int number) {
  domain::Der der = testing::SampleDer(IdOf(number), absl::StrCat("owner-", number % kOwners));
  der.region_id = "CA";
  der.capacity_kw = 100;
  der.stored_status = domain::DerStatus::kOnline;
  der.registered_at = kBegin - absl::Hours(24);
  if (IsBattery(number)) {
    der.type = domain::DerType::kBattery;
  } else {
    der.parameters.availability_series_id = absl::StrCat("profile-", number % kProfiles);
  }
  return der;
}

// As a meter tells it: power of the day with clouds, in tenths of a kilowatt; frequency and voltage with their noise. A
// battery charges by day and gives by night.
domain::Reading ReadingOf(int der, int tick) {
  const double sun = std::max(0.0, std::sin((tick % (24 * kPerHour)) * 3.14159 / (24 * kPerHour)));
  const int noise = (der * 7919 + tick * 104'729) % 1000;
  domain::Reading reading;
  reading.der_id = IdOf(der);
  reading.measured_at = kBegin + tick * absl::Minutes(60 / kPerHour);
  reading.power_kw = std::round(1000 * sun * (0.7 + noise * 0.0003)) / 10;
  reading.reactive_power_kvar = std::round(100 * sun) / 10;
  if (IsBattery(der)) {
    reading.power_kw = 30 - *reading.power_kw;
    reading.state_of_charge_kwh = 200 + std::round(1000 * sun) / 10;
  }
  reading.voltage_v = 480 + noise % 50 / 10.0;
  reading.frequency_hz = 59.95 + noise % 100 / 1000.0;
  return reading;
}

class Bench {
 public:
  Bench(const std::string& database_url, int ders, int days)
      : ders_(ders),
        hours_(24 * days),
        committer_({.connect = {.database_url = database_url}}, {}, {}, ids_),
        pool_({.connect = {.database_url = database_url}}) {}

  nlohmann::json Run() {
    Register();
    Lead();
    nlohmann::json out;
    Load(out);
    Must(pool_.Run(Transaction::Kind::kReadWrite, testing::Soon(),
                   [](Transaction& transaction) { transaction.Execute("ANALYZE"); }));
    out["performance"] = Time([&] { return Performance(query_); });
    out["performance_pages_of_1000"] = Time([&] { return PerformancePages(); });
    ReportQuery owner = query_;
    owner.scope.owner_id = "owner-7";
    out["performance_of_an_owner"] = Time([&] { return Performance(owner); });
    ReportQuery der = query_;
    der.scope.der_id = IdOf(ders_ / 2);
    out["performance_of_a_der"] = Time([&] { return Performance(der); });
    out["carbon"] = Time([&] { return Count(history_.Carbon(query_, "", 10'001, testing::Soon())); });
    Must(pool_.Run(Transaction::Kind::kReadWrite, testing::Soon(),
                   [](Transaction& transaction) { transaction.Execute("UPDATE der SET type = 1; ANALYZE der"); }));
    out["carbon_without_storage"] = Time([&] { return Count(history_.Carbon(query_, "", 10'001, testing::Soon())); });
    out["history_by_hours"] = Time([&] {
      return Count(history_.Steps(query_, HistoryStep::kHour, absl::InfinitePast(), 10'000, testing::Soon()));
    });
    out["list_readings"] = Time([&] {
      return Count(
          history_.ListReadings(IdOf(ders_ / 3), absl::InfinitePast(), absl::InfiniteFuture(), 1000, testing::Soon()));
    });
    return out;
  }

 private:
  void Commit(Mutation mutation) {
    Must(CommitAndWait(committer_, std::move(mutation), absl::Now() + absl::Minutes(10)).status());
  }
  // The registry that was stopped gives the lease back.
  void Lead() {
    while (true) {
      const auto token = leases_.Acquire(fence_.lease_name, "bench", absl::Hours(2), testing::Soon());
      Must(token.status());
      if (*token) fence_.token = **token;
      if (*token) return;
      absl::SleepFor(absl::Milliseconds(100));
    }
  }
  void Register() {
    for (int begin = 0; begin < ders_; begin += 1000) {
      Mutation mutation;
      for (int i = begin; i < std::min(ders_, begin + 1000); ++i) {
        mutation.writes.emplace_back(DerInsert(testing::AdminAccess(IdOf(i)), DerOf(i)));
      }
      Commit(std::move(mutation));
    }
    for (int i = 0; i < kProfiles; ++i) {
      PutSeries(absl::StrCat("profile-", i), domain::SeriesKind::kAvailabilityShare, 0.5 + 0.05 * i);
    }
    PutSeries("price", domain::SeriesKind::kPriceUsdPerKwh, 0.1);
    PutSeries("carbon", domain::SeriesKind::kCarbonKgPerKwh, 0.3);
  }
  void PutSeries(const std::string& id, domain::SeriesKind kind, double value) {
    std::vector<double> values;
    for (int hour = 0; hour < hours_; ++hour) values.push_back(value * (1 + 0.2 * std::sin(hour)));
    Mutation mutation;
    mutation.writes.emplace_back(
        SeriesPut(domain::RoleAccess::System(), {id, kind, kBegin, absl::Hours(1), std::move(values)}));
    Commit(std::move(mutation));
  }
  // Hour by hour, as a fleet would; folded once an hour.
  void Load(nlohmann::json& out) {
    double commit_seconds = 0, fold_seconds = 0;
    std::size_t folded = 0;
    for (int hour = 0; hour < hours_; ++hour) {
      for (int first = 0; first < ders_; first += kDersPerMessage) {
        Mutation mutation;
        for (int der = first; der < std::min(ders_, first + kDersPerMessage); ++der) {
          const domain::DerAccess access = testing::AdminAccess(IdOf(der));
          for (int i = 0; i < kPerHour; ++i) {
            mutation.writes.emplace_back(ReadingPut(access, ReadingOf(der, hour * kPerHour + i)));
          }
        }
        const auto begin = std::chrono::steady_clock::now();
        Commit(std::move(mutation));
        commit_seconds += SecondsSince(begin);
      }
      const auto begin = std::chrono::steady_clock::now();
      while (true) {
        const auto done = history_.FoldJournal(fence_, kMostPerFold, testing::Soon());
        Must(done.status());
        if (done->rows == 0) break;
        folded += done->readings;
      }
      fold_seconds += SecondsSince(begin);
    }
    out["readings"] = folded;
    out["commit_seconds"] = commit_seconds;
    out["fold_seconds"] = fold_seconds;
  }

  template <typename T>
  static std::size_t Count(const absl::StatusOr<std::vector<T>>& rows) {
    Must(rows.status());
    return rows->size();
  }
  std::size_t Performance(const ReportQuery& query) {  // a page of GetReport
    return Count(history_.Performance(query, "", 10'001, testing::Soon()));
  }
  std::size_t PerformancePages() {
    std::size_t rows = 0;
    std::string after;
    while (true) {
      const auto page = history_.Performance(query_, after, 1001, testing::Soon());
      Must(page.status());
      rows += std::min<std::size_t>(page->size(), 1000);
      if (page->size() <= 1000) return rows;
      after = (*page)[999].der.der_id;
    }
  }
  template <typename Work>
  static nlohmann::json Time(Work work) {
    std::vector<double> ms;
    std::size_t rows = 0;
    for (int round = 0; round < kRounds; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      rows = work();
      ms.push_back(1000 * SecondsSince(begin));
    }
    return {{"ms", ms}, {"rows", rows}};
  }

  const int ders_, hours_;
  base::RandomIdSource ids_;
  GroupCommitter committer_;
  Pool pool_;
  PgQueries queries_{pool_};
  PgHistory history_{pool_, queries_};
  PgLeases leases_{pool_};
  Fence fence_{"reading-history", 0};
  const ReportQuery query_{{}, kBegin, kBegin + hours_* absl::Hours(1), {{"CA", "price", "price", "carbon"}}};
};

}  // namespace
}  // namespace derms::store

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: report_store DATABASE_URL DERS DAYS\n", stderr);
    return 2;
  }
  std::puts(derms::store::Bench(argv[1], std::atoi(argv[2]), std::atoi(argv[3])).Run().dump().c_str());
  return 0;
}
