"""Orders in quick succession, of which none is written down yet: the newest set-point takes in the parts of all, wherever
a DER is by then, whoever is asked, and also when the process is killed before it writes them down."""
import contextlib
import time

import pytest

import promises
from derms_system import system_with_people
from setpoint_stream import Stream

IDS = [f"S-{n}" for n in range(3)]
# Registry and emergency service tell the database's time apart by milliseconds, no device answers an order as soon.
CLOCKS_DIFFER_SECONDS = 0.3
# Of batteries of 100 kW at 20 kW. By kind: the power of two orders, which use half of what is left each, and the set-points.
CASES = {"INJECT": (120, 60, 60, 80), "ABSORB": (-180, -90, -40, -70)}


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        for der_id in IDS:
            it.register(der_id, online=True, region_id="SOUTH", type="DER_TYPE_BATTERY", capacity_kw=100,
                        parameters={"energy_capacity_kwh": 400, "initial_energy_kwh": 200})
        yield it


@contextlib.contextmanager
def nobody_writes_orders_down(system):
    """As if who expands orders were slow: somebody else leads."""
    system.postgres.query("UPDATE lease SET holder = 'a test', token = token + 1, expires_at = now() + interval '1 hour' "
                          "WHERE name = 'emergency-expansion'")
    yield
    system.postgres.query("UPDATE lease SET expires_at = now() WHERE name = 'emergency-expansion'")


def read(system, der_id, power_kw):
    system.must("TelemetryService/ReportReading", {"reading": {
        "der_id": der_id, "power_kw": power_kw, "state_of_charge_kwh": 200}}, "operator-1")


def all_at_20_kw(system, power_kw):
    for der_id in IDS:
        read(system, der_id, 20)
    rehearsal = {"region_id": "SOUTH", "duration": "600s", "reason": "test", "power_kw": 2 * power_kw, "validate_only": True}

    def headroom_kw():
        return system.must("EmergencyService/AllocateEmergency", rehearsal)["order"]["shares"][0].get("headroom_kw", 0)
    promises.seconds_until(lambda: headroom_kw() == pytest.approx(abs(2 * power_kw)))


def allocate(system, power_kw):
    order = system.must("EmergencyService/AllocateEmergency", {
        "region_id": "SOUTH", "power_kw": power_kw, "duration": "600s", "reason": "test"}, "operator-1")["order"]
    assert order.get("shortfall_kw", 0) == 0
    return order


def release(system, *orders):
    for order in orders:
        system.must("EmergencyService/ReleaseEmergency", {"emergency_id": order["emergency_id"]}, "operator-1")


def told(system):
    """The power of each DER, as polls, WhySetpoint and a stream say it."""
    points = system.must("ControlService/PollSetpoints", {"der_ids": IDS}, "operator-1")["setpoints"]
    why = [system.must("ControlService/WhySetpoint", {"der_id": der_id}, "operator-1")["setpoint"] for der_id in IDS]
    stream = Stream(system, "operator-1", der_ids=IDS)
    stream.until_complete()
    stream.close()
    return [[each["power_kw"] for each in points], [each["power_kw"] for each in why],
            [stream.power(der_id) for der_id in IDS]]


def written(system, order):
    rows = system.postgres.query(
        f"SELECT power_kw FROM instruction WHERE control_id = '{order['emergency_id']}' ORDER BY der_id")
    return [float(row[0]) for row in rows]


def wait_until_written(system, *orders):
    promises.seconds_until(lambda: all(len(written(system, order)) == len(IDS) for order in orders))


def every(power_kw):
    return [pytest.approx(power_kw)] * len(IDS)


@pytest.mark.parametrize("kind", CASES)
def test_the_newest_takes_in_the_older_ones_part(system, kind):
    first_kw, second_kw, after_first, after_both = CASES[kind]
    all_at_20_kw(system, first_kw)
    with nobody_writes_orders_down(system):
        first = allocate(system, first_kw)
        assert told(system) == [every(after_first)] * 3
        read(system, IDS[0], after_first)  # it follows, another one is on its way, the third does nothing
        read(system, IDS[1], (20 + after_first) / 2)
        time.sleep(0.7)  # until it is heard of
        second = allocate(system, second_kw)
        assert told(system) == [every(after_both)] * 3
        read(system, IDS[0], after_both)
        read(system, IDS[1], (20 + after_both) / 2)
        time.sleep(0.7)
        assert told(system) == [every(after_both)] * 3, "no set-point follows its own readings"
    wait_until_written(system, first, second)
    assert written(system, first) == every(after_first)
    assert written(system, second) == every(after_both)
    assert told(system) == [every(after_both)] * 3
    third = allocate(system, 3 if kind == "INJECT" else -3)
    assert told(system) == [every(after_both + (1 if kind == "INJECT" else -1))] * 3, "of what is written down, too"
    release(system, first, second, third)


@pytest.mark.parametrize("kind", CASES)
def test_who_was_killed_before_it_wrote_them_down_writes_the_same(system, kind):
    first_kw, second_kw, after_first, after_both = CASES[kind]
    all_at_20_kw(system, first_kw)
    with nobody_writes_orders_down(system):
        first = allocate(system, first_kw)
        time.sleep(CLOCKS_DIFFER_SECONDS)
        read(system, IDS[0], after_first)
        read(system, IDS[1], (20 + after_first) / 2)
        time.sleep(0.7)
        second = allocate(system, second_kw)
        time.sleep(CLOCKS_DIFFER_SECONDS)
        for der_id in IDS:
            read(system, der_id, 25)  # nobody could tell from this what it did before
        for name in ("emergency", "registry"):
            system.kill(name)
        system.start("emergency")
        stream = Stream(system, "operator-1", der_ids=IDS)
        stream.until_complete()
        assert stream.power(IDS[0]) == pytest.approx(25), "that is all that it knows"
    wait_until_written(system, first, second)
    assert written(system, first) == every(after_first)
    assert written(system, second) == every(after_both)
    assert told(system) == [every(after_both)] * 3, "with the registry stopped"
    while stream.power(IDS[0]) == pytest.approx(25):
        stream.until_complete()
    assert [stream.power(der_id) for der_id in IDS] == every(after_both), "it is told what is written down"
    stream.close()
    system.start("registry")
    release(system, first, second)
