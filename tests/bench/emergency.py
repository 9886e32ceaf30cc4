"""Time until an emergency order over the whole fleet is durable: docs/benchmarks.md. Run by tests/bench/emergency."""
import argparse
import functools
import json
import pathlib
import subprocess
import sys
import time

from bench_system import BenchSystem, run_benchmark
from measure import CannotMeasure

SECONDS, WARMUP_SECONDS = 12, 1
LOAD_LIMIT_SECONDS = 300
CAPACITY_KW = 50

# 50 % solar, 10 % wind, 35 % batteries, 5 % hydro in an area of 20 parts; one of 500 is in MAINTENANCE, so that an
# answer lists as many unbound DERs as it may. Readings of all.
FILL = """
SET synchronous_commit = off;
INSERT INTO region VALUES ('AREA', '', '', NULL, NULL, '', '', '', '', 1);
INSERT INTO region SELECT 'PART-' || n, 'AREA', '', NULL, NULL, '', '', '', '', 1 FROM generate_series(0, 19) n;
CREATE TEMP TABLE fleet AS
  SELECT n, id, ('x' || encode(substring(sha256(convert_to(id, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint AS key,
         CASE WHEN n % 20 < 10 THEN 1 WHEN n % 20 < 12 THEN 2 WHEN n % 20 < 19 THEN 3 ELSE 4 END AS type
  FROM (SELECT n, 'BENCH-' || lpad(n::text, greatest(6, length(n::text)), '0') AS id FROM generate_series(0, {ders} - 1) n) named;
INSERT INTO der (der_key, der_id, owner_id, type, capacity_kw, latitude_deg, longitude_deg, region_id, stored_status,
                 lifecycle, parameters, registered_at, updated_at, revision)
  SELECT key, id, 'owner-' || 1 + n % 2, type, {capacity_kw}, 34 + (n % 1000) * 1e-3, -117 + (n / 1000) * 1e-3,
         'PART-' || n % 20, {stored_status}, 1, '{{}}', now(), now(), 1 FROM fleet;
INSERT INTO latest_reading (der_key, der_id, measured_at, power_kw, state_of_charge_kwh, quality)
  SELECT key, id, now(), n % 37 * {capacity_kw} / 74.0, CASE type WHEN 3 THEN (2 + n % 2) * {capacity_kw} END, 1 FROM fleet;
VACUUM ANALYZE der;
VACUUM ANALYZE latest_reading;
CHECKPOINT;
"""


class FleetSystem(BenchSystem):
    """A fleet written into the tables, then loaded by the emergency service; the others are stopped."""
    stored_status = "CASE WHEN n % 500 = 0 THEN 3 ELSE 2 END"

    def __init__(self, ders):
        self.ders = ders
        super().__init__()

    def _register_fleet(self):
        for name in ("registry", "optimizer", "emergency"):
            self.stop(name)
        script = self.folder / "fill.sql"
        script.write_text(FILL.format(ders=self.ders, capacity_kw=CAPACITY_KW, stored_status=self.stored_status))
        subprocess.run([self.postgres.bin / "psql", self.postgres.url, "-qX", "-v", "ON_ERROR_STOP=1", "-f", script],
                       check=True, timeout=LOAD_LIMIT_SECONDS)
        began = time.monotonic()
        self.start("emergency", wait=False)
        self.wait_serving("emergency", LOAD_LIMIT_SECONDS)
        self.load_seconds = time.monotonic() - began

    def resident_mb(self):
        status = pathlib.Path(f"/proc/{self.processes['emergency'].pid}/status").read_text()
        return round(int(status.split("VmRSS:")[1].split()[0]) / 1024)


def orders(system, figure, power_kw, in_flight):
    seen = system.load("emergency", "emergency", "--in-flight", in_flight, "--channels", min(in_flight, 4), "--seconds",
                       SECONDS, "--warmup-seconds", WARMUP_SECONDS, "--power-kw", power_kw)
    if seen["operations"] < 100:
        raise CannotMeasure(f"{figure}: {seen['operations']} orders are too few for a 99th percentile")
    print(json.dumps({"figure": figure, "unit": "ms", "p50_ms": seen["p50_ms"], "p99_ms": seen["p99_ms"],
                      "orders": seen["operations"], "ders": system.ders, "in_flight": in_flight}), flush=True)


def measure(system):
    print(json.dumps({"figure": "emergency_start", "ders": system.ders, "seconds": round(system.load_seconds, 1),
                      "resident_mb": system.resident_mb()}), flush=True)
    tenth_kw = 0.1 * CAPACITY_KW * 0.35 * system.ders  # of the batteries' rated power
    orders(system, "emergency_all_ders_commit", 0, 1)
    orders(system, "emergency_all_ders_inject_commit", tenth_kw, 1)
    orders(system, "emergency_all_ders_absorb_commit", -tenth_kw, 1)
    orders(system, "emergency_all_ders_inject_64_clients", tenth_kw / 64, 64)
    print(json.dumps({"figure": "emergency_memory", "ders": system.ders, "resident_mb": system.resident_mb()}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ders", type=int, default=1_000_000)
    sys.exit(run_benchmark(measure, functools.partial(FleetSystem, parser.parse_args().ders)))
