// A way to a server on which everything takes its time: for what a client does on a slow network or before a busy
// server.
#pragma once

#include <string>
#include <thread>

#include "absl/time/time.h"

namespace derms::client::testing {

// Takes one connection and passes bytes on both ways, each lot `delay` after it came. Ends with its destruction.
class SlowRelay {
 public:
  SlowRelay(int server_port, absl::Duration delay);
  ~SlowRelay();
  std::string address() const;

 private:
  void Run(int server_port, absl::Duration delay) const;

  int listener_ = -1, port_ = 0;
  std::thread thread_;
};

}  // namespace derms::client::testing
