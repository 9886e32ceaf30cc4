// The solver processes in /metrics: docs/metrics.md.
#pragma once

#include "libs/observe/metrics.h"
#include "services/optimizer/workers/solver_pool.h"

namespace derms::optimizer {

// Both outlive the last scrape.
void ExportSolverMetrics(const SolverPool& pool, observe::Metrics& metrics);

}  // namespace derms::optimizer
