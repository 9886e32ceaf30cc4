#include "services/optimizer/workers/worker_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"

extern char** environ;

namespace derms::optimizer {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(1);

// The service's settings name the database, keys and secrets; a solver needs none of them.
std::vector<char*> EnvironmentOfWorker() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("DERMS_") && !text.starts_with("PG")) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

// What posix_spawn does to descriptors and signals of the new process.
class SpawnSetup {
 public:
  explicit SpawnSetup(int socket) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);  // stdout is the service's log
    posix_spawn_file_actions_adddup2(&actions_, socket, kWorkerSocket);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kWorkerSocket + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);  // the service blocks its stop signals
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

absl::Status CannotStart(const char* what, int error) {
  return base::Unavailable("SOLVERS_DOWN", absl::StrCat("no solver process can be started: ", what, ": ",
                                                        std::strerror(error), "; see the limits of the service"));
}

}  // namespace

bool WorkerEnd::out_of_memory() const {
  return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == kOutOfMemoryExit;
}

std::string WorkerEnd::Describe() const {
  if (out_of_memory()) return "ran out of memory";
  if (WIFEXITED(wait_status)) return absl::StrCat("ended by itself with code ", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* hint = signal == SIGKILL && !killed ? ", as the kernel does when memory runs out" : "";
  return absl::StrCat("was killed by signal ", signal, " (", strsignal(signal), hint, ")");
}

absl::StatusOr<std::unique_ptr<WorkerProcess>> WorkerProcess::Spawn(std::int64_t memory_bytes) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return CannotStart("socketpair", errno);
  server::OwnedFd ours(ends[0]), theirs(ends[1]);
  if (theirs.get() == kWorkerSocket) {  // dup2 onto itself would keep close-on-exec
    theirs = server::OwnedFd(fcntl(theirs.get(), F_DUPFD_CLOEXEC, kWorkerSocket + 1));
  }
  const SpawnSetup setup(theirs.get());
  std::string name = program_invocation_short_name, mode = kSolverWorkerArgument, memory = absl::StrCat(memory_bytes);
  char* const arguments[] = {name.data(), mode.data(), memory.data(), nullptr};
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, "/proc/self/exe", setup.actions(), setup.attributes(), arguments, EnvironmentOfWorker().data());
  if (error != 0) return CannotStart("posix_spawn", error);
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, std::move(ours)));
}

WorkerProcess::~WorkerProcess() {
  if (!reaped_) End(absl::ZeroDuration());
}

bool WorkerProcess::Alive() const {
  siginfo_t ended{};
  return waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

WorkerEnd WorkerProcess::End(absl::Duration patience) {
  WorkerEnd end;
  for (const absl::Time until = absl::Now() + patience; Alive() && absl::Now() < until;) absl::SleepFor(kLookEvery);
  if (Alive()) {
    end.killed = true;
    kill(pid_, SIGKILL);
  }
  while (waitpid(pid_, &end.wait_status, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  return end;
}

}  // namespace derms::optimizer
