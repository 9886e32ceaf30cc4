"""The client's own record of what it was promised, and the judge that compares it with what the database holds.

A writer appends an intent before it sends and an outcome after the reply, each fsynced. Outcomes: `acked` (with what
the answer said), `failed` (a refusal that must leave no trace) or `unknown` (no answer: may have happened once).
"""
import collections
import dataclasses
import json
import os
import threading


class Ledger:
    """Append-only file of one writer."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")  # noqa: SIM115: open as long as the writer lives

    def write(self, **record):
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())

    @staticmethod
    def read(paths):
        """One record per request id: the intent completed by its last outcome."""
        records = {}
        for path in paths:
            for line in open(path, encoding="utf-8"):
                record = json.loads(line)
                records.setdefault(record["request_id"], {"outcome": "unknown"}).update(record)
        return list(records.values())


@dataclasses.dataclass
class World:
    """What the database holds after the run, and what a watcher saw."""
    ders: dict = dataclasses.field(default_factory=dict)  # der_id -> (revision, stored status, owner)
    events: list = dataclasses.field(default_factory=list)  # of Event, by sequence
    watched: list = dataclasses.field(default_factory=list)  # sequence numbers in the order a watcher got them
    chain_valid: bool = True


@dataclasses.dataclass
class Event:
    sequence: int
    event_id: str
    name: str
    der_id: str
    revision: int
    request_id: str
    new_status: str = ""


def check(records, world):
    """Defects as sentences; empty when every promise was kept."""
    defects = []
    by_request = collections.defaultdict(list)
    for event in world.events:
        by_request[event.request_id].append(event)
    for record in records:
        defects += check_record(record, by_request[record["request_id"]])
    defects += check_phantoms(records, world)
    defects += check_histories(records, world)
    defects += check_order(world)
    return defects


def check_record(record, events):
    what = f"{record['rpc']} {record.get('der_id', '')} ({record['request_id']})"
    if record["outcome"] == "acked" and not events:
        return [f"lost: {what} was acknowledged and has no event"]
    if len(events) > 1:
        return [f"doubled: {what} has {len(events)} events"]
    if record["outcome"] == "failed" and events:
        return [f"phantom: {what} was refused and has an event"]
    if record["outcome"] == "acked" and record.get("revision") and events[0].revision != record["revision"]:
        return [f"wrong revision: {what} was answered {record['revision']}, its event says {events[0].revision}"]
    return []


def check_phantoms(records, world):
    asked = {r["request_id"] for r in records}
    mine = {r["der_id"] for r in records if r.get("der_id")}
    return [f"phantom: event {e.event_id} of {e.der_id} was never asked for" for e in world.events
            if e.der_id in mine and e.request_id not in asked]


def check_histories(records, world):
    """Per DER: revisions 1, 2, 3, ... each once, the row is the last event's."""
    defects = []
    histories = collections.defaultdict(list)
    for event in world.events:
        if event.der_id:
            histories[event.der_id].append(event)
    for der_id in {r["der_id"] for r in records if r.get("der_id")} | set(histories):
        history = sorted((e for e in histories[der_id] if e.revision), key=lambda e: e.revision)
        if [e.revision for e in history] != list(range(1, len(history) + 1)):
            defects.append(f"history: revisions of {der_id} are {[e.revision for e in history]}")
        row = world.ders.get(der_id)
        if bool(history) != (row is not None):
            defects.append(f"history: {der_id} has {len(history)} events and {'a' if row else 'no'} row")
        elif row and row[0] != history[-1].revision:
            defects.append(f"history: {der_id} is at revision {row[0]}, its last event says {history[-1].revision}")
        elif row and history[-1].new_status and row[1] != history[-1].new_status:
            defects.append(f"history: {der_id} is {row[1]}, its last event says {history[-1].new_status}")
    for record in records:
        row = world.ders.get(record.get("der_id"))
        if row and record.get("owner_id") and row[2] != record["owner_id"]:
            defects.append(f"owner: {record['der_id']} was registered for {record['owner_id']} and belongs to {row[2]}")
    return defects


def check_order(world):
    defects = []
    sequences = [e.sequence for e in world.events]
    if sequences != list(range(1, len(sequences) + 1)):
        defects.append("order: the sequence of events has a gap or a double")
    if len({e.event_id for e in world.events}) != len(world.events):
        defects.append("order: an event stands twice in the chain")
    if world.watched and world.watched != list(range(world.watched[0], world.watched[0] + len(world.watched))):
        defects.append("watcher: saw a gap, a double or the wrong order")
    if not world.chain_valid:
        defects.append("chain: the hashes do not verify")
    return defects


class Counter:
    """Thread-safe tally of outcomes."""

    def __init__(self):
        self._lock, self.counts = threading.Lock(), collections.Counter()

    def add(self, what):
        with self._lock:
            self.counts[what] += 1
