// Gives events their place in the chain. Runs in every service; one at a time leads.
//
// Events are taken in the order (transaction, place in it) and only when their transaction is older than every one
// that still runs, so none can appear behind the last one. The leader holds a session advisory lock on the connection
// it writes with: who lost the lock has lost the connection. As a second fence each batch checks, in its own
// transaction, that the chain still ends where the leader thinks, and seq is the primary key.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/domain/records.h"
#include "libs/store/background_loop.h"
#include "libs/store/connection.h"

namespace derms::store {

class ChainWriter {
 public:
  struct Options {
    ConnectOptions connect;
    std::size_t max_batch = 1000;
    absl::Duration busy_pause = absl::Milliseconds(20);    // after a step that chained events
    absl::Duration idle_pause = absl::Milliseconds(100);   // otherwise
    absl::Duration retry_pause = absl::Milliseconds(500);  // without database or while another leads
  };
  struct Hooks {
    std::function<void(std::size_t events)> on_chained;
    std::function<void(const std::vector<domain::Event>&)> on_events;  // as chained, once they are
    std::function<void(bool leading)> on_leadership;
    std::function<void(const absl::Status&)> on_error;
  };
  ChainWriter(Options options, Hooks hooks);
  ~ChainWriter();

  bool leading() const { return leading_; }

 private:
  struct Head {
    std::int64_t sequence = 0;
    std::string hash;
    std::string xid = "0";  // of the last chained event
    int ordinal = -1;
  };
  absl::Duration Step();
  absl::Status Lead();  // connects and takes the lock; OK with leading() false when another has it
  Head ReadHead(Transaction& transaction) const;
  std::size_t ChainBatch();  // throws
  void StepDown();

  const Options options_;
  const Hooks hooks_;
  std::atomic<bool> leading_{false};
  std::unique_ptr<Connection> connection_;
  BackgroundLoop loop_;  // last: starts when all else is there
};

}  // namespace derms::store
