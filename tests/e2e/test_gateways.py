"""Gateways: what an owner delegates to them, and nothing else."""
import itertools

import pytest

import promises
from derms_system import system_with_people

numbers = itertools.count(1)
GATEWAY = "gateway-1"


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        it.grant(GATEWAY, "ROLE_GATEWAY")
        yield it


@pytest.fixture
def der(system):
    return system.register(f"PV-{next(numbers):03d}", online=True)


def delegate(system, der_id, gateway_id=GATEWAY, subject="owner-1"):
    return system.must("RegistryService/DelegateGateway", {"der_id": der_id, "gateway_id": gateway_id}, subject)["der"]


def report(system, der_id):
    return system.call("TelemetryService/ReportReading", {"reading": {"der_id": der_id, "power_kw": 4}}, GATEWAY)


def polled(system):
    points = system.must("ControlService/PollSetpoints", {}, GATEWAY).value.get("setpoints", [])
    return {point["der_id"]: point for point in points}


def test_a_gateway_speaks_for_what_was_delegated_to_it_and_for_nothing_else(system, der):
    assert report(system, der).reason == "UNAUTHORIZED"
    assert system.call("ControlService/PollSetpoints", {"der_ids": [der]}, GATEWAY).reason == "UNAUTHORIZED"
    assert delegate(system, der)["gateway_id"] == GATEWAY
    promises.seconds_until(lambda: der in polled(system))
    assert report(system, der).ok

    told = system.must("ControlService/IssueInstruction", {
        "der_id": der, "power": {"power_kw": 9}, "duration": "600s", "reason": "test"}, "operator-1")["instruction"]
    point = polled(system)[der]
    assert point["power_kw"] == 9
    acknowledged = system.must("ControlService/AcknowledgeInstructions", {"items": [{
        "der_id": der, "source": point["source"], "control_id": point["control_id"],
        "state": "INSTRUCTION_STATE_STARTED"}]}, GATEWAY)
    assert "error" not in acknowledged["results"][0]
    told = system.must("ControlService/ListInstructions", {"control_id": told["control_id"]})["instructions"]
    assert told[0]["state"] == "INSTRUCTION_STATE_STARTED"

    for rpc, fields in (("RegistryService/UpdateDerStatus", {"der_id": der, "status": "DER_STATUS_OFFLINE"}),
                        ("RegistryService/DelegateGateway", {"der_id": der, "gateway_id": "gateway-2"}),
                        ("ControlService/IssueInstruction", {"der_id": der, "power": {"power_kw": 1}, "duration": "60s",
                                                             "reason": "x"})):
        assert system.call(rpc, fields, GATEWAY).reason == "UNAUTHORIZED", rpc


def test_what_is_taken_back_is_gone_at_once(system, der):
    delegate(system, der)
    promises.seconds_until(lambda: der in polled(system))
    delegate(system, der, "")
    assert report(system, der).reason == "UNAUTHORIZED"
    promises.seconds_until(lambda: der not in polled(system))


def test_a_stream_follows_what_is_delegated(system, der):
    messages = system.api("ControlService", GATEWAY).stream("ControlService/WatchSetpoints", {}, timeout=60)
    heard = lambda: system.schema.to_dict(next(messages))  # noqa: E731
    try:
        heard()
        delegate(system, der)
        message = heard()
        while der not in {point["der_id"] for point in message.get("setpoints", [])}:
            message = heard()
        delegate(system, der, "gateway-2")
        while der not in message.get("removed_der_ids", []):
            message = heard()
    finally:
        messages.cancel()


def test_a_new_owner_begins_without_a_gateway(system, der):
    delegate(system, der)
    given = system.must("RegistryService/TransferDer", {"der_id": der, "new_owner_id": "owner-2"})["der"]
    assert not given.get("gateway_id")
    assert report(system, der).reason == "UNAUTHORIZED"


def test_only_owner_and_admin_delegate(system, der):
    for subject in ("owner-2", "operator-1"):
        refused = system.call("RegistryService/DelegateGateway", {"der_id": der, "gateway_id": GATEWAY}, subject)
        assert refused.reason == "UNAUTHORIZED"
    delegate(system, der, subject="admin-1")
    assert not system.must("RegistryService/GetDer", {"der_id": der}, "owner-2")["der"].get("gateway_id")
    assert system.must("RegistryService/GetDer", {"der_id": der}, "owner-1")["der"]["gateway_id"] == GATEWAY
