"""SIGKILL of each of the four processes under 16 concurrent writers: nothing acknowledged is lost or doubled.

DERMS_KILLS sets how often each process is killed (10; the nightly run asks for more).
"""
import os
import random
import time

import pytest

import load
from derms_system import SERVICES, System
from ledger import Event, Ledger, World, check

KILLS = int(os.environ.get("DERMS_KILLS", "10"))
WRITERS = 16
NAMES = ("", "der_registered", "der_status_updated", "resources_optimized", "emergency_allocation",
         "maintenance_recorded", "der_updated", "der_retired", "der_transferred", "emergency_ended", "region_put",
         "capacity_rule_put", "role_granted", "role_revoked", "token_revoked", "series_put")
STATUS = ("", "OFFLINE", "ONLINE", "MAINTENANCE")


@pytest.fixture(scope="module")
def system():
    it = System()
    try:
        it.set_up_people()
        yield it
    finally:
        it.destroy()


def kill_and_restart(system, name):
    if name == "postgres":
        system.postgres.kill()
        system.postgres.start()
    else:
        system.kill(name)
        system.start(name)


def wait_until_chained(system, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        events, chained = system.postgres.query("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM event_chain)")[0]
        if events == chained:
            return int(chained)
        time.sleep(0.1)
    raise AssertionError(f"{events} events, {chained} in the chain")


def read_world(system):
    ders = {row[0]: (int(row[1]), STATUS[int(row[2])], row[3]) for row in
            system.postgres.query("SELECT der_id, revision, stored_status, owner_id FROM der")}
    events = [Event(int(r[0]), r[1], NAMES[int(r[2])], r[3], int(r[4] or 0), r[5], STATUS[int(r[6] or 0)])
              for r in system.postgres.query(
                  "SELECT c.seq, e.event_id, e.type, coalesce(e.der_id, ''), e.revision, e.request_id, e.new_status "
                  "FROM event_chain c JOIN event e USING (der_key, event_id) ORDER BY c.seq")]
    valid = system.must("AuditService/VerifyLog", {"limit": 1000000}, timeout=60)
    assert int(valid["checked"]) == len(events)
    return World(ders=ders, events=events, chain_valid=valid["valid"])


def test_nothing_acknowledged_is_lost_or_doubled(system, tmp_path):
    threads, watcher, stop, counter = load.start(system, tmp_path, WRITERS)
    time.sleep(1)
    plan = [name for name in (*SERVICES, "postgres") for _ in range(KILLS)]
    random.Random(1).shuffle(plan)
    for name in plan:
        kill_and_restart(system, name)
        time.sleep(random.uniform(0.2, 0.8))
    for name in SERVICES:
        system.wait_serving(name)
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join(load.SETTLE_SECONDS + 10)
        assert not thread.is_alive() and thread.error is None, f"{thread.name}: {thread.error}"
    last = wait_until_chained(system)
    watcher_must_reach(system, watcher, last)

    records = Ledger.read([t.path for t in threads])
    world = read_world(system)
    world.watched = watcher.sequences
    defects = check(records, world)
    outcomes = {o: sum(r["outcome"] == o for r in records) for o in ("acked", "failed", "unknown")}
    print(f"{len(plan)} kills, {outcomes}, answers {dict(counter.counts)}, {len(world.events)} events")
    assert not defects, "\n".join(defects[:30])
    assert outcomes["acked"] > 20 * len(plan), "too little was written to prove anything"
    assert outcomes["unknown"] == 0, "every repeated request must come to an answer once the system is up"


def watcher_must_reach(system, watcher, last):
    """What the watcher has not seen yet is read once more from where it stopped."""
    watcher.join(70)
    api = system.api("TelemetryService", token=system.token("admin-1"))
    while watcher.through < last:
        call = api.stream("TelemetryService/WatchEvents", {"after_sequence": watcher.through}, timeout=30)
        for message in call:
            watcher.sequences += [event.sequence for event in message.events]
            watcher.through = message.through_sequence
            if watcher.through >= last:
                call.cancel()
                break
    api.close()
