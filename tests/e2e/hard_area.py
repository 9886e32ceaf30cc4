"""An area whose best schedule takes a solver longer than any test: fuel cells with high minimum outputs must match a load
that nothing else serves, a knapsack in every hour."""
import math

from instants import full_hour, iso

UNITS, HOURS = 60, 120


def put_hard_area(system, region="HARD"):
    load = [1500 + 700 * math.sin(hour / 3.7) + 13.7 * (hour % 11) for hour in range(-HOURS, HOURS)]
    for name, kind, values in (("load", "SERIES_KIND_LOAD_KW", load),
                               ("price", "SERIES_KIND_PRICE_USD_PER_KWH", [0.2] * 2 * HOURS)):
        system.must("SeriesService/PutSeries", {"series": {
            "series_id": f"{region}-{name}", "kind": kind, "starts_at": iso(full_hour(-HOURS)), "interval": "3600s",
            "values": values}})
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": region, "load_series_id": f"{region}-load", "import_price_series_id": f"{region}-price",
        "import_limit_kw": 1, "export_limit_kw": 0}})
    for number in range(UNITS):
        capacity_kw = 53 + 7.3 * ((number * 17) % 23)
        parameters = {"min_output_kw": 0.93 * capacity_kw, "marginal_cost_usd_per_kwh": 0.1 + 0.003 * ((number * 7) % 13)}
        system.register(f"{region}-{number}", online=True, type="DER_TYPE_FUEL_CELL", region_id=region,
                        capacity_kw=capacity_kw, parameters=parameters)
    return region


def hard_run(region, seconds, **fields):
    return {"region_id": region, "interval_count": 96, "gap_tolerance": 0, "time_limit": f"{seconds}s", **fields}
