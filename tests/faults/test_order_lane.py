"""Emergency orders while everything that they could share with other calls is stuck: they get through at the first try,
and reach the DERs, with registry and optimizer stopped, too."""
import contextlib
import signal
import subprocess
import threading
import time

import pytest

from derms_system import System, run
from requests_by_rpc import full_hour, iso

DERS, ORDERS, POLLERS = 60, 12, 24
GATEWAY = "gateway-1"


def ids():
    return [f"L-{n:03d}" for n in range(DERS)]


@pytest.fixture(scope="module")
def system():
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("DERMS_WORKER_THREADS", "2")
        settings.setenv("DERMS_WORKER_QUEUE", "4")
        it = System()
    try:
        it.set_up_people()
        it.grant(GATEWAY, "ROLE_GATEWAY")
        for der_id in ids():
            it.register(der_id, online=True)
            it.must("RegistryService/DelegateGateway", {"der_id": der_id, "gateway_id": GATEWAY})
        yield it
    finally:
        it.destroy()


@contextlib.contextmanager
def stopped(system, *names):
    """SIGSTOP: their connections stay open, and whatever they hold stays held."""
    for name in names:
        system.processes[name].send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for name in names:
            system.processes[name].send_signal(signal.SIGCONT)


@contextlib.contextmanager
def locked(system, table):
    """Nobody reads or writes the table."""
    locker = subprocess.Popen([system.postgres.bin / "psql", system.postgres.url, "-qAtX"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    try:
        locker.stdin.write(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT 'locked';\n")
        locker.stdin.flush()
        assert locker.stdout.readline().strip() == "locked"
        yield
    finally:
        locker.kill()
        locker.wait()
        run(system.postgres.bin / "psql", system.postgres.url, "-qAtXc",
            "SELECT pg_terminate_backend(pid) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            f"WHERE c.relname = '{table}' AND l.mode = 'AccessExclusiveLock' AND l.granted")


@contextlib.contextmanager
def without_room(system):
    """The database takes no further connection."""
    holders = []
    try:
        while True:
            holder = subprocess.Popen([system.postgres.bin / "psql", system.postgres.url, "-qAtX"], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            holders.append(holder)
            with contextlib.suppress(BrokenPipeError):
                holder.stdin.write("SELECT 'connected';\n")
                holder.stdin.flush()
            if holder.stdout.readline().strip() != "connected":
                break
        yield len(holders) - 1
    finally:
        for holder in holders:
            holder.kill()
            holder.wait()


class Flood:
    """Gateways that poll all the time, and limits that wait to be committed; counts what they are answered."""

    def __init__(self, system):
        self.system, self.over, self.answers = system, threading.Event(), {}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._repeat, args=(each,), daemon=True)
                        for each in [self._poll] * POLLERS + [self._limit] * 2]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)

    def _poll(self, api):
        return api.call("ControlService/PollSetpoints", {"der_ids": ids()}, timeout=3)

    def _limit(self, api):
        return api.call("ControlService/PutLimit", {
            "limit": {"control_id": f"FLOOD-{threading.get_ident()}", "der_id": "L-000", "power": {"max_power_kw": 50},
                      "valid_until": iso(full_hour(2)), "reason": "flood"}}, timeout=3)

    def _repeat(self, call):
        api = self.system.api("ControlService", token=self.system.token("operator-1"))
        while not self.over.is_set():
            answer = call(api)
            with self.lock:
                self.answers[answer.reason or answer.code] = self.answers.get(answer.reason or answer.code, 0) + 1
        api.close()

    def count(self, reason):
        with self.lock:
            return self.answers.get(reason, 0)

    def wait_until_refused_again(self, seconds=30):
        before, deadline = self.count("QUEUE_FULL"), time.monotonic() + seconds
        while self.count("QUEUE_FULL") == before:
            assert time.monotonic() < deadline, f"nobody is refused: {self.answers}"
            time.sleep(0.01)


class Told(threading.Thread):
    """A gateway's stream; the orders that it was told of."""

    def __init__(self, system):
        super().__init__(daemon=True)
        api = system.api("ControlService", token=system.token(GATEWAY))
        self.call = api.stream("ControlService/WatchSetpoints", {"der_ids": ids()}, timeout=120)
        self.orders, self.complete = [], threading.Event()

    def run(self):
        with contextlib.suppress(Exception):
            for message in self.call:
                self.orders += [order.emergency_id for order in message.orders]
                if message.complete:
                    self.complete.set()

    def wait_for(self, emergency_id, seconds=30):
        deadline = time.monotonic() + seconds
        while emergency_id not in self.orders:
            assert time.monotonic() < deadline, f"{emergency_id} was not told"
            time.sleep(0.01)


@pytest.fixture
def told(system):
    stream = Told(system)
    stream.start()
    assert stream.complete.wait(30)
    yield stream
    stream.call.cancel()
    stream.join(10)


def allocate(system):
    """At the first try."""
    return system.must("EmergencyService/AllocateEmergency", {
        "der_id": "ALL_DERS", "power_kw": 0, "duration": "600s", "reason": "test", "expected_count": DERS},
        "operator-1", timeout=10)["order"]["emergency_id"]


def release(system, emergency_id):
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": emergency_id}, "operator-1", timeout=10)


def test_orders_are_committed_while_all_else_waits_for_the_database_or_is_refused(system):
    with locked(system, "standing_control"), Flood(system) as flood, stopped(system, "registry", "optimizer"):
        for _ in range(ORDERS):
            flood.wait_until_refused_again()
            order = allocate(system)
            flood.wait_until_refused_again()
            release(system, order)
        assert flood.count("OK") == 0, "what the flood wants is locked"


def test_orders_reach_the_ders_while_polls_are_refused_and_registry_and_optimizer_are_stopped(system, told):
    with Flood(system) as flood, stopped(system, "registry", "optimizer"):
        for _ in range(ORDERS):
            flood.wait_until_refused_again()
            order = allocate(system)
            told.wait_for(order)
            release(system, order)


def test_orders_need_no_connection_that_the_database_may_have_no_room_for(system):
    system.kill("emergency")
    system.start("emergency")  # nothing has been asked of it
    with without_room(system) as held:
        assert held > 10
        release(system, allocate(system))


@pytest.mark.parametrize("other", ["registry", "optimizer"])
def test_orders_reach_the_ders_whichever_process_has_stopped_writing_the_event_chain(system, told, other):
    with stopped(system, other):
        order = allocate(system)
        told.wait_for(order)
        release(system, order)
