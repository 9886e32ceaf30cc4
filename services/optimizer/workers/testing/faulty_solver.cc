#include "services/optimizer/workers/testing/faulty_solver.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "libs/dispatch/portfolio.h"
#include "services/optimizer/workers/quick_solver.h"
#include "services/optimizer/workers/worker_process.h"

namespace derms::optimizer::testing {
namespace {

void LoopForEver() {
  for (volatile std::uint64_t turns = 0;;) turns = turns + 1;
}

// The allocators of sanitizers never ask the new-handler, which this does as operator new would.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
void EatMemory() {
  constexpr std::size_t kPart = 1 << 20;
  void* part = nullptr;
  do {
    part = mmap(nullptr, kPart, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  } while (part != MAP_FAILED);
  std::get_new_handler()();
}
#else
void EatMemory() {
  std::vector<std::unique_ptr<std::vector<char> > > eaten;
  while (true) eaten.push_back(std::make_unique<std::vector<char> >(1 << 20, 'x'));
}
#endif

void TalkForEver(const dispatch::SolveOptions& options) {
  while (true) options.progress({"talk", 0, 0});
}

void SleepUntilStopped(const dispatch::SolveOptions& options) {
  const absl::Time end = absl::Now() + options.time_limit;
  while (absl::Now() < end && !options.cancelled->load()) absl::SleepFor(absl::Milliseconds(1));
}

void Misbehave(std::string_view how, const dispatch::SolveOptions& options) {
  if (how == "ABORT") std::abort();
  if (how == "EXIT") _exit(3);
  if (how == "LOOP") LoopForEver();
  if (how == "TALK") TalkForEver(options);
  if (how == "EAT") EatMemory();
  if (how == "SLEEP") SleepUntilStopped(options);
  if (how == "GARBLE") {
    const std::string noise(4096, '\xee');
    [[maybe_unused]] const ssize_t written = write(kWorkerSocket, noise.data(), noise.size());
    LoopForEver();
  }
}

}  // namespace

absl::StatusOr<dispatch::Solution> FaultySolver::Solve(const dispatch::Problem& problem,
                                                       const dispatch::SolveOptions& options) const {
  constexpr std::string_view kAlways = "ALWAYS-";
  std::string_view how = problem.devices.empty() ? std::string_view() : std::string_view(problem.devices[0].id);
  const bool always = how.starts_with(kAlways);
  if (always) how.remove_prefix(kAlways.size());
  if (always || role_ == Role::kBest) Misbehave(how, options);
  if (role_ == Role::kQuick) return QuickSolver().Solve(problem, options);
  return dispatch::MakePortfolio()->Solve(problem, options);
}

}  // namespace derms::optimizer::testing
