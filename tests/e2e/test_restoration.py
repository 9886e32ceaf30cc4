"""How DERs come back after emergency orders: staged, and seen to be; over real servers."""
import itertools
import time

import pytest

import promises
from derms_system import system_with_people
from setpoint_stream import Stream

numbers = itertools.count(1)
QUICK = {"delay": "1s", "window": "6s", "ramp": "5s"}


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        yield it


@pytest.fixture
def region(system):
    """A region of its own for each test."""
    region_id = f"PART-{next(numbers)}"
    system.must("RegistryService/PutRegion", {"region": {"region_id": region_id, "parent_region_id": "CA"}})
    return region_id


def register(system, region, count, power_kw=10, **fields):
    ders = [system.register(f"D-{next(numbers):04d}", online=True, region_id=region, **fields) for _ in range(count)]
    for der in ders:
        system.must("ControlService/IssueInstruction", {
            "der_id": der, "power": {"power_kw": power_kw}, "duration": "3600s", "reason": "test"}, "operator-1")
    return ders


def order(system, region, kind, power_kw=0, **fields):
    return system.must("EmergencyService/AllocateEmergency", {
        "region_id": region, "power_kw": power_kw, "duration": "600s", "reason": "test",
        "kind": f"EMERGENCY_KIND_{kind}", **fields}, "operator-1")["order"]


def get(system, emergency_id):
    return system.must("EmergencyService/GetEmergency", {"emergency_id": emergency_id}, "owner-1")["order"]


def report(system, der, power_kw, region, kind, asks_kw):
    """Returns when the emergency service plans with it."""
    system.must("TelemetryService/ReportReading", {"reading": {"der_id": der, "power_kw": power_kw}}, "owner-1")
    promises.seconds_until(lambda: order(system, region, kind, asks_kw, validate_only=True).get("shortfall_kw", 0) == 0)


def statuses(system, ders):
    return {system.must("RegistryService/GetDer", {"der_id": der}, "owner-1")["der"]["status"] for der in ders}


def restored_events(system, emergency_id):
    """Of the order, once the chain has them."""
    call = system.api("TelemetryService", "operator-1").stream(
        "TelemetryService/WatchEvents", {"after_sequence": 0, "types": ["EVENT_TYPE_EMERGENCY_RESTORED"]}, timeout=20)
    found = []
    for message in call:
        events = system.schema.to_dict(message).get("events", [])
        found += [event for event in events if event.get("resource_id") == emergency_id]
        if not events:  # a heartbeat: all has been sent
            break
    call.cancel()
    return found


def test_ders_of_a_region_come_back_in_stages(system, region):
    small = register(system, region, 14)
    large = register(system, region, 1, type="DER_TYPE_HYDRO", capacity_kw=2000, power_kw=2000)[0]
    stream = Stream(system, der_ids=[*small, large])
    stream.until_complete()
    given = order(system, region, "DISCONNECT")
    assert stream.until_complete() == [] and len(stream.orders) == 1, "told once for all"
    promises.seconds_until(lambda: statuses(system, [*small, large]) == {"DER_STATUS_EMERGENCY"})

    released = system.must("EmergencyService/ReleaseEmergency", {
        "emergency_id": given["emergency_id"], "restoration": QUICK}, "operator-1")["order"]
    assert released["restoration"]["waiting_count"] == 15 and released["restoration"]["restored_count"] == 0
    began, returned, rising = time.monotonic(), {}, []
    while len(returned) < 15:
        for der in stream.until_complete():
            point = stream.points[der]
            assert point["connected"] or der not in returned, "nobody goes back"
            if der == large and point["connected"] and "max_power_kw" in point:
                rising.append(point["max_power_kw"])
            if point["connected"] and "max_power_kw" not in point:
                returned.setdefault(der, time.monotonic() - began)
    assert min(returned.values()) >= 1 - 0.3, "not before the delay"
    assert len({round(at, 1) for der, at in returned.items() if der != large}) >= 5, returned
    assert len(rising) >= 5 and rising == sorted(rising) and rising[-1] >= 1600, rising
    assert {stream.points[der]["power_kw"] for der in small} == {10} and stream.points[large]["power_kw"] == 2000
    promises.seconds_until(lambda: statuses(system, [*small, large]) == {"DER_STATUS_ONLINE"})
    assert get(system, given["emergency_id"])["restoration"]["restored_count"] == 15
    stream.close()
    promises.seconds_until(lambda: restored_events(system, given["emergency_id"]))
    assert len(restored_events(system, given["emergency_id"])) == 1


def test_an_order_that_ends_by_itself_is_restored_alike(system, region):
    ders = register(system, region, 3)
    given = order(system, region, "CEASE_TO_ENERGIZE", duration="1s", restoration={"delay": "5s", "window": "2s"})
    promises.seconds_until(lambda: get(system, given["emergency_id"])["state"] == "EMERGENCY_STATE_EXPIRED")
    promises.seconds_until(lambda: statuses(system, ders) == {"DER_STATUS_EMERGENCY"})
    answer = system.must("ControlService/WhySetpoint", {"der_id": ders[0]}, "owner-1")
    assert answer["setpoint"]["power_kw"] == 0 and answer["setpoint"]["source"] == "CONTROL_SOURCE_EMERGENCY"
    promises.seconds_until(lambda: ", returning at " in system.must(
        "ControlService/WhySetpoint", {"der_id": ders[0]}, "owner-1")["summary"])
    promises.seconds_until(lambda: statuses(system, ders) == {"DER_STATUS_ONLINE"})


def test_a_restore_ends_all_orders_of_its_scope_and_says_what_stands_in_its_way(system, region):
    ders = register(system, region, 2)
    first = order(system, region, "DISCONNECT")
    second = system.must("EmergencyService/AllocateEmergency", {
        "der_id": ders[0], "power_kw": 0, "duration": "600s", "reason": "test"}, "operator-1")["order"]
    wider = order(system, "CA", "CURTAIL_ALL")
    refused = system.call("EmergencyService/AllocateEmergency", {
        "region_id": region, "power_kw": 0, "duration": "60s", "reason": "test", "kind": "EMERGENCY_KIND_RESTORE"},
        "operator-1")
    assert refused.reason == "WIDER_ORDER_IN_FORCE" and wider["emergency_id"] in refused.message
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": wider["emergency_id"], "restoration": {
        "delay": "0s", "window": "1s", "ramp": "1s"}}, "operator-1")
    restore = order(system, region, "RESTORE", restoration={"delay": "0s", "window": "1s", "ramp": "1s"})
    assert set(restore["restoration"]["ended_emergency_ids"]) == {first["emergency_id"], second["emergency_id"]}
    promises.seconds_until(lambda: get(system, restore["emergency_id"])["restoration"]["restored_count"] == 2)
    assert get(system, restore["emergency_id"])["restoration"]["der_count"] == 2, "once each, though two orders held one"
    promises.seconds_until(lambda: statuses(system, ders) == {"DER_STATUS_ONLINE"})
    assert get(system, first["emergency_id"])["state"] == "EMERGENCY_STATE_RELEASED"


def test_an_island_is_for_those_who_can(system, region):
    able = system.register(f"B-{next(numbers):04d}", online=True, region_id=region, type="DER_TYPE_BATTERY",
                           parameters={"energy_capacity_kwh": 400, "island_category": "ISLAND_CATEGORY_ISOCHRONOUS_CAPABLE"})
    other = system.register(f"B-{next(numbers):04d}", online=True, region_id=region)
    given = order(system, region, "ISLAND")
    assert given["der_count"] == 1
    assert given["unbound"] == [{"der_id": other, "reason": "NOT_ISLAND_CAPABLE"}]
    polled = system.must("ControlService/PollSetpoints", {"der_ids": [able, other]}, "owner-1")["setpoints"]
    assert {point["der_id"]: point["operating_mode"] for point in polled} == {
        able: "OPERATING_MODE_ISLANDED", other: "OPERATING_MODE_GRID_CONNECTED"}
    assert statuses(system, [other]) == {"DER_STATUS_ONLINE"}
    refused = system.call("EmergencyService/AllocateEmergency", {
        "region_id": region, "power_kw": 0, "duration": "60s", "reason": "test", "kind": "EMERGENCY_KIND_BLACK_START"},
        "operator-1")
    assert refused.reason == "NO_DERS_IN_SCOPE"


def test_a_reduce_limits_what_generates_and_lets_it_rise_again(system, region):
    der = register(system, region, 1, type="DER_TYPE_HYDRO", capacity_kw=100, power_kw=80)[0]
    report(system, der, 80, region, "REDUCE", -80)

    def point():
        return system.must("ControlService/PollSetpoints", {"der_ids": [der]}, "owner-1")["setpoints"][0]
    given = order(system, region, "REDUCE", power_kw=-20)
    assert given.get("shortfall_kw", 0) == 0
    assert point()["power_kw"] == 60 and point()["max_power_kw"] == 60
    system.must("TelemetryService/ReportReading", {"reading": {"der_id": der, "power_kw": 60}}, "owner-1")
    time.sleep(1.5)  # readings of others are looked for every half second
    assert point()["max_power_kw"] == 60, "it does not reduce the reduced"
    more = order(system, region, "INJECT", power_kw=10)
    assert more["shortfall_kw"] == 10, "nobody undoes it"
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": given["emergency_id"], "restoration": {
        "delay": "0s", "window": "1s", "ramp": "1s"}}, "operator-1")
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": more["emergency_id"]}, "operator-1")
    promises.seconds_until(lambda: point()["power_kw"] == 80)


def test_a_reduce_asks_the_same_after_a_restart_and_frees_who_is_back(system, region):
    ders = register(system, region, 4, type="DER_TYPE_HYDRO", capacity_kw=100, power_kw=80)
    for known, der in enumerate(ders, 1):
        report(system, der, 80, region, "REDUCE", -80 * known)
    given = order(system, region, "REDUCE", power_kw=-160)

    def limits():
        points = system.must("ControlService/PollSetpoints", {"der_ids": ders}, "owner-1")["setpoints"]
        return {point.get("max_power_kw") for point in points}
    assert limits() == {40}
    promises.seconds_until(lambda: get(system, given["emergency_id"])["progress"].get("complete"))
    system.kill("emergency")
    for der in ders:
        system.must("TelemetryService/ReportReading", {"reading": {"der_id": der, "power_kw": 10}}, "owner-1")
    system.start("emergency")
    assert limits() == {40}, "clouds have come and may go: what was told counts"
    why = system.must("ControlService/WhySetpoint", {"der_id": ders[0]}, "owner-1")
    assert why["setpoint"]["max_power_kw"] == 40

    def inject_kw():
        plan = order(system, region, "INJECT", 400, validate_only=True)
        return 400 - plan.get("shortfall_kw", 0)
    assert inject_kw() == 0, "all are held"
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": given["emergency_id"], "restoration": QUICK},
                "operator-1")
    seen = set()
    promises.seconds_until(lambda: seen.add(round(inject_kw())) or 360 in seen)
    assert seen & {90, 180, 270}, f"those who are back are free, the others are not: {seen}"


def test_an_order_may_override_limits_and_says_so(system, region):
    der = register(system, region, 1, type="DER_TYPE_HYDRO", capacity_kw=100, power_kw=0)[0]
    report(system, der, 10, region, "INJECT", 40)
    system.must("ControlService/PutLimit", {"limit": {
        "control_id": f"L-{next(numbers)}", "der_id": der, "power": {"max_power_kw": 20}, "reason": "hot",
        "valid_until": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))}}, "operator-1")
    given = order(system, region, "INJECT", power_kw=40, override_limits=True)
    answer = system.must("ControlService/WhySetpoint", {"der_id": der}, "owner-1")
    assert answer["setpoint"]["power_kw"] == pytest.approx(50)
    assert "OVERRIDDEN" in {each["reason"] for each in answer["lost"]}
    assert get(system, given["emergency_id"])["override_limits"] is True
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": given["emergency_id"]}, "operator-1")
    assert system.must("ControlService/WhySetpoint", {"der_id": der}, "owner-1")["setpoint"]["power_kw"] == 0
