"""Every denial of an emergency or control method is counted and logged: who, which method, on what, and why."""
import json

import pytest

import promises
from derms_system import system_with_people
from instants import full_hour, iso
from metrics_page import MetricsPage


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        it.grant("south-1", "ROLE_OPERATOR", region_ids=["SOUTH"])
        yield it


@pytest.fixture(scope="module")
def north(system):
    """What there is to be denied: a DER of owner-1 in NORTH, an order on it, and one that waits for approval."""
    der = system.register("DENIED-1", online=True)
    order = {"der_id": der, "power_kw": 0, "duration": "600s", "reason": "test"}
    given = system.must("EmergencyService/AllocateEmergency", order)["order"]["emergency_id"]
    waiting = system.must("EmergencyService/AllocateEmergency", {**order, "require_approval": True})["order"]["emergency_id"]
    return {
        "EmergencyService/AllocateEmergency": order,
        "EmergencyService/ReleaseEmergency": {"emergency_id": given},
        "EmergencyService/ApproveEmergency": {"emergency_id": waiting},
        "ControlService/PutLimit": {"limit": {"control_id": "DENIED", "der_id": der, "power": {"max_power_kw": 10},
                                              "valid_until": iso(full_hour(3)), "reason": "test"}},
        "ControlService/AcknowledgeInstructions": {"items": [{
            "der_id": der, "source": "CONTROL_SOURCE_EMERGENCY", "control_id": given,
            "state": "INSTRUCTION_STATE_ACCEPTED"}]},
    }


def lines(system, message, rpc, subject):
    """Log lines of this denial; the log is written by a thread of its own."""
    found = []
    for line in system.log("emergency").splitlines():
        if not line.startswith("{"):
            continue
        entry = json.loads(line)
        if (entry["message"], entry.get("method"), entry.get("subject")) == (message, f"/derms.v1.{rpc}", subject):
            found.append(entry)
    return found


def counted(system, metric, rpc, reason):
    page = MetricsPage(system.metrics_ports["emergency"])
    return sum(value for (name, labels), value in page.samples.items()
               if name == metric and dict(labels).get("method") == f"/derms.v1.{rpc}" and dict(labels).get("reason") == reason)


BY_GATE = ("EmergencyService/AllocateEmergency", "EmergencyService/ReleaseEmergency", "EmergencyService/ApproveEmergency",
           "ControlService/PutLimit")


@pytest.mark.parametrize("rpc", BY_GATE)
def test_an_owner_is_denied_by_the_gate(system, north, rpc):
    answer = system.call(rpc, north[rpc], "owner-2")
    assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "UNAUTHORIZED")
    promises.seconds_until(lambda: lines(system, "refused by the gate", rpc, "owner-2"))
    assert lines(system, "refused by the gate", rpc, "owner-2")[0]["reason"] == "UNAUTHORIZED"
    assert counted(system, "derms_auth_decisions_total", rpc, "UNAUTHORIZED") == 1


@pytest.mark.parametrize("rpc", BY_GATE)
def test_an_operator_of_another_region_is_denied_by_the_method(system, north, rpc):
    answer = system.call(rpc, north[rpc], "south-1")
    assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "UNAUTHORIZED")
    promises.seconds_until(lambda: lines(system, "denied", rpc, "south-1"))
    denial, = lines(system, "denied", rpc, "south-1")
    assert denial["reason"] == "UNAUTHORIZED" and denial["scope"] == "region NORTH" and denial["request_id"]
    assert counted(system, "derms_denials_total", rpc, "UNAUTHORIZED") == 1


def test_an_owner_who_acknowledges_for_a_der_of_another_is_denied(system, north):
    rpc = "ControlService/AcknowledgeInstructions"
    answer = system.call(rpc, north[rpc], "owner-2")
    assert answer.ok, "items fail alone"
    assert answer["results"][0]["error"]["code"] == 7, answer.value  # PERMISSION_DENIED
    promises.seconds_until(lambda: lines(system, "denied", rpc, "owner-2"))
    denial, = lines(system, "denied", rpc, "owner-2")
    assert (denial["reason"], denial["scope"]) == ("UNAUTHORIZED", "DER DENIED-1")
    assert counted(system, "derms_denials_total", rpc, "UNAUTHORIZED") == 1
    assert not system.must(rpc, north[rpc], "owner-1")["results"][0].get("error"), "its owner may"


def test_who_approves_what_it_asked_for_is_denied(system, north):
    rpc = "EmergencyService/ApproveEmergency"
    assert system.call(rpc, north[rpc], "admin-1").reason == "SAME_PERSON"
    promises.seconds_until(lambda: lines(system, "denied", rpc, "admin-1"))
    denial, = lines(system, "denied", rpc, "admin-1")
    assert (denial["reason"], denial["scope"]) == ("SAME_PERSON", "region NORTH")


def test_denials_are_in_the_log_and_not_in_the_chain(system, north):
    before = system.postgres.query("SELECT count(*) FROM event")
    system.call("EmergencyService/AllocateEmergency", north["EmergencyService/AllocateEmergency"], "south-1")
    assert system.postgres.query("SELECT count(*) FROM event") == before


def test_an_order_tells_what_was_before_and_what_is_after(system):
    der = system.register("AUDITED-1", online=True, type="DER_TYPE_HYDRO")
    system.must("TelemetryService/ReportReading", {"reading": {"der_id": der, "power_kw": 20}}, "owner-1")
    request = {"der_id": der, "power_kw": 40, "duration": "600s", "reason": "line 7 tripped"}

    def planned():
        return system.must("EmergencyService/AllocateEmergency", {**request, "validate_only": True}, "operator-1")["order"]
    promises.seconds_until(lambda: planned().get("shortfall_kw", 0) == 0)  # the reading has reached the emergency service
    emergency_id = system.must("EmergencyService/AllocateEmergency", request, "operator-1")["order"]["emergency_id"]
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": emergency_id}, "admin-1")
    told = system.postgres.query("SELECT actor, summary FROM event_told WHERE resource_id = "
                                 f"'{emergency_id}' ORDER BY type")
    assert told[0] == ["operator-1", "emergency order INJECT of 40 kW for DER AUDITED-1, 1 DER bound: line 7 tripped. "
                       "Before: HYDRO 1 DER, 80 kW left. After: HYDRO 50 %."]
    actor, released = told[1]
    assert actor == "admin-1"
    assert "Before: ACTIVE until" in released and "INJECT of 40 kW, 1 DER bound, HYDRO 50 %" in released
    assert "given by operator-1: line 7 tripped. After: RELEASED by admin-1." in released
