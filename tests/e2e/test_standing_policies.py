"""Rolling horizon on two optimizers: one of them starts each run, the other takes over, and each run begins where the
fleet stands. Waits for real minutes: the shortest time between two runs is one."""
import datetime
import itertools
import signal
import time

import pytest

import promises
from derms_system import system_with_people
from hard_area import hard_run, put_hard_area
from instants import full_hour, iso
from metrics_page import MetricsPage

BOTH = ("optimizer", "optimizer-2")
EFFICIENCY = 0.9
CAPACITY_KWH, POWER_KW = 60, 100


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        it.kill("emergency")
        it.start_replica("optimizer-2")
        minutes = 180
        prices = [0.05, 0.30, 0.10, 0.50] * (minutes // 4)  # worth charging and discharging all the time
        for series_id, kind, values in (("minute-load", "SERIES_KIND_LOAD_KW", [500.0] * minutes),
                                        ("minute-price", "SERIES_KIND_PRICE_USD_PER_KWH", prices)):
            it.must("SeriesService/PutSeries", {"series": {"series_id": series_id, "kind": kind, "interval": "60s",
                                                           "starts_at": iso(full_hour()), "values": values}})
        it.must("RegistryService/PutRegion", {"region": {"region_id": "ISLE", "load_series_id": "minute-load",
                                                         "import_price_series_id": "minute-price"}})
        it.register("BATTERY-1", online=True, type="DER_TYPE_BATTERY", capacity_kw=POWER_KW, region_id="ISLE", parameters={
            "energy_capacity_kwh": CAPACITY_KWH, "min_energy_kwh": 5, "initial_energy_kwh": 30, "final_energy_kwh": 5,
            "charge_efficiency": EFFICIENCY, "discharge_efficiency": EFFICIENCY, "wear_usd_per_kwh": 0})
        it.must("OptimizerService/PutPolicy", {"policy": {
            "policy_id": "every-minute", "every": "60s",
            "request": {"region_id": "ISLE", "interval": "60s", "interval_count": 12, "time_limit": "20s"}}}, "operator-1")
        yield it


def policy(system, policy_id="every-minute", at="optimizer"):
    return next(p for p in system.must("OptimizerService/ListPolicies", {}, at=at)["policies"]
                if p["policy_id"] == policy_id)


def runs(system):
    """(run_id, runner, minute it began in) of all runs of ISLE that put a schedule in force, oldest first."""
    rows = system.postgres.query("SELECT run_id, runner, floor(extract(epoch FROM created_at) / 60)::bigint "
                                 "FROM optimization_run WHERE applied AND region_id = 'ISLE' ORDER BY created_at")
    return [(run_id, runner, int(minute)) for run_id, runner, minute in rows]


def all_runs(system):
    return int(system.postgres.query("SELECT count(*) FROM optimization_run WHERE region_id = 'ISLE'")[0][0])


def wait_for_runs(system, count, seconds=90):
    deadline = time.monotonic() + seconds
    while len(found := runs(system)) < count:
        assert time.monotonic() < deadline, f"{found}\n{system.log('optimizer')[-2000:]}\n{system.log('optimizer-2')[-2000:]}"
        for name in BOTH:  # a connection that nobody uses is looked after by nobody, and the server ends it
            if system.processes[name].poll() is None:
                system.call("OptimizerService/ListPolicies", {}, at=name)
        time.sleep(0.2)
    return found


class Plan:
    """What the battery does minute by minute, in one run or as it is in force."""

    def __init__(self, system, run_id=""):
        wanted = {"run_id": run_id, "der_id": "BATTERY-1"}
        points = system.must("OptimizerService/ListSchedules", wanted, at="optimizer-2")["schedules"]
        self.points = [(datetime.datetime.fromisoformat(p["timestamp"].replace("Z", "+00:00")), p.get("power_output_kw", 0),
                        p["state_of_charge_kwh"]) for p in points]
        self.starts_at = self.points[0][0]

    @staticmethod
    def change(power, minutes):
        return (-power / EFFICIENCY if power > 0 else -power * EFFICIENCY) * minutes / 60

    def initial_kwh(self):
        _, power, end_kwh = self.points[0]
        return end_kwh - self.change(power, 1)

    def moves(self, begin, end):
        """What it does to the energy between two times."""
        total = 0
        for at, power, _ in self.points:
            overlap = (min(end, at + datetime.timedelta(minutes=1)) - max(begin, at)).total_seconds() / 60
            total += self.change(power, max(0, overlap))
        return total

    def energy_at(self, when):
        return next(kwh for at, _, kwh in self.points if at + datetime.timedelta(minutes=1) == when)


def holder(system):
    return system.postgres.query("SELECT holder, token FROM lease WHERE name = 'standing-policies'")[0]


def leader(system):
    """The process that says of itself that it leads."""
    pages = {name: MetricsPage(system.metrics_ports[name]) for name in BOTH if system.processes[name].poll() is None}
    leading = [name for name, page in pages.items() if page.value("derms_policy_leader") == 1]
    return leading[0] if len(leading) == 1 else None


def test_each_due_time_is_run_once_from_where_the_fleet_stands(system):
    (first, runner, minute), (second, _, next_minute) = wait_for_runs(system, 2, seconds=150)
    assert next_minute == minute + 1
    assert system.must("OptimizerService/GetRun", {"run_id": second})["run"]["policy_id"] == "every-minute"
    assert holder(system)[0] == runner and leader(system) in BOTH
    plans = Plan(system, first), Plan(system, second)
    assert plans[0].initial_kwh() == pytest.approx(30, abs=1e-3), "nothing was known but the battery's parameters"
    assert plans[1].starts_at == plans[0].starts_at + datetime.timedelta(minutes=1)
    assert plans[1].initial_kwh() == pytest.approx(plans[0].energy_at(plans[1].starts_at), abs=1e-3)
    assert plans[1].initial_kwh() != pytest.approx(30, abs=0.5), "the battery was used in the first minute"


def test_a_reading_counts_more_than_the_plan(system):
    while not 5 <= time.time() % 60 <= 45:  # the run of this minute is there, and the next one far enough
        time.sleep(0.5)
    before = len(runs(system))
    plan = Plan(system)
    measured_at = datetime.datetime.now(datetime.timezone.utc)
    system.must("TelemetryService/ReportReading", {"reading": {
        "der_id": "BATTERY-1", "power_kw": 0, "state_of_charge_kwh": 42, "measured_at": measured_at.isoformat()}}, "owner-1")
    run_id = wait_for_runs(system, before + 1)[before][0]
    new = Plan(system, run_id)
    assert new.initial_kwh() == pytest.approx(42 + plan.moves(measured_at, new.starts_at), abs=1e-2)


def test_another_takes_over_when_the_leader_is_killed(system):
    before, (_, token), dead = runs(system), holder(system), leader(system)
    alive = BOTH[1 - BOTH.index(dead)]
    system.kill(dead)  # SIGKILL
    seconds = promises.seconds_until(lambda: leader(system) == alive)
    print(f"{alive} leads {seconds:.1f} s after the kill")
    assert int(holder(system)[1]) > int(token)
    after = wait_for_runs(system, len(before) + 2, seconds=150)
    assert {runner for _, runner, _ in after[len(before):]} == {holder(system)[0]}
    assert holder(system)[0] != before[-1][1]
    for minute, group in itertools.groupby(after, key=lambda run: run[2]):
        assert len(list(group)) == 1, f"two runs in minute {minute}"
    system.start(dead)
    time.sleep(3)
    assert leader(system) == alive, "who comes back waits"


def test_the_late_schedule_of_a_paused_leader_does_not_take_force(system):
    request = hard_run(put_hard_area(system), 40, interval="3600s")
    running = {"region_id": request["region_id"], "state": "RUN_STATE_RUNNING"}
    system.must("OptimizerService/PutPolicy", {"policy": {"policy_id": "hard", "every": "60s", "request": request}})
    deadline = time.monotonic() + 90
    while "runs" not in (listed := system.must("OptimizerService/ListRuns", running).value):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    run_id, token, paused = listed["runs"][0]["run_id"], holder(system)[1], leader(system)
    other = BOTH[1 - BOTH.index(paused)]
    system.processes[paused].send_signal(signal.SIGSTOP)
    try:
        promises.seconds_until(lambda: holder(system)[1] != token)
    finally:
        system.processes[paused].send_signal(signal.SIGCONT)
    while (run := system.must("OptimizerService/GetRun", {"run_id": run_id}, at=other)["run"])["state"] == "RUN_STATE_RUNNING":
        assert time.monotonic() < deadline + 90
        time.sleep(0.2)
    assert (run["state"], run["failure"]["reason"]) == ("RUN_STATE_FAILED", "LEASE_LOST"), run
    assert system.postgres.query(f"SELECT count(*) FROM schedule WHERE run_id = '{run_id}'") == [["0"]]
    promises.seconds_until(lambda: policy(system, "hard", at=other).get("last_error_reason") == "LEASE_LOST")
    system.must("OptimizerService/DeletePolicy", {"policy_id": "hard"}, at=other)


def test_a_policy_has_the_rights_of_who_put_it_as_they_are_now(system):
    system.must("AccessService/RevokeRole", {"subject": "operator-1", "role": "ROLE_OPERATOR"})
    deadline = time.monotonic() + 130  # a run that is under way may be noted first
    while policy(system).get("last_error_reason") != "UNAUTHORIZED":
        assert time.monotonic() < deadline, policy(system)
        time.sleep(0.5)
    assert policy(system)["consecutive_failures"] >= 1
    count = all_runs(system)
    system.grant("operator-1", "ROLE_OPERATOR")
    assert all_runs(system) == count, "nothing is run before it is due"
    put = system.must("OptimizerService/PutPolicy", {"policy": {
        "policy_id": "every-minute", "every": "60s", "paused": True, "request": {"region_id": "ISLE"}}}, "operator-1")
    assert put["policy"]["paused"]
    system.must("OptimizerService/DeletePolicy", {"policy_id": "every-minute"}, "operator-1")
    assert not system.must("OptimizerService/ListPolicies").value.get("policies")
