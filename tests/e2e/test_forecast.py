"""Forecasts: plants from the weather of their region, series from their past, and runs that use them."""
import json

import pytest

from instants import full_hour, iso

DAYS_BEFORE, HOURS_AHEAD = 70, 48
PREDICT = "SeriesService/PredictAvailability"


def sun(hour):
    """Irradiance of a place at 120 degrees west, an hour of UTC: a half wave around 20:00."""
    return max(0.0, 900 * (1 - abs((hour % 24) - 20) / 6)) if 14 < hour % 24 or hour % 24 < 2 else 0.0


@pytest.fixture(scope="module")
def valley(system, tmp_path_factory):
    """A region with weather, load and prices, two months of the past and two days ahead; a solar and a wind plant that
    name no series."""
    ctl = system.dermsctl("admin-1")
    names = ("VALLEY.ghi_w_per_m2", "VALLEY.temperature_c", "VALLEY.wind_speed_m_per_s", "valley-load_kw",
             "valley-price_usd_per_kwh", "valley-measured")
    first = full_hour(-24 * DAYS_BEFORE)
    rows = []
    for i in range(24 * DAYS_BEFORE + HOURS_AHEAD):
        hour = (first.hour + i) % 24
        light = sun(hour) * (0.7 + 0.1 * ((i // 24) % 4))
        rows.append(f"{iso(full_hour(i - 24 * DAYS_BEFORE))},{light},{10 + hour / 2},{4 + (i // 24) % 5},"
                    f"{60 + hour},0.2,{light / 1400}")
    file = tmp_path_factory.mktemp("valley") / "valley.csv"
    file.write_text("\n".join([",".join(("time", *names)), *rows]) + "\n")
    ctl("series", "import", file, "--utc-offset", "+00:00")
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": "VALLEY", "load_series_id": names[3], "import_price_series_id": names[4]}})
    for der_id, kind in (("VALLEY-SUN", "DER_TYPE_SOLAR"), ("VALLEY-WIND", "DER_TYPE_WIND")):
        system.register(der_id, online=True, type=kind, capacity_kw=100, region_id="VALLEY",
                        location={"latitude_deg": 37, "longitude_deg": -120})
    return ctl


def shares(forecast):
    return [point.get("p50", 0) for point in forecast["points"]]


def test_the_sun_gives_nothing_at_night_and_something_at_noon(system, valley):
    found = system.must(PREDICT, {"der_id": "VALLEY-SUN"}, "operator-1")
    hours = [int(point["starts_at"][11:13]) for point in found["points"]]
    for hour, share in zip(hours, shares(found)):
        assert 0 <= share <= 1
        assert share == 0 if 6 <= hour <= 10 else True, f"{hour}:00Z is night there"
        assert share > 0.2 if 18 <= hour <= 21 else True, f"{hour}:00Z is noon there"
    assert "VALLEY.ghi_w_per_m2" in found["series_ids"]
    assert "tilt 20 degrees" in found["assumptions"]
    assert all("p10" not in point for point in found["points"])


def test_a_plant_that_is_described_is_believed(system, valley):
    flat = system.must(PREDICT, {"der_id": "VALLEY-SUN", "solar": {"losses_share": 0.5}}, "operator-1")
    usual = system.must(PREDICT, {"der_id": "VALLEY-SUN"}, "operator-1")
    assert max(shares(flat)) < 0.7 * max(shares(usual))
    assert not any("losses" in text for text in flat["assumptions"])
    refusal = system.call(PREDICT, {"der_id": "VALLEY-SUN", "wind": {"hub_height_m": 100}}, "operator-1")
    assert (refusal.code, refusal.reason) == ("INVALID_ARGUMENT", "INVALID_PLANT")


def test_what_was_measured_gives_a_band_that_holds_it(system, valley):
    found = system.must(PREDICT, {"der_id": "VALLEY-SUN", "measured_series_id": "valley-measured"}, "operator-1")
    assert 200 <= found["error_count"] <= 9 * 60, "of hours with light, or of dark ones, within four hours"
    assert "conformal prediction" in found["method"] and "0.97 of one a day newer" in found["method"]
    assert any(point["p10"] < point.get("p50", 0) < point["p90"] for point in found["points"])


def test_dermsctl_predicts_and_stores_it(system, valley):
    told = valley("forecast", "availability", "VALLEY-WIND", "--put", "valley-wind-tomorrow")
    assert "P50" in told and "assumed: hub height 80 m" in told and "from: VALLEY.wind_speed_m_per_s" in told
    found = json.loads(valley("forecast", "availability", "VALLEY-WIND", "--json"))
    start = found["points"][0]["startsAt"]
    stored = system.must("SeriesService/ListSeries", {
        "series_id": "valley-wind-tomorrow", "values_from": start, "values_until": iso(full_hour(25))})["series"][0]
    assert stored["kind"] == "SERIES_KIND_AVAILABILITY_SHARE"
    assert stored["values"] == pytest.approx([point["p50"] for point in found["points"]])


def test_a_run_predicts_what_no_series_says_and_tells(system, valley):
    run = system.must("OptimizerService/OptimizeResources", {"region_id": "VALLEY", "interval_count": 24},
                      "operator-1")["run"]
    assert run["der_count"] == 2 and run.get("excluded_count", 0) == 0
    note = next(text for text in run["notes"] if "predicted" in text)
    assert "2 DERs that name no series" in note and "VALLEY.ghi_w_per_m2" in note
    predicted = sum(shares(system.must(PREDICT, {"der_id": "VALLEY-SUN"}, "operator-1")))
    predicted += sum(shares(system.must(PREDICT, {"der_id": "VALLEY-WIND"}, "operator-1")))
    made = sum(i.get("generation_kw", 0) + i.get("curtailed_kw", 0) for i in run["intervals"])
    assert made == pytest.approx(100 * predicted, rel=1e-6)


def test_a_robust_reserve_covers_what_the_weather_of_predicted_plants_does(system, valley):
    asked = {"region_id": "VALLEY", "interval_count": 24, "robust": {"confidence": 0.9}}
    run = system.must("OptimizerService/OptimizeResources", asked, "operator-1")["run"]
    note = next(text for text in run["notes"] if "predicted" in text)
    assert "the robust reserve covers what its weather does" in note
    # The load of every day is the same, so all of the reserve is for wind that changes from day to day.
    assert run["robust"]["asked_kwh"] > 100


def test_without_weather_the_plant_is_left_out_and_told_why(system, valley):
    system.register("DALE-SUN", online=True, capacity_kw=100, region_id="VALLEY",
                    location={"latitude_deg": 37, "longitude_deg": -120},
                    parameters={"availability_series_id": "no-such-series"})
    try:
        run = system.must("OptimizerService/OptimizeResources", {"region_id": "VALLEY", "interval_count": 2},
                          "operator-1")["run"]
        assert [(e["der_id"], e["reason"]) for e in run["excluded"]] == [("DALE-SUN", "SERIES_MISSING")]
    finally:
        system.must("RegistryService/UpdateDerStatus", {"der_id": "DALE-SUN", "status": "DER_STATUS_OFFLINE"})
    refusal = system.call(PREDICT, {"der_id": "VALLEY-SUN", "starts_at": iso(full_hour(24 * 40))}, "operator-1")
    assert (refusal.code, refusal.reason) == ("FAILED_PRECONDITION", "SERIES_MISSING")
    assert "VALLEY.ghi_w_per_m2" in refusal.message


def test_the_demo_year_is_forecast_better_than_by_persistence(demo):
    for series, least in (("load_kw", 0.3), ("grid_co2_kg_per_kwh", 0.1), ("wind_a", 0.05)):
        found = demo.must("SeriesService/BacktestForecast", {
            "series_id": series, "test_from": "2020-09-01T08:00:00Z", "test_until": "2020-10-27T08:00:00Z"},
            "operator-1", timeout=60)
        assert found["value_count"] == 56 * 24
        assert found["skill"] > least, f"{series}: {found}"
        assert found["forecast"]["pinball_loss"] < found["persistence"]["pinball_loss"]
        assert abs(found["forecast"]["coverage"] - 0.8) < 0.1, series


def test_dermsctl_tells_how_good_forecasts_are(demo):
    ctl = demo.dermsctl("operator-1")
    told = ctl("forecast", "backtest", "load_kw", "--until", "2020-12-01T00:00", "--from", "2020-11-03T00:00",
               "--utc-offset", "-08:00")
    assert "persistence" in told and "coverage of 80 % is right" in told and "672 values" in told
    told = ctl("forecast", "series", "load_kw", "--from", "2020-07-15T00:00", "--utc-offset", "-08:00")
    assert told.count("2020-07-15T") == 24 and "P90" in told
    day = json.loads(ctl("forecast", "series", "load_kw", "--from", "2020-07-15T00:00", "--utc-offset", "-08:00", "--json"))
    assert all(point["p10"] <= point["p50"] <= point["p90"] for point in day["points"])
    assert day["terms"], "the model says what it goes by"
