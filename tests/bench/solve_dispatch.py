"""What a caller waits for the schedule of a house: docs/benchmarks.md. Run by tests/bench/solve_dispatch."""
import json
import statistics
import sys
import time

from bench_system import run_benchmark, system_without_fleet  # finds the module below
from derms_api import ROOT
from measure import CannotMeasure, tree_cpu_seconds

CALLS, WARMUP_CALLS = 500, 50
MUST_MS, AIM_MS = 10, 3
HOUSE = ROOT / "docs" / "examples" / "house.json"


def timed(api, name, request):
    """Milliseconds of one call after the other, over one connection; the message is made before."""
    seen, solve_ms = [], []
    for number in range(WARMUP_CALLS + CALLS):
        start = time.perf_counter()
        answer = api.call(name, request)
        if number >= WARMUP_CALLS:
            seen.append(1e3 * (time.perf_counter() - start))
            if "solution" in answer.value:
                solve_ms.append(1e3 * answer.value["solution"]["solve_seconds"])
        if not answer.ok:
            raise CannotMeasure(f"{name}: {answer.code} {answer.reason} {answer.message}")
    return sorted(seen), solve_ms


def measure(system):
    method = system.schema.method("OptimizerService/SolveDispatch")
    problem = json.loads(HOUSE.read_text())
    request = system.schema.message(method.input_type, {"problem": problem}).SerializeToString()
    optimizer, pid = system.api("OptimizerService", "operator-1"), system.processes["optimizer"].pid
    answer = optimizer.call("OptimizerService/SolveDispatch", request)
    if not answer.ok or answer["certificate"]["bound_proof"] != "BOUND_PROOF_RECOMPUTED":
        raise CannotMeasure(f"the house has no proved schedule: {answer}")
    used = tree_cpu_seconds(pid)  # solver processes included
    house, solve_ms = timed(optimizer, "OptimizerService/SolveDispatch", request)
    used = tree_cpu_seconds(pid) - used
    floor, _ = timed(system.api("AccessService", "operator-1"), "AccessService/WhoAmI", b"")
    print(json.dumps({
        "figure": "solve_dispatch_house", "unit": "ms", "p50_ms": round(statistics.median(house), 3),
        "p99_ms": round(house[int(0.99 * len(house))], 3), "must": MUST_MS, "aim": AIM_MS,
        "solve_p50_ms": round(statistics.median(solve_ms), 3),
        "server_cpu_ms": round(1e3 * used / (CALLS + WARMUP_CALLS), 3),
        "whoami_p50_ms": round(statistics.median(floor), 3), "calls": CALLS,
        "intervals": problem["interval_count"], "devices": len(problem["devices"])}))


if __name__ == "__main__":
    sys.exit(run_benchmark(measure, system_without_fleet))
