"""Two-person approval over real servers: an order waits, binds nobody, and one decision of many counts."""
import itertools
import subprocess

import pytest

import promises
from derms_system import System

numbers = itertools.count(1)
AT_ONCE = {"delay": "0s", "window": "1s", "ramp": "1s"}  # DERs are back soon after an order


@pytest.fixture(scope="module")
def system():
    it = System(options={"emergency": ["--two-person-kinds", "DISCONNECT"]})
    try:
        it.set_up_people()
        for subject, regions in (("operator-2", []), ("south-1", ["SOUTH"])):
            it.grant(subject, "ROLE_OPERATOR", region_ids=regions)
        yield it
    finally:
        it.destroy()


@pytest.fixture
def der(system):
    return system.register(f"TWO-{next(numbers):03d}", online=True)


def ask(system, der_id, subject="operator-1", **fields):
    request = {"der_id": der_id, "power_kw": 0, "kind": "EMERGENCY_KIND_DISCONNECT", "duration": "600s",
               "reason": "line 7 is down", "restoration": AT_ONCE, **fields}
    return system.must("EmergencyService/AllocateEmergency", request, subject)["order"]


def decide(system, order, subject, **fields):
    return system.call("EmergencyService/ApproveEmergency", {"emergency_id": order["emergency_id"], **fields}, subject)


def order_now(system, order):
    return system.must("EmergencyService/GetEmergency", {"emergency_id": order["emergency_id"]}, "owner-1")["order"]


def listed(system, order):
    orders = system.must("EmergencyService/ListEmergencies", {}, "owner-1")["orders"]
    return next(each for each in orders if each["emergency_id"] == order["emergency_id"])


def decision_of(order):
    return order["approved_by"], order["decided_at"], order["decision_reason"]


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
    assert approved["decided_at"] <= approved["starts_at"] and approved["decision_reason"] == "seen it"
    assert not connected(system, der)
    assert decision_of(order_now(system, asked)) == decision_of(approved)
    assert decision_of(listed(system, asked)) == decision_of(approved)
    assert events_of(system, asked) == ["4", "28"]
    again = decide(system, asked, "operator-2")
    assert (again.code, again.reason) == ("FAILED_PRECONDITION", "APPROVAL_CLOSED")
    released = system.must("EmergencyService/ReleaseEmergency", {"emergency_id": asked["emergency_id"]}, "operator-1")
    assert decision_of(released["order"]) == decision_of(approved)
    promises.seconds_until(lambda: connected(system, der))


def test_a_declined_one_never_binds(system, der):
    asked = ask(system, der)
    assert decide(system, asked, "operator-2", decline=True).reason == "REASON_MISSING"
    assert decide(system, asked, "operator-2", decline=True, reason="too much").ok
    declined = order_now(system, asked)
    assert declined["state"] == "EMERGENCY_STATE_DECLINED"
    assert declined["decided_at"] == declined["ended_at"]
    assert (declined["approved_by"], declined["decision_reason"]) == ("operator-2", "too much")
    assert decision_of(listed(system, asked)) == decision_of(declined)
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
    lapsed = order_now(system, asked)
    assert (lapsed["state"], lapsed["approved_by"]) == ("EMERGENCY_STATE_LAPSED", "system")
    assert lapsed["decided_at"] == lapsed["approval_expires_at"]
    assert decide(system, asked, "operator-2").reason == "APPROVAL_CLOSED"


def test_what_waits_is_followed_into_force_and_to_its_end(system, der):
    asked = ask(system, der)
    api = system.api("EmergencyService", "owner-1")
    stream = system.api("EmergencyService", "owner-1").stream(
        "EmergencyService/WatchEmergency", {"emergency_id": asked["emergency_id"]}, timeout=60)
    told = system.schema.to_dict(next(stream))["order"]
    assert told["state"] == "EMERGENCY_STATE_PENDING_APPROVAL" and "progress" not in told
    assert decide(system, asked, "operator-2", reason="seen it").ok
    states = [told["state"]]
    for message in stream:
        order = system.schema.to_dict(message)["order"]
        assert decision_of(order) == decision_of(order_now(system, asked))
        if order["state"] != states[-1]:
            states.append(order["state"])
        if order.get("progress", {}).get("complete") and states[-1] == "EMERGENCY_STATE_ACTIVE":
            assert order["progress"]["issued"] == 1, "the order's instruction was written down only now"
            system.call("EmergencyService/ReleaseEmergency", {"emergency_id": asked["emergency_id"]}, "operator-1")
    assert states == [f"EMERGENCY_STATE_{state}" for state in ("PENDING_APPROVAL", "ACTIVE", "RELEASED")]


def test_what_waits_holds_nothing_and_changes_nothing(system, der):
    """Neither headroom, nor status, nor instructions, nor what a RESTORE ends."""
    waiting = ask(system, der)
    assert system.must("RegistryService/GetDer", {"der_id": der}, "owner-1")["der"]["status"] == "DER_STATUS_ONLINE"
    restore = system.call("EmergencyService/AllocateEmergency", {
        "der_id": der, "power_kw": 0, "kind": "EMERGENCY_KIND_RESTORE", "duration": "60s", "reason": "test"}, "operator-1")
    assert restore.reason == "NOTHING_TO_RESTORE"
    assert not system.postgres.query(f"SELECT 1 FROM instruction WHERE control_id = '{waiting['emergency_id']}'")
    assert decide(system, waiting, "operator-1", decline=True, reason="taken back").ok, "its author may"
    assert order_now(system, waiting)["state"] == "EMERGENCY_STATE_DECLINED"


def test_a_restore_that_waits_ends_orders_only_once_it_is_approved(system, der):
    shut = ask(system, der, kind="EMERGENCY_KIND_CURTAIL_ALL")
    assert shut["state"] == "EMERGENCY_STATE_ACTIVE", "two-person-kinds says nothing of it"
    restore = ask(system, der, kind="EMERGENCY_KIND_RESTORE", require_approval=True)
    assert restore["state"] == "EMERGENCY_STATE_PENDING_APPROVAL"
    assert order_now(system, shut)["state"] == "EMERGENCY_STATE_ACTIVE"
    approved = decide(system, restore, "operator-2")["order"]
    assert approved["restoration"]["ended_emergency_ids"] == [shut["emergency_id"]]
    assert order_now(system, shut)["state"] == "EMERGENCY_STATE_RELEASED"


def dermsctl(system, subject, *arguments):
    """Exit code, standard output and standard error, as its caller sees them."""
    command = system.dermsctl(subject, run=lambda *line: subprocess.run(line, capture_output=True, text=True, timeout=60))
    done = command(*arguments)
    return done.returncode, done.stdout, done.stderr


def test_the_commands(system, der):
    code, out, err = dermsctl(system, "operator-1", "emergency", "allocate", der, "--power-kw", "0", "--disconnect",
                              "--minutes", "5", "--reason", "line 7")
    assert code == 0 and "PENDING_APPROVAL" in out and "5.0 min from its approval, for which it waits until" in out
    order = next(line.split()[1] for line in out.splitlines() if line.startswith("order"))
    assert f"dermsctl emergency approve {order}" in err
    code, out, _ = dermsctl(system, "operator-2", "emergency", "list", "--pending")
    assert code == 0 and order in out and der in out

    code, _, err = dermsctl(system, "operator-1", "emergency", "approve", order)
    assert code == 3 and "SAME_PERSON" in err
    code, _, err = dermsctl(system, "operator-1", "emergency", "release", order)
    assert code == 5 and "EMERGENCY_NOT_IN_FORCE" in err
    code, out, _ = dermsctl(system, "operator-2", "emergency", "approve", order, "--reason", "seen on site")
    assert code == 0 and "ACTIVE" in out and "line 7 (operator-1)" in out
    assert "decision   approved by operator-2: seen on site, at " in out
    code, out, _ = dermsctl(system, "operator-1", "emergency", "get", order)
    assert code == 0 and "decision   approved by operator-2: seen on site, at " in out
    code, out, _ = dermsctl(system, "operator-1", "emergency", "list")
    assert code == 0 and "approved by operator-2: seen on site" in out
    code, _, err = dermsctl(system, "operator-2", "emergency", "decline", order, "--reason", "too late")
    assert code == 5 and "APPROVAL_CLOSED" in err
    code, _, _ = dermsctl(system, "operator-1", "emergency", "release", order, "--restore-delay", "0",
                          "--restore-window", "1", "--restore-ramp", "1")
    assert code == 0

    code, out, _ = dermsctl(system, "operator-1", "emergency", "allocate", der, "--power-kw", "0", "--minutes", "5",
                            "--reason", "not sure", "--require-approval")
    order = next(line.split()[1] for line in out.splitlines() if line.startswith("order"))
    code, out, _ = dermsctl(system, "operator-2", "emergency", "decline", order, "--reason", "not needed")
    assert code == 0 and "DECLINED" in out and "not sure (operator-1)" in out
    assert "decision   declined by operator-2: not needed, at " in out
    code, out, _ = dermsctl(system, "owner-1", "emergency", "watch", order)
    assert code == 0 and out.strip() == "DECLINED", "it is over: the stream ends"
