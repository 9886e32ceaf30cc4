"""Gateways of some hundred DERs follow instructions and orders over real streams, and lose nothing when they restart."""
import time

import pytest

import promises
from derms_system import system_with_people
from instants import full_hour, iso
from setpoint_stream import Stream
from simulator import Simulator

NORTH, SOUTH, GATEWAYS = 120, 80, 5
ADOPTION_SECONDS = 30  # that a device has to adopt settings, IEEE 1547-2018 cl. 4.6.3
RAMP_KW_PER_MIN, CAPACITY_KW = 600, 100  # from nothing to all in ten seconds
FAULTS = {"seed": 7, "deaf_share": 0.05}


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        ids = [("NORTH", f"N-{n:03d}") for n in range(NORTH)] + [("SOUTH", f"S-{n:03d}") for n in range(SOUTH)]
        answer = it.must("RegistryService/RegisterDers", [{"items": [{
            "der_id": der_id, "type": "DER_TYPE_BATTERY", "capacity_kw": CAPACITY_KW, "region_id": region,
            "owner_id": "owner-1", "location": {"latitude_deg": 38, "longitude_deg": -121},
            "parameters": {"energy_capacity_kwh": 400, "initial_energy_kwh": 200, "ramp_up_kw_per_min": RAMP_KW_PER_MIN,
                           "ramp_down_kw_per_min": RAMP_KW_PER_MIN}} for region, der_id in ids]}], "operator-1")
        assert not [each for each in answer["results"] if "error" in each]
        it.must("RegistryService/UpdateDerStatuses", [{"items": [
            {"der_id": der_id, "status": "DER_STATUS_ONLINE"} for _, der_id in ids]}], "operator-1")
        yield it


@pytest.fixture
def simulate(system):
    running = []

    def start(**options):
        running.append(Simulator(system, ders=NORTH + SOUTH, gateways=GATEWAYS, readings_every=0.5, **options))
        running[-1].wait_for("ready")
        return running[-1]
    yield start
    for each in running:
        each.destroy()


def tell(system, der_id, power_kw):
    return system.must("ControlService/IssueInstruction", {
        "der_id": der_id, "power": {"power_kw": power_kw}, "duration": "600s", "reason": "test"},
        "operator-1")["instruction"]["control_id"]


def take_back(system, der_id):
    """What has SUCCEEDED holds until its end or until something newer is said."""
    tell(system, der_id, 0)


def order(system, region_id):
    return system.must("EmergencyService/AllocateEmergency", {
        "region_id": region_id, "power_kw": 0, "duration": "600s", "reason": "test"}, "operator-1")["order"]["emergency_id"]


def release(system, emergency_id):
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": emergency_id, "restoration": {
        "delay": "0s", "window": "1s", "ramp": "1s"}}, "operator-1")


def power(system, der_id):
    return system.must("RegistryService/GetDer", {"der_id": der_id}, "operator-1")["der"].get(
        "latest_reading", {}).get("power_kw")


def comes_to(system, der_id, power_kw):
    promises.seconds_until(lambda: power(system, der_id) == pytest.approx(power_kw, abs=CAPACITY_KW / 100))


def states(system, control_id):
    """State by DER of what an order or instruction came to."""
    token, found = "", {}
    while True:
        page = system.must("ControlService/ListInstructions", {
            "control_id": control_id, "page_size": 1000, "page_token": token}, "operator-1").value
        for each in page.get("instructions", []):
            found[each["der_id"]] = each["state"].removeprefix("INSTRUCTION_STATE_")
        token = page.get("next_page_token")
        if not token:
            return found


def succeeded(system, control_id):
    return {der_id for der_id, state in states(system, control_id).items() if state == "SUCCEEDED"}


def readings_on_the_way(system, der_id, until_kw):
    """Different powers that the registry shows until the DER has arrived."""
    seen = []

    def arrived():
        now = power(system, der_id)
        if now is not None and (not seen or seen[-1] != now):
            seen.append(now)
        return seen and seen[-1] == pytest.approx(until_kw, abs=CAPACITY_KW / 100)
    promises.seconds_until(arrived)
    return seen


def test_an_instruction_is_followed_along_the_ramp_and_acknowledged_to_its_end(system, simulate):
    simulator = simulate()
    given = tell(system, "N-000", 80)
    seen = readings_on_the_way(system, "N-000", 80)
    assert seen == sorted(seen), "upwards only"
    assert len([kw for kw in seen if 5 < kw < 75]) >= 3, f"a ramp, not a jump: {seen}"
    promises.seconds_until(lambda: states(system, given) == {"N-000": "SUCCEEDED"})
    take_back(system, "N-000")
    comes_to(system, "N-000", 0)
    end = simulator.close()
    assert end["acknowledgements_refused"] == {} and end["readings_accepted"] > 0
    assert end["gateways_complete"] == GATEWAYS


def test_an_order_for_a_region_is_followed_by_all_and_acknowledged_by_all_who_are_not_deaf(system, simulate):
    simulator = simulate(**FAULTS)
    deaf = {der_id for der_id in simulator.wait_for("begin")["deaf"] if der_id.startswith("S-")}
    assert 0 < len(deaf) < SOUTH / 5
    for der_id in ("S-000", "S-041", "S-079", "N-001"):
        tell(system, der_id, 60)
    for der_id in ("S-000", "S-041", "S-079", "N-001"):
        comes_to(system, der_id, 60)
    given = order(system, "SOUTH")
    speaking = {f"S-{n:03d}" for n in range(SOUTH)} - deaf
    promises.seconds_until(lambda: succeeded(system, given) == speaking)
    unheard = {der_id for der_id, state in states(system, given).items() if state != "SUCCEEDED"}
    assert unheard <= deaf, "who does not answer is known by name"
    for der_id in ("S-000", "S-041", "S-079"):
        comes_to(system, der_id, 0)
    assert power(system, "N-001") == pytest.approx(60, abs=1), "another region"
    release(system, given)
    for der_id in ("S-000", "S-041", "S-079"):
        comes_to(system, der_id, 60)
    for der_id in ("S-000", "S-041", "S-079", "N-001"):
        take_back(system, der_id)
    seen = next(each for each in simulator.report()["orders"] if each["emergency_id"] == given)
    assert seen["ders"] == SOUTH and seen["acknowledged"] == len(speaking)


def test_gateways_that_are_told_together_take_turns_to_answer(system):
    simulator = Simulator(system, ders=NORTH + SOUTH, gateways=NORTH + SOUTH, readings_every=0, seed=9)
    listener = Stream(system, "operator-1", der_ids=["S-000"])
    try:
        simulator.wait_for("ready")
        listener.until_complete()
        given = order(system, "SOUTH")
        told = listener.next()
        assert [each["emergency_id"] for each in told["orders"]] == [given]
        assert told["acknowledge_within"] == "0.012150s", "150 us for each of the 80 and the listener"
        promises.seconds_until(lambda: succeeded(system, given) == {f"S-{n:03d}" for n in range(SOUTH)})
        release(system, given)
    finally:
        listener.close()
        simulator.destroy()


def test_with_restarts_in_between_nothing_is_lost(system, simulate):
    simulator = simulate(seed=3, restart_every=2)
    instructed = [f"N-{n:03d}" for n in range(2, 42)]
    told = {der_id: tell(system, der_id, 30) for der_id in instructed}
    given = order(system, "SOUTH")
    everybody = {f"S-{n:03d}" for n in range(SOUTH)}
    promises.seconds_until(lambda: succeeded(system, given) == everybody)
    for der_id in instructed:
        comes_to(system, der_id, 30)
        promises.seconds_until(lambda der_id=der_id: states(system, told[der_id]) == {der_id: "SUCCEEDED"})
    release(system, given)
    for der_id in instructed:
        take_back(system, der_id)
    for der_id in instructed:
        comes_to(system, der_id, 0)
    assert simulator.close()["restarts"] >= GATEWAYS


def test_the_emergency_service_may_be_killed_and_the_gateways_come_back(system, simulate):
    simulator = simulate()
    system.kill("emergency")
    system.start("emergency")
    given = tell(system, "N-050", 40)
    comes_to(system, "N-050", 40)
    promises.seconds_until(lambda: states(system, given) == {"N-050": "SUCCEEDED"})
    take_back(system, "N-050")
    assert any(why.startswith("watch ") for why in simulator.close()["streams_ended"])


def test_late_rejecting_and_aborting_ders_are_what_the_seed_says(system, simulate):
    options = {"seed": 11, "reject_share": 0.1, "abort_share": 0.1, "late_share": 0.2, "late_seconds": 2}
    simulator = simulate(**options)
    begin = simulator.wait_for("begin")
    rejects, aborts = set(begin["rejects"]), set(begin["aborts"]) - set(begin["rejects"])
    assert rejects and aborts and begin["late"]
    chosen = [next(iter(sorted(rejects))), next(iter(sorted(aborts)))]
    told = [tell(system, der_id, 50) for der_id in chosen]
    promises.seconds_until(lambda: states(system, told[0]) == {chosen[0]: "REJECTED"})
    promises.seconds_until(lambda: states(system, told[1]) == {chosen[1]: "ABORTED"})
    assert power(system, chosen[0]) == pytest.approx(0, abs=1)
    simulator.close()
    again = simulate(**options)
    assert again.wait_for("begin") == begin, "equal seeds, equal faults"
    other = simulate(**{**options, "seed": 12})
    assert other.wait_for("begin")["rejects"] != begin["rejects"]


def test_an_owner_simulates_the_own_ders_and_nobody_elses(system):
    mine = [system.register(f"X-{n}", owner_id="owner-2", online=True) for n in range(3)]
    simulator = Simulator(system, "owner-2", ders=100, gateways=2, readings_every=0.5)
    try:
        begin = simulator.wait_for("begin")
        assert (begin["ders"], begin["gateways"]) == (len(mine), 2)
        simulator.wait_for("ready")
        promises.seconds_until(lambda: all(power(system, der_id) is not None for der_id in mine))
        end = simulator.close()
        assert end["readings_refused"] == 0 and end["streams_ended"] == {}
    finally:
        simulator.destroy()


def test_devices_that_were_disconnected_enter_service_each_in_its_own_time(system, simulate):
    simulate(enter_delay=3, enter_ramp=3, enter_random=6)
    ders = [f"N-{n:03d}" for n in range(60, 90)]
    for der_id in ders:
        tell(system, der_id, 60)
    for der_id in ders:
        comes_to(system, der_id, 60)
    given = system.must("EmergencyService/AllocateEmergency", {
        "region_id": "NORTH", "power_kw": 0, "duration": "600s", "reason": "test",
        "kind": "EMERGENCY_KIND_DISCONNECT"}, "operator-1")["order"]["emergency_id"]
    for der_id in ders:
        comes_to(system, der_id, 0)
    release(system, given)  # the service gives them back within a second
    began, back = time.monotonic(), {}
    while len(back) < len(ders):
        assert time.monotonic() < began + 60, f"not back: {set(ders) - set(back)}"
        shown = system.must("RegistryService/ListDers", {"region_id": "NORTH", "page_size": 1000}, "operator-1")["ders"]
        for der in shown:
            if der["der_id"] in ders and der.get("latest_reading", {}).get("power_kw", 0) > 5:
                back.setdefault(der["der_id"], time.monotonic() - began)
    assert min(back.values()) > 1.5 - 0.5, "none before half of the delay"
    assert max(back.values()) - min(back.values()) > 2, f"one after the other: {sorted(back.values())}"
    for der_id in ders:
        comes_to(system, der_id, 60)
        take_back(system, der_id)


@pytest.fixture(scope="module")
def own_fleet(system):
    """Options of a simulator that brings in a fleet, whose owner is sim-owner and whose gateway is sim-gateway."""
    for subject, role in (("sim-owner", "ROLE_OWNER"), ("sim-gateway", "ROLE_GATEWAY")):
        system.grant(subject, role)
    system.must("RegistryService/PutRegion", {"region": {"region_id": "SIM"}})
    owner_token = system.folder / "sim-owner.jwt"
    owner_token.write_text(system.token("sim-owner"))
    return {"owner_token_file": owner_token, "register": 25, "register_in": "SIM", "gateways": 2,
            "readings_every": 0.5, "seed": 5}


def test_a_fleet_is_brought_in_by_its_owner_and_followed_by_its_gateway(system, own_fleet):
    options = own_fleet

    def fleet():
        listed = system.must("RegistryService/ListDers", {"owner_id": "sim-owner", "page_size": 1000}, "operator-1")["ders"]
        return {der["der_id"]: der for der in listed}
    simulator = Simulator(system, "sim-gateway", **options)
    try:
        assert simulator.wait_for("ready")["ders"] == 25
        assert len(fleet()) == 25
        assert {(der["gateway_id"], der["stored_status"], der["region_id"]) for der in fleet().values()} == {
            ("sim-gateway", "DER_STATUS_ONLINE", "SIM")}
        battery = next(der for der in fleet().values() if der["type"] == "DER_TYPE_BATTERY")
        given = tell(system, battery["der_id"], 0.5 * battery["capacity_kw"])
        promises.seconds_until(lambda: states(system, given) == {battery["der_id"]: "SUCCEEDED"})
        end = simulator.close()
        assert end["readings_accepted"] > 0 and end["readings_refused"] == 0
        assert end["acknowledgements_refused"] == {}
    finally:
        simulator.destroy()
    revisions = {der_id: der["revision"] for der_id, der in fleet().items()}
    again = Simulator(system, "sim-gateway", **options)
    try:
        again.wait_for("ready")
        again.close()
    finally:
        again.destroy()
    assert {der_id: der["revision"] for der_id, der in fleet().items()} == revisions, "a second start changes nothing"


def test_compliance_finds_the_ders_that_are_stuck_and_no_others(system, own_fleet):
    simulator = Simulator(system, "sim-gateway", **own_fleet, grid_support="true", stuck_share=0.2)
    try:
        stuck = set(simulator.wait_for("begin")["stuck"])
        assert 0 < len(stuck) < 12
        simulator.wait_for("ready")
        begin = iso(full_hour())
        time.sleep(ADOPTION_SECONDS)

        def report():
            rows = system.must("ComplianceService/GetComplianceReport", {
                "region_id": "SIM", "from": begin}, "operator-1")["rows"]
            return [each["row"] for each in rows]
        promises.seconds_until(lambda: len(report()) == 25 and all(
            row.get("reactive_judged_count", 0) >= 20 for row in report()))
        assert {row["der_id"] for row in report() if row.get("finding_count")} == stuck
        assert simulator.close()["readings_refused"] == 0
    finally:
        simulator.destroy()
