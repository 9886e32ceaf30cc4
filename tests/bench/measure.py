"""Interleaved rounds, CPU per operation, and figures as JSON lines."""
import json
import os
import pathlib
import statistics
import time

TICKS = os.sysconf("SC_CLK_TCK")


class CannotMeasure(Exception):
    """What makes a run worthless: an unexpected error, rows that do not match the answers."""


def _stat(pid):
    """The fields of /proc/PID/stat after the command's name; empty when the process is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def cpu_seconds(pid):
    """User and system time of all threads of a process."""
    fields = _stat(pid)
    return sum(map(int, fields[11:13])) / TICKS if fields else 0.0


def tree_cpu_seconds(parent):
    """The same of a process, its children and those it has waited for: PostgreSQL with all its backends."""
    lists = pathlib.Path(f"/proc/{parent}/task").glob("*/children")  # each thread has those that it started
    children = [pid for each in lists for pid in each.read_text().split()]
    waited_for = sum(map(int, _stat(parent)[13:15])) / TICKS
    return cpu_seconds(parent) + waited_for + sum(map(cpu_seconds, children))


def busy_cpu_seconds():
    """What all processes of the machine have used; neither idle nor waiting for a disk."""
    ticks = list(map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]))
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS


class Side:
    """One of the things compared. `run` puts load on it and returns a dictionary with `rate`, `operations_in_all`,
    `client_cpu_us` and latencies; `pid` is its server, if it has one besides PostgreSQL; `count_rows` counts what its
    operations store, one row each."""

    def __init__(self, name, run, pid=None, count_rows=None):
        self.name, self.run, self.pid, self.count_rows, self.results = name, run, pid, count_rows, []

    def _used(self, postgres_pid):
        """CPU seconds of server, PostgreSQL and machine, and the time."""
        return (cpu_seconds(self.pid) if self.pid else 0, tree_cpu_seconds(postgres_pid), busy_cpu_seconds(),
                time.monotonic())

    def measure(self, postgres_pid):
        rows = self.count_rows() if self.count_rows else 0
        before = self._used(postgres_pid)
        result = self.run()
        server, postgres, busy, elapsed = (b - a for a, b in zip(before, self._used(postgres_pid), strict=True))
        operations = result["operations_in_all"]
        if self.pid:
            result["server_cpu_us"] = 1e6 * server / operations
        result["postgres_cpu_us"] = 1e6 * postgres / operations
        ours = server + postgres + 1e-6 * result["client_cpu_us"] * operations
        result["others_share"] = max(0, busy - ours) / (elapsed * os.cpu_count())  # above 0.05: not a quiet machine
        self.results.append(result)
        if self.count_rows and self.count_rows() - rows != operations:
            raise CannotMeasure(f"{self.name}: {operations} changes acknowledged, but not as many events stored")

    def rates(self):
        return [result["rate"] for result in self.results]

    def median(self, key):
        values = [result[key] for result in self.results if key in result]
        return round(statistics.median(values), 2) if values else None

    def cpu_us(self):
        """CPU of an operation wherever it is spent: on a machine that all of it shares, what bounds the rate."""
        return sum(self.median(key) or 0 for key in ("server_cpu_us", "postgres_cpu_us", "client_cpu_us"))

    def summary(self):
        keys = ("rate", "mean_ms", "p50_ms", "p99_ms", "server_cpu_us", "postgres_cpu_us", "client_cpu_us",
                "others_share")
        medians = {key: value for key in keys if (value := self.median(key)) is not None}
        return {**medians, "rates": [round(rate) for rate in self.rates()]}


def run_rounds(sides, postgres_pid, rounds, pause_seconds=0.2):
    """Every side once per round, in alternating order: what drifts meets all of them alike."""
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            side.measure(postgres_pid)
            time.sleep(pause_seconds)


def print_ratio(figure, upper, lower, must=None, aim=None, **more):
    """A figure: the median over rounds of one side's rate divided by the other's of the same round. The ratio by CPU
    says the same less exactly, but hardly moves when others use the machine."""
    rounds = [round(a / b, 3) for a, b in zip(upper.rates(), lower.rates(), strict=True)]
    goals = {key: value for key, value in (("must", must), ("aim", aim)) if value is not None}
    line = {"figure": figure, "ratio": round(statistics.median(rounds), 3), "rounds": rounds,
            "ratio_by_cpu": round(lower.cpu_us() / upper.cpu_us(), 3), **goals, upper.name: upper.summary(),
            lower.name: lower.summary(), **more}
    print(json.dumps(line), flush=True)
