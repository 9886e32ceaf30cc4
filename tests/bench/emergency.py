"""Time until an emergency order over the whole fleet is durable: docs/benchmarks.md. Run by tests/bench/emergency."""
import json
import sys

from bench_system import DERS, BenchSystem, require_programs
from measure import CannotMeasure

SECONDS, WARMUP_SECONDS = 8, 1


def main():
    system = None
    try:
        require_programs()
        system = BenchSystem()
        system.set_all("DER_STATUS_ONLINE")
        # The service catches up with what the registry committed before it refuses a count.
        system.must("EmergencyService/AllocateEmergency", {
            "der_id": "ALL_DERS", "power_kw": 0, "duration": "60s", "reason": "benchmark", "expected_count": DERS,
            "validate_only": True}, "operator-1")
        seen = system.load("emergency", "emergency", "--in-flight", 1, "--channels", 1, "--seconds", SECONDS,
                           "--warmup-seconds", WARMUP_SECONDS)
        print(json.dumps({"figure": "emergency_all_ders_commit", "unit": "ms", "p50_ms": seen["p50_ms"],
                          "p99_ms": seen["p99_ms"], "orders": seen["operations"], "ders": DERS}))
    except CannotMeasure as why:
        print(f"cannot measure: {why}", file=sys.stderr)
        return 1
    finally:
        if system:
            system.destroy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
