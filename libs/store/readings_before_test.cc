// The last reading before a moment is found wherever it stands: in the history, in the journal, or in the hour before.
#include "libs/store/readings_before.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"
#include "libs/store/lease.h"
#include "libs/store/pg_history.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using testing::AdminAccess;
using testing::CommitAndWait;
using testing::SampleTime;
using testing::Soon;

class ReadingsBeforeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(*leases_.Acquire("history", "leader", absl::Minutes(5), Soon()), 1);
    for (const char* id : {"SOLAR-1", "SOLAR-2"}) {
      ASSERT_TRUE(
          CommitAndWait(process_.committer(), testing::Registering(process_.ids(), testing::SampleDer(id))).ok());
    }
  }
  static absl::Time At(double minute) { return SampleTime() + minute * absl::Minutes(1); }
  void Report(const std::string& der_id, double minute, double kw,
              domain::ReadingQuality quality = domain::ReadingQuality::kValid) {
    domain::Reading reading = testing::SampleReading(der_id, At(minute), kw);
    reading.quality = quality;
    Mutation mutation;
    mutation.writes.emplace_back(ReadingPut(AdminAccess(der_id), reading));
    ASSERT_TRUE(CommitAndWait(process_.committer(), std::move(mutation)).ok());
  }
  void Fold() { ASSERT_TRUE(history_.FoldJournal({"history", 1}, 1'000'000, nullptr, Soon()).ok()); }
  std::map<DerMoment, domain::ReadingPoint> Last(const std::vector<DerMoment>& moments,
                                                 std::size_t most = kMostJournalReadings) {
    std::map<DerMoment, domain::ReadingPoint> last;
    EXPECT_TRUE(
        process_.pool()
            .Read(Soon(), [&](Transaction& transaction) { last = LastReadingsBefore(transaction, moments, most); })
            .ok());
    return last;
  }
  std::optional<double> LastKw(const std::string& der_id, double minute) {
    const DerMoment moment{base::DerKeyOf(der_id), At(minute)};
    const auto last = Last({moment});
    return last.empty() ? std::nullopt : last.at(moment).power_kw;
  }

  testing::TestDatabase database_;
  testing::StoreProcess process_{database_.url(), true};
  PgLeases leases_{process_.pool()};
  PgHistory history_{process_.pool(), process_.queries()};
};

TEST_F(ReadingsBeforeTest, ItIsInTheJournalAndThenInTheHistory) {
  Report("SOLAR-1", 10, 1);
  Report("SOLAR-1", 12, 2);
  Report("SOLAR-1", 14, 3);
  for (const bool folded : {false, true}) {
    if (folded) Fold();
    EXPECT_EQ(LastKw("SOLAR-1", 13), 2) << folded;
    EXPECT_EQ(LastKw("SOLAR-1", 14), 2) << "that of the moment itself is not from before";
    EXPECT_EQ(LastKw("SOLAR-1", 99), 3);
    EXPECT_EQ(LastKw("SOLAR-1", 10), std::nullopt) << "there is none";
    EXPECT_EQ(LastKw("SOLAR-2", 99), std::nullopt) << "it is another's";
  }
}

TEST_F(ReadingsBeforeTest, PartIsFoldedPartIsNotAndALateOneIsNoNewerOne) {
  Report("SOLAR-1", 10, 1);
  Report("SOLAR-1", 20, 2);
  Fold();
  Report("SOLAR-1", 15, 9);
  EXPECT_EQ(LastKw("SOLAR-1", 21), 2);
  EXPECT_EQ(LastKw("SOLAR-1", 16), 9);
  Report("SOLAR-1", 20, 3);
  EXPECT_EQ(LastKw("SOLAR-1", 21), 3) << "of one time the later report";
}

TEST_F(ReadingsBeforeTest, WhereTheHourBeginsAfterTheMomentTheLastHourWithReadingsHasIt) {
  Report("SOLAR-1", 10, 1);
  Report("SOLAR-1", 3 * 60 + 2, 2);
  Fold();
  EXPECT_EQ(LastKw("SOLAR-1", 3 * 60 + 1), 1);
  EXPECT_EQ(LastKw("SOLAR-1", 3 * 60 + 3), 2);
}

TEST_F(ReadingsBeforeTest, ManyAreReadAtOnceAlsoSeveralMomentsOfADer) {
  for (const char* id : {"SOLAR-1", "SOLAR-2"}) {
    for (int minute = 0; minute < 10; ++minute) Report(id, minute, minute);
  }
  Fold();
  std::vector<DerMoment> moments;
  for (const char* id : {"SOLAR-1", "SOLAR-2"}) {
    for (int minute = 1; minute < 10; ++minute) moments.push_back({base::DerKeyOf(id), At(minute)});
  }
  const auto last = Last(moments);
  ASSERT_EQ(last.size(), moments.size());
  for (const auto& [moment, point] : last) EXPECT_EQ(point.measured_at, moment.at - absl::Minutes(1));
}

TEST_F(ReadingsBeforeTest, OneThatClaimsNothingIsTheLastAllTheSame) {
  Report("SOLAR-1", 10, 1);
  Report("SOLAR-1", 12, 2, domain::ReadingQuality::kInvalid);
  const DerMoment moment{base::DerKeyOf("SOLAR-1"), At(13)};
  EXPECT_EQ(Last({moment}).at(moment).quality, domain::ReadingQuality::kInvalid);
}

TEST_F(ReadingsBeforeTest, WhileTheJournalIsLongNobodyKnows) {
  Report("SOLAR-1", 10, 1);
  Fold();
  for (int minute = 11; minute < 15; ++minute) Report("SOLAR-2", minute, 2);
  const DerMoment moment{base::DerKeyOf("SOLAR-1"), At(20)};
  EXPECT_EQ(Last({moment}, 4).size(), 1u);
  EXPECT_EQ(Last({moment}, 3).size(), 0u) << "a newer one may stand in it";
}

}  // namespace
}  // namespace derms::store
