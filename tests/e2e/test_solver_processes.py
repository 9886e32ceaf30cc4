"""The optimizer's solver processes: killed, stopped and orphaned, while the service goes on answering."""
import os
import pathlib
import signal
import threading
import time

import pytest

import promises
from metrics_page import MetricsPage
from test_solve_dispatch import SOLVE, example, hard_problem

PROCESSES = 3  # the default of --solver-processes
SERVING = b"\x08\x01"


def children_of(pid):
    """Ids of the processes that `pid` has started, dead ones that nobody has waited for included."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid:
            found.append((int(stat.parent.name), state))
    return found


def runs(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Optimizer:
    """The optimizer's process and what is seen of its solvers from outside."""

    def __init__(self, system, name="optimizer"):
        self.system, self.name, self.pid = system, name, system.processes[name].pid

    def solvers(self):
        return [pid for pid, _ in children_of(self.pid)]

    def figure(self, name):
        return MetricsPage(self.system.metrics_ports[self.name]).value(name)

    def await_whole(self):
        promises.seconds_until(lambda: self.figure("derms_solvers_ready") == PROCESSES)
        assert [state for _, state in children_of(self.pid) if state == "Z"] == []

    def begin(self, **fields):
        """A long solve on a thread of its own, under way when this returns: (thread, list of its one answer)."""
        answers, busy = [], self.figure("derms_solvers_busy")
        request = {"problem": hard_problem(), "relative_gap": 0, **fields}
        thread = threading.Thread(target=lambda: answers.append(
            self.system.api("OptimizerService", "operator-1").call(SOLVE, request, timeout=120)))
        thread.start()
        promises.seconds_until(lambda: self.figure("derms_solvers_busy") == busy + 1)
        time.sleep(0.3)  # well inside the solver
        return thread, answers

    def answers_others(self):
        """Health, a read and a solve, all while something else goes wrong."""
        channel = self.system.api("OptimizerService", "operator-1").channel
        check = channel.unary_unary("/grpc.health.v1.Health/Check", lambda m: m, lambda b: b)
        assert check(b"", timeout=5) == SERVING
        self.system.must("SeriesService/ListSeries", {}, "operator-1")
        self.system.must(SOLVE, {"problem": example("house")}, "operator-1")


@pytest.fixture
def optimizer(system):
    it = Optimizer(system)
    it.await_whole()
    return it


def test_a_solve_whose_process_is_killed_is_answered_with_the_quick_schedule(optimizer):
    crashed = optimizer.figure("derms_solvers_crashed_total")
    thread, answers = optimizer.begin(time_limit="60s")
    began = time.monotonic()
    for pid in optimizer.solvers():
        os.kill(pid, signal.SIGKILL)
    optimizer.answers_others()
    thread.join()
    assert time.monotonic() - began < 30, "long before its time limit"
    answer = answers[0]
    assert answer.ok, answer
    assert answer["solution"]["solver"] == "greedy"
    assert answer["certificate"]["bound_proof"] == "BOUND_PROOF_NONE"
    assert "signal 9 (Killed" in answer["solution"]["notes"][-1]
    optimizer.await_whole()
    assert optimizer.figure("derms_solvers_crashed_total") == crashed + PROCESSES


def test_a_process_that_answers_nothing_ends_with_a_reason_and_holds_up_nobody(optimizer):
    killed = optimizer.figure("derms_solvers_killed_total")
    before = {pid: utime(pid) for pid in optimizer.solvers()}
    thread, answers = optimizer.begin(time_limit="2s")
    solving = max(before, key=lambda pid: utime(pid) - before[pid])
    os.kill(solving, signal.SIGSTOP)
    while thread.is_alive():
        optimizer.answers_others()
        thread.join(0.2)
    assert (answers[0].code, answers[0].reason) == ("DEADLINE_EXCEEDED", "SOLVER_OVERRAN")
    optimizer.await_whole()
    assert optimizer.figure("derms_solvers_killed_total") == killed + 1
    assert not runs(solving)


def utime(pid):
    """Processor time of a process, in ticks."""
    return sum(map(int, pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))


def test_solvers_know_no_secret_and_share_no_connection(optimizer):
    for pid in optimizer.solvers():
        assert "DERMS_" not in pathlib.Path(f"/proc/{pid}/environ").read_text()
        sockets = [os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
        assert len([s for s in sockets if s.startswith("socket:")]) == 1, sockets
        assert pathlib.Path(f"/proc/{pid}/comm").read_text() == "derms-solver\n"
        assert int(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text()) > 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_a_service_that_ends_leaves_no_solver_behind(system, how):
    name = f"optimizer-{how.name.lower()}"
    system.start_replica(name)
    replica = Optimizer(system, name)
    replica.await_whole()
    solvers = replica.solvers()
    assert len(solvers) == PROCESSES
    os.kill(replica.pid, how)
    status = system.processes.pop(name).wait(30)
    assert status == (-how if how == signal.SIGKILL else 0)
    promises.seconds_until(lambda: not any(map(runs, solvers)))
