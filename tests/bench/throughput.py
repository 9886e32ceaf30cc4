"""Calls per second of the registry against what they could be: docs/benchmarks.md. Run by tests/bench/throughput."""
import pathlib
import re
import subprocess
import sys

from bench_system import DERS, BenchSystem, der_id, require_programs
from measure import CannotMeasure, Side, print_ratio, run_rounds

ROUNDS, SECONDS, WARMUP_SECONDS = 5, 4, 0.5
IN_FLIGHT, CHANNELS = 64, 4
PLAIN_CONNECTIONS = 16
BULK_STREAMS, BULK_UNANSWERED, BULK_ITEMS = 2, 8, 500
PGBENCH_CLIENTS = 32
PGBENCH_SQL = pathlib.Path(__file__).parent / "pgbench_update_status.sql"


class Throughput:
    def __init__(self, system):
        self.system, self.postgres_pid = system, system.postgres_pid()
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
        self.pgbench = Side("pgbench", self.run_pgbench)

    def unary(self, name, operation, server, database_url=None, *arguments):
        return self.side(name, operation, server, database_url, "--in-flight", IN_FLIGHT, "--channels", CHANNELS,
                         *arguments)

    def side(self, name, operation, server, database_url, *arguments):
        def load():
            before = self.system.event_count(database_url) if database_url else 0
            result = self.system.load(operation, server, "--seconds", SECONDS, "--warmup-seconds", WARMUP_SECONDS,
                                      *arguments)
            if database_url:
                self.check_events(name, self.system.event_count(database_url) - before, result["operations_in_all"])
            return result
        return Side(name, load, self.system.processes[server].pid)

    @staticmethod
    def check_events(name, events, operations):
        if events != operations:
            raise CannotMeasure(f"{name}: {operations} changes were acknowledged and {events} events are stored")

    def run_pgbench(self):
        before = self.system.event_count(self.pgbench_url)
        done = subprocess.run(
            [self.system.postgres.bin / "pgbench", "-n", "-M", "prepared", "-c", str(PGBENCH_CLIENTS), "-j", "2", "-T",
             str(SECONDS), "-f", PGBENCH_SQL, "-D", f"ders={DERS}", "-D", "request_id=00000000-0000-4000-8000-000000000000",
             "-D", "canonical_bytes=\\x" + "5a" * self.event_bytes, self.pgbench_url],
            capture_output=True, text=True, timeout=120, check=False)
        said = dict(re.findall(r"^(tps|latency average|number of transactions actually processed|number of failed "
                               r"transactions)[ =:]+([\d.]+)", done.stdout, re.MULTILINE))
        if done.returncode != 0 or float(said["number of failed transactions"]) != 0:
            raise CannotMeasure(f"pgbench: {done.stdout}{done.stderr}")
        operations = int(said["number of transactions actually processed"])
        self.check_events("pgbench", self.system.event_count(self.pgbench_url) - before, operations)
        return {"rate": float(said["tps"]), "operations_in_all": operations, "p50_ms": float(said["latency average"])}

    def canonical_bytes(self):
        """How many the registry stores with the event of a status change: pgbench stores as many."""
        for status in ("DER_STATUS_ONLINE", "DER_STATUS_OFFLINE"):
            self.system.must("RegistryService/UpdateDerStatus", {"der_id": der_id(0), "status": status}, "operator-1")
        return int(self.system.postgres.query("SELECT avg(length(stored_bytes))::int FROM event WHERE type = 2")[0][0])

    def run(self):
        run_rounds([self.echo, self.get_der, self.update, self.update_without_id, self.plain, self.bulk, self.pgbench],
                   self.postgres_pid, ROUNDS)
        shape = {"in_flight": IN_FLIGHT, "connections": CHANNELS}
        print_ratio("get_der_over_echo", self.get_der, self.echo, must=0.5, aim=0.9, **shape)
        print_ratio("update_status_over_echo", self.update, self.echo, must=0.4, aim=0.7, **shape)
        print_ratio("update_status_without_request_id_over_echo", self.update_without_id, self.echo, **shape)
        print_ratio("update_status_over_plain_server", self.update, self.plain, must=3, **shape,
                    plain_pool=PLAIN_CONNECTIONS)
        print_ratio("bulk_status_over_pgbench", self.bulk, self.pgbench, must=5, aim=10, streams=BULK_STREAMS,
                    unanswered=BULK_UNANSWERED, items=BULK_ITEMS, pgbench_clients=PGBENCH_CLIENTS)


def main():
    system = None
    try:
        require_programs()
        system = BenchSystem()
        Throughput(system).run()
    except CannotMeasure as why:
        print(f"cannot measure: {why}", file=sys.stderr)
        return 1
    finally:
        if system:
            system.destroy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
