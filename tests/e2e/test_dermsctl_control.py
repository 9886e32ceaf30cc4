"""The control path as operators and owners type it: dermsctl against real servers.

docs/control-path.md shows what is printed: its commands are run and compared, ids, times and numbers masked.
"""
import json
import os
import shlex

import pytest

from derms_api import ROOT
from derms_system import system_with_people
from instants import full_hour, iso
from test_readme import BLOCK, masked, steps

DOCS = ROOT / "docs" / "control-path.md"


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        yield it


@pytest.fixture(scope="module")
def operator(system):
    return system.dermsctl("operator-1")


@pytest.fixture(scope="module")
def owner(system):
    return system.dermsctl("owner-1")


def told(ctl, *arguments):
    """What a command prints with --json: its objects."""
    return [json.loads(line) for line in ctl("--json", *arguments).splitlines()]


def refusal(ctl, *arguments):
    with pytest.raises(AssertionError) as failure:
        ctl(*arguments)
    return str(failure.value)


def point_of(ctl, der):
    return told(ctl, "setpoints", der)[0]


def plan_for(system, der):
    """A schedule in force: the DER gives all it can this hour, nothing in the next one.

    Prices leave one optimum: the third hour is worth keeping energy for, losses make storing any more of it a waste.
    """
    hours = 24
    for series, kind, values in (("doc-load", "SERIES_KIND_LOAD_KW", [100.0] * hours),
                                 ("doc-price", "SERIES_KIND_PRICE_USD_PER_KWH", [0.9, 0.1, 0.5] + [0.1] * (hours - 3))):
        system.must("SeriesService/PutSeries", {"series": {
            "series_id": series, "kind": kind, "interval": "3600s", "starts_at": iso(full_hour()), "values": values}})
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": "DOC", "load_series_id": "doc-load", "import_price_series_id": "doc-price"}})
    system.register(der, online=True, type="DER_TYPE_BATTERY", region_id="DOC", parameters={
        "energy_capacity_kwh": 400, "min_energy_kwh": 0, "initial_energy_kwh": 200, "final_energy_kwh": 0,
        "charge_efficiency": 0.5, "discharge_efficiency": 1})
    system.must("OptimizerService/OptimizeResources", {
        "region_id": "DOC", "starts_at": iso(full_hour()), "interval": "3600s", "interval_count": 3, "apply": True},
        "operator-1")


def test_the_documentation_shows_what_is_printed(system, operator):
    plan_for(system, "BATT_004")
    text = DOCS.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == 1
    new_block, pairs = "", []
    for command, expected in steps(blocks[0]):
        output = operator(*shlex.split(command)[1:])
        new_block += f"$ {command}\n{output.rstrip()}\n"
        pairs.append((masked(output), masked(expected)))
    if os.environ.get("DERMS_WRITE_README"):
        DOCS.write_text(text.replace(blocks[0], new_block), encoding="utf-8")
        return
    for now, written in pairs:
        assert now == written


def test_a_limit_of_a_region_reaches_its_ders_until_it_is_ended(system, operator, owner):
    der = system.register("LIM-1", online=True, region_id="NORTH")
    operator("instruct", der, "--power-kw", "90", "--for", "1h", "--reason", "peak")
    put = ["limits", "put", "NORTH-CAP", "region:NORTH", "--max-share", "0.5", "--until", iso(full_hour(3)), "--reason", "hot"]
    assert "would be limit NORTH-CAP, revision 1: at most 50 % for region:NORTH" in operator(*put, "--dry-run")
    assert point_of(operator, der)["powerKw"] == 90
    operator(*put)
    assert point_of(owner, der)["powerKw"] == 50
    assert [each["controlId"] for each in told(operator, "limits", "list", "--der", der, "--active")] == ["NORTH-CAP"]
    assert "REVISION_MISMATCH" in refusal(operator, *put, "--primacy", "3", "--expected-revision", "7")
    operator("limits", "end", "NORTH-CAP", "--expected-revision", "1")
    assert point_of(operator, der)["powerKw"] == 90
    assert told(operator, "limits", "list", "--active", "--der", der) == []
    assert "LIMIT_ENDED" in refusal(operator, "limits", "end", "NORTH-CAP")
    assert "UNAUTHORIZED" in refusal(owner, *put)


def test_the_narrowest_default_counts(system, operator):
    der = system.register("DEF-1", online=True, region_id="SOUTH")
    for name, scope, power in (("SOUTH-IDLE", "region:SOUTH", "--power-share=0.2"), ("DEF-1-OWN", der, "--power-kw=7")):
        operator("defaults", "put", name, scope, power, "--for", "1h", "--reason", "test")
    assert point_of(operator, der)["controlId"] == "DEF-1-OWN"
    operator("defaults", "end", "DEF-1-OWN")
    point = point_of(operator, der)
    assert point["controlId"] == "SOUTH-IDLE" and point["powerKw"] == 20 and point["source"] == "CONTROL_SOURCE_DEFAULT"
    assert {each["controlId"] for each in told(operator, "defaults", "list")} == {"SOUTH-IDLE", "DEF-1-OWN"}
    operator("defaults", "end", "SOUTH-IDLE")


def test_an_instruction_is_followed_and_told_of(system, operator, owner):
    der = system.register("INS-1", online=True)
    wish = told(owner, "instruct", der, "--power-kw", "5", "--for", "1h", "--reason", "hot water")[0]
    word = told(operator, "instruct", der, "--power-share", "0.4", "--for", "1h", "--reason", "peak")[0]
    assert wish["source"] == "CONTROL_SOURCE_OWNER" and word["power"]["powerKw"] == 40
    table = owner("setpoints", der).splitlines()
    assert table[1].split()[:7] == [der, "40", "-", "-", "yes", "OPERATOR", word["controlId"]]
    acknowledge = ["instructions", "acknowledge", der, "--source", "operator", "--control", word["controlId"], "--state"]
    owner(*acknowledge, "started")
    assert "INVALID_INSTRUCTION_TRANSITION" in refusal(owner, *acknowledge, "received")
    listed = told(owner, "instructions", "list", "--der", der, "--state", "started")
    assert [each["controlId"] for each in listed] == [word["controlId"]]
    assert "UNAUTHORIZED" in refusal(owner, "instructions", "revoke", der, word["controlId"])
    assert "is REVOKED" in operator("instructions", "revoke", der, word["controlId"])
    assert point_of(owner, der)["powerKw"] == 5, "the wish holds again"


def test_many_are_acknowledged_from_a_file(system, operator, owner, tmp_path):
    ders = [system.register(f"ACK-{n}", online=True, region_id="SOUTH") for n in range(3)]
    order = told(operator, "emergency", "allocate", "region:SOUTH", "--power-kw", "0", "--minutes", "10", "--reason", "test")[0]
    file = tmp_path / "acknowledgements.csv"
    lines = ["der_id,source,control_id,state,detail,delivered_kw"]
    lines += [f"{der},emergency,{order['emergencyId']},accepted,," for der in ders[:2]]
    lines += [f"{ders[2]},emergency,{order['emergencyId']},rejected,breaker is open,"]
    file.write_text("\n".join(lines) + "\n")
    assert owner("instructions", "acknowledge", "--file", file) == "3 acknowledgements: 3 taken\n"
    listed = told(operator, "instructions", "list", "--control", order["emergencyId"])
    assert {each["derId"]: (each["state"].rsplit("_", 1)[1], each["detail"]) for each in listed if each["derId"] in ders} == {
        ders[0]: ("ACCEPTED", ""), ders[1]: ("ACCEPTED", ""), ders[2]: ("REJECTED", "breaker is open")}
    file.write_text(lines[0] + "\n" + lines[1].replace(ders[0], "NOBODY") + "\n" + lines[1] + "\n")
    assert "2 acknowledgements: 1 taken, 1 rejected\n  1 DER_NOT_FOUND" in refusal(
        owner, "instructions", "acknowledge", "--file", file)
    operator("emergency", "release", order["emergencyId"], "--restore-delay", "0", "--restore-window", "1",
             "--restore-ramp", "1")


def test_why_answers_for_the_past_and_as_one_object(system, operator):
    der = system.register("WHY-1", online=True)
    operator("instruct", der, "--disconnect", "--for", "10m", "--reason", "arc fault")
    now = told(operator, "why", der)[0]
    assert now["setpoint"]["connected"] is False and now["setpoint"]["powerKw"] == 0
    assert now["summary"] == operator("why", der).splitlines()[0]
    assert told(operator, "why", der, "--at", iso(full_hour(-2)))[0]["setpoint"]["source"] == "CONTROL_SOURCE_FAIL_SAFE"
    assert "TIME_OUT_OF_RANGE" in refusal(operator, "why", der, "--at", "2020-01-01T00:00Z")
    assert "DER_NOT_FOUND" in refusal(operator, "why", "NOBODY")


def test_setpoints_without_names_are_those_that_the_caller_speaks_for(system, owner):
    system.register("OWN-1", online=True)
    system.register("OTHERS-1", online=True, owner_id="owner-2")
    other = system.dermsctl("owner-2")
    for ctl, der in ((owner, "OWN-1"), (other, "OTHERS-1")):  # a name brings the DER that another process registered
        assert point_of(ctl, der)["derId"] == der
    own = {each["derId"] for each in told(owner, "setpoints")}
    assert "OTHERS-1" not in own and "OWN-1" in own
    assert {each["derId"] for each in told(other, "setpoints")} == {"OTHERS-1"}
