// Frames over a stream socket between two processes of one machine: kind, length, bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "libs/server/acceptor.h"

namespace derms::optimizer {

enum class FrameKind : std::uint32_t {
  kReady = 1,     // worker: started, waits for a job
  kJob = 2,       // to the worker: a Job; the next one only after its answer
  kCancel = 3,    // to the worker: end the job soon; too late or without a job it means nothing
  kProgress = 4,  // worker: Progress of the job
  kAnswer = 5,    // worker: solution or error, the last frame of a job
};

struct Frame {
  FrameKind kind = FrameKind::kReady;
  std::string bytes;
};

// A fleet of a million devices over a day and its schedule stay below; what is longer is damaged.
inline constexpr std::uint64_t kMaxFrameBytes = std::uint64_t{4} << 30;

enum class Transfer {
  kDone,
  kClosed,   // the other end is gone, or what came is no frame
  kGivenUp,  // by the caller's Patience
};

// Asked at least every 10 ms while there is nothing to do; false: give up.
using Patience = std::function<bool()>;

// One thread reads and one writes at a time.
class FrameSocket {
 public:
  // The socket is made non-blocking.
  explicit FrameSocket(server::OwnedFd socket);

  Transfer Send(FrameKind kind, std::string_view bytes, const Patience& patience);
  Transfer Receive(Frame& frame, const Patience& patience);
  int fd() const { return socket_.get(); }

 private:
  Transfer SendBytes(const void* data, std::size_t size, const Patience& patience);
  Transfer ReceiveBytes(void* data, std::size_t size, const Patience& patience);

  server::OwnedFd socket_;
};

}  // namespace derms::optimizer
