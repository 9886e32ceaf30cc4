// What a run of rpc_load does, and the connections that it does it over.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace derms::bench {

using SteadyClock = std::chrono::steady_clock;

struct LoadOptions {
  std::string operation;
  std::string address;  // HOST:PORT
  std::string ca_file;
  std::string token_file;
  int in_flight = 64;   // unary: callers, each with one call under way
  int channels = 4;     // connections; bulk: streams, one on each
  int ders = 10'000;    // BENCH-000000 onwards
  double power_kw = 0;  // emergency: of the order; 0 shuts down
  bool request_ids = false;
  int unanswered = 8;  // bulk: messages under way on each stream
  int items = 250;     // bulk: items of a message
  double seconds = 4;
  double warmup_seconds = 0.5;
};

// What is sent before `begin` only warms up; nothing new is begun after `end`.
struct Window {
  SteadyClock::time_point begin, end;
  static Window FromNow(const LoadOptions& options);
};

// Exits with usage when the arguments make no sense.
LoadOptions ParseLoadOptions(int argc, char** argv);

std::string DerId(int number);

// The server under load: connections over TLS and what a call carries. Thread-safe once made.
class Target {
 public:
  // Exits when a file cannot be read or a connection does not stand within ten seconds.
  explicit Target(const LoadOptions& options);
  std::shared_ptr<grpc::Channel> channel(int number) const {
    return channels_[static_cast<std::size_t>(number) % channels_.size()];
  }
  void Authorize(grpc::ClientContext& context) const { context.AddMetadata("authorization", authorization_); }

 private:
  std::string authorization_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace derms::bench
