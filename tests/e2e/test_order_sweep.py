"""An emergency order's end is written down by whichever service lives: here the registry, with all others down."""
import time

import pytest

import promises
from derms_system import system_with_people

PROMISE_SECONDS = 5  # after the order's end


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        yield it


def row_of(system, emergency_id):
    """State and, in seconds after the order's end, when that was written down; -1: not yet."""
    return system.postgres.query(
        "SELECT state, coalesce(extract(epoch FROM ended_at - ends_at), -1), "
        "extract(epoch FROM clock_timestamp() - ends_at) FROM emergency_order WHERE emergency_id = "
        f"'{emergency_id}'")[0]


def test_an_order_ends_within_five_seconds_with_the_registry_alone(system):
    der = system.register("SWEPT-1", online=True)
    given = [system.must("EmergencyService/AllocateEmergency", {
        "der_id": der, "power_kw": 0, "duration": f"{seconds}s", "reason": "test",
        "restoration": {"delay": "0s", "window": "1s", "ramp": "1s"}})["order"]["emergency_id"]
        for seconds in (4, 5, 6)]
    for service in ("emergency", "optimizer"):
        system.kill(service)
    assert {row_of(system, each)[0] for each in given} == {"1"}, "they are in force when the emergency service is gone"
    late = []
    for emergency_id in given:
        while row_of(system, emergency_id)[0] == "1":
            assert float(row_of(system, emergency_id)[2]) < promises.PATIENCE_SECONDS, "nobody writes it down"
            time.sleep(0.05)
        state, ended_after, now_after = row_of(system, emergency_id)
        assert (state, float(ended_after)) == ("3", 0), "EXPIRED, at its time"
        late.append(float(now_after))
    promises.kept("the end of an order is written down", late, PROMISE_SECONDS)

    ends = system.postgres.query("SELECT resource_id, actor FROM event_told WHERE type = 9 ORDER BY resource_id")
    assert ends == [[each, "system"] for each in sorted(given)], "once each, by the system"
    promises.seconds_until(lambda: system.must("RegistryService/GetDer", {"der_id": der})["der"]["status"]
                           == "DER_STATUS_ONLINE")
