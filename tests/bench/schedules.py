"""Set-points stored and read per second: docs/benchmarks.md. Run by tests/bench/schedules."""
import argparse
import json
import subprocess
import sys
import tempfile
import time

from bench_system import PROGRAMS, run_benchmark
from measure import CannotMeasure

# The usual form: a row per interval, found by DER and time.
PLAIN = """CREATE TABLE plain_schedule (der_key bigint, run_id text, starts_at timestamptz, power_kw float8,
  state_of_charge_kwh float8, priority smallint, grid_stability_score smallint, PRIMARY KEY (der_key, run_id, starts_at))"""


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ders", type=int, default=20_000)
    parser.add_argument("--intervals", type=int, default=96)
    return parser.parse_args()


def write_rows(path, options):
    with open(path, "w", encoding="ascii") as rows:
        for der in range(options.ders):
            charge = f"{200 + der % 100}.25" if der % 3 == 0 else "\\N"
            for t in range(options.intervals):
                rows.write(f"{der}\tbench\t2026-11-23 {t // 4 % 24:02}:{t % 4 * 15:02}:{t // 96:02}+00\t{der % 97}.5\t"
                           f"{charge}\t{1 + t % 10}\t{1 + t % 10}\n")


class Schedules:
    def __init__(self, system, options):
        self.system, self.options, self.points = system, options, options.ders * options.intervals
        self.query = system.postgres.query
        for name in ("registry", "optimizer", "emergency"):
            system.stop(name)

    def store(self):
        done = subprocess.run([PROGRAMS / "schedule_store", self.system.postgres.url, str(self.options.ders),
                               str(self.options.intervals)], capture_output=True, text=True, timeout=900, check=False)
        if done.returncode != 0:
            raise CannotMeasure(f"schedule_store: {done.stdout}{done.stderr}")
        stored = int(self.query("SELECT sum(cardinality(power_kw)) FROM schedule WHERE run_id = 'bench'")[0][0])
        if stored != self.points:
            raise CannotMeasure(f"{self.points} set-points given, {stored} stored")
        return json.loads(done.stdout)

    def copy_rows(self):
        self.query(PLAIN)
        with tempfile.NamedTemporaryFile() as file:
            write_rows(file.name, self.options)
            begin = time.monotonic()
            self.query(f"\\copy plain_schedule FROM '{file.name}'")
            return time.monotonic() - begin

    def bytes_per_point(self, table):
        return round(int(self.query(f"SELECT pg_total_relation_size('{table}')")[0][0]) / self.points, 1)

    def run(self):
        ours, plain_seconds = self.store(), self.copy_rows()
        shape = {"ders": self.options.ders, "intervals": self.options.intervals}
        print(json.dumps({
            "figure": "schedule_write_over_copy_of_rows", "ratio": round(plain_seconds / ours["write_seconds"], 2),
            "points_per_second": round(self.points / ours["write_seconds"]),
            "ders_per_second": round(self.options.ders / ours["write_seconds"]),
            "copy_points_per_second": round(self.points / plain_seconds),
            "bytes_per_point": self.bytes_per_point("schedule"),
            "copy_bytes_per_point": self.bytes_per_point("plain_schedule"), **shape}))
        print(json.dumps({"figure": "schedule_read", "points_per_second": round(ours["read_points"] / ours["read_seconds"]),
                          "points": ours["read_points"], **shape}))


if __name__ == "__main__":
    given = parse_options()
    sys.exit(run_benchmark(lambda system: Schedules(system, given).run()))
