#include "libs/client/bulk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "derms/v1/registry.grpc.pb.h"
#include "libs/client/testing/tls_server.h"

namespace derms::client {
namespace {

using testing::InstantPacing;
using testing::TlsServer;

// Answers every message; breaks the stream once after `break_after` answers when that is set.
class BulkRegistry final : public v1::RegistryService::Service {
 public:
  grpc::Status RegisterDers(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::RegisterDersResponse, v1::RegisterDersRequest>* stream) override {
    ++streams;
    v1::RegisterDersRequest message;
    int answered = 0;
    while (stream->Read(&message)) {
      if (streams == 1 && answered == break_after) return break_with;
      v1::RegisterDersResponse answer;
      for (const auto& item : message.items()) {
        seen.push_back(item.request_id());
        answer.add_results()->set_der_id(item.der_id());
      }
      stream->Write(answer);
      ++answered;
    }
    return grpc::Status::OK;
  }

  int break_after = -1;
  grpc::Status break_with{grpc::UNAVAILABLE, "going away"};
  int streams = 0;
  std::vector<std::string> seen;
};

class BulkTest : public ::testing::Test {
 protected:
  absl::Status Send(int messages) {
    auto connection =
        *Connection::Open({.name = "registry", .address = server_.address(), .ca_file = server_.ca_file()},
                          {clock_, ids_, pacing_.pacing()});
    BulkExchange<v1::RegisterDersRequest, v1::RegisterDersResponse> exchange(*connection,
                                                                             &v1::RegistryService::Stub::RegisterDers);
    int next = 0;
    return exchange.Run(
        [&](v1::RegisterDersRequest* message) {
          if (next == messages) return false;
          auto* item = message->add_items();
          item->set_der_id(absl::StrCat("DER-", next));
          item->set_request_id(absl::StrCat("id-", next++));
          return true;
        },
        [&](const v1::RegisterDersRequest& message, const v1::RegisterDersResponse& answer) {
          EXPECT_EQ(message.items(0).der_id(), answer.results(0).der_id());
          answered_.push_back(answer.results(0).der_id());
        });
  }

  BulkRegistry registry_;
  TlsServer server_{&registry_};
  base::SystemClock clock_;
  base::RandomIdSource ids_;
  InstantPacing pacing_;
  std::vector<std::string> answered_;
};

TEST_F(BulkTest, EveryMessageGetsItsAnswerInOrder) {
  ASSERT_TRUE(Send(50).ok());
  ASSERT_EQ(answered_.size(), 50u);
  EXPECT_EQ(answered_.front(), "DER-0");
  EXPECT_EQ(answered_.back(), "DER-49");
}

TEST_F(BulkTest, NothingToSendIsNoError) {
  EXPECT_TRUE(Send(0).ok());
}

TEST_F(BulkTest, ALostStreamIsResumedWithTheSameRequestIds) {
  registry_.break_after = 3;
  ASSERT_TRUE(Send(20).ok());
  EXPECT_EQ(registry_.streams, 2);
  ASSERT_EQ(answered_.size(), 20u) << "each message is answered to the caller once";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(answered_[static_cast<std::size_t>(i)], absl::StrCat("DER-", i));
}

TEST_F(BulkTest, ARefusalEndsIt) {
  registry_.break_after = 2;
  registry_.break_with = {grpc::PERMISSION_DENIED, "ROLE_MISSING: ask an admin"};
  const absl::Status status = Send(20);
  EXPECT_EQ(base::ReasonOf(status), "ROLE_MISSING");
  EXPECT_LE(answered_.size(), 2u);
}

TEST_F(BulkTest, AServiceThatEndsTooEarlyIsFoundOut) {
  registry_.break_after = 2;
  registry_.break_with = grpc::Status::OK;
  EXPECT_EQ(base::ReasonOf(Send(20)), "STREAM_CUT");
}

}  // namespace
}  // namespace derms::client
