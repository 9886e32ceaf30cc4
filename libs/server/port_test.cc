// A real server on a free port, real TLS, real clients.
#include "libs/server/port.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "absl/time/clock.h"
#include "derms/v1/access.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "libs/server/descriptor_set.h"
#include "libs/server/health.h"
#include "libs/server/reflection.h"
#include "libs/server/testing/test_certificates.h"

namespace derms::server {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// Refuses every method that begins with `refused_prefix`; the real gate is tested in libs/auth.
class PrefixGate final : public grpc::AuthMetadataProcessor {
 public:
  explicit PrefixGate(std::string refused_prefix) : refused_prefix_(std::move(refused_prefix)) {}
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext*, OutputMetadata*, OutputMetadata*) override {
    const auto path = metadata.find(":path");
    const std::string method = path == metadata.end() ? "" : std::string(path->second.data(), path->second.size());
    if (method.rfind(refused_prefix_, 0) == 0) return {grpc::StatusCode::PERMISSION_DENIED, "UNAUTHORIZED: no"};
    return grpc::Status::OK;
  }

 private:
  const std::string refused_prefix_;
};

class CountingAccess final : public derms::v1::AccessService::CallbackService {
 public:
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context, const derms::v1::WhoAmIRequest*,
                                   derms::v1::WhoAmIResponse*) override {
    ++calls;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::atomic<int> calls = 0;
};

class PortTest : public ::testing::Test {
 protected:
  void Open(const std::string& refused_prefix = "/nothing") {
    auto reloader = CertificateReloader::Open(live_, clock_, metrics_, logger_, absl::Milliseconds(50));
    ASSERT_TRUE(reloader.ok()) << reloader.status();
    certificates_ = *std::move(reloader);
    auto schema = Schema::Load(EmbeddedDescriptorSet());
    ASSERT_TRUE(schema.ok()) << schema.status();
    schema_ = *std::move(schema);
    reflection_ = MakeReflectionServices(*schema_, {"derms.v1.AccessService", "grpc.health.v1.Health"});
    std::vector<grpc::Service*> services = {&access_, &health_};
    for (const auto& service : reflection_) services.push_back(service.get());
    auto port =
        Port::Open({}, *certificates_, std::make_shared<PrefixGate>(refused_prefix), services, metrics_, logger_);
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
    health_.SetReady(true);
  }
  std::shared_ptr<grpc::Channel> Channel() {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = tls_.ca_pem();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    return grpc::CreateCustomChannel("localhost:" + std::to_string(port_->port()), grpc::SslCredentials(options),
                                     arguments);
  }
  grpc::Status Check(const std::shared_ptr<grpc::Channel>& channel, HealthCheckResponse& response,
                     const std::string& service = "") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    HealthCheckRequest request;
    request.set_service(service);
    return grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
  }

  const TestCertificates tls_;
  const CertificateFiles live_ = tls_.Issue("live", 1);
  base::SystemClock clock_;
  observe::Metrics metrics_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
  std::unique_ptr<CertificateReloader> certificates_;
  std::unique_ptr<Schema> schema_;
  CountingAccess access_;
  HealthService health_{{"derms.v1.AccessService"}};
  std::vector<std::unique_ptr<grpc::Service>> reflection_;
  std::unique_ptr<Port> port_;
};

TEST_F(PortTest, ServesOverTls) {
  Open();
  HealthCheckResponse response;
  for (const char* name : {"", "readiness", "liveness", "derms.v1.AccessService"}) {
    const grpc::Status status = Check(Channel(), response, name);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING) << name;
  }
  EXPECT_EQ(Check(Channel(), response, "no.such.Service").error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(PortTest, ARefusedCallReachesNoHandler) {
  Open("/derms.v1.AccessService/");
  const auto stub = derms::v1::AccessService::NewStub(Channel());
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    derms::v1::WhoAmIResponse response;
    const grpc::Status status = stub->WhoAmI(&context, {}, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(status.error_message(), "UNAUTHORIZED: no");
  }
  EXPECT_EQ(access_.calls, 0);
}

TEST_F(PortTest, HealthWatchTellsTransitionsAndEndsOnDrain) {
  Open();
  grpc::ClientContext context;
  auto stream = grpc::health::v1::Health::NewStub(Channel())->Watch(&context, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  health_.SetReady(false);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  health_.SetReady(true);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  health_.Drain();
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  health_.EndWatches();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(PortTest, ReflectionListsServicesAndCarriesComments) {
  Open();
  namespace v1 = grpc::reflection::v1;
  grpc::ClientContext context;
  auto stream = v1::ServerReflection::NewStub(Channel())->ServerReflectionInfo(&context);
  const auto ask = [&stream](const v1::ServerReflectionRequest& request) {
    v1::ServerReflectionResponse response;
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    return response;
  };
  v1::ServerReflectionRequest request;
  request.set_list_services("");
  std::vector<std::string> names;
  const auto listed = ask(request);
  for (const auto& service : listed.list_services_response().service()) names.push_back(service.name());
  EXPECT_THAT(
      names, ::testing::ElementsAre("derms.v1.AccessService", "grpc.health.v1.Health",
                                    "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"));

  request.set_file_containing_symbol("derms.v1.AccessService.WhoAmI");
  google::protobuf::FileDescriptorProto file;
  ASSERT_TRUE(file.ParseFromString(ask(request).file_descriptor_response().file_descriptor_proto(0)));
  bool documented = false;
  for (const auto& place : file.source_code_info().location()) {
    documented |= place.leading_comments().find("Tells the caller its subject") != std::string::npos;
  }
  EXPECT_TRUE(documented);

  for (const char* symbol : {"google.rpc.ErrorInfo", "grpc.health.v1.Health"}) {
    request.set_file_containing_symbol(symbol);
    EXPECT_GE(ask(request).file_descriptor_response().file_descriptor_proto_size(), 1) << symbol;
  }
  request.set_file_containing_symbol("derms.v1.Nothing");
  EXPECT_EQ(ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  EXPECT_THAT(ask(request).all_extension_numbers_response().extension_number(), ::testing::ElementsAre(50501));
  request.mutable_file_containing_extension()->set_containing_type("google.protobuf.MethodOptions");
  request.mutable_file_containing_extension()->set_extension_number(50501);
  EXPECT_EQ(ask(request).error_response().error_code(), 0);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// The serial number that a new handshake is served.
std::string ServedSubject(int port) {
  const std::string command = "echo | openssl s_client -connect 127.0.0.1:" + std::to_string(port) +
                              " -alpn h2 2>/dev/null | openssl x509 -noout -subject 2>/dev/null";
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[256];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) text += buffer;
  pclose(pipe);
  return text;
}

TEST_F(PortTest, ANewCertificateIsServedAndAMismatchedPairNever) {
  Open();
  EXPECT_THAT(ServedSubject(port_->port()), ::testing::HasSubstr("live"));
  const auto old_channel = Channel();
  HealthCheckResponse response;
  ASSERT_TRUE(Check(old_channel, response).ok());

  const CertificateFiles next = tls_.Issue("next", 2);
  CopyOver(next.certificate, live_.certificate);  // without its key: must not be served
  while (metrics_.Text().find("result=\"failed\"") == std::string::npos) absl::SleepFor(absl::Milliseconds(20));
  absl::SleepFor(absl::Milliseconds(1500));  // longer than gRPC's own look at the files
  EXPECT_THAT(ServedSubject(port_->port()), ::testing::HasSubstr("live"));
  EXPECT_TRUE(Check(Channel(), response).ok());

  CopyOver(next.key, live_.key);
  while (ServedSubject(port_->port()).find("next") == std::string::npos) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_TRUE(Check(old_channel, response).ok());  // the old connection lives on
  EXPECT_TRUE(Check(Channel(), response).ok());
}

OwnedFd ConnectIdle(int port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  return fd;
}

// gRPC's own listener never accepts again after this (design: reliability.md, finding 1).
TEST_F(PortTest, ServesWithinTwoSecondsAfterTwoThousandConnectionsAgainst256Descriptors) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  int to_parent[2], to_child[2];
  ASSERT_EQ(pipe(to_parent), 0);
  ASSERT_EQ(pipe(to_child), 0);
  // The crowd is another process, so that only the server has the low limit.
  const pid_t crowd = fork();
  if (crowd == 0) {
    int port = 0;
    if (read(to_child[0], &port, sizeof port) != sizeof port) _exit(1);
    {
      std::vector<OwnedFd> connections;
      for (int i = 0; i < 2000; ++i) {
        connections.push_back(ConnectIdle(port));
        if (i % 50 == 0) usleep(10000);
      }
      usleep(500000);
    }
    char done = 1;
    _exit(write(to_parent[1], &done, 1) == 1 ? 0 : 1);
  }
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  Open();
  const int port = port_->port();
  ASSERT_EQ(write(to_child[1], &port, sizeof port), static_cast<ssize_t>(sizeof port));
  char done = 0;
  ASSERT_EQ(read(to_parent[0], &done, 1), 1);  // the load has ended
  const absl::Time load_ended = absl::Now();
  HealthCheckResponse response;
  grpc::Status status;
  do {
    status = Check(Channel(), response);
  } while (!status.ok() && absl::Now() - load_ended < absl::Seconds(2));
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("derms_connections_refused_total"));
  int exit_status = 0;
  waitpid(crowd, &exit_status, 0);
  EXPECT_EQ(exit_status, 0);
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace derms::server
