"""From limits, instructions, schedules and orders to one set-point for each DER, and why; over real servers."""
import itertools

import pytest

import promises
from derms_system import system_with_people
from instants import full_hour, iso
from setpoint_stream import Stream

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        it.grant("north-1", "ROLE_OPERATOR", region_ids=["NORTH"])
        yield it


@pytest.fixture
def battery(system):
    return system.register(f"BATT-{next(numbers):03d}", online=True, type="DER_TYPE_BATTERY",
                           parameters={"energy_capacity_kwh": 400, "charge_capacity_kw": 50})


def name(prefix):
    return f"{prefix}-{next(numbers):03d}"


def why(system, der_id, subject="operator-1", **fields):
    return system.must("ControlService/WhySetpoint", {"der_id": der_id, **fields}, subject)


def holding(answer):
    """Controls that hold at the time: those of regions and the fleet that other tests ended are told of for an hour."""
    over = {each["control_index"] for each in answer.value.get("lost", [])
            if each["reason"] == "OVER"}
    return [each["control_id"] for i, each in enumerate(answer.value.get("controls", [])) if i not in over]


def poll(system, *der_ids, subject="operator-1"):
    polled = system.must("ControlService/PollSetpoints", {"der_ids": list(der_ids)}, subject)
    return {point["der_id"]: point for point in polled.value.get("setpoints", [])}


def tell(system, der_id, subject="operator-1", **fields):
    given = system.must("ControlService/IssueInstruction", {
        "der_id": der_id, "duration": "3600s", "reason": "test", **fields}, subject)
    return given["instruction"]


def limit(system, subject="operator-1", **fields):
    return system.must("ControlService/PutLimit", {"limit": {
        "control_id": name("L"), "valid_until": iso(full_hour(3)), "reason": "feeder 12 is hot", **fields}}, subject)["limit"]


def order(system, subject="operator-1", **fields):
    return system.must("EmergencyService/AllocateEmergency", {
        "duration": "600s", "reason": "test", **fields}, subject)["order"]


def release(system, given):
    """DERs are back within two seconds."""
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": given["emergency_id"], "restoration": {
        "delay": "0s", "window": "1s", "ramp": "1s"}})


def acknowledge(system, point, state, subject="owner-1", **fields):
    answer = system.must("ControlService/AcknowledgeInstructions", {"items": [{
        "der_id": point["der_id"], "source": point["source"], "control_id": point["control_id"],
        "state": f"INSTRUCTION_STATE_{state}", **fields}]}, subject)
    return answer["results"][0].get("error")


def state_of(system, der_id):
    told = system.must("ControlService/ListInstructions", {"der_id": der_id}, "owner-1").value.get("instructions", [])
    return [(each["source"].removeprefix("CONTROL_SOURCE_"), each["state"].removeprefix("INSTRUCTION_STATE_"))
            for each in told]


def run_schedule(system):
    """A schedule in force for an area of one battery; returns its DER, the run and what it plans for now."""
    area, der = name("AREA"), name("BATT")
    hours = 24
    for series, kind, values in ((f"{area}-load", "SERIES_KIND_LOAD_KW", [100.0] * hours),
                                 (f"{area}-price", "SERIES_KIND_PRICE_USD_PER_KWH", [0.9] + [0.1] * (hours - 1))):
        system.must("SeriesService/PutSeries", {"series": {
            "series_id": series, "kind": kind, "interval": "3600s", "starts_at": iso(full_hour()), "values": values}})
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": area, "load_series_id": f"{area}-load", "import_price_series_id": f"{area}-price"}})
    system.register(der, online=True, type="DER_TYPE_BATTERY", region_id=area, parameters={
        "energy_capacity_kwh": 400, "min_energy_kwh": 0, "initial_energy_kwh": 200, "final_energy_kwh": 0})
    run = system.must("OptimizerService/OptimizeResources", {
        "region_id": area, "starts_at": iso(full_hour()), "interval": "3600s", "interval_count": 12, "apply": True})["run"]
    planned = system.must("OptimizerService/ListSchedules", {"der_id": der, "run_id": run["run_id"]})["schedules"][0]
    return der, run, planned["power_output_kw"]


def test_without_anything_a_der_does_nothing(system, battery):
    answer = why(system, battery)
    assert answer["setpoint"]["source"] == "CONTROL_SOURCE_FAIL_SAFE"
    assert answer["setpoint"]["power_kw"] == 0 and answer["setpoint"]["connected"]
    assert holding(answer) == []


def test_a_schedule_in_force_is_what_a_der_does(system):
    der, run, planned_kw = run_schedule(system)
    assert planned_kw > 0
    answer = why(system, der)
    assert answer["setpoint"]["power_kw"] == pytest.approx(planned_kw)
    assert answer["setpoint"]["source"] == "CONTROL_SOURCE_SCHEDULE"
    assert answer["setpoint"]["control_id"] == run["run_id"]
    assert run["run_id"] in answer["summary"]
    before = why(system, der, at=iso(full_hour(-2)))
    assert before["setpoint"]["source"] == "CONTROL_SOURCE_FAIL_SAFE", "nobody knew of the schedule then"


def test_the_strongest_wins_limits_clip_and_everybody_is_named(system):
    der, run, planned_kw = run_schedule(system)
    wish = tell(system, der, "owner-1", power={"power_kw": 5})
    capped = limit(system, der_id=der, power={"max_power_kw": 20}, primacy=65, program="DSO")
    answer = why(system, der)
    assert answer["setpoint"]["power_kw"] == 20 and answer["setpoint"]["max_power_kw"] == 20
    assert [(clip["from_kw"], clip["to_kw"]) for clip in answer["clips"]] == [(pytest.approx(planned_kw), 20)]
    controls = answer["controls"]
    assert controls[answer["clips"][0]["control_index"]]["control_id"] == capped["control_id"]
    lost = {controls[each["control_index"]]["control_id"]: each for each in answer["lost"]}
    assert lost[wish["control_id"]]["reason"] == "OUTRANKED"
    assert controls[lost[wish["control_id"]]["against_index"]]["control_id"] == run["run_id"]
    for each in answer["lost"]:
        assert each["summary"]

    told = tell(system, der, power={"power_kw": -30})
    answer = why(system, der)
    assert answer["setpoint"]["power_kw"] == -30 and answer["setpoint"]["control_id"] == told["control_id"]
    assert poll(system, der)[der]["power_kw"] == -30, "every path resolves alike"

    given = order(system, der_id=der, power_kw=0)
    answer = why(system, der)
    assert answer["setpoint"]["power_kw"] == 0 and answer["setpoint"]["source"] == "CONTROL_SOURCE_EMERGENCY"
    release(system, given)
    promises.seconds_until(lambda: why(system, der)["setpoint"]["power_kw"] == -30)

    system.must("ControlService/RevokeInstruction", {"der_id": der, "control_id": told["control_id"]})
    assert why(system, der)["setpoint"]["power_kw"] == 20
    system.must("ControlService/EndLimit", {"control_id": capped["control_id"]})
    assert why(system, der)["setpoint"]["power_kw"] == pytest.approx(planned_kw)


def test_limits_of_regions_are_shares_and_reach_all_below(system, battery):
    tell(system, battery, power={"power_kw": 90})
    limit(system, region_id="CA", power={"max_power_share": 0.5, "min_power_share": -0.5})
    answer = why(system, battery)
    assert answer["setpoint"]["power_kw"] == 50
    assert answer["setpoint"]["min_power_kw"] == -25, "of the charging capacity"
    listed = system.must("ControlService/ListLimits", {"der_id": battery, "active_only": True}, "operator-1")["limits"]
    assert [each["region_id"] for each in listed] == ["CA"]
    system.must("ControlService/EndLimit", {"control_id": listed[0]["control_id"]})


def test_a_disconnection_beats_every_connection(system, battery):
    tell(system, battery, connect=True, power={"power_kw": 10})
    given = order(system, der_id=battery, power_kw=0, kind="EMERGENCY_KIND_DISCONNECT")
    point = poll(system, battery)[battery]
    assert point["power_kw"] == 0 and point["connected"] is False
    assert point["control_id"] == given["emergency_id"]
    release(system, given)


def test_a_der_in_maintenance_is_locked_out(system, battery):
    tell(system, battery, power={"power_kw": 10})
    system.must("RegistryService/UpdateDerStatus", {"der_id": battery, "status": "DER_STATUS_MAINTENANCE"})
    promises.seconds_until(lambda: poll(system, battery)[battery]["source"] == "CONTROL_SOURCE_LOCK_OUT")
    assert poll(system, battery)[battery]["connected"] is False


def test_the_narrowest_default_holds_while_nothing_else_does(system, battery):
    def default(**fields):
        put = system.must("ControlService/PutDefault", {"default_control": {
            "control_id": name("D"), "valid_until": iso(full_hour(3)), "reason": "test", **fields}})
        return put["default_control"]["control_id"]

    fleet = default(der_id="ALL_DERS", power={"power_share": 0.1})
    assert poll(system, battery)[battery]["power_kw"] == 10
    own = default(der_id=battery, power={"power_kw": 7})
    north = default(region_id="NORTH", power={"power_share": 0.2})
    assert poll(system, battery)[battery]["control_id"] == own, "although that of the region is newer"
    system.must("ControlService/EndDefault", {"control_id": own})
    assert poll(system, battery)[battery]["control_id"] == north
    for control_id in (north, fleet):
        system.must("ControlService/EndDefault", {"control_id": control_id})
    assert poll(system, battery)[battery]["source"] == "CONTROL_SOURCE_FAIL_SAFE"
    again = system.call("ControlService/EndDefault", {"control_id": fleet})
    assert again.reason == "DEFAULT_ENDED"


def test_what_was_true_before_can_still_be_told(system, battery):
    tell(system, battery, power={"power_kw": 90})
    first = limit(system, der_id=battery, power={"max_power_kw": 60})
    then = why(system, battery)["at"]
    system.must("ControlService/PutLimit", {"limit": {**first, "power": {"max_power_kw": 30}}}, "operator-1")
    assert why(system, battery)["setpoint"]["power_kw"] == 30
    assert why(system, battery, at=then)["setpoint"]["power_kw"] == 60
    assert system.call("ControlService/WhySetpoint", {
        "der_id": battery, "at": "2020-01-01T00:00:00Z"}).reason == "TIME_OUT_OF_RANGE"


def test_acknowledgements_tell_what_became_of_it(system, battery):
    tell(system, battery, power={"power_kw": 90})
    point = poll(system, battery, subject="owner-1")[battery]
    assert acknowledge(system, point, "RECEIVED") is None
    assert acknowledge(system, point, "STARTED") is None
    assert state_of(system, battery) == [("OPERATOR", "STARTED")]
    refused = acknowledge(system, point, "ACCEPTED")
    assert "cannot go from STARTED to ACCEPTED" in refused["message"]
    assert acknowledge(system, point, "ABORTED")["message"], "without a word of why"
    assert acknowledge(system, point, "PARTIAL", delivered_kw=70, detail="derated by heat") is None
    told = system.must("ControlService/ListInstructions", {"der_id": battery})["instructions"][0]
    assert told["delivered_kw"] == 70 and told["detail"] == "derated by heat"


def test_an_order_for_all_is_acknowledged_by_each(system):
    ders = [system.register(name("PV"), online=True, region_id="SOUTH") for _ in range(3)]
    given = order(system, region_id="SOUTH", power_kw=0)
    for der, state in zip(ders, ("ACCEPTED", "REJECTED", None)):
        point = poll(system, der)[der]
        assert point["control_id"] == given["emergency_id"]
        if state:
            assert acknowledge(system, point, state, detail="as told") is None
    told = system.must("ControlService/ListInstructions", {"control_id": given["emergency_id"]})["instructions"]
    assert {(each["der_id"], each["state"]) for each in told} >= {
        (ders[0], "INSTRUCTION_STATE_ACCEPTED"), (ders[1], "INSTRUCTION_STATE_REJECTED")}
    elsewhere = system.register(name("PV"), online=True, region_id="NORTH")
    stranger = {"der_id": elsewhere, "source": "CONTROL_SOURCE_EMERGENCY", "control_id": given["emergency_id"]}
    assert "does not bind" in acknowledge(system, stranger, "ACCEPTED")["message"]
    release(system, given)


def test_a_newer_instruction_takes_the_place_of_the_one_before(system, battery):
    first = tell(system, battery, power={"power_kw": 1})
    second = tell(system, battery, power={"power_kw": 2})
    told = system.must("ControlService/ListInstructions", {"der_id": battery})["instructions"]
    assert [(each["control_id"], each["state"].rsplit("_")[-1], each.get("superseded_by")) for each in told] == [
        (second["control_id"], "NEW", None), (first["control_id"], "SUPERSEDED", second["control_id"])]
    again = system.call("ControlService/RevokeInstruction", {"der_id": battery, "control_id": first["control_id"]})
    assert again.reason == "INSTRUCTION_ENDED"


def test_owners_and_operators_of_other_regions_see_and_do_nothing(system, battery):
    south = system.register(name("PV"), online=True, region_id="SOUTH")
    told = tell(system, battery, power={"power_kw": 1})
    for rpc, fields in (("WhySetpoint", {"der_id": battery}), ("PollSetpoints", {"der_ids": [battery]}),
                        ("ListInstructions", {"der_id": battery}),
                        ("IssueInstruction", {"der_id": battery, "power": {"power_kw": 1}, "duration": "60s", "reason": "x"}),
                        ("RevokeInstruction", {"der_id": battery, "control_id": told["control_id"]})):
        assert system.call(f"ControlService/{rpc}", fields, "owner-2").reason == "UNAUTHORIZED", rpc
    assert system.call("ControlService/RevokeInstruction", {
        "der_id": battery, "control_id": told["control_id"]}, "owner-1").reason == "UNAUTHORIZED", "an operator said it"
    assert system.call("ControlService/WhySetpoint", {"der_id": south}, "north-1").reason == "UNAUTHORIZED"
    for scope in ({"der_id": south}, {"der_id": "ALL_DERS"}, {"region_id": "SOUTH"}, {"region_id": "CA"}):
        refused = system.call("ControlService/PutLimit", {"limit": {
            "control_id": name("L"), "power": {"max_power_share": 0.5}, "valid_until": iso(full_hour(3)), "reason": "x",
            **scope}}, "north-1")
        assert refused.reason == "UNAUTHORIZED", scope
    seen = system.must("ControlService/PollSetpoints", {"page_size": 1000}, "north-1")["setpoints"]
    assert battery in {each["der_id"] for each in seen} and south not in {each["der_id"] for each in seen}
    assert not system.must("ControlService/PollSetpoints", {}, "owner-2").value.get("setpoints")
    assert not system.must("ControlService/ListInstructions", {}, "owner-2").value.get("instructions")


def test_bad_controls_say_what_is_wrong_and_store_nothing(system, battery):
    refused = system.call("ControlService/PutLimit", {"limit": {
        "control_id": name("L"), "power": {"power_kw": 5, "min_power_kw": 9, "max_power_kw": 3},
        "valid_until": iso(full_hour(-1)), "reason": "x"}})
    assert refused.reason == "INVALID_CONTROL"
    assert {field for field, _ in refused.violations} == {"der_id", "power", "power.power_kw", "power.min_power_kw", "valid_until"}
    for fields in ({}, {"power": {"power_kw": 1}, "starts_at": iso(full_hour(-1))},
                   {"power": {"power_kw": 1, "power_share": 0.1}}):
        answer = system.call("ControlService/IssueInstruction", {
            "der_id": battery, "duration": "60s", "reason": "x", **fields})
        assert answer.reason == "INVALID_CONTROL", fields
    assert holding(why(system, battery)) == []


def test_a_rehearsal_stores_nothing_and_a_repeated_request_answers_alike(system, battery):
    fields = {"der_id": battery, "power": {"power_kw": 3}, "duration": "60s", "reason": "x"}
    system.must("ControlService/IssueInstruction", {**fields, "validate_only": True})
    assert holding(why(system, battery)) == []
    request_id = "0b0b0b0b-0000-4000-8000-000000000001"
    first = system.must("ControlService/IssueInstruction", {**fields, "request_id": request_id})["instruction"]
    again = system.must("ControlService/IssueInstruction", {**fields, "request_id": request_id})["instruction"]
    assert again == first
    put = {"limit": {"control_id": name("L"), "der_id": battery, "power": {"max_power_kw": 1},
                     "valid_until": iso(full_hour(3)), "reason": "x"}}
    assert system.must("ControlService/PutLimit", put)["limit"]["revision"] == "1"
    assert system.must("ControlService/PutLimit", put)["limit"]["revision"] == "1", "nothing was changed"
    assert system.call("ControlService/PutLimit", {**put, "expected_revision": 7}).reason == "REVISION_MISMATCH"


def test_works_with_registry_and_optimizer_stopped(system, battery):
    system.kill("registry")
    system.kill("optimizer")
    try:
        limit(system, der_id=battery, power={"max_power_kw": 11})
        tell(system, battery, power={"power_kw": 50})
        point = poll(system, battery, subject="owner-1")[battery]
        assert point["power_kw"] == 11
        assert acknowledge(system, point, "ACCEPTED") is None
    finally:
        system.start("registry")
        system.start("optimizer")


@pytest.fixture
def watch(system):
    opened = []

    def open_stream(*arguments, **fields):
        opened.append(Stream(system, *arguments, **fields))
        return opened[-1]
    yield open_stream
    for stream in opened:
        stream.close()


def two_batteries(system, region="NORTH"):
    return [system.register(name("BATT"), online=True, type="DER_TYPE_BATTERY", region_id=region,
                            parameters={"energy_capacity_kwh": 400}) for _ in range(2)]


def test_a_stream_tells_what_holds_and_then_what_changes(system, watch):
    first, second = two_batteries(system)
    stream = watch(der_ids=[first, second])
    assert stream.until_complete() == [first, second]
    assert stream.power(first) == 0 and stream.points[first]["source"] == "CONTROL_SOURCE_FAIL_SAFE"
    tell(system, second, power={"power_kw": 33})
    assert stream.until_complete() == [second], "what did not change is not told again"
    promises.seconds_until(lambda: state_of(system, second) == [("OPERATOR", "SENT")])
    assert stream.power(second) == 33
    held = limit(system, region_id="NORTH", power={"max_power_share": 0.2})
    assert stream.until_complete() == [first, second] and stream.power(second) == 20
    system.must("ControlService/EndLimit", {"control_id": held["control_id"]})
    assert stream.until_complete() == [first, second] and stream.power(second) == 33


def test_a_setpoint_ends_at_its_time(system, watch, battery):
    stream = watch(der_ids=[battery])
    stream.until_complete()
    tell(system, battery, power={"power_kw": 8}, duration="2s")
    assert stream.until_complete() == [battery] and stream.power(battery) == 8
    assert stream.until_complete() == [battery] and stream.power(battery) == 0


def test_an_order_over_all_comes_once_and_before_everything(system, watch):
    ders = two_batteries(system, "SOUTH")
    stream = watch(der_ids=ders)
    stream.until_complete()
    tell(system, ders[0], power={"power_kw": 12})
    stream.until_complete()
    given = order(system, region_id="SOUTH", power_kw=0)
    assert stream.until_complete() == [], "the order says it for all"
    assert [each["emergency_id"] for each in stream.orders] == [given["emergency_id"]]
    assert stream.orders[0]["power_kw"] == 0 and stream.orders[0]["connected"] is True
    late = tell(system, ders[1], power={"power_kw": 40})
    release(system, given)
    told = stream.until_complete()
    while ders[1] not in told:
        told += stream.until_complete()
    assert stream.power(ders[0]) == 12 and stream.power(ders[1]) == 40
    assert stream.points[ders[1]]["control_id"] == late["control_id"]
    assert len(stream.orders) == 1


def test_an_order_that_does_not_bind_all_is_told_der_by_der(system, watch):
    first, second = two_batteries(system, "SOUTH")
    system.must("RegistryService/UpdateDerStatus", {"der_id": second, "status": "DER_STATUS_MAINTENANCE"})
    stream = watch(der_ids=[first, second])
    promises.seconds_until(lambda: first in stream.points or stream.until_complete())
    while stream.points[second]["source"] != "CONTROL_SOURCE_LOCK_OUT":
        stream.until_complete()
    given = order(system, region_id="SOUTH", power_kw=0, kind="EMERGENCY_KIND_DISCONNECT")
    assert stream.until_complete() == [first]
    assert stream.points[first]["connected"] is False and not stream.orders
    release(system, given)


def test_a_stream_resumes_where_the_one_before_ended(system, watch):
    ders = [system.register(name("PV"), online=True) for _ in range(8)]
    stream = watch(der_ids=ders)
    assert len(stream.until_complete()) == 8
    token = stream.token
    stream.close()
    assert watch(der_ids=ders, resume_token=token).until_complete() == []
    tell(system, ders[3], power={"power_kw": 5})
    again = watch(der_ids=ders, resume_token=token).until_complete()
    assert ders[3] in again and len(again) < 8
    assert len(watch(der_ids=ders, resume_token="nonsense").until_complete()) == 8


def test_an_owners_stream_follows_what_is_the_owners(system, watch):
    system.grant("owner-3", "ROLE_OWNER")
    mine = system.register(name("PV"), online=True, owner_id="owner-3")
    promises.seconds_until(lambda: system.call("ControlService/PollSetpoints", {}, "owner-3").value.get("setpoints"))
    stream = watch("owner-3")
    assert stream.until_complete() == [mine]
    new = system.register(name("PV"), owner_id="owner-3")
    assert stream.until_complete() == [new]
    system.must("RegistryService/TransferDer", {"der_id": mine, "new_owner_id": "owner-2"})
    assert stream.until_complete() == [] and stream.removed == [mine]
    assert system.call("ControlService/WatchSetpoints", {"der_ids": [mine]}, "owner-3").reason == "UNAUTHORIZED"


def test_silence_is_filled_with_heartbeats_that_move_the_end_on(system, watch, battery):
    stream = watch(der_ids=[battery])
    stream.until_complete()
    heartbeat = stream.next()
    assert not heartbeat.get("setpoints") and not heartbeat.get("complete")
    assert heartbeat["holds_until"] > stream.holds_until and "resume_token" not in heartbeat, "as it was"
