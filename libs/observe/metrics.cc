#include "libs/observe/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <exception>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/observe/process_metrics.h"

namespace derms::observe {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// Canonical names of the gRPC codes 0 to 16.
constexpr std::array<const char*, RpcMetrics::kCodes> kCodeNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

// From a memory read (0.1 ms) to a whole optimisation (1 min).
const prometheus::Histogram::BucketBoundaries kSeconds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                          0.05,   0.1,     0.25,   0.5,   1,      2.5,   10,   60};
const prometheus::Histogram::BucketBoundaries kBatchSizes = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

}  // namespace

void RpcMetrics::Started() {
  started_->Increment();
  in_flight_->Increment();
}

void RpcMetrics::Finished(int code, double seconds) {
  const std::size_t index = code >= 0 && code < kCodes ? static_cast<std::size_t>(code) : 2;
  prometheus::Histogram* histogram = by_code_[index].load(std::memory_order_acquire);
  if (histogram == nullptr) {  // Add answers the same object however often it is asked
    histogram = &durations_->Add({{"method", method_}, {"code", kCodeNames[index]}}, kSeconds);
    by_code_[index].store(histogram, std::memory_order_release);
  }
  histogram->Observe(seconds);
  in_flight_->Decrement();
}

void PolicyMetrics::SetLeading(bool leading) const {
  leading_->Set(leading ? 1 : 0);
}
void PolicyMetrics::Started() const {
  started_->Increment();
}
void PolicyMetrics::Skipped() const {
  skipped_->Increment();
}
void PolicyMetrics::Failed() const {
  failed_->Increment();
}
void PolicyMetrics::Solved(bool resumed, double seconds) const {
  const std::size_t start = resumed ? 1 : 0;
  solves_[start]->Increment();
  solve_seconds_[start]->Increment(std::max(seconds, 0.0));
}

class Metrics::Readings final : public prometheus::Collectable {
 public:
  void Add(prometheus::MetricType type, const std::string& name, const std::string& help,
           std::function<double()> read) {
    absl::MutexLock lock(&mutex_);
    list_.push_back({type, name, help, std::move(read)});
  }
  std::vector<prometheus::MetricFamily> Collect() const override {
    absl::MutexLock lock(&mutex_);
    std::vector<prometheus::MetricFamily> families;
    for (const auto& reading : list_) {
      prometheus::MetricFamily family;
      family.name = reading.name;
      family.help = reading.help;
      family.type = reading.type;
      family.metric.resize(1);
      const bool counter = reading.type == prometheus::MetricType::Counter;
      (counter ? family.metric[0].counter.value : family.metric[0].gauge.value) = reading.read();
      families.push_back(std::move(family));
    }
    return families;
  }

 private:
  struct Reading {
    prometheus::MetricType type;
    std::string name, help;
    std::function<double()> read;
  };
  mutable absl::Mutex mutex_;
  std::vector<Reading> list_ ABSL_GUARDED_BY(mutex_);
};

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      process_(MakeProcessMetrics()),
      readings_(std::make_shared<Readings>()),
      started_(BuildCounter().Name("derms_grpc_server_started_total").Help("Calls begun.").Register(*registry_)),
      in_flight_(BuildGauge().Name("derms_grpc_server_in_flight").Help("Calls under way.").Register(*registry_)),
      durations_(BuildHistogram()
                     .Name("derms_grpc_server_call_duration_seconds")
                     .Help("Time of a call until its status was handed over; calls refused by the gate are in "
                           "derms_auth_decisions_total.")
                     .Register(*registry_)),
      auth_decisions_(BuildCounter()
                          .Name("derms_auth_decisions_total")
                          .Help("Decisions of the gate: reason OK, or why a call was refused.")
                          .Register(*registry_)),
      denials_(
          BuildCounter()
              .Name("derms_denials_total")
              .Help("Calls, and items of bulk calls, that were denied inside a method: the role may call it, but not "
                    "for this DER, region or order.")
              .Register(*registry_)),
      refused_(BuildCounter()
                   .Name("derms_connections_refused_total")
                   .Help("Connections closed unserved: global or address cap, or no descriptor left.")
                   .Register(*registry_)),
      reloads_(BuildCounter()
                   .Name("derms_certificate_reloads_total")
                   .Help("Changed certificate files taken over (ok) or refused (failed: the old pair stays).")
                   .Register(*registry_)),
      scope_unchecked_(BuildCounter()
                           .Name("derms_scope_unchecked_total")
                           .Help("Answers withheld because the handler made no ownership check: a bug when above 0.")
                           .Register(*registry_)
                           .Add({})),
      commit_batch_size_(BuildHistogram()
                             .Name("derms_commit_batch_size")
                             .Help("Mutations in one transaction.")
                             .Register(*registry_)
                             .Add({}, kBatchSizes)),
      commit_seconds_(BuildHistogram()
                          .Name("derms_commit_seconds")
                          .Help("Time of one transaction, commit included.")
                          .Register(*registry_)
                          .Add({}, kSeconds)),
      commit_in_doubt_(BuildCounter()
                           .Name("derms_commit_in_doubt_total")
                           .Help("Commits whose connection was lost before the outcome was known.")
                           .Register(*registry_)
                           .Add({})),
      connections_(
          BuildGauge().Name("derms_connections").Help("Open client connections.").Register(*registry_).Add({})),
      event_sequence_(BuildGauge()
                          .Name("derms_event_sequence")
                          .Help("Newest event of the chain seen by this process.")
                          .Register(*registry_)
                          .Add({})) {}

PolicyMetrics Metrics::Policies() {
  auto& runs = BuildCounter()
                   .Name("derms_policy_runs_total")
                   .Help(
                       "Due times of standing policies at this leader: started, skipped (the run before went on), "
                       "failed (no run could be made, or it ended without a schedule).")
                   .Register(*registry_);
  PolicyMetrics metrics;
  metrics.leading_ = &BuildGauge()
                          .Name("derms_policy_leader")
                          .Help("1 in the process that starts the runs of standing policies.")
                          .Register(*registry_)
                          .Add({});
  metrics.started_ = &runs.Add({{"outcome", "started"}});
  metrics.skipped_ = &runs.Add({{"outcome", "skipped"}});
  metrics.failed_ = &runs.Add({{"outcome", "failed"}});
  auto& solves = BuildCounter()
                     .Name("derms_policy_solves_total")
                     .Help(
                         "Runs of standing policies with a schedule in force: cold (solved from scratch) or warm (went "
                         "on from the run before).")
                     .Register(*registry_);
  auto& seconds = BuildCounter()
                      .Name("derms_policy_solve_seconds_total")
                      .Help("Time that the solver took for them.")
                      .Register(*registry_);
  for (const std::size_t start : {0U, 1U}) {
    const char* const name = start == 0 ? "cold" : "warm";
    metrics.solves_[start] = &solves.Add({{"start", name}});
    metrics.solve_seconds_[start] = &seconds.Add({{"start", name}});
  }
  return metrics;
}

RpcMetrics& Metrics::Method(const std::string& method) {
  absl::MutexLock lock(&mutex_);
  for (auto& known : methods_) {
    if (known->method_ == method) return *known;
  }
  auto made = std::make_unique<RpcMetrics>();
  made->method_ = method;
  made->started_ = &started_.Add({{"method", method}});
  made->in_flight_ = &in_flight_.Add({{"method", method}});
  made->durations_ = &durations_;
  methods_.push_back(std::move(made));
  return *methods_.back();
}

void Metrics::AuthDecision(const std::string& method, const std::string& reason) {
  auth_decisions_.Add({{"method", method}, {"reason", reason}}).Increment();
}
void Metrics::Denied(const std::string& method, const std::string& reason) {
  denials_.Add({{"method", method}, {"reason", reason}}).Increment();
}
void Metrics::ScopeUnchecked() {
  scope_unchecked_.Increment();
}
void Metrics::CommitBatch(std::size_t mutations, double seconds) {
  commit_batch_size_.Observe(static_cast<double>(mutations));
  commit_seconds_.Observe(seconds);
}
void Metrics::CommitInDoubt() {
  commit_in_doubt_.Increment();
}
void Metrics::SetConnections(std::int64_t open) {
  connections_.Set(static_cast<double>(open));
}
void Metrics::ConnectionRefused(const std::string& reason) {
  refused_.Add({{"reason", reason}}).Increment();
}
void Metrics::CertificateReload(bool ok) {
  reloads_.Add({{"result", ok ? "ok" : "failed"}}).Increment();
}
void Metrics::SetEventSequence(std::int64_t sequence) {
  event_sequence_.Set(static_cast<double>(sequence));
}
void Metrics::AddGauge(const std::string& name, const std::string& help, std::function<double()> read) {
  readings_->Add(prometheus::MetricType::Gauge, name, help, std::move(read));
}

void Metrics::AddCounter(const std::string& name, const std::string& help, std::function<double()> read) {
  readings_->Add(prometheus::MetricType::Counter, name, help, std::move(read));
}

std::vector<std::weak_ptr<prometheus::Collectable>> Metrics::Collectables() const {
  return {registry_, process_, readings_};
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& weak : Collectables()) {
    if (const auto collectable = weak.lock()) {
      auto part = collectable->Collect();
      std::move(part.begin(), part.end(), std::back_inserter(families));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

class MetricsEndpoint::Http {
 public:
  explicit Http(const std::string& address) : exposer(address) {}
  prometheus::Exposer exposer;
};

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<Http> http) : http_(std::move(http)) {}
MetricsEndpoint::~MetricsEndpoint() = default;

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Open(const std::string& address,
                                                                       const Metrics& metrics) {
  try {  // the library tells of a port in use by an exception
    auto http = std::make_unique<Http>(address);
    for (const auto& collectable : metrics.Collectables()) http->exposer.RegisterCollectable(collectable);
    return std::unique_ptr<MetricsEndpoint>(new MetricsEndpoint(std::move(http)));
  } catch (const std::exception&) {
    return base::Unavailable(
        "PORT_TAKEN", absl::StrCat("cannot serve metrics on ", address, ": is the port in use by another process?"));
  }
}

int MetricsEndpoint::port() const {
  return http_->exposer.GetListeningPorts().front();
}

}  // namespace derms::observe
