// Watching the chain of a real PostgreSQL while two processes write to it.
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/ids.h"
#include "libs/server/pg_storage.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/samples.h"
#include "services/registry/event_watch.h"

namespace derms::registry {
namespace {

constexpr int kWriters = 2, kDersPerWriter = 150;

// A process of the registry, without its port.
struct Process {
  explicit Process(const std::string& database_url) {
    server::Config config;
    config.database_url = database_url;
    auto opened = server::OpenPgStorage({"derms-test", 0, 0, {}}, config, metrics, logger);
    EXPECT_TRUE(opened.ok()) << opened.status();
    storage = *std::move(opened);
    storage->Follow(hub);
    EXPECT_TRUE(storage->Start().ok());
  }
  ~Process() { storage->Drain(); }

  void Register(const std::string& prefix) {
    for (int i = 0; i < kDersPerWriter; ++i) {
      const auto der = store::testing::SampleDer(absl::StrCat(prefix, i));
      const auto stored = store::testing::CommitAndWait(storage->committer(), store::testing::Registering(ids, der));
      EXPECT_TRUE(stored.ok()) << stored.status();
    }
  }

  observe::Metrics metrics;
  std::ostringstream log;
  observe::Logger logger{{.service = "test"}, log};
  base::RandomIdSource ids;
  EventHub hub;
  std::unique_ptr<server::Storage> storage;
};

TEST(EventWatchIntegration, EveryEventOfEveryWriterComesOnceAndInOrder) {
  const store::testing::TestDatabase database;
  Process first(database.url()), second(database.url());
  std::thread writing_here([&] { first.Register("HERE_"); });
  std::thread writing_there([&] { second.Register("THERE_"); });

  EventWatch watch(
      first.hub, first.storage->queries(), [](const domain::Event&) { return true; }, 0,
      EventWatch::Limits{.queue = 1000, .page = 7, .message = 5}, [] {});
  std::set<std::string> ders;
  std::int64_t last = 0;
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  while (ders.size() < kWriters * kDersPerWriter && absl::Now() < give_up) {
    const auto message = watch.Next(absl::Now() + absl::Seconds(10));
    ASSERT_TRUE(message.ok()) << message.status();
    if (!*message) continue;
    for (const EventPtr& event : (*message)->events) {
      ASSERT_EQ(event->sequence, ++last);
      EXPECT_TRUE(ders.insert(event->der_id.value_or("none")).second) << "told twice";
    }
  }
  writing_here.join();
  writing_there.join();
  EXPECT_EQ(ders.size(), static_cast<std::size_t>(kWriters * kDersPerWriter));
}

}  // namespace
}  // namespace derms::registry
