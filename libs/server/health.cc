#include "libs/server/health.h"

#include <optional>

#include "libs/server/stream_writer.h"

namespace derms::server {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

namespace {
constexpr char kLiveness[] = "liveness";
constexpr char kReadiness[] = "readiness";
const grpc::Status kDraining(grpc::StatusCode::UNAVAILABLE, "DRAINING: the service is stopping; watch another replica");
const grpc::Status kTooMany(grpc::StatusCode::RESOURCE_EXHAUSTED, "TOO_MANY_WATCHERS: call Check instead");
}  // namespace

// Sends the status when it changes; what changed while a write was under way is sent once, after it.
class HealthService::Watcher final : public StreamWriter<HealthCheckResponse> {
 public:
  Watcher(HealthService& health, std::string service)
      : StreamWriter(/*queue_limit=*/1), health_(health), service_(std::move(service)) {}

  // Reading and sending are one step, so that of two refreshes at a time the later truth is sent last.
  void Refresh() {
    absl::MutexLock lock(&refresh_mutex_);
    const Status status = health_.StatusOf(service_);
    if (status == sent_) return;
    sent_ = status;
    HealthCheckResponse response;
    response.set_status(status);
    PushLatest(std::move(response));
  }

 private:
  void OnEnded(const grpc::Status&) override { health_.Forget(std::static_pointer_cast<Watcher>(shared_from_this())); }

  HealthService& health_;
  const std::string service_;
  absl::Mutex refresh_mutex_;  // no callback of gRPC takes it
  std::optional<Status> sent_ ABSL_GUARDED_BY(refresh_mutex_);
};

HealthService::HealthService(const std::vector<std::string>& services) {
  absl::MutexLock lock(&mutex_);
  statuses_[""] = statuses_[kReadiness] = HealthCheckResponse::NOT_SERVING;
  statuses_[kLiveness] = HealthCheckResponse::SERVING;
  for (const auto& service : services) statuses_[service] = HealthCheckResponse::NOT_SERVING;
}

HealthService::Status HealthService::StatusOf(const std::string& service) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = statuses_.find(service);
  return found == statuses_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
}

void HealthService::SetReady(bool ready) {
  Set(ready, /*live=*/true);
}

void HealthService::Drain() {
  Set(/*ready=*/false, /*live=*/false);
  absl::MutexLock lock(&mutex_);
  draining_ = true;
}

void HealthService::Set(bool ready, bool live) {
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    if (draining_) return;
    for (auto& [name, status] : statuses_) {
      const bool serving = name == kLiveness ? live : ready;
      status = serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
    }
    watchers = watchers_;
  }
  for (const auto& watcher : watchers) watcher->Refresh();
}

void HealthService::EndWatches() {
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    watchers = watchers_;
  }
  for (const auto& watcher : watchers) watcher->End(kDraining);
}

void HealthService::Forget(const std::shared_ptr<Watcher>& watcher) {
  absl::MutexLock lock(&mutex_);
  watchers_.erase(watcher);
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context, const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  auto* reactor = context->DefaultReactor();
  const Status status = StatusOf(request->service());
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "UNKNOWN_SERVICE: this process has no such service"));
  } else {
    response->set_status(status);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(grpc::CallbackServerContext*,
                                                                    const HealthCheckRequest* request) {
  const auto watcher = StartStream<Watcher>(*this, request->service());
  bool ended = false, admitted = false;
  {
    absl::MutexLock lock(&mutex_);
    ended = ended_;
    admitted = !ended && watchers_.size() < kMaxWatchers;
    if (admitted) watchers_.insert(watcher);
  }
  if (admitted) {
    watcher->Refresh();
  } else {
    watcher->End(ended ? kDraining : kTooMany);
  }
  return watcher.get();
}

}  // namespace derms::server
