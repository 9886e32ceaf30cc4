#include "libs/server/testing/rpc_fixture.h"

#include "google/rpc/error_details.pb.h"

namespace derms::server {

void PlayedCommitter::Commit(store::Mutation mutation, absl::Time, store::CommitDone done) {
  Held held{std::move(mutation), std::move(done)};
  {
    absl::MutexLock lock(&mutex_);
    if (holding_) {
      held_.push_back(std::move(held));
      return;
    }
  }
  Answer(std::move(held));
}

void PlayedCommitter::Answer(Held held) {
  ASSERT_TRUE(thread_
                  .Submit([this, held = std::move(held)] {
                    auto result = outcome(held.mutation);
                    if (result.ok()) {
                      absl::MutexLock lock(&mutex_);
                      committed_.push_back(held.mutation);
                    }
                    held.done(std::move(result));
                  })
                  .ok());
}

void PlayedCommitter::Hold() {
  absl::MutexLock lock(&mutex_);
  holding_ = true;
}

void PlayedCommitter::Release() {
  std::deque<Held> held;
  {
    absl::MutexLock lock(&mutex_);
    holding_ = false;
    held.swap(held_);
  }
  for (auto& each : held) Answer(std::move(each));
}

void PlayedCommitter::ReleaseNewest() {
  std::optional<Held> newest;
  {
    absl::MutexLock lock(&mutex_);
    newest = std::move(held_.back());
    held_.pop_back();
  }
  Answer(*std::move(newest));
}

std::vector<store::Mutation> PlayedCommitter::committed() const {
  absl::MutexLock lock(&mutex_);
  return committed_;
}

std::size_t PlayedCommitter::WaitUntilHeld(std::size_t count) const {
  const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return held_.size() >= count; };
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(30));
  return held_.size();
}

RpcFixture::RpcFixture() {
  roles_.Grant("owner-1", domain::Role::kOwner);
  roles_.Grant("operator-1", domain::Role::kOperator);
  certificates_ = CertificateReloader::Open(tls_.Issue("server"), system_clock_, metrics_, *logger_).value();
  auto gate = std::make_shared<auth::Gate>(policies_, authenticator_, decisions_);
  port_ = Port::Open({}, *certificates_, std::move(gate), {&registry_, &telemetry_, &emergency_}, metrics_, *logger_)
              .value();
  registry_stub_ = v1::RegistryService::NewStub(Channel());
  telemetry_stub_ = v1::TelemetryService::NewStub(Channel());
  emergency_stub_ = v1::EmergencyService::NewStub(Channel());
}

RpcFixture::~RpcFixture() {
  committer_.Release();
  reserved_committer_.Release();
  streams_.Drain();
  port_->Shutdown(absl::Now() + absl::Seconds(5));
  pool_.Drain();
  reserved_pool_.Drain();
}

std::shared_ptr<grpc::Channel> RpcFixture::Channel() const {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls_.ca_pem();
  return grpc::CreateChannel("localhost:" + std::to_string(port_->port()), grpc::SslCredentials(options));
}

std::unique_ptr<grpc::ClientContext> RpcFixture::As(const std::string& subject) {
  auto claims = auth::GoodClaims(clock_.Now());
  claims["sub"] = subject;
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", "Bearer " + auth::Signed(key_, claims));
  return context;
}

std::string RpcFixture::Log() {
  port_->Shutdown(absl::Now() + absl::Seconds(5));
  logger_.reset();
  return log_.str();
}

std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status rich;
  google::rpc::ErrorInfo info;
  if (!rich.ParseFromString(status.error_details())) return "";
  for (const auto& detail : rich.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

}  // namespace derms::server
