"""Carbon of schedules and of what was measured; plants that belong to their DERs."""
import csv
import datetime
import io
import json

import pytest

from instants import full_hour, iso
from reported import report_readings, wait_until_folded

CARBON = "OptimizerService/GetScheduleCarbon"
HOURS = 6


@pytest.fixture(scope="module")
def bay(system):
    """A region with cheap clean hours before dear dirty ones, a battery and two suns of two owners, and a run of it."""
    series = {"bay-load": ("LOAD_KW", [300] * HOURS), "bay-price": ("PRICE_USD_PER_KWH", [0.02] * 3 + [0.5] * 3),
              "bay-co2": ("CARBON_KG_PER_KWH", [0.1] * 3 + [0.6] * 3), "bay-average": ("CARBON_KG_PER_KWH", [0.3] * HOURS),
              "bay-sun": ("AVAILABILITY_SHARE", [0.5] * HOURS)}
    for name, (kind, values) in series.items():
        system.must("SeriesService/PutSeries", {"series": {
            "series_id": name, "kind": f"SERIES_KIND_{kind}", "starts_at": iso(full_hour(1)), "interval": "3600s",
            "values": values}})
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": "BAY", "load_series_id": "bay-load", "import_price_series_id": "bay-price",
        "carbon_series_id": "bay-co2"}})
    system.register("BAY-BATTERY", online=True, type="DER_TYPE_BATTERY", capacity_kw=50, region_id="BAY", parameters={
        "energy_capacity_kwh": 200, "charge_efficiency": 0.9, "discharge_efficiency": 0.9, "initial_energy_kwh": 60,
        "min_energy_kwh": 0, "final_energy_kwh": 40})
    for owner in ("owner-1", "owner-2"):
        system.register(f"BAY-SUN-{owner[-1]}", online=True, owner_id=owner, region_id="BAY",
                        parameters={"availability_series_id": "bay-sun"})
    return system.must("OptimizerService/OptimizeResources", {
        "region_id": "BAY", "starts_at": iso(full_hour(1)), "interval_count": HOURS}, "operator-1")["run"]["run_id"]


def schedule_of(system, run, der):
    points = system.must("OptimizerService/ListSchedules", {"run_id": run, "der_id": der})["schedules"]
    return [point.get("power_output_kw", 0) for point in points]


def test_a_schedule_is_accounted_by_der_and_adds_up(system, bay):
    found = system.must(CARBON, {"run_id": bay}, "operator-1").value
    rows = {row["der_id"]: row for row in found["rows"]}
    assert list(rows) == ["BAY-BATTERY", "BAY-SUN-1", "BAY-SUN-2"]
    assert found["intensity_series_id"] == "bay-co2" and found["grid_kg_per_kwh"] == [0.1] * 3 + [0.6] * 3
    assert rows["BAY-SUN-1"]["avoided_kg"] == pytest.approx(50 * (3 * 0.1 + 3 * 0.6))
    assert rows["BAY-SUN-1"]["emitted_kg"] == 0, "a zero shows"
    battery = rows["BAY-BATTERY"]
    assert battery["stored_at_begin_kwh"] == pytest.approx(60, abs=1e-3), "as the run had it"
    power = schedule_of(system, bay, "BAY-BATTERY")
    charged = sum(-p * g for p, g in zip(power, found["grid_kg_per_kwh"]) if p < 0)
    assert charged > 0, "the clean hours are the cheap ones"
    assert battery["stored_at_begin_kg"] + charged == pytest.approx(battery["emitted_kg"] + battery["stored_kg"], rel=1e-6)
    displaced = sum(p * g for p, g in zip(power, found["grid_kg_per_kwh"]) if p > 0)
    assert battery["avoided_kg"] == pytest.approx(displaced - battery["emitted_kg"], rel=1e-6)
    for figure in ("avoided_kg", "emitted_kg", "displaced_kg", "output_kwh"):
        assert found["total"][figure] == pytest.approx(sum(row[figure] for row in found["rows"])), figure
    assert "marginal" in found["method"]
    assert any("held at the begin counts as 0.35844" in text for text in found["assumptions"])


def test_basis_scope_content_and_mix_are_chosen(system, bay):
    usual = system.must(CARBON, {"run_id": bay, "initial_kg_per_kwh": 0.1}).value
    assert not any("held at the begin" in text for text in usual["assumptions"]), "it was given"
    whole = system.must(CARBON, {"run_id": bay, "scope": "CARBON_SCOPE_LIFE_CYCLE", "basis": "CARBON_BASIS_AVERAGE",
                                 "intensity_series_id": "bay-average"}).value
    assert "average intensity" in whole["method"] and "life-cycle" in whole["method"]
    sun = next(row for row in whole["rows"] if row["der_id"] == "BAY-SUN-1")
    assert sun["emitted_kg"] == pytest.approx(300 * 0.045) and sun["displaced_kg"] == pytest.approx(300 * 0.3)
    mixed = system.must(CARBON, {"run_id": bay, "intake": "CARBON_INTAKE_AREA_MIX", "initial_kg_per_kwh": 0.1}).value
    assert all(mix < grid for mix, grid in zip(mixed["intake_kg_per_kwh"], mixed["grid_kg_per_kwh"])), "there is sun in it"
    battery, of_grid = mixed["rows"][0], usual["rows"][0]
    assert battery["emitted_kg"] < of_grid["emitted_kg"]


def test_owners_see_their_own_and_sums_of_them(system, bay):
    everybody = system.must(CARBON, {"run_id": bay, "grouping": "CARBON_GROUPING_OWNER"}, "operator-1").value
    assert [(row["owner_id"], row["der_count"]) for row in everybody["rows"]] == [("owner-1", 2), ("owner-2", 1)]
    own = system.must(CARBON, {"run_id": bay, "grouping": "CARBON_GROUPING_OWNER"}, "owner-2").value
    assert [row["owner_id"] for row in own["rows"]] == ["owner-2"]
    assert own["total"]["avoided_kg"] == everybody["rows"][1]["avoided_kg"]
    assert "BAY-SUN-1" not in json.dumps(system.must(CARBON, {"run_id": bay}, "owner-2").value)
    for fields in ({"owner_id": "owner-1"}, {"der_id": "BAY-SUN-1"}):
        refusal = system.call(CARBON, {"run_id": bay, **fields}, "owner-2")
        assert (refusal.code, refusal.reason) == ("PERMISSION_DENIED", "UNAUTHORIZED"), fields


def test_rows_come_in_pages(system, bay):
    first = system.must(CARBON, {"run_id": bay, "page_size": 2}).value
    assert len(first["rows"]) == 2 and first["total"]["der_count"] == 3
    second = system.must(CARBON, {"run_id": bay, "page_size": 2, "page_token": first["next_page_token"]}).value
    assert [row["der_id"] for row in second["rows"]] == ["BAY-SUN-2"] and "total" not in second
    assert not second.get("next_page_token")


def test_what_cannot_be_accounted_is_refused(system, bay):
    for fields, code, reason in (
            ({"run_id": "0190a8f2-0000-7000-8000-00000000dead"}, "NOT_FOUND", "RUN_NOT_FOUND"),
            ({"run_id": bay, "intensity_series_id": "bay-price"}, "INVALID_ARGUMENT", "INVALID_REQUEST"),
            ({"run_id": bay, "intensity_series_id": "bay-nothing"}, "FAILED_PRECONDITION", "SERIES_MISSING"),
            ({"run_id": bay, "region_id": "MOON"}, "NOT_FOUND", "REGION_NOT_FOUND")):
        refusal = system.call(CARBON, fields)
        assert (refusal.code, refusal.reason) == (code, reason)


def test_dermsctl_tells_and_writes_csv(system, bay):
    ctl = system.dermsctl("operator-1")
    told = ctl("carbon", "schedule", bay, "--basis", "marginal")
    assert "BAY-SUN-2" in told and "3 DERs" in told and "method: avoided = displaced - emitted" in told
    assert "assumed: 2 SOLAR DERs declare no emissions" in told and "from: bay-co2, MARGINAL" in told
    rows = list(csv.DictReader(io.StringIO(ctl("carbon", "schedule", bay, "--by", "owner", "--csv"))))
    assert [row["owner_id"] for row in rows] == ["owner-1", "owner-2"]
    assert float(rows[1]["avoided_kg"]) == pytest.approx(50 * 2.1)
    as_json = [json.loads(line) for line in ctl("carbon", "schedule", bay, "--json").splitlines()]
    assert [row["derId"] for row in as_json] == ["BAY-BATTERY", "BAY-SUN-1", "BAY-SUN-2"]


def carbon_rows(system, subject, **fields):
    return system.must("TelemetryService/GetReport", {
        "kind": "REPORT_KIND_CARBON", "from": iso(full_hour(-4)), "until": iso(full_hour(-1)), "region_id": "SHORE",
        **fields}, subject).value.get("carbon", [])


def test_the_report_counts_the_carbon_that_a_battery_stored(system, new_der):
    """Charged for an hour while the grid is clean, given in the next while it is dirty."""
    begin = full_hour(-4)
    system.must("SeriesService/PutSeries", {"series": {
        "series_id": "shore-co2", "kind": "SERIES_KIND_CARBON_KG_PER_KWH", "starts_at": iso(begin), "interval": "3600s",
        "values": [0.1, 0.8, 0.5]}})
    system.must("RegistryService/PutRegion", {"region": {"region_id": "SHORE", "carbon_series_id": "shore-co2"}})
    battery = new_der(owner="owner-2", online=True, region_id="SHORE", type="DER_TYPE_BATTERY", capacity_kw=100,
                      parameters={"energy_capacity_kwh": 200, "charge_efficiency": 1, "discharge_efficiency": 1})
    sun = new_der(owner="owner-2", online=True, region_id="SHORE")
    readings = []
    for step in range(36):
        at = iso(begin + datetime.timedelta(minutes=5 * step))
        held = 50 + min(60, 5 * (step + 1)) - max(0, min(40, 40 / 12 * (step - 11)))
        power = -60 if step < 12 else 40 if step < 24 else 0
        readings.append({"der_id": battery, "measured_at": at, "power_kw": power, "state_of_charge_kwh": held})
        readings.append({"der_id": sun, "measured_at": at, "power_kw": 10})
    report_readings(system, readings)
    wait_until_folded(system)
    of_battery, of_sun = sorted(carbon_rows(system, "operator-1"), key=lambda row: row["generated_kwh"], reverse=True)
    assert of_battery["der_id"] == battery and of_sun["der_id"] == sun
    assert of_battery["charged_kg"] == pytest.approx(60 * 0.1)
    at_begin = of_battery["stored_at_begin_kg"]
    assert at_begin == pytest.approx(50 * 0.35844)
    assert of_battery["discharged_kg"] == pytest.approx((at_begin + 6) * 40 / 110), "the mean of what it held"
    assert of_battery["emitted_kg"] == of_battery["discharged_kg"]
    assert 0 < of_battery["emitted_of_begin_kg"] < of_battery["emitted_kg"]
    assert of_battery["net_avoided_kg"] == pytest.approx(40 * 0.8 - of_battery["emitted_kg"])
    assert at_begin + 6 + of_battery["unseen_kg"] - of_battery["discharged_kg"] == pytest.approx(of_battery["stored_kg"])
    assert "stored_kg" not in of_sun and of_sun["net_avoided_kg"] == pytest.approx(10 * (0.1 + 0.8 + 0.5))
    [owner] = carbon_rows(system, "owner-2", grouping="REPORT_GROUPING_OWNER")
    assert (owner["owner_id"], owner["der_count"], owner.get("der_id", "")) == ("owner-2", 2, "")
    assert owner["net_avoided_kg"] == pytest.approx(of_battery["net_avoided_kg"] + of_sun["net_avoided_kg"])
    assert owner["stored_kg"] == of_battery["stored_kg"]
    assert carbon_rows(system, "owner-1", grouping="REPORT_GROUPING_OWNER") == []
    told = system.dermsctl("operator-1")("report", "carbon", "--from", iso(begin), "--region", "SHORE", "--by", "owner", "--csv")
    [row] = csv.DictReader(io.StringIO(told))
    assert row["owner_id"] == "owner-2" and float(row["stored_kg"]) == pytest.approx(owner["stored_kg"])


PREDICT = "SeriesService/PredictAvailability"


@pytest.fixture(scope="module")
def ridge(system):
    """A region with wind for two days."""
    system.must("SeriesService/PutSeries", {"series": {
        "series_id": "RIDGE.wind_speed_m_per_s", "kind": "SERIES_KIND_WIND_SPEED_M_PER_S", "starts_at": iso(full_hour()),
        "interval": "3600s", "values": [5.0] * 48}})
    for name, kind, value in (("ridge-load", "LOAD_KW", 500.0), ("ridge-price", "PRICE_USD_PER_KWH", 0.2)):
        system.must("SeriesService/PutSeries", {"series": {
            "series_id": name, "kind": f"SERIES_KIND_{kind}", "starts_at": iso(full_hour()), "interval": "3600s",
            "values": [value] * 48}})
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": "RIDGE", "load_series_id": "ridge-load", "import_price_series_id": "ridge-price"}})
    curve = [{"wind_speed_m_per_s": 2, "power_share": 0}, {"wind_speed_m_per_s": 6, "power_share": 1},
             {"wind_speed_m_per_s": 25, "power_share": 1}]
    system.register("RIDGE-MILL", online=True, type="DER_TYPE_WIND", capacity_kw=100, region_id="RIDGE",
                    parameters={"plant": {"wind": {"hub_height_m": 10, "power_curve": curve}}})
    return curve


def shares(system, **fields):
    found = system.must(PREDICT, {"der_id": "RIDGE-MILL", "interval_count": 4, **fields}, "operator-1").value
    return [point["p50"] for point in found["points"]], found["plant_source"]


def test_the_plant_belongs_to_the_der_and_the_requests_wins(system, ridge):
    assert shares(system) == ([pytest.approx(0.75)] * 4, "PLANT_SOURCE_DER"), "5 m/s on the curve it was registered with"
    given, source = shares(system, wind={"hub_height_m": 10})
    assert source == "PLANT_SOURCE_REQUEST" and given[0] == pytest.approx((5**3 - 27) / (12**3 - 27))
    run = system.must("OptimizerService/OptimizeResources", {"region_id": "RIDGE", "interval_count": 4},
                      "operator-1")["run"]
    made = sum(i.get("generation_kw", 0) + i.get("curtailed_kw", 0) for i in run["intervals"])
    assert made == pytest.approx(4 * 75, rel=1e-6), "the run goes by the same plant"
    assert any("1 with the plant they were registered with" in note for note in run["notes"])


def test_a_plant_is_changed_by_its_owner_shown_and_checked(system, ridge):
    der_id = system.register("RIDGE-OTHER", type="DER_TYPE_WIND", capacity_kw=100, region_id="RIDGE")
    update = {"der_id": der_id, "update_mask": "parameters.plant"}
    wrong = ({"wind": {"power_curve": list(reversed(ridge))}}, "parameters.plant.wind.power_curve"), \
        ({"solar": {"tilt_deg": 30}}, "parameters.plant"), ({"wind": {"hub_height_m": 1000}}, "parameters.plant.wind.hub_height_m")
    for plant, field in wrong:
        refusal = system.call("RegistryService/UpdateDer", {**update, "parameters": {"plant": plant}}, "owner-1")
        assert refusal.code == "INVALID_ARGUMENT" and field in [v[0] if isinstance(v, (list, tuple)) else v["field"]
                                                               for v in refusal.violations], refusal
    system.must("RegistryService/UpdateDer", {**update, "parameters": {"plant": {"wind": {"hub_height_m": 90}}}}, "owner-1")
    shown = system.must("RegistryService/GetDer", {"der_id": der_id}, "owner-1")["der"]
    assert shown["parameters"]["plant"] == {"wind": {"hub_height_m": 90}}
    assert "hub_height_m: 90" in system.dermsctl("owner-1")("ders", "get", der_id)
    system.must("RegistryService/UpdateDer", update, "owner-1")
    assert "plant" not in system.must("RegistryService/GetDer", {"der_id": der_id}, "owner-1")["der"].get("parameters", {})


def test_plants_are_imported_from_csv(system, ridge, tmp_path):
    file = tmp_path / "fleet.csv"
    file.write_text("der_id,type,lat,lon,capacity_kw,tilt_deg,hub_height_m,power_curve\n"
                    "CSV-SUN,solar,37,-120,100,0,,\nCSV-MILL,wind,37,-120,100,,110,3:0;12:1;25:1\n")
    system.dermsctl("admin-1")("ders", "import", file, "--region", "RIDGE", "--owner", "owner-1")
    plant = system.must("RegistryService/GetDer", {"der_id": "CSV-MILL"})["der"]["parameters"]["plant"]
    assert plant["wind"]["hub_height_m"] == 110 and len(plant["wind"]["power_curve"]) == 3
    assert system.must("RegistryService/GetDer", {"der_id": "CSV-SUN"})["der"]["parameters"]["plant"] == {
        "solar": {"tilt_deg": 0}}
