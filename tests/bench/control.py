"""What an emergency order costs on its way to the DERs: docs/benchmarks.md. Run by tests/bench/control."""
import argparse
import json
import subprocess
import sys
import time

from bench_system import PROGRAMS, run_benchmark
from derms_system import run
from emergency import FleetSystem
from measure import CannotMeasure, cpu_seconds
from simulator import Simulator

SIMULATED = 10_000
PARTS = ("fleet", "streams", "overload")
READY_SECONDS, HEARD_SECONDS, ACKNOWLEDGED_SECONDS, RESTORED_SECONDS = 180, 60, 120, 60
AT_ONCE = {"delay": "0s", "window": "1s", "ramp": "1s"}  # the next order finds the DERs free
ORDERS = 5  # of each shape; the figures are medians
OVERLOAD, COMMIT_SECONDS = 5, 20
FLOOD_STREAMS, READINGS, USUAL_IN_FLIGHT = 32, 500, 256


def show(figure, **values):
    print(json.dumps({"figure": figure, **values}), flush=True)


def median(values):
    return sorted(values)[len(values) // 2]


class ControlSystem(FleetSystem):
    """A fleet in the tables, all of it ONLINE, and all three services."""
    stored_status = "2"

    def _register_fleet(self):
        super()._register_fleet()
        for name in ("registry", "optimizer"):
            self.start(name, wait=False)
        for name in ("registry", "optimizer"):
            self.wait_serving(name, 120)
        self._apis.clear()

    def allocate(self):
        """Gives an order over all DERs. Returns it, when it was sent and how long it took, in seconds."""
        sent = time.time()
        order = self.must("EmergencyService/AllocateEmergency", {
            "der_id": "ALL_DERS", "power_kw": 0, "duration": "600s", "reason": "benchmark",
            "expected_count": self.ders, "restoration": AT_ONCE}, "operator-1")["order"]
        return order, sent, time.time() - sent

    def release(self, order):
        self.must("EmergencyService/ReleaseEmergency", {"emergency_id": order["emergency_id"]}, "operator-1")

    def wait_restored(self, order):
        deadline = time.monotonic() + RESTORED_SECONDS
        while time.monotonic() < deadline:
            restoration = self.must("EmergencyService/GetEmergency", {"emergency_id": order["emergency_id"]},
                                    "operator-1")["order"]["restoration"]
            if restoration["restored_count"] == restoration["der_count"]:
                return
            time.sleep(0.2)
        raise CannotMeasure(f"the return of all DERs took more than {RESTORED_SECONDS} s: {restoration}")


def reported(simulator, what, until, seconds):
    """Polls until `until(report)`; returns the report."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        report = simulator.report()
        if until(report):
            return report
        time.sleep(0.2)
    raise CannotMeasure(f"{what} took more than {seconds} s: {report}")


def order_in(report, order):
    return next((each for each in report["orders"] if each["emergency_id"] == order["emergency_id"]), {})


def cpu_of_both(system, simulator):
    return cpu_seconds(system.processes["emergency"].pid) + cpu_seconds(simulator.process.pid)


def one_order(system, simulator, gateways):
    """An order from its first byte until all DERs are back, in seconds since it was sent. `heard_cpu_s`: what the service
    and the simulator computed until all had heard, whoever else had the cores."""
    cpu = cpu_of_both(system, simulator)
    order, sent, took = system.allocate()
    heard = order_in(reported(simulator, "hearing of an order",
                              lambda report: order_in(report, order).get("gateways") == gateways, HEARD_SECONDS), order)
    cpu = cpu_of_both(system, simulator) - cpu
    report = reported(simulator, "acknowledging an order",
                      lambda report: order_in(report, order).get("acknowledged") == SIMULATED, ACKNOWLEDGED_SECONDS)
    told_before, released = report["setpoints_heard"], time.time()
    system.release(order)
    system.wait_restored(order)
    reported(simulator, "hearing of the return", lambda report: report["setpoints_heard"] >= told_before + SIMULATED,
             RESTORED_SECONDS)
    return {"commit_s": took, "first_heard_s": heard["first_heard"] - sent, "heard_p99_s": heard["p99_heard"] - sent,
            "last_heard_s": heard["last_heard"] - sent, "heard_cpu_s": cpu, "restored_s": time.time() - released,
            "acknowledged_s": order_in(report, order)["last_acknowledged"] - sent}


def orders(system, figure, gateways, **options):
    """Orders to 10,000 simulated DERs behind so many gateways, each with a stream of set-points."""
    emergency = system.processes["emergency"].pid
    before_mb = system.resident_mb()
    simulator = Simulator(system, ders=SIMULATED, gateways=gateways, readings_every=0, **options)
    try:
        began = time.monotonic()
        simulator.wait_for("ready", seconds=READY_SECONDS)
        ready_s, ready_mb = time.monotonic() - began, system.resident_mb()
        cpu = [cpu_seconds(emergency), cpu_seconds(simulator.process.pid)]
        seen = [one_order(system, simulator, gateways) for _ in range(ORDERS)]
        cpu = [cpu_seconds(emergency) - cpu[0], cpu_seconds(simulator.process.pid) - cpu[1]]
        end = simulator.close()
    finally:
        simulator.destroy()
    show(figure, unit="s", ders=SIMULATED, streams=gateways, orders=ORDERS, ready_s=round(ready_s, 2),
         **{name: round(median([each[name] for each in seen]), 3) for name in seen[0]},
         heard_p99_each_s=[round(each["heard_p99_s"], 3) for each in seen],
         resident_mb_before=before_mb, resident_mb_streams=ready_mb, resident_mb_orders=system.resident_mb(),
         emergency_cpu_s=round(cpu[0] / ORDERS, 2), simulator_cpu_s=round(cpu[1] / ORDERS, 2),
         refused=end["acknowledgements_refused"], streams_ended=end["streams_ended"])


def flood_arguments(system, *arguments):
    return [PROGRAMS / "readings_flood", "--address", f"localhost:{system.ports['registry']}", "--readings", str(READINGS),
            "--ca-file", system.folder / "ca.pem", "--token-file", system.token_file, "--ders", str(system.ders),
            *map(str, arguments)]


def flood(system, *arguments):
    return json.loads(run(*flood_arguments(system, *arguments)))


def commits(system, figure, **more):
    """Orders over all DERs, one after the other, each released."""
    seen = system.load("emergency", "emergency", "--in-flight", 1, "--channels", 1, "--seconds", COMMIT_SECONDS,
                       "--warmup-seconds", 1)
    show(figure, unit="ms", p50_ms=seen["p50_ms"], p99_ms=seen["p99_ms"], orders=seen["operations"], ders=system.ders,
         **more)


class StatusFlood:
    """UpdateDerStatus, five times as many calls under way as the registry is measured with elsewhere."""

    def __init__(self, system):
        self.process = subprocess.Popen(
            [PROGRAMS / "rpc_load", "update_status", "--address", f"localhost:{system.ports['registry']}", "--ca-file",
             system.folder / "ca.pem", "--token-file", system.token_file, "--ders", str(system.ders), "--request-ids",
             "--in-flight", str(OVERLOAD * USUAL_IN_FLIGHT), "--channels", "8", "--seconds", str(COMMIT_SECONDS + 3)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def end(self):
        """What it saw; calls that were refused or too slow are part of an overload."""
        return json.loads(self.process.communicate(timeout=60)[0])


def measure_overload(system):
    commits(system, "control_commit_idle")
    sustained = flood(system, "--streams", FLOOD_STREAMS, "--seconds", 5)
    rate = OVERLOAD * sustained["answered_per_s"]
    readings = subprocess.Popen(
        flood_arguments(system, "--streams", OVERLOAD * FLOOD_STREAMS, "--rate", round(rate), "--seconds",
                        COMMIT_SECONDS + 3), stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    try:
        commits(system, "control_commit_readings_overload", times=OVERLOAD)
        offered = json.loads(readings.communicate(timeout=60)[0])
    finally:
        readings.kill()
    show("control_overload_readings", unit="readings/s", sustained=round(sustained["readings_per_s"]),
         offered=round(rate * READINGS), taken=round(offered["readings_per_s"]), streams_ended=offered["streams_ended"])
    statuses = StatusFlood(system)
    time.sleep(1)
    try:
        commits(system, "control_commit_status_overload", times=OVERLOAD)
        seen = statuses.end()
    finally:
        statuses.process.kill()
    show("control_overload_status", unit="calls/s", taken=round(seen["rate"]), in_flight=OVERLOAD * USUAL_IN_FLIGHT,
         p99_ms=seen["p99_ms"])


def measure_simulated(parts, system):
    if "fleet" in parts:
        orders(system, "control_order_100_gateways", 100)
    if "streams" in parts:
        orders(system, "control_order_10000_streams", SIMULATED)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ders", type=int, default=100_000, help="registered while the registry is overloaded")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    failed = 0
    if {"fleet", "streams"} & set(options.parts):
        failed |= run_benchmark(lambda system: measure_simulated(options.parts, system),
                                lambda: ControlSystem(SIMULATED))
    if "overload" in options.parts:
        failed |= run_benchmark(measure_overload, lambda: ControlSystem(options.ders))
    return failed


if __name__ == "__main__":
    sys.exit(main())
