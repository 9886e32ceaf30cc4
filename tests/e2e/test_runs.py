"""A run from its begin to its end: followed, ended, found again, told why, whichever process solves it."""
import os
import signal
import threading
import time
import uuid

import pytest

import promises
from derms_system import system_with_people
from hard_area import hard_run, put_hard_area
from requests_by_rpc import Maker

OPTIMIZE, GET, LIST = "OptimizerService/OptimizeResources", "OptimizerService/GetRun", "OptimizerService/ListRuns"
CANCEL, WATCH = "OptimizerService/CancelRun", "OptimizerService/WatchRun"
SOON_SECONDS = 3  # a second for the other process to hear, and what the machine takes
SILENCE_SECONDS = 15  # after which a process is taken for gone


@pytest.fixture(scope="module")
def hard(system):
    return put_hard_area(system)


@pytest.fixture
def easy(system, numbers):
    return Maker(system, numbers).area()[0]


def begin(system, region, seconds=30, at=None, **fields):
    run = system.must(OPTIMIZE, hard_run(region, seconds, background=True, **fields), "operator-1", at=at)["run"]
    assert run["state"] == "RUN_STATE_RUNNING" and "ended_at" not in run
    return run["run_id"]


def state(system, run_id, at=None):
    return system.must(GET, {"run_id": run_id}, "operator-1", at=at)["run"]


def follow(system, run_id, at=None, timeout=60):
    """The messages that a follower gets, as they come, until the stream ends by itself."""
    api = system.api("OptimizerService", "operator-1", at=at)
    for message in api.stream(WATCH, {"run_id": run_id}, timeout=timeout):
        yield api.schema.to_dict(message)["run"]


def watch(system, run_id, at=None):
    return list(follow(system, run_id, at=at))


def events(system, run_id):
    return system.postgres.query(f"SELECT type, actor, summary FROM event_told WHERE resource_id = '{run_id}'")


def test_a_run_in_the_background_is_followed_to_its_end(system, hard):
    run_id = begin(system, hard, seconds=3)
    told = watch(system, run_id)
    assert all(run["run_id"] == run_id and run["state"] == "RUN_STATE_RUNNING" for run in told[:-1]) and len(told) > 2
    phases = [run["progress"]["phase"] for run in told[:-1] if "progress" in run]
    assert "milp" in phases
    gaps = [run["progress"]["gap"] for run in told[:-1] if "gap" in run.get("progress", {})]
    assert gaps and all(later <= earlier + 1e-9 for earlier, later in zip(gaps, gaps[1:]))
    last = told[-1]
    assert last["state"] in ("RUN_STATE_OPTIMAL", "RUN_STATE_FEASIBLE") and len(last["intervals"]) == 96
    assert last == state(system, run_id) and "progress" not in last
    assert watch(system, run_id) == [last]  # who comes late hears the end


def test_whoever_ends_a_run_is_named_to_all(system, hard):
    caller = {}
    thread = threading.Thread(target=lambda: caller.update(answer=system.call(
        OPTIMIZE, hard_run(hard, 60), "operator-1", timeout=90)))
    thread.start()
    running = lambda: system.must(LIST, {"region_id": hard, "state": "RUN_STATE_RUNNING"})["runs"]  # noqa: E731
    deadline = time.monotonic() + 20
    while "runs" not in system.must(LIST, {"region_id": hard, "state": "RUN_STATE_RUNNING"}).value:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run_id = running()[0]["run_id"]
    began = time.monotonic()
    cancelled = system.must(CANCEL, {"run_id": run_id}, "admin-1")["run"]
    assert cancelled["cancelled_by"] == "admin-1"
    told = watch(system, run_id)
    assert time.monotonic() - began < SOON_SECONDS
    thread.join()
    answer = caller["answer"]
    assert (answer.code, answer.reason) == ("ABORTED", "RUN_CANCELLED") and "admin-1" in answer.message
    assert told[-1]["state"] == "RUN_STATE_CANCELLED" and told[-1]["failure"]["reason"] == "RUN_CANCELLED"
    assert [event[1] for event in events(system, run_id)] == ["admin-1"]
    again = system.call(CANCEL, {"run_id": run_id})
    assert (again.code, again.reason) == ("FAILED_PRECONDITION", "RUN_ENDED")


def test_a_repeated_request_finds_its_run(system, hard):
    request = hard_run(hard, 3, request_id=str(uuid.uuid4()))
    first, second = promises.at_once(*[lambda: system.call(OPTIMIZE, request, "operator-1", timeout=30)] * 2)
    assert first["run"]["run_id"] == second["run"]["run_id"] and first["run"] == second["run"]
    later = system.must(OPTIMIZE, request, "operator-1")["run"]
    assert later == first["run"] == state(system, later["run_id"])


def test_a_run_that_cannot_succeed_says_so_to_its_caller_and_in_the_list(system, numbers):
    region, battery = Maker(system, numbers).area()
    system.must("RegistryService/UpdateDer", {"der_id": battery, "update_mask": "parameters", "parameters": {
        "energy_capacity_kwh": 400, "initial_energy_kwh": 100, "final_energy_kwh": 400, "charge_capacity_kw": 1}})
    answer = system.call(OPTIMIZE, {"region_id": region}, "operator-1")
    assert (answer.code, answer.reason) == ("FAILED_PRECONDITION", "INFEASIBLE") and battery in answer.message
    failed = system.must(LIST, {"region_id": region, "state": "RUN_STATE_FAILED"}, "operator-1")["runs"][0]
    assert failed["failure"] == {"code": 9, "reason": "INFEASIBLE", "detail": answer.message}
    assert events(system, failed["run_id"])[0][1] == "operator-1"


def test_nothing_is_stored_of_a_request_that_is_refused(system, easy):
    before = system.postgres.query("SELECT count(*) FROM optimization_run")
    assert system.call(OPTIMIZE, {"region_id": easy, "interval_count": 2000}, "operator-1").reason == "SERIES_MISSING"
    assert "run_id" not in system.must(OPTIMIZE, {"region_id": easy, "validate_only": True}, "operator-1")["run"]
    assert system.postgres.query("SELECT count(*) FROM optimization_run") == before


def test_what_is_not_there_is_not_found(system):
    unknown = {"run_id": str(uuid.uuid4())}
    for rpc in (WATCH, CANCEL, GET):
        assert system.call(rpc, unknown, "operator-1").reason == "RUN_NOT_FOUND"


def test_an_operator_of_another_region_neither_follows_nor_ends_a_run(system, hard):
    system.grant("operator-north", "ROLE_OPERATOR", region_ids=["NORTH"])
    run_id = begin(system, hard, seconds=2)
    for rpc in (WATCH, CANCEL, GET):
        answer = system.call(rpc, {"run_id": run_id}, "operator-north")
        assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "UNAUTHORIZED")
    watch(system, run_id)


def test_other_calls_do_not_wait_for_solvers(system, hard, easy):
    runs = [begin(system, hard, seconds=20) for _ in range(6)]  # more than are solved at once
    began = time.monotonic()
    for _ in range(50):
        state(system, runs[0])
        system.must(LIST, {"page_size": 5}, "operator-1")
    assert time.monotonic() - began < 10
    for run_id in runs:
        system.must(CANCEL, {"run_id": run_id}, "operator-1")
    assert {watch(system, run_id)[-1]["state"] for run_id in runs} == {"RUN_STATE_CANCELLED"}


@pytest.fixture(scope="module")
def pair():
    """Two optimizers on one database."""
    with system_with_people() as it:
        it.start_replica("optimizer-2")
        yield it


@pytest.fixture(scope="module")
def hard_pair(pair):
    return put_hard_area(pair)


def test_another_process_follows_and_ends_a_run(pair, hard_pair):
    run_id = begin(pair, hard_pair, seconds=60, at="optimizer")
    told = []
    follower = threading.Thread(target=lambda: told.extend(follow(pair, run_id, at="optimizer-2")))
    follower.start()
    promises.seconds_until(lambda: any(run.get("progress", {}).get("phase") == "milp" for run in told))
    began = time.monotonic()
    pair.must(CANCEL, {"run_id": run_id}, "operator-1", at="optimizer-2")
    follower.join()
    assert time.monotonic() - began < SOON_SECONDS + 1
    assert len(told) >= 3 and told[-1]["state"] == "RUN_STATE_CANCELLED"  # its progress is told, too


def test_a_run_whose_process_is_killed_ends_with_that_reason(pair, hard_pair):
    run_id = begin(pair, hard_pair, seconds=120, at="optimizer-2", apply=True)
    time.sleep(1)
    pair.kill("optimizer-2")
    began = time.monotonic()
    last = watch(pair, run_id, at="optimizer")[-1]
    assert time.monotonic() - began < SILENCE_SECONDS + SOON_SECONDS
    assert (last["state"], last["failure"]["reason"]) == ("RUN_STATE_FAILED", "RUN_INTERRUPTED")
    assert not last.get("applied") and len(events(pair, run_id)) == 1


def test_a_process_that_stops_ends_its_runs_before_it_goes(pair, hard_pair):
    pair.start_replica("optimizer-3")
    run_id = begin(pair, hard_pair, seconds=300, at="optimizer-3")
    pair.processes["optimizer-3"].terminate()
    last = watch(pair, run_id, at="optimizer")[-1]
    assert (last["state"], last["failure"]["reason"]) == ("RUN_STATE_FAILED", "RUN_INTERRUPTED")
    assert pair.processes["optimizer-3"].wait(30) == 0


def test_a_paused_process_cannot_store_what_others_have_given_up(pair, hard_pair):
    pair.start_replica("optimizer-4")
    run_id = begin(pair, hard_pair, seconds=8, at="optimizer-4", apply=True)
    time.sleep(0.5)
    paused = pair.processes["optimizer-4"]
    os.kill(paused.pid, signal.SIGSTOP)
    last = watch(pair, run_id, at="optimizer")[-1]
    os.kill(paused.pid, signal.SIGCONT)
    assert last["failure"]["reason"] == "RUN_INTERRUPTED"
    time.sleep(3)
    assert state(pair, run_id) == last
    assert pair.postgres.query(f"SELECT count(*) FROM schedule WHERE run_id = '{run_id}'") == [["0"]]
