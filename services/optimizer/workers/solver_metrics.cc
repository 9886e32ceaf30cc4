#include "services/optimizer/workers/solver_metrics.h"

namespace derms::optimizer {
namespace {

using Figures = ProcessPool::Figures;

template <typename Number>
auto Reading(const SolverPool& pool, Number Figures::*figure) {
  return [&pool, figure] { return static_cast<double>(pool.figures().*figure); };
}

}  // namespace

void ExportSolverMetrics(const SolverPool& pool, observe::Metrics& metrics) {
  metrics.AddGauge("derms_solvers_ready", "Solver processes that wait for a solve.", Reading(pool, &Figures::ready));
  metrics.AddGauge("derms_solvers_busy", "Solver processes that solve.", Reading(pool, &Figures::busy));
  metrics.AddGauge("derms_solver_queue", "Solves that wait for a process.", Reading(pool, &Figures::waiting));
  metrics.AddCounter("derms_solvers_started_total", "Solver processes started.", Reading(pool, &Figures::started));
  metrics.AddCounter("derms_solvers_crashed_total", "Solver processes that ended by a signal or code of their own.",
                     Reading(pool, &Figures::crashed));
  metrics.AddCounter("derms_solvers_killed_total", "Solver processes killed because they did not end a solve.",
                     Reading(pool, &Figures::killed));
  metrics.AddCounter("derms_solvers_out_of_memory_total", "Solver processes that reached their memory limit.",
                     Reading(pool, &Figures::out_of_memory));
}

}  // namespace derms::optimizer
