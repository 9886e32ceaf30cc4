"""The best day of the demo fleet, found by another program: HiGHS through scipy, from the CSV files alone."""
import csv
import datetime
import pathlib

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

DEMO = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "demo"
HOURS = 24
LOST_LOAD_USD_PER_KWH, OVER_GENERATION_USD_PER_KWH = 10.0, 2.0
BATTERY_FLOOR = 0.20  # share of its energy that a battery keeps when its owner says nothing


def rows(name):
    with open(DEMO / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text, default=0.0):
    return float(text) if text else default


class Model:
    """Columns with bounds and costs, rows with limits, as a person writes them down."""

    def __init__(self):
        self.cost, self.low, self.high, self.integer, self.rows = [], [], [], [], []

    def column(self, low, high, cost=0.0, integer=False):
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.integer.append(int(integer))
        return len(self.cost) - 1

    def row(self, terms, low, high):
        self.rows.append((terms, low, high))

    def solve(self):
        matrix = lil_matrix((len(self.rows), len(self.cost)))
        for i, (terms, _, _) in enumerate(self.rows):
            for column, factor in terms:
                matrix[i, column] += factor
        limits = LinearConstraint(matrix.tocsr(), [r[1] for r in self.rows], [r[2] for r in self.rows])
        result = milp(self.cost, constraints=limits, bounds=Bounds(self.low, self.high), integrality=self.integer,
                      options={"mip_rel_gap": 0})
        assert result.status == 0, result.message
        return result.fun


def best_cost(day, without_storage=False):
    """Least cost in USD of the local day (UTC-08:00) `day`, a date of 2020."""
    hours = [r for r in rows("series_2020.csv") if r["time"].startswith(day.isoformat())]
    assert len(hours) == HOURS
    regions = {r["region_id"]: r for r in rows("regions.csv")}
    area = next(r for r in regions.values() if not r["parent_region_id"])
    model = Model()
    inject = {region: [[] for _ in range(HOURS)] for region in regions}
    for der in rows("fleet.csv"):
        if der["der_type"] == "BATTERY":
            if not without_storage:
                add_battery(model, der, inject[der["region"]])
        elif der["shape"]:
            for t, hour in enumerate(hours):
                column = model.column(0, number(hour[der["shape"]]) * number(der["p_max_kw"]),
                                      number(der["marginal_cost_usd_per_kwh"]))
                inject[der["region"]][t].append((column, 1.0))
        else:
            add_unit(model, der, inject[der["region"]])
    for t, hour in enumerate(hours):
        price = number(hour["price_usd_per_kwh"])
        load = number(hour["load_kw"])
        imported = model.column(0, number(area["import_limit_kw"], np.inf), price)
        exported = model.column(0, number(area["export_limit_kw"], np.inf), -price)
        shed = model.column(0, load, LOST_LOAD_USD_PER_KWH)
        over = model.column(0, np.inf, OVER_GENERATION_USD_PER_KWH)
        everything = [term for region in inject.values() for term in region[t]]
        model.row(everything + [(imported, 1), (exported, -1), (shed, 1), (over, -1)], load, load)
        for region_id, region in regions.items():
            if region is not area and inject[region_id][t]:
                model.row(inject[region_id][t], -number(region["import_limit_kw"], np.inf),
                          number(region["export_limit_kw"], np.inf))
    return model.solve()


def add_battery(model, der, inject):
    power, energy = number(der["p_max_kw"]), number(der["e_max_kwh"])
    level = number(der["soc_initial"]) * energy
    before = None
    for t in range(HOURS):
        charge = model.column(0, power)
        discharge = model.column(0, power, number(der["wear_usd_per_kwh"]))
        charging = model.column(0, 1, integer=True)
        floor = number(der["soc_final"]) * energy if t == HOURS - 1 else BATTERY_FLOOR * energy
        held = model.column(floor, energy)
        model.row([(charge, 1), (charging, -power)], -np.inf, 0)
        model.row([(discharge, 1), (charging, power)], -np.inf, power)
        flow = [(held, 1), (charge, -number(der["eta_charge"])), (discharge, 1 / number(der["eta_discharge"]))]
        if before is None:
            model.row(flow, level, level)
        else:
            model.row(flow + [(before, -1)], 0, 0)
        before = held
        inject[t] += [(discharge, 1.0), (charge, -1.0)]


def add_unit(model, der, inject):
    low, high = number(der["p_min_kw"]), number(der["p_max_kw"])
    # In an hour every unit can cross its whole range, so that ramps bind nowhere at this interval.
    assert 60 * number(der["ramp_kw_per_min"]) >= high
    for t in range(HOURS):
        output = model.column(0, high, number(der["marginal_cost_usd_per_kwh"]))
        on = model.column(0 if der["der_type"] == "FUEL_CELL" else 1, 1, integer=True)
        model.row([(output, 1), (on, -high)], -np.inf, 0)
        model.row([(output, 1), (on, -low)], 0, np.inf)
        inject[t].append((output, 1.0))


def days(count):
    """Days spread over the year, both ends included."""
    first = datetime.date(2020, 1, 1)
    return [first + datetime.timedelta(days=round(i * 364 / (count - 1))) for i in range(count)]
