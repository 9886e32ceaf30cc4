// What a solver process may take from the machine, and who survives whom.
#pragma once

#include <cstdint>

namespace derms::optimizer {

// For the process that calls it, at its start:
//   is called derms-solver;
//   ends with the service (SIGKILL by the kernel when the thread that spawned it ends), and not by the stop signals,
//   which a terminal or a supervisor sends to all processes: the service decides when its solvers end;
//   may allocate `memory_bytes` on top of what it has; asking for more ends it with kOutOfMemoryExit;
//   leaves no core file; is taken first by the kernel when the machine runs out of memory; gives way to the service's
//   threads (nice).
// What the system does not allow (a container without /proc) is left out: none of it is needed for right answers.
void LimitThisWorker(std::int64_t memory_bytes);

}  // namespace derms::optimizer
