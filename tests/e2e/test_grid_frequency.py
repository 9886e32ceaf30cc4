"""A grid of 50 Hz: a profile that an operator added as a file, which registry and optimizer both know."""
import pytest

from derms_system import System
from instants import full_hour, iso
from test_grid_stability import PLATE, grid_of, least

FIFTY_HERTZ = """row,category,name,value,min,max,slope,source
profile,all,id,TEST-50HZ,,,,
profile,all,based_on,IEEE1547-2018,,,,
figure,all,nominal_hz,50,,,,test
setting,all,enter_service.f_low_hz,49.5,47,50,,test
setting,all,enter_service.f_high_hz,50.1,50,52,,test
setting,all,trip.of2_hz,52,51.5,53,,test
setting,all,trip.of1_hz,51.5,51,52,,test
setting,all,trip.uf1_hz,47.5,47,49,,test
setting,all,trip.uf2_hz,47,46,48,,test
frequency_band,all,continuous,,49,51,,test
frequency_band,all,mandatory,120,47.5,49,,test
frequency_band,all,mandatory,120,51,51.5,,test
"""
STABILITY = [{"objective": "OBJECTIVE_COST", "weight": 1}, {"objective": "OBJECTIVE_STABILITY", "weight": 1}]


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """An area with two batteries under the profile of 50 Hz."""
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "50hz.csv").write_text(FIFTY_HERTZ)
    it = System(options={name: ["--grid-profiles", folder] for name in ("registry", "optimizer")})
    try:
        it.set_up_people()
        for ending, kind, values in (("load", "LOAD_KW", [500.0] * 24), ("price", "PRICE_USD_PER_KWH", [0.05, 0.6] * 12)):
            it.must("SeriesService/PutSeries", {"series": {
                "series_id": ending, "kind": f"SERIES_KIND_{kind}", "interval": "3600s", "starts_at": iso(full_hour()),
                "values": values}})
        it.must("RegistryService/PutRegion", {"region": {
            "region_id": "AREA", "load_series_id": "load", "import_price_series_id": "price"}})
        for der_id in ("B-1", "B-2"):
            it.register(der_id, online=True, type="DER_TYPE_BATTERY", capacity_kw=100, region_id="AREA",
                        parameters={"energy_capacity_kwh": 400, "initial_energy_kwh": 200})
            it.must("ComplianceService/PutNameplate", {"der_id": der_id, "nameplate": PLATE, "profile_id": "TEST-50HZ"},
                    "owner-1")
        yield it
    finally:
        it.destroy()


def optimize(system, call="call", **fields):
    return getattr(system, call)("OptimizerService/OptimizeResources", {
        "region_id": "AREA", "starts_at": iso(full_hour(1)), "interval_count": 4, "objectives": STABILITY, **fields},
        "operator-1")


def test_fifty_hertz_is_nominal_where_the_profile_says_so(system):
    run = optimize(system, "must")["run"]
    area = run["grid_stability"]["regions"][0]
    assert area["frequency_source"] == "GRID_CONDITION_SOURCE_NOMINAL"
    for at in area["intervals"]:
        assert at["lowest_frequency_hz"] == at["highest_frequency_hz"] == 50
        assert at["need_up_kw"] == 0 and at["frequency_margin"] == 1
    assert any("of 2 by the defaults of their category, at 50 Hz (TEST-50HZ)" in note for note in run["notes"]), run["notes"]


def test_its_need_follows_from_the_distance_to_fifty_hertz(system):
    run = optimize(system, "must", grid_conditions=[{"lowest_frequency_hz": 49.5}])["run"]
    area = grid_of(run, "AREA")["AREA"]
    need = 200 * (50 - 0.036 - 49.5) / (50 * 0.05)
    assert least(area, "need_up_kw") == pytest.approx(need, abs=0.01)
    assert least(area, "headroom_up_kw") >= need - 1e-3
    assert least(area, "frequency_margin") == pytest.approx(0.5 / (50 - 0.036 - 49), abs=1e-6)


def test_two_nominal_frequencies_in_one_run_are_refused_with_what_to_do(system):
    system.register("B-3", online=True, type="DER_TYPE_BATTERY", capacity_kw=100, region_id="AREA",
                    parameters={"energy_capacity_kwh": 400})
    optimize(system, "must")  # without a nameplate it goes with the others
    system.must("ComplianceService/PutNameplate", {"der_id": "B-3", "nameplate": PLATE}, "owner-1")
    refused = optimize(system)
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "MIXED_NOMINAL_FREQUENCY")
    for words in ("profile_id of DER B-1 is TEST-50HZ (50 Hz)", "DER B-3 is IEEE1547-2018 (60 Hz)", "put the settings"):
        assert words in refused.message
    cost = [{"objective": "OBJECTIVE_COST", "weight": 1}]
    assert optimize(system, objectives=cost).ok, "a run that does not serve the grid looks at no settings"
    system.must("ComplianceService/PutNameplate", {"der_id": "B-3", "nameplate": PLATE, "profile_id": "TEST-50HZ"}, "owner-1")
    assert optimize(system).ok
    system.stop("optimizer")
    system.options["optimizer"] = []
    system.start("optimizer")
    unknown = optimize(system)
    assert (unknown.code, unknown.reason) == ("FAILED_PRECONDITION", "PROFILE_NOT_LOADED")
    assert "--grid-profiles" in unknown.message
