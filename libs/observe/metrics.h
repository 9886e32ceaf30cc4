// What a process measures of itself, in Prometheus form. docs/metrics.md explains each name.
//
// Typed and injected: a metric exists because a method here sets it. Thread-safe; the hot ones (RpcMetrics) cost an
// atomic or two and one short lock of the histogram.
#pragma once

#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace derms::observe {

// Figures of one method. Obtained once per method at start (Metrics::Method), used on every call.
class RpcMetrics {
 public:
  static constexpr int kCodes = 17;  // OK to UNAUTHENTICATED
  void Started();
  void Finished(int code, double seconds);

 private:
  friend class Metrics;
  prometheus::Counter* started_ = nullptr;
  prometheus::Gauge* in_flight_ = nullptr;
  std::string method_;
  prometheus::Family<prometheus::Histogram>* durations_ = nullptr;
  std::array<std::atomic<prometheus::Histogram*>, kCodes> by_code_{};  // made when a code is first seen
};

// Figures of standing policies. Obtained once, by the service that runs them (Metrics::Policies).
class PolicyMetrics {
 public:
  void SetLeading(bool leading) const;
  void Started() const;
  void Skipped() const;
  void Failed() const;
  void Solved(bool resumed, double seconds) const;  // a run whose schedule is in force

 private:
  friend class Metrics;
  prometheus::Gauge* leading_ = nullptr;
  prometheus::Counter *started_ = nullptr, *skipped_ = nullptr, *failed_ = nullptr;
  std::array<prometheus::Counter*, 2> solves_{}, solve_seconds_{};  // from scratch, resumed
};

class Metrics {
 public:
  Metrics();

  RpcMetrics& Method(const std::string& method);  // "/derms.v1.RegistryService/GetDer"; valid as long as this
  PolicyMetrics Policies();                       // valid as long as this
  void AuthDecision(const std::string& method,
                    const std::string& reason);                       // reason "OK" or why not; both from our lists
  void Denied(const std::string& method, const std::string& reason);  // inside a method; both from our lists
  void ScopeUnchecked();  // a handler answered without the check its policy asks for
  void CommitBatch(std::size_t mutations, double seconds);
  void CommitInDoubt();
  void SetConnections(std::int64_t open);
  void ConnectionRefused(const std::string& reason);  // "global", "address", "descriptors"
  void CertificateReload(bool ok);
  void SetEventSequence(std::int64_t sequence);  // newest event of the chain that this process has seen
  // A figure that is asked for when scraped; `read` is thread-safe and outlives this.
  void AddGauge(const std::string& name, const std::string& help, std::function<double()> read);
  // The same for one that only grows.
  void AddCounter(const std::string& name, const std::string& help, std::function<double()> read);

  std::vector<std::weak_ptr<prometheus::Collectable>> Collectables() const;
  std::string Text() const;  // what /metrics answers

 private:
  class Readings;
  std::shared_ptr<prometheus::Registry> registry_;
  std::shared_ptr<prometheus::Collectable> process_;
  std::shared_ptr<Readings> readings_;
  prometheus::Family<prometheus::Counter>& started_;
  prometheus::Family<prometheus::Gauge>& in_flight_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Counter>& auth_decisions_;
  prometheus::Family<prometheus::Counter>& denials_;
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& reloads_;
  prometheus::Counter& scope_unchecked_;
  prometheus::Histogram& commit_batch_size_;
  prometheus::Histogram& commit_seconds_;
  prometheus::Counter& commit_in_doubt_;
  prometheus::Gauge& connections_;
  prometheus::Gauge& event_sequence_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<RpcMetrics>> methods_ ABSL_GUARDED_BY(mutex_);
};

// Serves /metrics over plain HTTP until destroyed: bind it to loopback or a network of trust.
class MetricsEndpoint {
 public:
  // `address` as "127.0.0.1:9101"; port 0 takes a free one. UNAVAILABLE PORT_TAKEN when it cannot be bound.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Open(const std::string& address, const Metrics& metrics);
  ~MetricsEndpoint();
  int port() const;

 private:
  class Http;
  explicit MetricsEndpoint(std::unique_ptr<Http> http);
  std::unique_ptr<Http> http_;
};

}  // namespace derms::observe
