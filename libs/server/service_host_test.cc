// A whole service in a test: settings, real port, health, drain; storage is played.
#include "libs/server/service_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "libs/server/health_probe.h"
#include "libs/server/testing/mock_approval_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/rpc_fixture.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::server {
namespace {

class PlayedStorage final : public Storage {
 public:
  struct Facts {
    absl::Status start, ready;
    bool drained = false;
  };
  explicit PlayedStorage(Facts& facts) : facts_(facts) {}
  const base::Clock& clock() const override { return clock_; }
  store::Committer& committer() override { return committer_; }
  store::Queries& queries() override { return queries_; }
  store::ControlQueries& control_queries() override { std::abort(); }  // not used here
  store::ApprovalQueries& approvals() override { return approvals_; }
  store::History& history() override { std::abort(); }
  store::Leases& leases() override { std::abort(); }
  store::Expansions& expansions() override { std::abort(); }
  const store::ReadModel& fleet() const override { return fleet_; }
  const auth::RoleSource& roles() const override { return roles_; }
  Archive& archive() override { return archive_; }
  Reserved reserved() override { std::abort(); }
  void Follow(store::EventListener&) override {}
  void Observe(store::FleetObserver&) override {}
  absl::Status Start() override { return facts_.start; }
  absl::Status Ready() const override { return facts_.ready; }
  void Drain() override { facts_.drained = true; }

 private:
  Facts& facts_;
  base::SystemClock clock_;
  testing::TestFleet fleet_;
  ::testing::NiceMock<testing::MockQueries> queries_;
  ::testing::NiceMock<testing::MockApprovalQueries> approvals_;
  PlayedCommitter committer_;
  PlayedArchive archive_;
  auth::SetRoles roles_;
};

class OneService final : public HostedServices {
 public:
  explicit OneService(const Rpc& rpc) : telemetry_(rpc) {}
  std::vector<grpc::Service*> services() override { return {&telemetry_}; }
  void Start() override { ++started; }
  void Stop() override { ++stopped; }
  int started = 0, stopped = 0;

 private:
  TestTelemetry telemetry_;
};

class ServiceHostTest : public ::testing::Test {
 protected:
  ServiceHostTest() {
    const CertificateFiles files = tls_.Issue("server");
    config_.tls_cert = files.certificate;
    config_.tls_key = files.key;
    config_.tls_ca = tls_.path("ca.pem");
    config_.jwks_file = tls_.path("jwks.json");
    std::ofstream(config_.jwks_file) << auth::Jwks({auth::TestKey::Es256("key-1")});
  }
  absl::StatusOr<std::unique_ptr<ServiceHost>> Create() {
    return ServiceHost::Create(identity_, config_, std::make_unique<PlayedStorage>(facts_), metrics_, logger_);
  }
  const TestCertificates tls_;
  ServiceIdentity identity_ = {"derms-test", 0, 0, {"derms.v1.TelemetryService"}};
  Config config_;
  PlayedStorage::Facts facts_;
  observe::Metrics metrics_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
};

TEST_F(ServiceHostTest, ServesAnswersItsOwnProbeAndDrains) {
  auto host = Create();
  ASSERT_TRUE(host.ok()) << host.status();
  OneService hosted((*host)->rpc());
  ASSERT_TRUE((*host)->Start(hosted).ok());
  EXPECT_EQ(hosted.started, 1);
  ASSERT_TRUE((*host)->Open().ok());
  Config probe = config_;
  probe.port = (*host)->port();
  EXPECT_EQ(ProbeHealth(probe).result, ProbeResult::kServing) << ProbeHealth(probe).text;
  probe.tls_ca = "";  // without a root, the service's own certificate is what it must show
  EXPECT_EQ(ProbeHealth(probe).result, ProbeResult::kServing) << ProbeHealth(probe).text;
  (*host)->Drain();
  EXPECT_EQ(hosted.stopped, 1);
  EXPECT_TRUE(facts_.drained);
  EXPECT_EQ(ProbeHealth(probe, absl::Milliseconds(300)).result, ProbeResult::kNoConnection);
}

TEST_F(ServiceHostTest, ADatabaseThatIsAwayShowsInReadiness) {
  facts_.ready = base::Unavailable("DATABASE_UNAVAILABLE", "no database");
  auto host = Create();
  ASSERT_TRUE(host.ok()) << host.status();
  OneService hosted((*host)->rpc());
  ASSERT_TRUE((*host)->Start(hosted).ok());
  ASSERT_TRUE((*host)->Open().ok());
  Config probe = config_;
  probe.port = (*host)->port();
  EXPECT_EQ(ProbeHealth(probe).result, ProbeResult::kNotServing);
  (*host)->Drain();
}

TEST_F(ServiceHostTest, RefusesToStartWithoutKeysCertificateOrPolicy) {
  const std::string jwks = config_.jwks_file, key = config_.tls_key;
  config_.jwks_file = "/no/such/jwks.json";
  EXPECT_FALSE(Create().ok());
  config_.jwks_file = jwks;
  config_.tls_key = config_.tls_cert;
  EXPECT_EQ(base::ReasonOf(Create().status()), "CERTIFICATE_UNREADABLE");
  config_.tls_key = key;
  identity_.services = {"derms.v1.NoSuchService"};
  EXPECT_EQ(base::ReasonOf(Create().status()), "POLICY_HOLE");
}

TEST_F(ServiceHostTest, AnUnknownSchemaRefusesToStart) {
  facts_.start = base::FailedPrecondition("UNKNOWN_SCHEMA", "the database has schema 9, this binary knows 1");
  auto host = Create();
  ASSERT_TRUE(host.ok()) << host.status();
  OneService hosted((*host)->rpc());
  EXPECT_EQ(base::ReasonOf((*host)->Start(hosted)), "UNKNOWN_SCHEMA");
  EXPECT_EQ(hosted.started, 0);
}

}  // namespace
}  // namespace derms::server
