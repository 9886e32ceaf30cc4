#include "services/registry/read_ahead.h"

#include <gmock/gmock.h>

#include <set>

#include "libs/base/error.h"

namespace derms::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// Nine DERs, named 1 to 9.
class ReadAheadTest : public ::testing::Test {
 protected:
  std::vector<std::string> Ids(const std::string& after, std::size_t limit, absl::Time now = kNow,
                               const store::ReportQuery& query = {}) {
    const auto load = [&](const std::string& from, std::size_t most) {
      loads_.push_back(from + "+" + std::to_string(most));
      std::vector<store::DerPerformance> rows;
      for (char id = '1'; id <= '9' && rows.size() < most; ++id) {
        if (std::string(1, id) <= from) continue;
        rows.emplace_back();
        rows.back().der.der_id = std::string(1, id);
      }
      return absl::StatusOr<std::vector<store::DerPerformance>>(rows);
    };
    const auto rows = ahead_.Rows(query, after, limit, now, load);
    EXPECT_TRUE(rows.ok()) << rows.status();
    std::vector<std::string> ids;
    for (const auto& row : *rows) ids.push_back(row.der.der_id);
    return ids;
  }

  ReadAhead<store::DerPerformance> ahead_{{.rows = 5, .most_reads = 2, .kept_for = absl::Seconds(30)}};
  std::vector<std::string> loads_;
};

TEST_F(ReadAheadTest, AFirstPageIsReadAloneAndTheSecondWithThoseAfterIt) {
  EXPECT_THAT(Ids("", 2), ElementsAre("1", "2"));
  EXPECT_THAT(Ids("2", 2), ElementsAre("3", "4"));
  EXPECT_THAT(Ids("4", 2), ElementsAre("5", "6"));
  EXPECT_THAT(Ids("6", 2), ElementsAre("7", "8")) << "one is left of what was read: it is read on";
  EXPECT_THAT(Ids("8", 2), ElementsAre("9"));
  EXPECT_THAT(Ids("9", 2), IsEmpty());
  EXPECT_THAT(loads_, ElementsAre("+2", "2+5", "6+5"));
}

TEST_F(ReadAheadTest, AFirstPageIsAlwaysReadAnew) {
  Ids("", 2);
  Ids("", 2);
  EXPECT_THAT(loads_, SizeIs(2));
}

TEST_F(ReadAheadTest, WhatIsOldIsReadAgain) {
  Ids("2", 2);
  Ids("4", 2, kNow + absl::Seconds(30));
  EXPECT_THAT(loads_, SizeIs(1));
  Ids("4", 2, kNow + absl::Seconds(31));
  EXPECT_THAT(loads_, SizeIs(2));
}

TEST_F(ReadAheadTest, WhatAnotherMaySeeIsNotTakenForOnesOwn) {
  const store::ReportQuery of_one{.scope = {.owner_id = "owner-1"}}, of_two{.scope = {.owner_id = "owner-2"}}, of_all{},
      of_no_region{.scope = {.region_ids = std::vector<std::string>()}};
  std::set<std::string> texts;
  for (const auto& query : {of_one, of_two, of_all, of_no_region}) texts.insert(TextOf(query));
  EXPECT_THAT(texts, SizeIs(4));
  Ids("2", 2, kNow, of_one);
  Ids("4", 2, kNow, of_two);
  EXPECT_THAT(loads_, SizeIs(2));
  Ids("4", 2, kNow, of_one);
  EXPECT_THAT(loads_, SizeIs(2));
}

TEST_F(ReadAheadTest, KeepsFewReads) {
  for (const char* owner : {"a", "b", "c"}) Ids("2", 2, kNow, {.scope = {.owner_id = owner}});
  Ids("4", 2, kNow, {.scope = {.owner_id = "a"}});
  EXPECT_THAT(loads_, SizeIs(4)) << "that of a gave way";
  Ids("4", 2, kNow, {.scope = {.owner_id = "c"}});
  EXPECT_THAT(loads_, SizeIs(4));
}

TEST_F(ReadAheadTest, AnErrorIsNotKept) {
  const auto failing = [](const std::string&, std::size_t) {
    return absl::StatusOr<std::vector<store::DerPerformance>>(base::Unavailable("DATABASE_UNAVAILABLE", "gone"));
  };
  EXPECT_FALSE(ahead_.Rows({}, "2", 2, kNow, failing).ok());
  EXPECT_THAT(Ids("2", 2), ElementsAre("3", "4"));
}

}  // namespace
}  // namespace derms::registry
