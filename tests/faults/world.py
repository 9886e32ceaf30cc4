"""What a system holds once the load on it has stopped, as the judge of the ledger wants it."""
import time

import load
from ledger import Event, World

NAMES = ("", "der_registered", "der_status_updated", "resources_optimized", "emergency_allocation",
         "maintenance_recorded", "der_updated", "der_retired", "der_transferred", "emergency_ended", "region_put",
         "capacity_rule_put", "role_granted", "role_revoked", "token_revoked", "series_put",
         "optimization_ended", "policy_put", "policy_deleted")
STATUS = ("", "OFFLINE", "ONLINE", "MAINTENANCE")


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
    # Events up to where the chain was verified: an order that ends by the clock tells of it at any time.
    valid = system.must("AuditService/VerifyLog", {"limit": 1000000}, timeout=60)
    events = [Event(int(r[0]), r[1], NAMES[int(r[2])], r[3], int(r[4] or 0), r[5], STATUS[int(r[6] or 0)])
              for r in system.postgres.query(
                  "SELECT c.seq, e.event_id, e.type, coalesce(e.der_id, ''), e.revision, e.request_id, e.new_status "
                  "FROM event_chain c JOIN event_told e USING (xid, ordinal) "
                  f"WHERE c.seq <= {int(valid['through_sequence'])} ORDER BY c.seq")]
    assert int(valid["checked"]) == len(events), (valid, len(events))
    return World(ders=ders, events=events, chain_valid=valid["valid"])


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


def stop_writers(threads, stop):
    """Lets every writer learn the outcome of its last request."""
    stop.set()
    for thread in threads:
        thread.join(load.SETTLE_SECONDS + 10)
        assert not thread.is_alive() and thread.error is None, f"{thread.name}: {thread.error}"


def outcomes(records):
    return {o: sum(r["outcome"] == o for r in records) for o in ("acked", "failed", "unknown")}
