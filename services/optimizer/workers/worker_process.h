// A solver process: this binary executed again as `BINARY solver-worker LIMITS`, with one end of a socket pair as
// descriptor 3 and nothing else of the service: no other descriptors, no secrets of its environment.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/optimizer/workers/frame_socket.h"

namespace derms::optimizer {

inline constexpr char kSolverWorkerArgument[] = "solver-worker";
inline constexpr int kWorkerSocket = 3;
inline constexpr int kOutOfMemoryExit = 77;  // memory that the limit, or the machine, did not give

// How a process ended.
struct WorkerEnd {
  int wait_status = 0;  // as of waitpid
  bool killed = false;  // by us
  bool out_of_memory() const;
  std::string Describe() const;  // "was killed by signal 11 (Segmentation fault)"
};

// Used by one thread at a time, which may change.
class WorkerProcess {
 public:
  // Never forks: posix_spawn. The thread that calls it must live as long as the process is to: the kernel kills a
  // worker whose spawning thread has ended. UNAVAILABLE SOLVERS_DOWN with the reason.
  static absl::StatusOr<std::unique_ptr<WorkerProcess>> Spawn(std::int64_t memory_bytes);
  ~WorkerProcess();  // kills and reaps

  FrameSocket& socket() { return socket_; }
  pid_t pid() const { return pid_; }
  bool Alive() const;
  // Waits for its end, kills it when it has not come after `patience`, and reaps it.
  WorkerEnd End(absl::Duration patience);

 private:
  WorkerProcess(pid_t pid, server::OwnedFd socket) : pid_(pid), socket_(std::move(socket)) {}

  const pid_t pid_;
  FrameSocket socket_;
  bool reaped_ = false;
};

}  // namespace derms::optimizer
