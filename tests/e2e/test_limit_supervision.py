"""Limits of regions against measured power, over real servers: a breach is told, corrected and explained, then relieved."""
import itertools
import time

import grpc
import pytest

import promises
from derms_system import system_with_people

numbers = itertools.count(1)
PROMISE_SECONDS = 5  # from the readings to the event, and to set-points that are clipped


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        yield it


def report(system, powers):
    for der, power in powers.items():
        system.must("TelemetryService/ReportReading", {"reading": {"der_id": der, "power_kw": power}}, "operator-1")


def events(system, region, name):
    return system.postgres.query(f"SELECT summary, coalesce(der_id, '') FROM event_told WHERE region_id = '{region}' AND "
                                 f"type = {name} ORDER BY der_id NULLS FIRST")


BREACHED, RELIEVED = 30, 31


def limited_region(system, export_limit_kw, told_kw=80):
    """A region of its own with three solar parks, and what each is told to give."""
    region = f"FEEDER-{next(numbers)}"
    system.must("RegistryService/PutRegion", {"region": {"region_id": region, "parent_region_id": "CA",
                                                         "export_limit_kw": export_limit_kw}})
    ders = [system.register(f"{region}-SUN-{i}", online=True, region_id=region) for i in range(3)]
    for der in ders if told_kw else ():
        system.must("ControlService/IssueInstruction", {"der_id": der, "power": {"power_kw": told_kw},
                                                        "duration": "3600s", "reason": "test"}, "operator-1")
    return region, ders


def setpoint(system, der):
    return system.must("ControlService/PollSetpoints", {"der_ids": [der]}, "operator-1")["setpoints"][0]["power_kw"]


def test_a_breach_is_told_with_its_cause_and_corrected_within_seconds(system):
    told, clipped = [], []
    for _ in range(promises.ROUNDS):
        region, ders = limited_region(system, 200)
        report(system, dict(zip(ders, (80, 80, 100), strict=True)))
        began = time.monotonic()
        promises.seconds_until(lambda: events(system, region, BREACHED))
        told.append(time.monotonic() - began)
        promises.seconds_until(lambda: setpoint(system, ders[0]) < 80)
        clipped.append(time.monotonic() - began)

        whole, part = events(system, region, BREACHED)
        assert f"Region {region} exports 260.0 kW, 60.0 kW over its export limit of 200.0 kW" in whole[0]
        assert "1 DER is 20.0 kW above its set-point" in whole[0] and "40.0 kW are unexplained" in whole[0]
        assert part[1] == ders[2], "the DER that is above its set-point is named to who may see it"
        kw = [setpoint(system, der) for der in ders]
        assert sum(kw) <= 200, kw
        why = system.must("ControlService/WhySetpoint", {"der_id": ders[0]}, "owner-1").value
        clip = next(each for each in why["clips"] if each["reason"] == "MAX_POWER")
        assert why["controls"][clip["control_index"]]["control_id"] == f"SUPERVISION-{region}"
        assert why["controls"][clip["control_index"]]["issued_by"] == "system"
    promises.kept("the event of a breach comes", told, PROMISE_SECONDS)
    promises.kept("set-points are clipped", clipped, PROMISE_SECONDS)


def test_owners_see_the_part_of_their_own_ders_and_operators_see_the_region(system):
    region, ders = limited_region(system, 200)
    foreign = system.register(f"{region}-SUN-9", online=True, region_id=region, owner_id="owner-2")
    report(system, {ders[0]: 80, ders[1]: 80, ders[2]: 100, foreign: 90})
    promises.seconds_until(lambda: len(events(system, region, BREACHED)) == 3)
    seen = {}
    for subject in ("owner-1", "owner-2", "operator-1"):
        api = system.api("TelemetryService", token=system.token(subject))
        ids = set()
        try:
            for message in api.stream("TelemetryService/WatchEvents", {"after_sequence": 0}, timeout=3):
                ids |= {e.der_id for e in message.events if e.name == "limit_breached" and e.region_id == region}
        except grpc.RpcError as ended:  # the stream has no end of its own
            assert ended.code() == grpc.StatusCode.DEADLINE_EXCEEDED, ended
        api.close()
        seen[subject] = ids
    assert seen == {"owner-1": {ders[2]}, "owner-2": {foreign}, "operator-1": {"", ders[2], foreign}}


def test_what_is_over_for_a_minute_is_relieved(system):
    region, ders = limited_region(system, 200)
    report(system, dict(zip(ders, (80, 80, 80), strict=True)))
    promises.seconds_until(lambda: setpoint(system, ders[0]) < 80)
    deadline = time.monotonic() + 100
    while not events(system, region, RELIEVED):
        assert time.monotonic() < deadline
        report(system, dict(zip(ders, (30, 30, 30), strict=True)))
        time.sleep(2)
    promises.seconds_until(lambda: setpoint(system, ders[0]) == 80)
    assert system.postgres.query(f"SELECT count(*) FROM limit_breach WHERE region_id = '{region}' AND relieved_at IS "
                                 "NOT NULL") == [["1"]]


def test_another_process_goes_on_when_the_leader_is_killed(system):
    system.start_replica("emergency-2")
    region, ders = limited_region(system, 200)
    report(system, dict(zip(ders, (80, 80, 80), strict=True)))
    promises.seconds_until(lambda: events(system, region, BREACHED))
    system.kill("emergency")
    other, more = limited_region(system, 200, told_kw=None)
    deadline = time.monotonic() + 40  # the lease of the one that was killed lasts for ten seconds
    while not events(system, other, BREACHED):
        assert time.monotonic() < deadline
        report(system, dict(zip(more, (80, 80, 80), strict=True)))
        time.sleep(0.5)
    assert len(events(system, region, BREACHED)) == 1, "the breach of before is not told again"
    system.start("emergency")
    system.kill("emergency-2")
    del system.processes["emergency-2"]

