"""Time of reports over a fleet with a week of readings: docs/benchmarks.md. Run by tests/bench/reports."""
import argparse
import json
import statistics
import subprocess
import sys

from bench_system import PROGRAMS, run_benchmark, system_without_fleet
from measure import CannotMeasure

MUST_MS = 2000
# Figure, what of the program's answer it is, and what it must stay below.
FIGURES = (("report_performance", "performance", MUST_MS),
           ("report_performance_pages", "performance_pages_of_1000", MUST_MS),
           ("report_performance_owner", "performance_of_an_owner", None),
           ("report_performance_der", "performance_of_a_der", None),
           ("report_carbon", "carbon", None),
           ("report_compliance", "compliance", MUST_MS),
           ("report_compliance_pages", "compliance_pages_of_1000", MUST_MS),
           ("report_compliance_owner", "compliance_of_an_owner", None),
           ("report_carbon_without_storage", "carbon_without_storage", None),
           ("report_history", "history_by_hours", None),
           ("list_readings", "list_readings", None))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ders", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=7)
    return parser.parse_args()


class Reports:
    def __init__(self, system, options):
        self.system, self.options = system, options
        self.query = system.postgres.query
        for name in ("registry", "optimizer", "emergency"):
            system.stop(name)

    def measure(self):
        done = subprocess.run([PROGRAMS / "report_store", self.system.postgres.url, str(self.options.ders),
                               str(self.options.days)], capture_output=True, text=True, timeout=3600, check=False)
        if done.returncode != 0:
            raise CannotMeasure(f"report_store: {done.stdout}{done.stderr}")
        given = self.options.ders * (self.options.days + 1) * 24 * 12  # and the day that is folded in turns
        ((stored,),) = self.query("SELECT sum(sample_count) FROM reading_hour")
        if int(stored) != given:
            raise CannotMeasure(f"{given} readings given, {stored} in hours")
        ((judged,),) = self.query("SELECT sum(judged + not_judged) FROM compliance_hour")
        if int(judged) != given - self.options.ders * 12 * 12:
            raise CannotMeasure(f"{judged} of {given} readings judged")
        return json.loads(done.stdout)

    def size(self, table):
        return int(self.query(f"SELECT pg_total_relation_size('{table}')")[0][0])

    @staticmethod
    def in_turns(one, other):
        ratios = [ours / theirs for ours, theirs in zip(one, other)]
        return {"ratio": round(statistics.median(ratios), 2), "rounds": [round(each, 2) for each in ratios]}

    def run(self):
        ours = self.measure()
        stored = ours["readings"] * (self.options.days + 1) / self.options.days
        shape = {"ders": self.options.ders, "days": self.options.days, "readings": ours["readings"]}
        print(json.dumps({"figure": "readings_stored",
                          "per_second": round(ours["readings"] / ours["commit_seconds"]), **shape}))
        print(json.dumps({"figure": "readings_folded", "per_second": round(ours["readings"] / ours["fold_seconds"]),
                          "history_bytes_per_reading": round(self.size("reading_chunk") / stored, 1),
                          "bytes_per_hour": round(self.size("reading_hour") / (stored / 12), 1), **shape}))
        ((findings,),) = self.query("SELECT count(*) FROM compliance_finding")
        print(json.dumps({"figure": "folding_judged_ratio",
                          **self.in_turns(ours["fold_judged_seconds"], ours["fold_plain_seconds"]),
                          "findings": int(findings),
                          "bytes_per_hour": round(self.size("compliance_hour") / (ours["readings"] / 12), 1), **shape}))
        print(json.dumps({"figure": "report_pages_over_whole", **self.in_turns(
            ours["performance_pages_of_1000"]["ms"], ours["performance"]["ms"]), **shape}))
        for figure, key, must in FIGURES:
            ms = ours[key]["ms"]
            goal = {"must": must} if must else {}
            print(json.dumps({"figure": figure, "ms": round(statistics.median(ms), 1), **goal,
                              "rounds": [round(each, 1) for each in ms], "rows": ours[key]["rows"], **shape}))


if __name__ == "__main__":
    given = parse_options()
    sys.exit(run_benchmark(lambda system: Reports(system, given).run(), system_without_fleet))
