"""Grid stability as an operator meets it: what is expected of each region, what the schedule keeps for it, and the score."""
import datetime
import itertools
import json
import time

import pytest

import promises
from instants import full_hour, iso

HOURS = 6
BATTERY_KW = 100
DROOP_59 = (59.964 - 59) / (60 * 0.05)  # of rated power, at 59 Hz
VARS_093 = 0.44 * 5 / 6  # of apparent power, at 0.93 pu: between 0 at 0.98 and 0.44 at 0.92
AREAS = itertools.count(1)
PLATE = {"p_max_kw": BATTERY_KW, "s_max_kva": BATTERY_KW, "q_inject_kvar": 44, "q_absorb_kvar": 44, "p_charge_kw": BATTERY_KW,
         "s_charge_kva": BATTERY_KW, "v_nominal_v": 480, "normal_category": "NORMAL_CATEGORY_B",
         "abnormal_category": "ABNORMAL_CATEGORY_III"}


@pytest.fixture
def area(system):
    """An area with two parts alike, LOW and FINE: a battery in each, and prices at which both would use all of it."""
    name = f"GRID{next(AREAS)}"
    for ending, kind, values in (("load", "SERIES_KIND_LOAD_KW", [500.0] * 48),
                                 ("price", "SERIES_KIND_PRICE_USD_PER_KWH", [0.05, 0.6] * 24)):
        put_series(system, f"{name}-{ending}", kind, values)
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": name, "load_series_id": f"{name}-load", "import_price_series_id": f"{name}-price"}})
    for part in (f"{name}-LOW", f"{name}-FINE"):
        system.must("RegistryService/PutRegion", {"region": {"region_id": part, "parent_region_id": name}})
        system.register(f"{part}-B", online=True, type="DER_TYPE_BATTERY", capacity_kw=BATTERY_KW, region_id=part, parameters={
            "energy_capacity_kwh": 400, "initial_energy_kwh": 200, "final_energy_kwh": 200, "wear_usd_per_kwh": 0})
    return name


def put_series(system, series_id, kind, values):
    system.must("SeriesService/PutSeries", {"series": {
        "series_id": series_id, "kind": kind, "interval": "3600s", "starts_at": iso(full_hour()), "values": values}})


def optimize(system, area, **fields):
    return system.must("OptimizerService/OptimizeResources", {
        "region_id": area, "starts_at": iso(full_hour(1)), "interval_count": HOURS, **fields}, "operator-1")["run"]


def grid_of(run, area):
    """The regions of a run by the end of their name: AREA, LOW, FINE."""
    return {region["region_id"].removeprefix(area).strip("-") or "AREA": region
            for region in run["grid_stability"]["regions"]}


def least(region, field):
    return min(at[field] for at in region["intervals"])


def scores_of_items(system, run, der_id):
    items = system.must("OptimizerService/ListSchedules", {"run_id": run["run_id"], "der_id": der_id}, "operator-1")
    return [item["grid_stability_score"] for item in items["schedules"]]


def test_where_nothing_is_known_the_grid_is_nominal_and_asks_for_nothing(system, area):
    run = optimize(system, area)
    assert not run["grid_stability"].get("asked")
    for region in grid_of(run, area).values():
        assert region["frequency_source"] == region["voltage_source"] == "GRID_CONDITION_SOURCE_NOMINAL"
        for at in region["intervals"]:
            assert (at["lowest_frequency_hz"], at["highest_voltage_pu"]) == (60, 1)
            assert at["need_up_kw"] == at["need_down_kw"] == at["need_inject_kvar"] == at["need_absorb_kvar"] == 0
            assert at["frequency_margin"] == at["voltage_margin"] == 1
    assert least(grid_of(run, area)["AREA"], "headroom_up_kw") == pytest.approx(0, abs=1e-3), "both batteries are used in full"


def test_a_region_with_a_low_frequency_keeps_more_headroom_and_scores_lower(system, area):
    run = optimize(system, area, grid_conditions=[{"region_id": f"{area}-LOW", "lowest_frequency_hz": 59}])
    grid = grid_of(run, area)
    assert run["grid_stability"]["asked"]
    assert grid["LOW"]["frequency_source"] == "GRID_CONDITION_SOURCE_GIVEN"
    assert grid["FINE"]["frequency_source"] == grid["LOW"]["voltage_source"] == "GRID_CONDITION_SOURCE_NOMINAL"
    assert least(grid["LOW"], "need_up_kw") == pytest.approx(DROOP_59 * BATTERY_KW, abs=0.01)
    assert least(grid["LOW"], "headroom_up_kw") >= DROOP_59 * BATTERY_KW - 1e-3
    assert least(grid["FINE"], "headroom_up_kw") == pytest.approx(0, abs=1e-3)
    assert max(at.get("price_up_usd_per_kw", 0) for at in grid["LOW"]["intervals"]) > 0, "it costs something"
    for low, fine in zip(grid["LOW"]["intervals"], grid["FINE"]["intervals"]):
        assert low["score"] < fine["score"]
        assert low["frequency_margin"] == pytest.approx(0.2 / 1.164, abs=1e-6)
    for part in ("LOW", "FINE"):
        assert scores_of_items(system, run, f"{area}-{part}-B") == [at["score"] for at in grid[part]["intervals"]]
    assert run["grid_stability"]["least_score"] == least(grid["LOW"], "score")


def test_a_region_with_a_forecast_of_low_voltage_keeps_room_for_reactive_power(system, area):
    put_series(system, f"{area}-LOW.lowest_voltage_pu", "SERIES_KIND_VOLTAGE_PU", [0.93] * 24)
    run = optimize(system, area, objectives=[{"objective": "OBJECTIVE_COST", "weight": 1},
                                             {"objective": "OBJECTIVE_STABILITY", "weight": 0.001}])
    grid = grid_of(run, area)
    assert grid["LOW"]["voltage_source"] == "GRID_CONDITION_SOURCE_FORECAST"
    assert grid["FINE"]["voltage_source"] == "GRID_CONDITION_SOURCE_NOMINAL"
    assert least(grid["LOW"], "need_inject_kvar") == pytest.approx(VARS_093 * BATTERY_KW, abs=0.01)
    assert least(grid["LOW"], "reactive_room_kvar") >= VARS_093 * BATTERY_KW - 0.01
    assert least(grid["FINE"], "reactive_room_kvar") == pytest.approx(0, abs=1)
    assert least(grid["LOW"], "voltage_margin") == pytest.approx(0.5)
    assert all(low["score"] <= fine["score"] for low, fine in zip(grid["LOW"]["intervals"], grid["FINE"]["intervals"]))
    plain = grid_of(optimize(system, area), area)["LOW"]
    assert plain["voltage_source"] == "GRID_CONDITION_SOURCE_FORECAST", "told of every run"
    assert least(plain, "reactive_room_kvar") == pytest.approx(0, abs=1), "but kept only when stability is asked for"


def report_grid(system, area, **by_part):
    """Readings of a minute ago, (Hz, V) by part; returns when reports know them."""
    measured_at = iso(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1))
    readings = [{"der_id": f"{area}-{part}-B", "measured_at": measured_at, "power_kw": 0, "frequency_hz": hz, "voltage_v": volt}
                for part, (hz, volt) in by_part.items()]
    system.must("TelemetryService/ReportReadings", [{"readings": readings}], "operator-1")
    deadline = time.monotonic() + 30
    while system.postgres.query("SELECT count(*) FROM reading_journal") != [["0"]]:
        assert time.monotonic() < deadline, system.log("registry")[-2000:]
        time.sleep(0.1)


def test_measured_frequency_and_voltage_count_where_nothing_else_is_known(system, area):
    for part in ("LOW", "FINE"):
        system.must("ComplianceService/PutNameplate", {"der_id": f"{area}-{part}-B", "nameplate": PLATE}, "owner-1")
    stability = [{"objective": "OBJECTIVE_COST", "weight": 1}, {"objective": "OBJECTIVE_STABILITY", "weight": 1}]
    before = grid_of(optimize(system, area, objectives=stability), area)
    report_grid(system, area, LOW=(59, 0.93 * 480), FINE=(60, 480))
    run = optimize(system, area, objectives=stability)
    after = grid_of(run, area)
    for region in after.values():
        assert region["frequency_source"] == region["voltage_source"] == "GRID_CONDITION_SOURCE_MEASURED"
    assert after["AREA"]["frequency_der_count"] == 2 and after["LOW"]["voltage_der_count"] == 1
    assert least(after["LOW"], "lowest_voltage_pu") == pytest.approx(0.93, abs=1e-6)
    assert least(after["LOW"], "headroom_up_kw") >= DROOP_59 * BATTERY_KW - 1e-3
    assert least(after["LOW"], "reactive_room_kvar") >= VARS_093 * BATTERY_KW - 0.01
    assert least(after["AREA"], "headroom_up_kw") > least(before["AREA"], "headroom_up_kw") + 20
    assert least(after["LOW"], "score") < least(after["FINE"], "score")
    assert least(after["LOW"], "score") < least(before["LOW"], "score")
    known = []  # of runs that ask the optimizer's memory, which follows what is reported

    def remembered():
        known.append(grid_of(optimize(system, area), area)["LOW"])
        return known[-1]["frequency_source"] == "GRID_CONDITION_SOURCE_MEASURED"

    promises.seconds_until(remembered)
    plain = known[-1]
    assert least(plain, "lowest_frequency_hz") == 59
    assert plain["voltage_source"] == "GRID_CONDITION_SOURCE_NOMINAL", "nameplates are looked at when the grid is served"
    forced = optimize(system, area, grid_conditions=[{"lowest_frequency_hz": 60, "highest_frequency_hz": 60}])
    assert grid_of(forced, area)["LOW"]["frequency_source"] == "GRID_CONDITION_SOURCE_GIVEN", "the request wins"


def test_each_der_is_judged_by_what_it_was_told(system, area):
    low = [{"region_id": f"{area}-LOW", "lowest_frequency_hz": 59, "lowest_voltage_pu": 0.93}]
    der = f"{area}-LOW-B"

    def judged(settings=None):
        if settings is not None:
            system.must("ComplianceService/PutSettings", {"der_id": der, "settings": settings}, "owner-1")
        run = optimize(system, area, grid_conditions=low)
        return grid_of(run, area)["LOW"], " ".join(run["notes"])

    region, notes = judged()
    assert "of 0 DERs by their own settings and of 2 by the defaults of their category, at 60 Hz" in notes
    system.must("ComplianceService/PutNameplate", {"der_id": der, "nameplate": PLATE}, "owner-1")
    assert judged()[0] == region, "a nameplate of the same categories and ratings"
    region, notes = judged({"droop": {"k_uf": 0.03, "db_uf_hz": 0.1}, "volt_var": {"enabled": True, "v1_pu": 0.90}})
    assert "of 1 DERs by their own settings and of 1 by the defaults" in notes
    assert least(region, "need_up_kw") == pytest.approx(BATTERY_KW * 0.9 / (60 * 0.03), abs=0.01)
    assert least(region, "headroom_up_kw") >= least(region, "need_up_kw") - 1e-3
    assert least(region, "need_inject_kvar") == pytest.approx(BATTERY_KW * 0.44 * 5 / 8, abs=0.01)
    assert least(region, "reactive_room_kvar") >= least(region, "need_inject_kvar") - 0.01
    region, _ = judged({"droop": {"enabled": False}, "volt_var": {"enabled": False}})
    assert least(region, "need_up_kw") == least(region, "need_inject_kvar") == 0, "what is off asks for nothing"
    assert least(region, "headroom_up_kw") == pytest.approx(0, abs=1e-3)
    assert "settings" not in " ".join(optimize(system, area).get("notes", [])), "no run for cost alone looks at them"


def test_a_standing_policy_keeps_what_is_measured_when_it_runs(system, area):
    report_grid(system, area, LOW=(59, 480), FINE=(59, 480))
    system.must("OptimizerService/PutPolicy", {"policy": {"policy_id": area, "every": "60s", "request": {
        "region_id": area, "interval": "3600s", "interval_count": HOURS,
        "objectives": [{"objective": "OBJECTIVE_STABILITY", "weight": 1}]}}}, "operator-1")
    try:
        deadline = time.monotonic() + 100
        while not (runs := system.must("OptimizerService/ListRuns", {"region_id": area, "applied_only": True}).value.get("runs")):
            assert time.monotonic() < deadline
            time.sleep(0.3)
    finally:
        system.must("OptimizerService/DeletePolicy", {"policy_id": area}, "operator-1")
    assert not runs[0]["grid_stability"].get("regions"), "lists stay small"
    run = system.must("OptimizerService/GetRun", {"run_id": runs[0]["run_id"]}, "operator-1")["run"]
    region = grid_of(run, area)["AREA"]
    assert run["grid_stability"]["asked"] and region["frequency_source"] == "GRID_CONDITION_SOURCE_MEASURED"
    assert least(region, "headroom_up_kw") >= 2 * DROOP_59 * BATTERY_KW - 1e-3


def test_dermsctl_takes_conditions_and_shows_the_grid(system, area):
    ctl = system.dermsctl("admin-1")
    given = ("--grid-conditions", f"{area}-LOW:lowest_hz=59,lowest_pu=0.93", "--grid-conditions", "highest_hz=60.5")
    rehearsal = ctl("optimize", "--region", area, "--intervals", "6", *given, "--dry-run")
    assert "GIVEN" in rehearsal and "asks for kW" in rehearsal and "least score" not in rehearsal
    run = json.loads(ctl("optimize", "--region", area, "--intervals", "6", *given, "--json"))
    assert run["gridStability"]["regions"][1]["frequencySource"] in ("GRID_CONDITION_SOURCE_GIVEN",)
    shown = ctl("runs", "get", run["runId"])
    low = next(line for line in shown.splitlines() if line.startswith(f"{area}-LOW"))
    assert "59.00 to 60.50" in low and "0.930 to 1.000" in low and low.count("GIVEN") == 2
    assert "least score" in shown and "margins" in shown


def test_conditions_that_cannot_be_are_refused_by_field(system, area):
    wrong = [{"region_id": "CA", "lowest_frequency_hz": 59}, {"region_id": area}, {"lowest_frequency_hz": 61, "highest_frequency_hz": 60}]
    refusal = system.call("OptimizerService/OptimizeResources", {"region_id": area, "grid_conditions": wrong}, "operator-1")
    assert refusal.reason == "INVALID_REQUEST"
    assert [field for field, _ in refusal.violations] == [
        "grid_conditions[0].region_id", "grid_conditions[1].lowest_frequency_hz", "grid_conditions[2].region_id",
        "grid_conditions[2].lowest_frequency_hz"]
