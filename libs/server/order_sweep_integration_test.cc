// Orders end by themselves and their end is written down once, on a real PostgreSQL.
#include <gtest/gtest.h>

#include <sstream>

#include "absl/time/clock.h"
#include "libs/base/ids.h"
#include "libs/server/order_sweep.h"
#include "libs/server/pg_storage.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/samples.h"

namespace derms::server {
namespace {

using store::testing::CommitAndWait;

// A service of whatever kind, without its port.
struct Process {
  explicit Process(const std::string& database_url) {
    Config config;
    config.database_url = database_url;
    auto opened = OpenPgStorage({"derms-test", 0, 0, {}}, config, metrics, logger);
    EXPECT_TRUE(opened.ok()) << opened.status();
    storage = *std::move(opened);
    EXPECT_TRUE(storage->Start().ok());
    sweep = std::make_unique<OrderSweep>(storage->fleet(), storage->queries(), storage->committer(), ids, logger);
  }
  ~Process() {
    sweep->Stop();
    storage->Drain();
  }

  observe::Metrics metrics;
  std::ostringstream log;
  observe::Logger logger{{.service = "test"}, log};
  base::RandomIdSource ids;
  std::unique_ptr<Storage> storage;
  std::unique_ptr<OrderSweep> sweep;
};

TEST(OrderSweepIntegration, AnOrderThatEndedWhileNoServiceRanIsWrittenDownOnceByWhoeverComes) {
  const store::testing::TestDatabase database;
  base::RandomIdSource ids;
  const std::string over = ids.NewId(), live = ids.NewId();
  {
    Process giving(database.url());
    const absl::Time now = giving.storage->clock().Now();
    for (const auto& [id, starts_at] : {std::pair(over, now - absl::Hours(2)), std::pair(live, now)}) {
      const auto order = store::testing::SampleOrder(id, starts_at, absl::Hours(1));
      ASSERT_TRUE(CommitAndWait(giving.storage->committer(), store::testing::Ordering(ids, order)).ok());
    }
  }
  {
    Process first(database.url()), second(database.url());
    for (Process* process : {&first, &second}) ASSERT_TRUE(process->sweep->EndOverdue().ok());
  }  // both have drained: every end has its outcome
  EXPECT_EQ(database.Query("SELECT state || ' ' || (ended_at = ends_at) || ' ' || revision FROM emergency_order "
                           "WHERE emergency_id = '" +
                           over + "'"),
            "3 true 2");
  EXPECT_EQ(database.Query("SELECT state FROM emergency_order WHERE emergency_id = '" + live + "'"), "1");
  EXPECT_EQ(database.Query("SELECT count(*) FROM event_told WHERE type = 9"), "1");
  EXPECT_EQ(database.Query("SELECT actor || ' ' || resource_id FROM event_told WHERE type = 9"), "system " + over);
}

}  // namespace
}  // namespace derms::server
