"""SIGKILL of each of the four processes under 16 concurrent writers: nothing acknowledged is lost or doubled.

DERMS_KILLS sets how often each process is killed (10; the nightly run asks for more).
"""
import os
import random
import time

import pytest

import load
from derms_system import SERVICES, system_with_people
from ledger import Ledger, check
from world import outcomes, read_world, stop_writers, wait_until_chained, watcher_must_reach

KILLS = int(os.environ.get("DERMS_KILLS", "10"))
WRITERS = 16


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        yield it


def kill_and_restart(system, name):
    if name == "postgres":
        system.postgres.kill()
        system.postgres.start()
    else:
        system.kill(name)
        system.start(name)


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
    stop_writers(threads, stop)
    last = wait_until_chained(system)
    watcher_must_reach(system, watcher, last)

    records = Ledger.read([t.path for t in threads])
    world = read_world(system)
    world.watched = watcher.sequences
    defects = check(records, world)
    counts = outcomes(records)
    print(f"{len(plan)} kills, {counts}, answers {dict(counter.counts)}, {len(world.events)} events")
    assert not defects, "\n".join(defects[:30])
    assert counts["acked"] > 20 * len(plan), "too little was written to prove anything"
    assert counts["unknown"] == 0, "every repeated request must come to an answer once the system is up"
