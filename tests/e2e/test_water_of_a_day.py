"""A hydro plant's energy for a day is spent once, however many runs plan the day."""
import datetime

import pytest

from instants import full_hour, iso

BUDGET_KWH, CAPACITY_KW = 240, 100
UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def plant(system):
    """A plant whose water is always worth using, in an area where the next hour is always dearer than the one before."""
    hours = 96
    for series_id, kind, values in (("dale-load", "SERIES_KIND_LOAD_KW", [500.0] * hours),
                                    ("dale-price", "SERIES_KIND_PRICE_USD_PER_KWH", [0.1 + 0.002 * h for h in range(hours)])):
        system.must("SeriesService/PutSeries", {"series": {"series_id": series_id, "kind": kind, "interval": "3600s",
                                                           "starts_at": iso(full_hour(-36)), "values": values}})
    system.must("RegistryService/PutRegion", {"region": {"region_id": "DALE", "load_series_id": "dale-load",
                                                         "import_price_series_id": "dale-price"}})
    return system.register("DALE-HYDRO", online=True, type="DER_TYPE_HYDRO", capacity_kw=CAPACITY_KW, region_id="DALE",
                           parameters={"energy_budget_kwh_per_day": BUDGET_KWH})


def plan(system, **fields):
    """A run over 24 hours in quarters that is put in force; (begin, kW) of the plant in each quarter."""
    run = system.must("OptimizerService/OptimizeResources", {
        "region_id": "DALE", "interval": "900s", "interval_count": 96, "apply": True, **fields}, "operator-1")["run"]
    points = system.must("OptimizerService/ListSchedules", {"run_id": run["run_id"], "page_size": 10000})["schedules"]
    return [(datetime.datetime.fromisoformat(p["timestamp"].replace("Z", "+00:00")), p.get("power_output_kw", 0)) for p in points]


def energy(points, begin, end):
    return sum(kw / 4 for at, kw in points if begin <= at < end)


def test_what_a_plan_gave_of_a_day_is_missing_in_the_next(system, plant):
    midnight = datetime.datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = plan(system, starts_at=iso(midnight))  # long ago but for the first quarter: a study that is put in force
    assert energy(first, midnight, midnight + DAY) == pytest.approx(BUDGET_KWH, rel=1e-4)
    second = plan(system)
    starts_at = second[0][0]
    day = starts_at.replace(hour=0, minute=0)
    before = energy(first, day, starts_at)
    rest = energy(second, day, day + DAY)
    assert before + rest == pytest.approx(BUDGET_KWH, rel=1e-3), "today's water once"
    tomorrow = energy(second, day + DAY, day + 2 * DAY)
    share = (starts_at - day) / DAY
    assert tomorrow == pytest.approx(BUDGET_KWH * share, rel=1e-3, abs=1e-3), "of tomorrow its share"
