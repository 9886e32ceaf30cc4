#include "libs/observe/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace derms::observe {
namespace {

using ::testing::HasSubstr;

std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "cannot connect";
  const std::string request = absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<std::size_t>(got));
  close(fd);
  return answer;
}

TEST(Metrics, CallsAreCountedByMethodAndCode) {
  Metrics metrics;
  RpcMetrics& method = metrics.Method("/derms.v1.RegistryService/GetDer");
  EXPECT_EQ(&method, &metrics.Method("/derms.v1.RegistryService/GetDer"));
  method.Started();
  method.Started();
  method.Finished(0, 0.003);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr(R"(derms_grpc_server_started_total{method="/derms.v1.RegistryService/GetDer"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(derms_grpc_server_in_flight{method="/derms.v1.RegistryService/GetDer"} 1)"));
  EXPECT_THAT(text, HasSubstr("derms_grpc_server_call_duration_seconds_count{code=\"OK\","));
}

TEST(Metrics, AnUnknownCodeCountsAsUnknown) {
  Metrics metrics;
  metrics.Method("m").Finished(99, 0);
  EXPECT_THAT(metrics.Text(), HasSubstr("code=\"UNKNOWN\""));
}

TEST(Metrics, EndpointServesEverythingWithProcessFigures) {
  Metrics metrics;
  metrics.AuthDecision("/m", "NO_TOKEN");
  metrics.ScopeUnchecked();
  metrics.CommitBatch(7, 0.01);
  metrics.CommitInDoubt();
  metrics.SetConnections(3);
  metrics.ConnectionRefused("global");
  metrics.SetEventSequence(42);
  metrics.AddGauge("derms_worker_queue", "Tasks waiting.", [] { return 5.0; });
  metrics.AddCounter("derms_solvers_started_total", "Solver processes.", [] { return 6.0; });
  auto endpoint = MetricsEndpoint::Open("127.0.0.1:0", metrics);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const std::string page = HttpGet((*endpoint)->port(), "/metrics");
  for (const char* line :
       {"200 OK", R"(derms_auth_decisions_total{method="/m",reason="NO_TOKEN"} 1)", "derms_scope_unchecked_total 1",
        "derms_commit_batch_size_sum 7", "derms_commit_in_doubt_total 1", "derms_connections 3",
        R"(derms_connections_refused_total{reason="global"} 1)", "derms_event_sequence 42", "derms_worker_queue 5",
        "# TYPE derms_solvers_started_total counter", "derms_solvers_started_total 6", "process_resident_memory_bytes ",
        "process_open_fds ", "process_start_time_seconds "}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
}

TEST(Metrics, ATakenPortIsAnErrorNotAnException) {
  Metrics metrics;
  auto first = MetricsEndpoint::Open("127.0.0.1:0", metrics);
  ASSERT_TRUE(first.ok());
  const auto second = MetricsEndpoint::Open(absl::StrCat("127.0.0.1:", (*first)->port()), metrics);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace derms::observe
