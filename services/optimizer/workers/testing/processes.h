// What the kernel knows of the processes and descriptors of a test.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace derms::optimizer::testing {

std::vector<pid_t> ChildrenOf(pid_t parent);  // zombies included
std::vector<pid_t> ZombiesOf(pid_t parent);
bool Runs(pid_t pid);  // neither gone nor a zombie
int OpenDescriptors(pid_t pid);
std::string EnvironmentOf(pid_t pid);  // as it was at its start

// True as soon as `condition` is.
bool Eventually(const std::function<bool()>& condition, absl::Duration limit = absl::Seconds(20));

}  // namespace derms::optimizer::testing
