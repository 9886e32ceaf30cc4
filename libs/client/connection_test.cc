#include "libs/client/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "derms/v1/registry.grpc.pb.h"
#include "libs/client/testing/slow_relay.h"
#include "libs/client/testing/tls_server.h"

namespace derms::client {
namespace {

using ::testing::HasSubstr;
using testing::InstantPacing;
using ::testing::SizeIs;
using testing::TlsServer;
using testing::WriteTemporaryFile;

// Answers UpdateDerStatus with the given codes in turn, then OK; remembers what it saw.
class FlakyRegistry final : public v1::RegistryService::Service {
 public:
  grpc::Status UpdateDerStatus(grpc::ServerContext* context, const v1::UpdateDerStatusRequest* request,
                               v1::UpdateDerStatusResponse* response) override {
    request_ids.push_back(request->request_id());
    const auto token = context->client_metadata().find("authorization");
    if (token != context->client_metadata().end()) {
      tokens.emplace_back(token->second.data(), token->second.size());
    }
    if (request_ids.size() <= failures.size()) return failures[request_ids.size() - 1];
    response->set_der_id(request->der_id());
    return grpc::Status::OK;
  }

  std::vector<grpc::Status> failures;
  std::vector<std::string> request_ids;
  std::vector<std::string> tokens;
};

class ConnectionTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Connect(ConnectionOptions options = {}) {
    options.name = "registry";
    if (options.address.empty()) options.address = server_.address();
    if (options.ca_file.empty()) options.ca_file = server_.ca_file();
    options.retry.max_attempts = 3;
    return *Connection::Open(options, {clock_, ids_, pacing_.pacing()});
  }
  absl::StatusOr<v1::UpdateDerStatusResponse> SetStatus(Connection& connection) {
    v1::UpdateDerStatusRequest request;
    request.set_der_id("SOLAR-01");
    return connection.Call(&v1::RegistryService::Stub::UpdateDerStatus, request);
  }

  FlakyRegistry registry_;
  TlsServer server_{&registry_};
  base::SystemClock clock_;
  base::RandomIdSource ids_;
  InstantPacing pacing_;
};

TEST_F(ConnectionTest, CallsOverTlsWithTheTokenOfTheFile) {
  auto connection = Connect({.token_file = WriteTemporaryFile("me.jwt", "tok.en\n")});
  const auto answer = SetStatus(*connection);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->der_id(), "SOLAR-01");
  EXPECT_THAT(registry_.tokens, ::testing::ElementsAre("Bearer tok.en"));
}

TEST_F(ConnectionTest, RepeatsWithOneRequestIdWhenTheServerGoesAway) {
  registry_.failures = {{grpc::UNAVAILABLE, "draining"}, {grpc::CANCELLED, "shutting down"}};
  ASSERT_TRUE(SetStatus(*Connect()).ok());
  ASSERT_THAT(registry_.request_ids, SizeIs(3));
  EXPECT_THAT(registry_.request_ids[0], SizeIs(36));
  EXPECT_EQ(registry_.request_ids[0], registry_.request_ids[1]);
  EXPECT_EQ(registry_.request_ids[0], registry_.request_ids[2]);
  EXPECT_THAT(pacing_.waits, SizeIs(2));
}

TEST_F(ConnectionTest, GivesUpAfterTheAttempts) {
  registry_.failures.assign(9, {grpc::UNAVAILABLE, "QUEUE_GONE: try later"});
  const absl::Status status = SetStatus(*Connect()).status();
  EXPECT_EQ(base::ReasonOf(status), "QUEUE_GONE");
  EXPECT_THAT(registry_.request_ids, SizeIs(3));
}

TEST_F(ConnectionTest, DoesNotRepeatARefusal) {
  registry_.failures = {{grpc::FAILED_PRECONDITION, "INVALID_STATUS_TRANSITION: no"}};
  EXPECT_EQ(base::ReasonOf(SetStatus(*Connect()).status()), "INVALID_STATUS_TRANSITION");
  EXPECT_THAT(registry_.request_ids, SizeIs(1));
}

TEST_F(ConnectionTest, NamesTheServiceThatCannotBeReached) {
  const absl::Status status = SetStatus(*Connect({.address = "localhost:1"})).status();
  EXPECT_EQ(base::ReasonOf(status), "UNREACHABLE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("registry at localhost:1"));
}

// The delay between attempts to connect is short; an attempt itself may take its time.
TEST_F(ConnectionTest, ReachesAServerOnASlowNetwork) {
  const testing::SlowRelay relay(server_.port(), absl::Milliseconds(250));
  EXPECT_EQ(SetStatus(*Connect({.address = relay.address()})).status(), absl::OkStatus());
}

TEST_F(ConnectionTest, TrustsOnlyTheGivenCa) {
  const std::string other = WriteTemporaryFile("other.pem", testing::MakeTlsIdentity().certificate);
  EXPECT_EQ(base::ReasonOf(SetStatus(*Connect({.ca_file = other})).status()), "UNREACHABLE");
  EXPECT_THAT(registry_.request_ids, SizeIs(0));
}

TEST_F(ConnectionTest, RefusesACaFileThatIsNone) {
  const auto open = [&](const std::string& ca_file) {
    return base::ReasonOf(Connection::Open({.ca_file = ca_file}, {clock_, ids_, pacing_.pacing()}).status());
  };
  EXPECT_EQ(open("/no/such/ca.pem"), "CA_FILE_UNREADABLE");
  EXPECT_EQ(open(WriteTemporaryFile("text.pem", "hello")), "CA_FILE_UNREADABLE");
}

TEST_F(ConnectionTest, AMissingTokenFileEndsTheCallBeforeItStarts) {
  const absl::Status status = SetStatus(*Connect({.token_file = "/no/such/token"})).status();
  EXPECT_EQ(base::ReasonOf(status), "TOKEN_FILE_UNREADABLE");
  EXPECT_THAT(registry_.request_ids, SizeIs(0));
}

TEST(FillRequestId, KeepsOneThatIsThereAndIgnoresMessagesWithout) {
  base::RandomIdSource ids;
  v1::UpdateDerStatusRequest mutation;
  mutation.set_request_id("mine");
  FillRequestId(mutation, ids);
  EXPECT_EQ(mutation.request_id(), "mine");
  v1::GetDerRequest read;
  FillRequestId(read, ids);
  EXPECT_EQ(read.ByteSizeLong(), 0u);
}

}  // namespace
}  // namespace derms::client
