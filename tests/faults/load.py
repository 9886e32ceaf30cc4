"""Concurrent writers that keep a ledger, and a watcher: the load under which processes are killed."""
import random
import threading
import time
import uuid

import grpc

from ledger import Counter, Ledger
from requests_by_rpc import full_hour, iso

# No answer, or one that promises nothing: the write may or may not have happened, and may be repeated.
UNCERTAIN = {"UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNKNOWN", "INTERNAL"}
SETTLE_SECONDS = 60


class Writer(threading.Thread):
    """One client: one request after the other, each repeated under its request id until its outcome is known."""

    def __init__(self, system, number, folder, counter, stop):
        super().__init__(name=f"writer-{number}", daemon=True)
        self.system, self.number, self.counter, self.stop = system, number, counter, stop
        self.path = folder / f"writer-{number}.jsonl"
        self.ledger, self.random = Ledger(self.path), random.Random(number)
        self.ders, self.error = {}, None
        self.token = system.token("admin-1")

    def run(self):
        try:
            while not self.stop.is_set():
                self.random.choices([self.register, self.toggle, self.series, self.exercise], [2, 10, 1, 1])[0]()
        except Exception as error:  # noqa: BLE001: the test shows it
            self.error = error

    def send(self, name, fields, **known):
        """Writes the intent, sends until the outcome is certain, writes it; returns the answer or None."""
        request_id = str(uuid.uuid4())
        self.ledger.write(request_id=request_id, rpc=name, **known)
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            answer = self.system.call(name, {**fields, "request_id": request_id}, "admin-1", timeout=5)
            self.counter.add(answer.code)
            if answer.ok:
                revision = self.revision_of(answer.value)
                self.ledger.write(request_id=request_id, outcome="acked", **({"revision": revision} if revision else {}))
                return answer
            if answer.code not in UNCERTAIN:
                self.ledger.write(request_id=request_id, outcome="failed", code=answer.code, reason=answer.reason)
                return None
            time.sleep(self.random.uniform(0.01, 0.1))
        return None

    @staticmethod
    def revision_of(value):
        return int(value.get("revision") or value.get("der", {}).get("revision") or 0)

    def register(self):
        der_id = f"W{self.number}-{len(self.ders):05d}"
        self.ders[der_id] = "OFFLINE"
        if not self.send("RegistryService/RegisterDer", {
                "der_id": der_id, "type": "DER_TYPE_SOLAR", "capacity_kw": 50, "owner_id": "owner-1", "region_id": "NORTH",
                "location": {"latitude_deg": 38, "longitude_deg": -121}}, der_id=der_id, owner_id="owner-1"):
            self.ders[der_id] = "LOST"

    def toggle(self):
        usable = [d for d, status in self.ders.items() if status != "LOST"]
        if not usable:
            return
        der_id = self.random.choice(usable)
        to = "OFFLINE" if self.ders[der_id] == "ONLINE" else "ONLINE"
        done = self.send("RegistryService/UpdateDerStatus", {"der_id": der_id, "status": f"DER_STATUS_{to}"}, der_id=der_id)
        self.ders[der_id] = to if done else "LOST"

    def series(self):
        self.send("SeriesService/PutSeries", {"series": {
            "series_id": f"w{self.number}", "kind": "SERIES_KIND_LOAD_KW", "starts_at": iso(full_hour()),
            "interval": "3600s", "values": [self.random.random()]}})

    def exercise(self):
        self.send("EmergencyService/AllocateEmergency", {
            "region_id": "NORTH", "power_kw": 0, "duration": "5s", "reason": "drill under load", "exercise": True})


class Watcher(threading.Thread):
    """Follows all events from the beginning through every restart."""

    def __init__(self, system, stop):
        super().__init__(name="watcher", daemon=True)
        self.system, self.stop, self.sequences, self.through = system, stop, [], 0

    def run(self):
        while not self.stop.is_set():
            api = self.system.api("TelemetryService", token=self.system.token("admin-1"))
            try:
                for message in api.stream("TelemetryService/WatchEvents", {"after_sequence": self.through}, timeout=60):
                    self.sequences += [event.sequence for event in message.events]
                    self.through = message.through_sequence
                    if self.stop.is_set():
                        break
            except grpc.RpcError:
                time.sleep(0.05)
            finally:
                api.close()


def start(system, folder, writers):
    stop, counter = threading.Event(), Counter()
    threads = [Writer(system, n, folder, counter, stop) for n in range(writers)]
    watcher = Watcher(system, stop)
    for thread in [*threads, watcher]:
        thread.start()
    return threads, watcher, stop, counter
