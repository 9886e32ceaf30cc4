"""The judge is judged: every planted defect must be found, and a clean history must pass."""
import copy

import pytest

from ledger import Event, World, check


def clean():
    records = [
        {"request_id": "r1", "rpc": "RegisterDer", "der_id": "D-1", "owner_id": "o1", "outcome": "acked", "revision": 1},
        {"request_id": "r2", "rpc": "UpdateDerStatus", "der_id": "D-1", "outcome": "acked", "revision": 2},
        {"request_id": "r3", "rpc": "UpdateDerStatus", "der_id": "D-1", "outcome": "failed"},
        {"request_id": "r4", "rpc": "UpdateDerStatus", "der_id": "D-1", "outcome": "unknown"},
        {"request_id": "r5", "rpc": "RegisterDer", "der_id": "D-2", "owner_id": "o2", "outcome": "unknown"},
        {"request_id": "r6", "rpc": "AllocateEmergency", "outcome": "acked"},
    ]
    events = [Event(1, "e1", "der_registered", "D-1", 1, "r1", "OFFLINE"),
              Event(2, "e2", "der_status_updated", "D-1", 2, "r2", "ONLINE"),
              Event(3, "e3", "der_status_updated", "D-1", 3, "r4", "OFFLINE"),
              Event(4, "e4", "emergency_allocation", "", 0, "r6")]
    return records, World(ders={"D-1": (3, "OFFLINE", "o1")}, events=events, watched=[2, 3, 4])


def test_a_clean_history_passes():
    assert check(*clean()) == []


def drop_event(records, world):
    del world.events[1]
    world.events[1].sequence, world.events[2].sequence = 2, 3
    world.watched = []


def double_effect(records, world):
    world.events.append(Event(5, "e5", "der_status_updated", "D-1", 4, "r2", "ONLINE"))
    world.ders["D-1"] = (4, "ONLINE", "o1")


def trace_of_a_refusal(records, world):
    world.events.append(Event(5, "e5", "der_status_updated", "D-1", 4, "r3", "ONLINE"))
    world.ders["D-1"] = (4, "ONLINE", "o1")


def event_nobody_asked_for(records, world):
    world.events.append(Event(5, "e5", "der_status_updated", "D-1", 4, "r99", "ONLINE"))
    world.ders["D-1"] = (4, "ONLINE", "o1")


def lost_row(records, world):
    world.ders.clear()


def row_without_event(records, world):
    world.ders["D-2"] = (1, "OFFLINE", "o2")


def row_behind(records, world):
    world.ders["D-1"] = (2, "ONLINE", "o1")


def wrong_status(records, world):
    world.ders["D-1"] = (3, "ONLINE", "o1")


def stolen(records, world):
    world.ders["D-1"] = (3, "OFFLINE", "o2")


def two_writes_one_revision(records, world):
    world.events[2].revision = 2
    world.ders["D-1"] = (2, "OFFLINE", "o1")


def answer_and_event_differ(records, world):
    records[1]["revision"] = 3


def gap_in_the_order(records, world):
    world.events[3].sequence = 6


def event_twice(records, world):
    world.events.append(Event(5, "e4", "emergency_allocation", "", 0, "other"))


def watcher_missed_one(records, world):
    world.watched = [1, 2, 4]


def watcher_saw_one_twice(records, world):
    world.watched = [1, 2, 2, 3]


def reordered(records, world):
    world.watched = [2, 1, 3]


def tampered(records, world):
    world.chain_valid = False


def lost_order(records, world):
    del world.events[3]
    world.watched = []


@pytest.mark.parametrize("plant", [drop_event, double_effect, trace_of_a_refusal, event_nobody_asked_for, lost_row,
                                   row_without_event, row_behind, wrong_status, stolen, two_writes_one_revision,
                                   answer_and_event_differ, gap_in_the_order, event_twice, watcher_missed_one,
                                   watcher_saw_one_twice, reordered, tampered, lost_order])
def test_planted_defect_is_found(plant):
    records, world = copy.deepcopy(clean())
    plant(records, world)
    assert check(records, world), f"{plant.__name__} was not found"
