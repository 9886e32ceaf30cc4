"""Calls per second of the registry against what they could be: docs/benchmarks.md. Run by tests/bench/throughput."""
import argparse
import pathlib
import re
import resource
import subprocess
import sys

from bench_system import DERS, der_id, run_benchmark
from measure import CannotMeasure, Side, print_ratio, run_rounds

ROUNDS, SECONDS, WARMUP_SECONDS = 5, 4, 0.5
IN_FLIGHT, CHANNELS = 256, 4
PLAIN_CONNECTIONS = 16  # served it best of 8, 16 and 32
BULK_STREAMS, BULK_UNANSWERED, BULK_ITEMS = 2, 8, 250
PGBENCH_CLIENTS = 32
PGBENCH_SQL = pathlib.Path(__file__).parent / "pgbench_update_status.sql"


def children_cpu_seconds():
    """Of the programs that this one has run and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Throughput:
    def __init__(self, system, options):
        self.system, self.options, self.postgres_pid = system, options, system.postgres_pid()
        for name in ("registry", "optimizer", "emergency"):
            system.stop(name)
        self.url = system.postgres.url
        # Databases of their own: their rows stay as their own side left them, and no event chain is kept there.
        self.plain_url, self.pgbench_url = system.copy_database("plain"), system.copy_database("pgbench")
        system.start("registry")
        self.event_bytes = self.canonical_bytes()
        echo = system.start_peer("echo_server", self.plain_url, str(system.answer_bytes()))
        plain = system.start_peer("plain_server", self.plain_url, "--database-connections", str(PLAIN_CONNECTIONS))
        self.echo = self.unary("echo", "echo", echo)
        self.get_der = self.unary("get_der", "get_der", "registry")
        self.update = self.unary("update_status", "update_status", "registry", self.url, "--request-ids")
        self.update_without_id = self.unary("update_status_without_request_id", "update_status", "registry", self.url)
        self.plain = self.unary("plain_update_status", "update_status", plain, self.plain_url, "--request-ids")
        self.bulk = self.side("bulk_status", "bulk_status", "registry", self.url, "--channels", BULK_STREAMS,
                              "--unanswered", BULK_UNANSWERED, "--items", BULK_ITEMS)
        self.pgbench = Side("pgbench", self.run_pgbench, count_rows=self.event_counter(self.pgbench_url))

    def unary(self, name, operation, server, database_url=None, *arguments):
        return self.side(name, operation, server, database_url, "--in-flight", self.options.in_flight, "--channels",
                         CHANNELS, *arguments)

    def side(self, name, operation, server, database_url, *arguments):
        times = ("--seconds", self.options.seconds, "--warmup-seconds", WARMUP_SECONDS)
        return Side(name, lambda: self.system.load(operation, server, *times, *arguments),
                    self.system.processes[server].pid, self.event_counter(database_url) if database_url else None)

    def event_counter(self, database_url):
        return lambda: self.system.event_count(database_url)

    def run_pgbench(self):
        client = children_cpu_seconds()
        done = subprocess.run(
            [self.system.postgres.bin / "pgbench", "-n", "-M", "prepared", "-c", str(PGBENCH_CLIENTS), "-j", "2", "-T",
             str(self.options.seconds), "-f", PGBENCH_SQL, "-D", f"ders={DERS}",
             "-D", "canonical_bytes=\\x" + "5a" * self.event_bytes, self.pgbench_url],
            capture_output=True, text=True, timeout=120, check=False)
        said = dict(re.findall(r"^(tps|latency average|number of transactions actually processed|number of failed "
                               r"transactions)[ =:]+([\d.]+)", done.stdout, re.MULTILINE))
        if done.returncode != 0 or float(said["number of failed transactions"]) != 0:
            raise CannotMeasure(f"pgbench: {done.stdout}{done.stderr}")
        operations = int(said["number of transactions actually processed"])
        client_cpu_us = 1e6 * (children_cpu_seconds() - client) / operations
        return {"rate": float(said["tps"]), "operations_in_all": operations, "mean_ms": float(said["latency average"]),
                "client_cpu_us": client_cpu_us}

    def canonical_bytes(self):
        """How many the registry stores with the event of a status change: pgbench stores as many."""
        for status in ("DER_STATUS_ONLINE", "DER_STATUS_OFFLINE"):
            self.system.must("RegistryService/UpdateDerStatus", {"der_id": der_id(0), "status": status}, "operator-1")
        return int(self.system.postgres.query("SELECT avg(length(stored_bytes))::int FROM event WHERE event_number(stored_bytes, 2) = 2")[0][0])

    def run(self):
        run_rounds([self.echo, self.get_der, self.update, self.update_without_id, self.plain, self.bulk, self.pgbench],
                   self.postgres_pid, self.options.rounds)
        shape = {"in_flight": self.options.in_flight, "connections": CHANNELS}
        print_ratio("get_der_over_echo", self.get_der, self.echo, must=0.5, aim=0.9, **shape)
        print_ratio("update_status_over_echo", self.update, self.echo, must=0.4, aim=0.7, **shape)
        print_ratio("update_status_without_request_id_over_echo", self.update_without_id, self.echo, **shape)
        print_ratio("update_status_over_plain_server", self.update, self.plain, must=3, **shape,
                    plain_pool=PLAIN_CONNECTIONS)
        print_ratio("bulk_status_over_pgbench", self.bulk, self.pgbench, must=5, aim=10, streams=BULK_STREAMS,
                    unanswered=BULK_UNANSWERED, items=BULK_ITEMS, pgbench_clients=PGBENCH_CLIENTS)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each side in each round")
    parser.add_argument("--in-flight", type=int, default=IN_FLIGHT, help="unary calls under way")
    return parser.parse_args()


if __name__ == "__main__":
    given = parse_options()
    sys.exit(run_benchmark(lambda system: Throughput(system, given).run()))
