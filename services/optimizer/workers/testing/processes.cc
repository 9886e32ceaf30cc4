#include "services/optimizer/workers/testing/processes.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"

namespace derms::optimizer::testing {
namespace {

struct Stat {
  char state = '?';
  pid_t parent = 0;
};

std::string Proc(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

int EntriesIn(const std::string& folder) {
  std::error_code gone;
  int count = 0;
  for (std::filesystem::directory_iterator entry(folder, gone), end; !gone && entry != end; entry.increment(gone)) {
    ++count;
  }
  return count;
}

std::optional<Stat> StatOf(pid_t pid) {
  std::ifstream file(Proc(pid, "stat"));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  Stat stat;
  const std::size_t after_name = line.rfind(')');  // the name may hold anything
  if (sscanf(line.c_str() + after_name + 1, " %c %d", &stat.state, &stat.parent) != 2) return std::nullopt;
  return stat;
}

std::vector<pid_t> ProcessesWith(const std::function<bool(const Stat&)>& wanted) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    if (const auto stat = StatOf(pid); stat && wanted(*stat)) found.push_back(pid);
  }
  return found;
}

}  // namespace

std::vector<pid_t> ChildrenOf(pid_t parent) {
  return ProcessesWith([&](const Stat& stat) { return stat.parent == parent; });
}

std::vector<pid_t> ZombiesOf(pid_t parent) {
  return ProcessesWith([&](const Stat& stat) { return stat.parent == parent && stat.state == 'Z'; });
}

bool Runs(pid_t pid) {
  const auto stat = StatOf(pid);
  if (!stat || stat->state == 'X') return false;
  return stat->state != 'Z' || EntriesIn(Proc(pid, "task")) > 1;  // other threads may take a moment longer
}

int OpenDescriptors(pid_t pid) {
  return EntriesIn(Proc(pid, "fd"));
}

std::string EnvironmentOf(pid_t pid) {
  std::ifstream file(Proc(pid, "environ"));
  return {std::istreambuf_iterator<char>(file), {}};
}

bool Eventually(const std::function<bool()>& condition, absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  while (!condition()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

}  // namespace derms::optimizer::testing
