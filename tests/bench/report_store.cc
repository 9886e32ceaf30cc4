// Loads a week of readings of a fleet through the store, folds and judges them as the registry's leader does, and reads
// reports; prints how long each took as one JSON line. A day before the week is folded with and without judging in
// turns.
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
#include "libs/store/memory_read_model.h"
#include "libs/store/pg_history.h"
#include "libs/store/pg_queries.h"
#include "libs/store/testing/samples.h"
#include "services/registry/compliance_record.h"
#include "services/registry/compliance_reports.h"
#include "services/registry/folding_judge.h"
#include "services/registry/read_ahead.h"
#include "tests/bench/program.h"

namespace derms::store {
namespace {

using bench::Must;
using bench::SecondsSince;

constexpr int kPerHour = 12, kDersPerMessage = 800, kProfiles = 7, kOwners = 100;  // 9,600 readings a message
constexpr int kDersPerBattery = 6;
constexpr std::size_t kMostPerFold = 20'000;  // as HistoryKeeper
constexpr int kRounds = 5;
constexpr int kHoursInTurns = 24;  // folded without and with judging in turns, before the week
constexpr int kEveryOff = 20;      // one DER in so many does not do what its settings say

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
  const double sun =
      std::max(0.0, std::sin(((tick + kHoursInTurns * kPerHour) % (24 * kPerHour)) * 3.14159 / (24 * kPerHour)));
  const int noise = (der * 7919 + (tick + kHoursInTurns * kPerHour) * 104'729) % 1000;
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

// 110 kVA, each with a nameplate of its own. Reactive power is a tenth of the active one, as a constant power factor
// asks for; those that are off have volt-var on, which at their voltages asks for nothing.
domain::GridRecord RecordOf(int number, const gridcode::Profile& profile) {
  gridcode::Nameplate plate;
  plate.p_max_kw = 100;
  plate.s_max_kva = 110;
  plate.q_inject_kvar = plate.q_absorb_kvar = 48.4;
  plate.v_nominal_v = 480;
  plate.normal = gridcode::NormalCategory::kB;
  plate.abnormal = gridcode::AbnormalCategory::kIII;
  plate.serial_number = absl::StrCat("S-", number);
  gridcode::Settings settings = profile.Defaults(plate);
  settings.volt_var.enabled = number % kEveryOff == 0;
  settings.constant_pf = {.enabled = number % kEveryOff != 0, .absorbing = false, .power_factor = 0.995};
  return {.der_id = IdOf(number),
          .revision = 1,
          .nameplate_revision = 1,
          .settings_revision = 1,
          .profile_id = profile.id(),
          .nameplate_json = registry::NameplateToJson(plate),
          .settings_json = registry::SettingsToJson(settings),
          .put_by = "bench",
          .put_at = kBegin - absl::Hours(48)};
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
    LoadInTurns(out);
    Load(out);
    Must(pool_.Run(Transaction::Kind::kReadWrite, testing::Soon(),
                   [](Transaction& transaction) { transaction.Execute("ANALYZE"); }));
    TimeInTurns(
        out, "performance", [&] { return Performance(query_); }, "performance_pages_of_1000",
        [&] { return PerformancePages(); });
    ReportQuery owner = query_;
    owner.scope.owner_id = "owner-7";
    out["performance_of_an_owner"] = Time([&] { return Performance(owner); });
    ReportQuery der = query_;
    der.scope.der_id = IdOf(ders_ / 2);
    out["performance_of_a_der"] = Time([&] { return Performance(der); });
    out["carbon"] = Time([&] { return Count(history_.Carbon(query_, "", 10'001, testing::Soon())); });
    out["compliance"] = Time([&] { return Compliance(query_); });
    out["compliance_pages_of_1000"] = Time([&] { return CompliancePages(); });
    out["compliance_of_an_owner"] = Time([&] { return Compliance(owner); });
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
        mutation.writes.emplace_back(
            GridRecordInsert(testing::AdminAccess(IdOf(i)), RecordOf(i, profiles_.Default()), 100));
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
  double Report(int hour) {
    double seconds = 0;
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
      seconds += SecondsSince(begin);
    }
    return seconds;
  }
  double Fold(ReadingJudge* judge, std::size_t& folded) {
    const auto begin = std::chrono::steady_clock::now();
    while (true) {
      const auto done = history_.FoldJournal(fence_, kMostPerFold, judge, testing::Soon());
      Must(done.status());
      if (done->rows == 0) return SecondsSince(begin);
      folded += done->readings;
    }
  }
  // Hour by hour, as a fleet would; folded once an hour.
  void LoadInTurns(nlohmann::json& out) {
    std::size_t folded = 0;
    std::vector<double> plain, judged;
    for (int hour = -kHoursInTurns; hour < 0; ++hour) {
      Report(hour);
      (hour % 2 == 0 ? plain : judged).push_back(Fold(hour % 2 == 0 ? nullptr : &judge_, folded));
    }
    out["fold_plain_seconds"] = plain;
    out["fold_judged_seconds"] = judged;
  }
  void Load(nlohmann::json& out) {
    double commit_seconds = 0, fold_seconds = 0;
    std::size_t folded = 0;
    for (int hour = 0; hour < hours_; ++hour) {
      commit_seconds += Report(hour);
      fold_seconds += Fold(&judge_, folded);
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
  std::size_t PerformancePages() {  // as GetReport
    registry::ReadAhead<DerPerformance> ahead;
    const auto load = [&](const std::string& from, std::size_t limit) {
      return history_.Performance(query_, from, limit, testing::Soon());
    };
    std::size_t rows = 0;
    std::string after;
    while (true) {
      const auto page = ahead.Rows(query_, after, 1001, absl::Now(), load);
      Must(page.status());
      rows += std::min<std::size_t>(page->size(), 1000);
      if (page->size() <= 1000) return rows;
      after = (*page)[999].der.der_id;
    }
  }
  // As GetComplianceReport: rows of the database, and what the rules find in each DER's settings.
  std::size_t Compliance(const ReportQuery& query, const std::string& after = "", std::size_t limit = 10'001) {
    const auto rows = compliance_.Rows(query, after, limit, testing::Soon());
    Must(rows.status());
    for (const auto& row : *rows) told_ = registry::ToProto(row);
    return rows->size();
  }
  std::size_t CompliancePages() {
    std::size_t rows = 0;
    for (std::size_t page = 1001; page > 1000; rows += std::min<std::size_t>(page, 1000)) {
      page = Compliance(query_, rows == 0 ? "" : IdOf(static_cast<int>(rows) - 1), 1001);
    }
    return rows;
  }
  template <typename Work>
  static void TimeOnce(nlohmann::json& out, Work work) {
    const auto begin = std::chrono::steady_clock::now();
    out["rows"] = work();
    out["ms"].push_back(1000 * SecondsSince(begin));
  }
  template <typename Work>
  static nlohmann::json Time(Work work) {
    nlohmann::json out;
    for (int round = 0; round < kRounds; ++round) TimeOnce(out, work);
    return out;
  }
  template <typename One, typename Other>
  static void TimeInTurns(nlohmann::json& out, const char* one, One one_work, const char* other, Other other_work) {
    for (int round = 0; round < kRounds; ++round) {
      TimeOnce(out[one], one_work);
      TimeOnce(out[other], other_work);
    }
  }

  const int ders_, hours_;
  base::RandomIdSource ids_;
  GroupCommitter committer_;
  Pool pool_;
  PgQueries queries_{pool_};
  PgHistory history_{pool_, queries_};
  PgLeases leases_{pool_};
  Fence fence_{"reading-history", 0};
  const gridcode::ProfileShelf profiles_;
  registry::FoldingJudge judge_{profiles_, ids_};
  MemoryReadModel fleet_{{}, pool_, queries_};
  const registry::ComplianceReports compliance_{fleet_, history_, profiles_};
  v1::ComplianceRow told_;
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
