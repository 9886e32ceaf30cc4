"""Time until an emergency order over the whole fleet is durable: docs/benchmarks.md. Run by tests/bench/emergency."""
import json
import sys

from bench_system import DERS, run_benchmark

SECONDS, WARMUP_SECONDS = 8, 1


def measure(system):
    system.set_all("DER_STATUS_ONLINE")
    # The service catches up with what the registry committed before it refuses a count.
    system.must("EmergencyService/AllocateEmergency", {
        "der_id": "ALL_DERS", "power_kw": 0, "duration": "60s", "reason": "benchmark", "expected_count": DERS,
        "validate_only": True}, "operator-1")
    seen = system.load("emergency", "emergency", "--in-flight", 1, "--channels", 1, "--seconds", SECONDS,
                       "--warmup-seconds", WARMUP_SECONDS)
    print(json.dumps({"figure": "emergency_all_ders_commit", "unit": "ms", "p50_ms": seen["p50_ms"],
                      "p99_ms": seen["p99_ms"], "orders": seen["operations"], "ders": DERS}))


if __name__ == "__main__":
    sys.exit(run_benchmark(measure))
