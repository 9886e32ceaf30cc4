#include "libs/client/event_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "derms/v1/telemetry.grpc.pb.h"
#include "libs/client/testing/tls_server.h"

namespace derms::client {
namespace {

using ::testing::ElementsAre;
using testing::InstantPacing;
using testing::TlsServer;

// Has ten events, sends three per stream and then ends with the given status.
class TenEvents final : public v1::TelemetryService::Service {
 public:
  grpc::Status WatchEvents(grpc::ServerContext*, const v1::WatchEventsRequest* request,
                           grpc::ServerWriter<v1::WatchEventsResponse>* writer) override {
    asked_after.push_back(request->after_sequence());
    if (request->after_sequence() >= 6 && final_status) return *final_status;
    for (std::int64_t n = request->after_sequence() + 1; n <= 10 && n <= request->after_sequence() + 3; ++n) {
      v1::WatchEventsResponse message;
      message.add_events()->set_sequence(n);
      message.set_through_sequence(n);
      writer->Write(message);
    }
    return status;
  }

  grpc::Status status{grpc::UNAVAILABLE, "going away"};
  std::optional<grpc::Status> final_status;
  std::vector<std::int64_t> asked_after;
};

class EventWatchTest : public ::testing::Test {
 protected:
  absl::Status Watch(std::size_t stop_after) {
    auto connection =
        *Connection::Open({.name = "registry", .address = server_.address(), .ca_file = server_.ca_file()},
                          {clock_, ids_, pacing_.pacing()});
    return WatchEvents(*connection, v1::WatchEventsRequest(),
                       {.on_event =
                            [&](const v1::Event& event) {
                              seen_.push_back(event.sequence());
                              return seen_.size() < stop_after;
                            },
                        .on_lost = [&](const absl::Status&, std::int64_t after) { lost_at_.push_back(after); }});
  }

  TenEvents service_;
  TlsServer server_{&service_};
  base::SystemClock clock_;
  base::RandomIdSource ids_;
  InstantPacing pacing_;
  std::vector<std::int64_t> seen_;
  std::vector<std::int64_t> lost_at_;
};

TEST_F(EventWatchTest, ResumesWithoutGapOrRepetition) {
  ASSERT_TRUE(Watch(10).ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(lost_at_, ElementsAre(3, 6, 9));
  EXPECT_THAT(service_.asked_after, ElementsAre(0, 3, 6, 9));
}

TEST_F(EventWatchTest, BeingTooSlowIsResumedToo) {
  service_.status = {grpc::RESOURCE_EXHAUSTED, "TOO_SLOW: resume"};
  ASSERT_TRUE(Watch(5).ok());
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(EventWatchTest, ARefusalEndsIt) {
  service_.final_status = grpc::Status(grpc::PERMISSION_DENIED, "ROLE_MISSING: ask an admin");
  EXPECT_EQ(base::ReasonOf(Watch(10)), "ROLE_MISSING");
  EXPECT_EQ(seen_.size(), 6u);
}

}  // namespace
}  // namespace derms::client
