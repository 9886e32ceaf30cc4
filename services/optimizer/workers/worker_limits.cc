#include "services/optimizer/workers/worker_limits.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <new>
#include <string>

#include "services/optimizer/workers/worker_process.h"

namespace derms::optimizer {
namespace {

constexpr int kNice = 5;
constexpr char kOomScore[] = "800";  // of -1000 to 1000, on top of the share of memory in use

// Private writable memory of this process, which is what RLIMIT_DATA counts.
std::int64_t DataBytes() {
  std::ifstream status("/proc/self/status");
  std::string name;
  while (status >> name) {
    std::int64_t kib = 0;
    if (name == "VmData:" && status >> kib) return kib << 10;
  }
  return 0;
}

// Unwinding through solver libraries that do not expect it helps nobody: the service has the problem and knows what to
// do next.
[[noreturn]] void EndForLackOfMemory() {
  _exit(kOutOfMemoryExit);
}

void LimitMemory(std::int64_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  const rlim_t wanted = static_cast<rlim_t>(DataBytes() + bytes);
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_DATA, &limit);
  std::set_new_handler(EndForLackOfMemory);
}

// A core file of gigabytes for each problem that crashes a solver fills the disk, and delays the answer.
void LeaveNoCoreFile() {
  rlimit limit{};
  getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
}

void BeTakenFirst() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = write(file, kOomScore, sizeof kOomScore - 1);
  close(file);
}

}  // namespace

void LimitThisWorker(std::int64_t memory_bytes) {
  prctl(PR_SET_NAME, "derms-solver");  // in place of "exe", for ps and top
  prctl(PR_SET_PDEATHSIG, SIGKILL);    // a service that died before this line has closed the socket
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);
  setpriority(PRIO_PROCESS, 0, kNice);
  BeTakenFirst();
  LeaveNoCoreFile();
  LimitMemory(memory_bytes);
}

}  // namespace derms::optimizer
