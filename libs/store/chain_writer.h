// Gives events their place in the chain: one leader among all processes, by a session advisory lock.
//
// Writers insert events without a number, because the order in which numbers are drawn is not the order of commits. The
// leader takes the events whose transaction is older than every running one (xid below the snapshot's xmin): none of
// those can appear any more, so (xid, ordinal) is an order in which nothing is skipped. Links are inserted in the same
// transaction that reads the chain's end, and the sequence is a primary key: two who believe to lead cannot fork it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/random/random.h"
#include "absl/time/time.h"
#include "libs/store/background_loop.h"
#include "libs/store/connection.h"

namespace derms::store {

class ChainWriter {
 public:
  struct Options {
    ConnectOptions connect;  // a connection of its own: the lock lives as long as it
    absl::Duration busy_pause = absl::Milliseconds(20);
    absl::Duration idle_pause = absl::Milliseconds(100);
    absl::Duration standby_pause = absl::Milliseconds(500);  // while another process leads
    absl::Duration reconnect_pause_max = absl::Seconds(2);
    std::size_t links_per_transaction = 1000;
  };
  // Told on the writer's thread; may be empty.
  struct Observer {
    std::function<void(std::int64_t through_sequence)> on_links;
    std::function<void(bool leads)> on_leadership;
  };
  ChainWriter(Options options, Observer observer);
  ChainWriter(const ChainWriter&) = delete;
  ChainWriter& operator=(const ChainWriter&) = delete;

 private:
  absl::Duration Step();
  absl::Duration Connect();
  bool Lead();
  std::size_t AppendLinks();
  void LoseConnection();

  const Options options_;
  const Observer observer_;
  absl::BitGen random_;
  std::unique_ptr<Connection> connection_;
  bool leads_ = false;
  int failures_ = 0;
  std::unique_ptr<BackgroundLoop> loop_;  // last: stops before what its step uses goes
};

}  // namespace derms::store
