"""Two-person approval over real servers: an order waits, binds nobody, and one decision of many counts."""
import itertools

import pytest

import promises
from derms_system import System

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def system():
    it = System(options={"emergency": ["--two-person-kinds", "DISCONNECT"]})
    try:
        it.set_up_people()
        for subject, regions in (("operator-2", []), ("south-1", ["SOUTH"])):
            it.must("AccessService/GrantRole", {"subject": subject, "role": "ROLE_OPERATOR", "region_ids": regions})
        it.wait_for_roles()
        yield it
    finally:
        it.destroy()


@pytest.fixture
def der(system):
    return system.register(f"TWO-{next(numbers):03d}", online=True)


def ask(system, der_id, subject="operator-1", **fields):
    request = {"der_id": der_id, "power_kw": 0, "kind": "EMERGENCY_KIND_DISCONNECT", "duration": "600s",
               "reason": "line 7 is down", **fields}
    return system.must("EmergencyService/AllocateEmergency", request, subject)["order"]


def decide(system, order, subject, **fields):
    return system.call("EmergencyService/ApproveEmergency", {"emergency_id": order["emergency_id"], **fields}, subject)


def order_now(system, order):
    return system.must("EmergencyService/GetEmergency", {"emergency_id": order["emergency_id"]}, "owner-1")["order"]


def connected(system, der_id):
    told = system.must("ControlService/PollSetpoints", {"der_ids": [der_id]}, "operator-1")["setpoints"]
    return told[0]["connected"]


def events_of(system, order):
    return [row[0] for row in system.postgres.query(
        f"SELECT type FROM event_told WHERE resource_id = '{order['emergency_id']}' ORDER BY type")]


def test_it_binds_nobody_until_a_second_person_approves(system, der):
    asked = ask(system, der)
    assert asked["state"] == "EMERGENCY_STATE_PENDING_APPROVAL" and asked["der_count"] == 1
    assert connected(system, der), "it binds nobody"
    same = decide(system, asked, "operator-1")
    assert (same.code, same.reason) == ("PERMISSION_DENIED", "SAME_PERSON")
    foreign = decide(system, asked, "south-1")
    assert (foreign.code, foreign.reason) == ("PERMISSION_DENIED", "UNAUTHORIZED")
    owner = decide(system, asked, "owner-1")
    assert (owner.code, owner.reason) == ("PERMISSION_DENIED", "UNAUTHORIZED")
    waiting = system.must("EmergencyService/ListEmergencies", {"pending_only": True}, "operator-2")["orders"]
    assert [each["emergency_id"] for each in waiting] == [asked["emergency_id"]]
    assert connected(system, der)

    answer = decide(system, asked, "operator-2", reason="seen it")
    assert answer.ok, answer
    approved = answer["order"]
    assert (approved["emergency_id"], approved["state"]) == (asked["emergency_id"], "EMERGENCY_STATE_ACTIVE")
    assert (approved["issued_by"], approved["approved_by"]) == ("operator-1", "operator-2")
    assert not connected(system, der)
    assert order_now(system, asked)["approved_by"] == "operator-2"
    assert events_of(system, asked) == ["4", "28"]
    again = decide(system, asked, "operator-2")
    assert (again.code, again.reason) == ("FAILED_PRECONDITION", "APPROVAL_CLOSED")
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": asked["emergency_id"]}, "operator-1")
    promises.seconds_until(lambda: connected(system, der))


def test_a_declined_one_never_binds(system, der):
    asked = ask(system, der)
    assert decide(system, asked, "operator-2", decline=True).reason == "REASON_MISSING"
    assert decide(system, asked, "operator-2", decline=True, reason="too much").ok
    assert order_now(system, asked)["state"] == "EMERGENCY_STATE_DECLINED"
    assert connected(system, der)
    assert events_of(system, asked) == ["28", "29"]
    assert decide(system, asked, "operator-2").reason == "APPROVAL_CLOSED"
    released = system.call("EmergencyService/ReleaseEmergency", {"emergency_id": asked["emergency_id"]}, "operator-2")
    assert released.reason == "EMERGENCY_NOT_IN_FORCE"


def test_a_repeated_approval_answers_like_the_first(system, der):
    asked = ask(system, der)
    request_id = "8e3c1d40-63c5-4b52-a8a6-0f6a4a2f7b11"
    first = decide(system, asked, "operator-2", request_id=request_id)
    second = decide(system, asked, "operator-2", request_id=request_id)
    assert first.ok and second.ok and first.value == second.value
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": asked["emergency_id"]})


def test_of_several_who_decide_at_once_one_wins(system, der):
    for round_number in range(8):
        asked = ask(system, der)
        subjects = ("operator-2", "admin-1", "operator-2", "admin-1")
        answers = promises.at_once(*(
            (lambda s=subject, n=n: decide(system, asked, s, **({"decline": True, "reason": "no"} if n % 2 else {})))
            for n, subject in enumerate(subjects)))
        won = [answer for answer in answers if answer.ok]
        assert len(won) == 1, [(a.code, a.reason) for a in answers]
        assert {a.reason for a in answers if not a.ok} <= {"APPROVAL_CLOSED", "APPROVAL_UNDER_WAY"}
        state = order_now(system, asked)["state"]
        assert state == won[0]["order"]["state"]
        if state == "EMERGENCY_STATE_ACTIVE":
            system.must("EmergencyService/ReleaseEmergency", {"emergency_id": asked["emergency_id"]})


def test_what_nobody_approves_lapses_with_the_emergency_service_down(system, der):
    asked = ask(system, der)
    system.postgres.query("UPDATE emergency_approval SET expires_at = clock_timestamp() + interval '2 s' WHERE "
                          f"emergency_id = '{asked['emergency_id']}'")
    system.kill("emergency")
    promises.seconds_until(lambda: events_of(system, asked) == ["28", "29"])
    system.start("emergency")
    assert order_now(system, asked)["state"] == "EMERGENCY_STATE_LAPSED"
    assert decide(system, asked, "operator-2").reason == "APPROVAL_CLOSED"


def test_the_commands(system, der):
    first, second = system.dermsctl("operator-1"), system.dermsctl("operator-2")
    first("emergency", "allocate", der, "--power-kw", "0", "--disconnect", "--minutes", "5", "--reason", "line 7")
    listed = second("emergency", "list", "--pending")
    order = next(line.split()[0] for line in listed.splitlines() if der in line)
    assert "PENDING_APPROVAL" in second("emergency", "get", order)
    assert "approved by operator-2" in second("emergency", "approve", order)
    first("emergency", "release", order)
