"""A fleet through OptimizeResources, from the request to schedules in force: docs/benchmarks.md. Run by
tests/bench/optimize_fleet."""
import argparse
import json
import math
import random
import statistics
import sys
import time

from bench_system import ITEMS_PER_MESSAGE, in_messages, run_benchmark, system_without_fleet  # finds the module below
from instants import full_hour, iso
from measure import CannotMeasure

PARTS = ("P1", "P2", "P3")
HOURS = 48
MESSAGES_PER_CALL = 20
GAP_TOLERANCE, TIME_LIMIT = 1e-3, "120s"


class Fleet:
    """An area, in parts with limits if any are named; half of its DERs are solar, a tenth wind, the rest batteries."""

    def __init__(self, system, count, area, parts=()):
        self.system, self.count, self.area, self.parts, self.random = system, count, area, parts, random.Random(1)

    def put(self):
        wave = lambda hour, hours: math.sin(hour / hours * 2 * math.pi)  # noqa: E731
        self._series("sun", "AVAILABILITY_SHARE", lambda h: max(0, 0.9 * wave(h - 4, 24)))
        self._series("wind", "AVAILABILITY_SHARE", lambda h: 0.3 + 0.2 * wave(h, 31))
        self._series("load", "LOAD_KW", lambda h: 8 * self.count * (1 + 0.4 * wave(h, 12)))
        self._series("price", "PRICE_USD_PER_KWH", lambda h: 0.12 + 0.1 * wave(h - 9, 24) + 0.01 * (h % 5))
        self.system.must("RegistryService/PutRegion", {"region": {
            "region_id": self.area, "load_series_id": "load", "import_price_series_id": "price"}})
        for part in self.parts:
            self.system.must("RegistryService/PutRegion", {"region": {
                "region_id": part, "parent_region_id": self.area, "export_limit_kw": 6 * self.count,
                "import_limit_kw": 6 * self.count}})
        self._send("RegistryService/RegisterDers", self._der)
        self._send("RegistryService/UpdateDerStatuses", lambda n: {"der_id": self._id(n), "status": "DER_STATUS_ONLINE"})

    def _series(self, name, kind, value_at):
        self.system.must("SeriesService/PutSeries", {"series": {
            "series_id": name, "kind": f"SERIES_KIND_{kind}", "starts_at": iso(full_hour(-2)), "interval": "3600s",
            "values": [value_at(hour) for hour in range(HOURS)]}})

    def _send(self, name, item):
        step = MESSAGES_PER_CALL * ITEMS_PER_MESSAGE
        for first in range(0, self.count, step):
            items = [item(n) for n in range(first, min(first + step, self.count))]
            for answer in self.system.must(name, in_messages(items, "items"), timeout=120).values:
                if any("error" in result for result in answer.get("results", [])):
                    raise CannotMeasure(f"{name}: {answer}")

    def _id(self, number):
        return f"{self.area}-{number:07d}"

    def _der(self, number):
        kind, size = self.random.random(), self.random.random()
        der = {"der_id": self._id(number), "owner_id": "owner-1", "region_id": self.parts[number % len(self.parts)] if self.parts else self.area,
               "location": {"latitude_deg": 38, "longitude_deg": -121}}
        if kind < 0.5:
            return {**der, "type": "DER_TYPE_SOLAR", "capacity_kw": 20 + 20 * size,
                    "parameters": {"availability_series_id": "sun"}}
        if kind < 0.6:
            return {**der, "type": "DER_TYPE_WIND", "capacity_kw": 100 + 20 * size,
                    "parameters": {"availability_series_id": "wind"}}
        capacity_kw = 20 + 30 * size
        return {**der, "type": "DER_TYPE_BATTERY", "capacity_kw": capacity_kw, "parameters": {
            "energy_capacity_kwh": capacity_kw * (2 + 2 * self.random.random()),
            "wear_usd_per_kwh": 0.01 + 0.02 * self.random.random()}}


def follow(system, run_id):
    api = system.api("OptimizerService", "operator-1")
    for message in api.stream("OptimizerService/WatchRun", {"run_id": run_id}, timeout=300):
        run = api.schema.to_dict(message)["run"]
    if run.get("bound_proof") != "BOUND_PROOF_RECOMPUTED":
        raise CannotMeasure(f"no proved schedule: {run.get('failure')} {run.get('notes')}")
    return run


def run_once(system, ders, intervals):
    began = time.monotonic()
    run = system.must("OptimizerService/OptimizeResources", {
        "region_id": "AREA", "interval": f"{86400 // intervals}s", "interval_count": intervals, "apply": True,
        "background": True, "gap_tolerance": GAP_TOLERANCE, "time_limit": TIME_LIMIT}, "operator-1", timeout=120)["run"]
    planned = time.monotonic()
    run = follow(system, run["run_id"])
    seconds = time.monotonic() - began
    if not run.get("applied"):
        raise CannotMeasure(f"no schedule in force: {run.get('failure')} {run.get('notes')}")
    print(json.dumps({
        "figure": "optimize_fleet", "ders": ders, "intervals": intervals, "seconds": round(seconds, 2),
        "plan_seconds": round(planned - began, 2), "solve_seconds": round(run["solve_seconds"], 2),
        "gap": round(run["gap"], 6), "solver": run["solver"], "set_points_per_second": round(ders * intervals / seconds)}),
        flush=True)


def policy_runs(system, seen):
    """The runs of the policy that have ended with a schedule in force and are not among those seen, newest first."""
    listed = system.must("OptimizerService/ListRuns", {"region_id": "FLAT", "page_size": 20}, "operator-1").value
    ended = [run["run_id"] for run in listed.get("runs", []) if run.get("policy_id") and run.get("applied")]
    return [run_id for run_id in ended if run_id not in seen]


def wait_for_policy_run(system, seen):
    deadline = time.monotonic() + 150
    while not (found := policy_runs(system, seen)):
        if time.monotonic() > deadline:
            raise CannotMeasure(f"no run: {system.must('OptimizerService/ListPolicies', {}, 'operator-1')}")
        time.sleep(0.5)
    seen.add(found[0])
    return system.must("OptimizerService/GetRun", {"run_id": found[0]}, "operator-1")["run"]


def run_policy(system, ders, warm_runs):
    """Runs of a standing policy, the first from scratch; between them studies of the same area, from scratch as well."""
    request = {"region_id": "FLAT", "interval": "900s", "interval_count": 96, "time_limit": "50s"}  # shorter than "every"
    system.must("OptimizerService/PutPolicy", {"policy": {"policy_id": "flat", "every": "60s", "request": request}},
                "operator-1")
    seen, warm, cold = set(), [], []
    while len(warm) < warm_runs:
        run = wait_for_policy_run(system, seen)
        resumed = any(note.startswith("went on from the last run") for note in run.get("notes", []))
        if len(seen) > 2 + 2 * warm_runs:
            raise CannotMeasure(f"runs do not go on from each other: {run.get('notes')}")
        (warm if resumed else cold).append(run)
        study = system.must("OptimizerService/OptimizeResources", {**request, "background": True}, "operator-1",
                            timeout=120)["run"]
        cold.append(follow(system, study["run_id"]))
    system.must("OptimizerService/DeletePolicy", {"policy_id": "flat"}, "operator-1")
    seconds = {"warm": statistics.median(run["solve_seconds"] for run in warm),
               "cold": statistics.median(run["solve_seconds"] for run in cold)}
    print(json.dumps({
        "figure": "policy_resume_ratio", "ders": ders, "intervals": 96, "runs": len(warm),
        "warm_solve_seconds": round(seconds["warm"], 3), "cold_solve_seconds": round(seconds["cold"], 3),
        "ratio": round(seconds["warm"] / seconds["cold"], 3), "gap": round(max(run["gap"] for run in warm), 6),
        "cold_gap": round(max(run["gap"] for run in cold), 6)}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ders", type=int, default=100_000)
    parser.add_argument("--intervals", type=int, nargs="*", default=[24, 96])
    parser.add_argument("--policy-ders", type=int, default=100_000)
    parser.add_argument("--policy-runs", type=int, default=2, help="that go on from the one before, a minute each")
    given = parser.parse_args()

    def measure(system):
        if given.intervals:
            Fleet(system, given.ders, "AREA", PARTS).put()
        for intervals in given.intervals:
            run_once(system, given.ders, intervals)
        if given.policy_runs:
            Fleet(system, given.policy_ders, "FLAT").put()
            run_policy(system, given.policy_ders, given.policy_runs)

    sys.exit(run_benchmark(measure, system_without_fleet))
