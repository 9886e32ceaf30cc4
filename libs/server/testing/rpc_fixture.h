// A process in a test: real port, TLS, gate and tokens around handlers that the test sets; storage is played.
#pragma once

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "derms/v1/emergency.grpc.pb.h"
#include "derms/v1/registry.grpc.pb.h"
#include "derms/v1/telemetry.grpc.pb.h"
#include "libs/auth/gate.h"
#include "libs/auth/testing/collaborators.h"
#include "libs/auth/testing/token_maker.h"
#include "libs/server/port.h"
#include "libs/server/rpc.h"
#include "libs/server/testing/test_certificates.h"

namespace derms::server {

// Answers commits on a thread of its own, as the test says; holds them back while asked to.
class PlayedCommitter final : public store::Committer {
 public:
  using Outcome = std::function<absl::StatusOr<store::Committed>(const store::Mutation&)>;
  void Commit(store::Mutation mutation, absl::Time deadline, store::CommitDone done) override;
  void Hold();
  void Release();  // answers what was held, in order of arrival
  void ReleaseNewest();
  std::vector<store::Mutation> committed() const;
  std::size_t WaitUntilHeld(std::size_t count) const;
  Outcome outcome = [](const store::Mutation&) { return store::Committed(); };

 private:
  struct Held {
    store::Mutation mutation;
    store::CommitDone done;
  };
  void Answer(Held held);

  mutable absl::Mutex mutex_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Held> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<store::Mutation> committed_ ABSL_GUARDED_BY(mutex_);
  base::WorkerPool thread_{1, 100000};
};

struct PlayedArchive final : Archive {
  absl::Status LoadDers(const std::vector<std::string>& der_ids, absl::Time) override {
    for (const auto& id : der_ids) loaded.push_back(id);
    return load_status;
  }
  absl::Status CatchUp(absl::Time) override {
    ++catch_ups;
    return catch_up_status;
  }
  absl::StatusOr<std::optional<std::string>> FindResponse(const store::Idempotency& request, absl::Time) override {
    const auto found = responses.find(request.request_id);
    return found == responses.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::string> loaded;
  absl::Status load_status;
  int catch_ups = 0;
  absl::Status catch_up_status;
  std::map<std::string, std::string> responses;
};

template <typename Request, typename Response>
using ReadHandler = std::function<absl::StatusOr<Response>(Call&, const Request&)>;
template <typename Request, typename Response>
using PlanHandler = std::function<absl::StatusOr<Plan<Response>>(Call&, const Request&)>;
using EventSource = std::unique_ptr<WatchSource<v1::WatchEventsResponse>>;

class TestRegistry final : public v1::RegistryService::CallbackService {
 public:
  explicit TestRegistry(const Rpc& rpc) : rpc_(rpc) {}
  grpc::ServerUnaryReactor* GetDer(grpc::CallbackServerContext* context, const v1::GetDerRequest* request,
                                   v1::GetDerResponse* response) override {
    return rpc_.Read(context, request, response, [this](auto& call, auto& r) { return get_der(call, r); });
  }
  grpc::ServerUnaryReactor* GetStats(grpc::CallbackServerContext* context, const v1::GetStatsRequest* request,
                                     v1::GetStatsResponse* response) override {
    return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return get_stats(call, r); });
  }
  grpc::ServerUnaryReactor* ListRegions(grpc::CallbackServerContext* context, const v1::ListRegionsRequest* request,
                                        v1::ListRegionsResponse* response) override {
    return rpc_.CancellableQuery(context, request, response,
                                 [this](auto& call, auto& r) { return list_regions(call, r); });
  }
  grpc::ServerUnaryReactor* RetireDer(grpc::CallbackServerContext* context, const v1::RetireDerRequest* request,
                                      v1::RetireDerResponse* response) override {
    return rpc_.Mutate(context, request, response, [this](auto& call, auto& r) { return retire_der(call, r); });
  }
  grpc::ServerBidiReactor<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse>* UpdateDerStatuses(
      grpc::CallbackServerContext* context) override {
    return rpc_.Bulk<v1::UpdateDerStatusesRequest, v1::UpdateDerStatusesResponse>(
        context, [this](Call& call, const v1::UpdateDerStatusRequest& r) { return update_status(call, r); },
        [](const v1::UpdateDerStatusResponse& r) { return r.revision(); });
  }
  ReadHandler<v1::GetDerRequest, v1::GetDerResponse> get_der;
  ReadHandler<v1::GetStatsRequest, v1::GetStatsResponse> get_stats;
  ReadHandler<v1::ListRegionsRequest, v1::ListRegionsResponse> list_regions;
  PlanHandler<v1::RetireDerRequest, v1::RetireDerResponse> retire_der;
  PlanHandler<v1::UpdateDerStatusRequest, v1::UpdateDerStatusResponse> update_status;

 private:
  const Rpc& rpc_;
};

class TestTelemetry final : public v1::TelemetryService::CallbackService {
 public:
  explicit TestTelemetry(const Rpc& rpc) : rpc_(rpc) {}
  grpc::ServerBidiReactor<v1::ReportReadingsRequest, v1::ReportReadingsResponse>* ReportReadings(
      grpc::CallbackServerContext* context) override {
    return rpc_.MutateStream<v1::ReportReadingsRequest, v1::ReportReadingsResponse>(
        context, [this](Call& call, const v1::ReportReadingsRequest& r) { return report_readings(call, r); });
  }
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(grpc::CallbackServerContext* context,
                                                                 const v1::WatchEventsRequest* request) override {
    return rpc_.Watch<v1::WatchEventsRequest, v1::WatchEventsResponse>(
        context, request, [this](Call& call, const v1::WatchEventsRequest&, std::function<void()> wake) {
          call.MarkFiltered();
          return absl::StatusOr<EventSource>(watch_events(std::move(wake)));
        });
  }
  PlanHandler<v1::ReportReadingsRequest, v1::ReportReadingsResponse> report_readings;
  std::function<EventSource(std::function<void()>)> watch_events;

 private:
  const Rpc& rpc_;
};

// One method of the reserved lane, and one of the usual.
class TestEmergency final : public v1::EmergencyService::CallbackService {
 public:
  explicit TestEmergency(const Rpc& rpc) : rpc_(rpc) {}
  grpc::ServerUnaryReactor* AllocateEmergency(grpc::CallbackServerContext* context,
                                              const v1::AllocateEmergencyRequest* request,
                                              v1::AllocateEmergencyResponse* response) override {
    return rpc_.MutateOnPool(context, request, response, [this](auto& call, auto& r) { return allocate(call, r); });
  }
  grpc::ServerUnaryReactor* GetEmergency(grpc::CallbackServerContext* context, const v1::GetEmergencyRequest* request,
                                         v1::GetEmergencyResponse* response) override {
    return rpc_.Query(context, request, response, [this](auto& call, auto& r) { return get(call, r); });
  }
  PlanHandler<v1::AllocateEmergencyRequest, v1::AllocateEmergencyResponse> allocate;
  ReadHandler<v1::GetEmergencyRequest, v1::GetEmergencyResponse> get;

 private:
  const Rpc& rpc_;
};

class RpcFixture : public ::testing::Test {
 protected:
  RpcFixture();
  ~RpcFixture() override;

  // A channel and a context with the token of a subject: "owner-1", "operator-1", "nobody".
  std::shared_ptr<grpc::Channel> Channel() const;
  std::unique_ptr<grpc::ClientContext> As(const std::string& subject);
  std::string Log();  // what was logged until now; call it once, at the end

  const TestCertificates tls_;
  base::ManualClock clock_{absl::Now()};
  base::SystemClock system_clock_;
  base::RandomIdSource ids_;
  observe::Metrics metrics_;
  std::ostringstream log_;
  std::unique_ptr<observe::Logger> logger_ =
      std::make_unique<observe::Logger>(observe::Logger::Options{.service = "test"}, log_);
  const auth::TestKey key_ = auth::TestKey::Es256("key-1");
  auth::SetKeys keys_{auth::Jwks({key_})};
  auth::SetRoles roles_;
  auth::TokenVerifier tokens_{{}, keys_, clock_};
  auth::Authenticator authenticator_{tokens_, roles_, clock_};
  const std::vector<std::string> services_ = {"derms.v1.RegistryService", "derms.v1.TelemetryService",
                                              "derms.v1.EmergencyService"};
  const auth::PolicyTable policies_ = auth::PolicyTable::Build(services_).value();
  auth::Decisions decisions_;
  const MethodTable methods_ = MethodTable::Build(services_, policies_, metrics_).value();
  const wire::Validator validator_;
  PlayedCommitter committer_, reserved_committer_;
  PlayedArchive archive_, reserved_archive_;
  CallBudget budget_{{}};
  base::WorkerPool pool_{2, 100}, reserved_pool_{1, 10};
  StreamHub streams_{absl::InfiniteDuration()};
  DenialLog denials_{metrics_, *logger_};
  const Rpc rpc_{{methods_,
                  authenticator_,
                  validator_,
                  clock_,
                  ids_,
                  {pool_, committer_, archive_},
                  {reserved_pool_, reserved_committer_, reserved_archive_},
                  budget_,
                  metrics_,
                  *logger_,
                  denials_},
                 streams_};
  TestRegistry registry_{rpc_};
  TestTelemetry telemetry_{rpc_};
  TestEmergency emergency_{rpc_};
  std::unique_ptr<CertificateReloader> certificates_;
  std::unique_ptr<Port> port_;
  std::unique_ptr<v1::RegistryService::Stub> registry_stub_;
  std::unique_ptr<v1::TelemetryService::Stub> telemetry_stub_;
  std::unique_ptr<v1::EmergencyService::Stub> emergency_stub_;
};

// The reason in the details of a refusal; empty when there are none.
std::string ReasonIn(const grpc::Status& status);
// A plan with one write and one event, which the played committer takes.
template <typename Response>
Plan<Response> PlanOfOneWrite(Response response) {
  Plan<Response> plan;
  plan.response = std::move(response);
  plan.mutation.writes.push_back(store::TokenRevocation(domain::RoleAccess::System(), "token", "", absl::Now()));
  plan.mutation.events.emplace_back();
  return plan;
}

}  // namespace derms::server
