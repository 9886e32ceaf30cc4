"""Orders DER by DER: everybody is told, answers or is named as unresponsive, and set-points stay where they were pinned."""
import time

import pytest

import promises
from derms_system import system_with_people
from simulator import Simulator

DERS, GATEWAYS = 10_000, 100
CALM = {"seed": 5, "deaf_share": 0.02, "readings_every": 0}


def register(system, der_ids, **fields):
    """Online, of owner-1, batteries in NORTH unless said otherwise."""
    der = {"type": "DER_TYPE_BATTERY", "capacity_kw": 100, "region_id": "NORTH", "owner_id": "owner-1",
           "location": {"latitude_deg": 38, "longitude_deg": -121},
           "parameters": {"energy_capacity_kwh": 400, "initial_energy_kwh": 200}, **fields}
    for start in range(0, len(der_ids), 1000):
        some = der_ids[start:start + 1000]
        for rpc, items in (("RegisterDers", [{**der, "der_id": der_id} for der_id in some]),
                           ("UpdateDerStatuses", [{"der_id": der_id, "status": "DER_STATUS_ONLINE"} for der_id in some])):
            answer = system.must(f"RegistryService/{rpc}", [{"items": items}], "operator-1", timeout=120)
            assert not [each for each in answer["results"] if "error" in each]


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        yield it


def allocate(system, power_kw=0, **fields):
    order = system.must("EmergencyService/AllocateEmergency", {
        "power_kw": power_kw, "duration": "600s", "reason": "test", **fields}, "operator-1")["order"]
    assert "progress" not in order, "nothing can be known of it yet"
    return order


QUICK = {"delay": "1s", "window": "2s", "ramp": "1s"}


def release(system, order):
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": order["emergency_id"], "restoration": QUICK},
                "operator-1")


def progress(system, order):
    """With 0 for what is left out."""
    found = system.must("EmergencyService/GetEmergency", {"emergency_id": order["emergency_id"]}, "owner-2")["order"]
    return {"issued": 0, "acknowledged": 0, "unresponsive": 0, "complete": False, "asked_nothing": 0, **found["progress"]}


def instructions(system, order, **fields):
    """By DER."""
    token, found = "", {}
    while True:
        page = system.must("ControlService/ListInstructions", {
            "control_id": order["emergency_id"], "page_size": 1000, "page_token": token, **fields}, "operator-1").value
        for each in page.get("instructions", []):
            assert each["der_id"] not in found, "named twice"
            found[each["der_id"]] = each
        token = page.get("next_page_token")
        if not token:
            return found


def until(system, order, condition, seconds=60):
    """Seconds after the order until its progress is as wanted, and that progress."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        now = progress(system, order)
        if condition(now):
            return time.monotonic() - began, now
        time.sleep(0.05)
    raise AssertionError(f"after {seconds} s: {now}")


@pytest.fixture(scope="module")
def fleet(system):
    ids = [f"B-{n:05d}" for n in range(DERS)]
    register(system, ids)
    simulator = Simulator(system, ders=DERS, gateways=GATEWAYS, **CALM)
    simulator.wait_for("ready", seconds=120)
    yield simulator
    simulator.destroy()


def test_ten_thousand_ders_are_told_and_answer_or_are_named(system, fleet):
    deaf = set(fleet.wait_for("begin")["deaf"])
    assert len(deaf) > DERS / 100
    promises.seconds_until(lambda: system.call("EmergencyService/AllocateEmergency", {
        "der_id": "ALL_DERS", "expected_count": DERS, "power_kw": 0, "duration": "60s", "reason": "rehearsal",
        "validate_only": True}).ok)
    order = allocate(system, der_id="ALL_DERS", expected_count=DERS)
    issued_s, now = until(system, order, lambda p: p["complete"])
    assert now["issued"] == DERS
    done_s, now = until(system, order, lambda p: p["acknowledged"] + p["unresponsive"] == DERS)
    by_row = system.postgres.query(
        "SELECT extract(epoch FROM x.changed_at - o.starts_at) FROM order_expansion x JOIN emergency_order o USING "
        f"(emergency_id) WHERE emergency_id = '{order['emergency_id']}'")[0][0]
    seen = next(each for each in fleet.report()["orders"] if each["emergency_id"] == order["emergency_id"])
    print(f"{DERS} DERs: all issued after {float(by_row):.2f} s by the database (seen after {issued_s:.2f} s), "
          f"acknowledged or unresponsive {issued_s + done_s:.2f} s after the order; gateways: {seen}")
    assert now["unresponsive"] == len(deaf) and now["acknowledged"] == DERS - len(deaf)
    silent = instructions(system, order, unresponsive_only=True)
    assert set(silent) == deaf, "by name"
    why = system.must("ControlService/WhySetpoint", {"der_id": min(deaf)}, "operator-1")["summary"]
    assert "unresponsive" in why, why
    speaking = next(der_id for der_id in (f"B-{n:05d}" for n in range(DERS)) if der_id not in deaf)
    assert "unresponsive" not in system.must("ControlService/WhySetpoint", {"der_id": speaking}, "operator-1")["summary"]

    def states():
        return {each["state"] for each in instructions(system, order, unresponsive_only=True).values()}
    promises.seconds_until(lambda: states() == {"INSTRUCTION_STATE_SENT"})  # their gateways were given the order
    release(system, order)
    ended = progress(system, order)
    assert ended["unresponsive"] == len(deaf), "that they did not answer stays known"
    assert "INSTRUCTION_STATE_SENT" in states(), "they hold until the DER may return"
    promises.seconds_until(lambda: states() == {"INSTRUCTION_STATE_REVOKED"})
    until(system, order, lambda p: {each["state"] for each in p["states"]} <= {
        "INSTRUCTION_STATE_REVOKED", "INSTRUCTION_STATE_SUCCEEDED"})


def test_a_follower_is_told_every_change_and_the_end(system, fleet):
    order = allocate(system, region_id="NORTH")
    stream = system.api("EmergencyService", "owner-1").stream(
        "EmergencyService/WatchEmergency", {"emergency_id": order["emergency_id"]}, timeout=120)
    messages = []
    for message in stream:
        messages.append((time.monotonic(), system.schema.to_dict(message)["order"]))
        done = messages[-1][1]["progress"]
        if done.get("acknowledged", 0) + done.get("unresponsive", 0) == DERS and messages[-1][1]["state"].endswith("ACTIVE"):
            release(system, order)
    back = [order["restoration"].get("restored_count", 0) for _, order in messages
            if order["state"] == "EMERGENCY_STATE_RELEASED"]
    assert back[-1] == DERS and back == sorted(back) and len(back) >= 3, f"the stream ends when all are back: {back}"
    issued = [order["progress"].get("issued", 0) for _, order in messages]
    assert issued == sorted(issued) and issued[-1] == DERS
    span = messages[-1][0] - messages[0][0]
    assert len(messages) <= 2 * span + 4, f"{len(messages)} messages in {span:.1f} s"


def read(system, der_id, power_kw):
    system.must("TelemetryService/ReportReading", {"reading": {
        "der_id": der_id, "power_kw": power_kw, "state_of_charge_kwh": 200}}, "operator-1")


def setpoint(system, der_id):
    return system.must("ControlService/PollSetpoints", {"der_ids": [der_id]}, "operator-1")["setpoints"][0]["power_kw"]


def acknowledge(system, order, der_id, state, **fields):
    answer = system.must("ControlService/AcknowledgeInstructions", {"items": [{
        "der_id": der_id, "source": "CONTROL_SOURCE_EMERGENCY", "control_id": order["emergency_id"],
        "state": f"INSTRUCTION_STATE_{state}", **fields}]}, "operator-1")
    assert "error" not in answer["results"][0]


def test_a_set_point_stays_where_it_was_pinned_and_is_judged_by_what_was_delivered(system):
    ids = [f"S-{n}" for n in range(4)]
    register(system, ids, region_id="SOUTH")
    for der_id in ids:
        read(system, der_id, 20)
    rehearsal = {"region_id": "SOUTH", "duration": "600s", "reason": "test", "power_kw": 320, "validate_only": True}
    promises.seconds_until(lambda: system.must("EmergencyService/AllocateEmergency", rehearsal)["order"].get(
        "shortfall_kw", 0) == 0)
    order = allocate(system, 160, region_id="SOUTH")
    for power_kw in (20, 40, 60):  # it follows
        read(system, ids[0], power_kw)
        time.sleep(0.7)  # until it is heard of
        assert setpoint(system, ids[0]) == pytest.approx(60), "20 kW before, and half of the 80 kW it could give more"
    told = instructions(system, order)
    assert [told[der_id]["power"]["power_kw"] for der_id in ids] == [pytest.approx(60)] * 4
    acknowledge(system, order, ids[0], "SUCCEEDED", delivered_kw=60)
    acknowledge(system, order, ids[1], "PARTIAL", delivered_kw=30)
    acknowledge(system, order, ids[2], "REJECTED", detail="too hot")
    told = instructions(system, order)
    assert told[ids[0]]["performance_band"] == "PERFORMANCE_BAND_FULL"
    assert told[ids[1]]["performance"] == pytest.approx(0.5)
    assert "performance" not in told[ids[3]]
    _, now = until(system, order, lambda p: p.get("reported") == 2)
    assert now["requested_kw"] == pytest.approx(240) and now["delivered_kw"] == pytest.approx(90)
    assert now["performance"] == pytest.approx(90 / 240) and now["performance_band"] == "PERFORMANCE_BAND_PENALTY"
    release(system, order)
    assert setpoint(system, ids[0]) == 0, "what was pinned ends with the order"
