#!/usr/bin/env python3
"""Derives the demo files beside this script from the collected source data.

    deploy/demo/derive.py SOURCE_DATA_FOLDER        (has fleet/, cats-california/, rts-gmlc/, ...)

The result is committed, so nobody needs to run this to use the product; it is here so that every figure can be
traced. README.md in this folder explains the columns. Nothing is random: the same input gives the same bytes.
"""
import csv
import math
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEMO_DAY = "2020-07-15"
READING_TIME = DEMO_DAY + "T12:00"

# Design values for what the sources do not give (domain model, "type parameters").
MINIMUM_OUTPUT_SHARE = {"GEOTHERMAL": 0.5}           # fuel cells already have 30 % in the source
RAMP_SHARE_PER_MINUTE = {"GEOTHERMAL": 0.05, "FUEL_CELL": 0.10, "HYDRO": 1.0}  # others follow at once
BATTERY_HOURS = 4.0                                  # as in the DER-VET CAISO case the fleet uses
BATTERY_ETA_CHARGE, BATTERY_ETA_DISCHARGE = 0.85, 1.0
BATTERY_SHARE_OF_CHARGE = 0.5                        # at the beginning, and again at the end of the horizon
BATTERY_WEAR_USD_PER_KWH = 0.002                     # DER-VET's O&M of 2 USD/MWh discharged
INVERTER_TYPES = ("SOLAR", "WIND", "BATTERY", "FUEL_CELL")
REACTIVE_SHARE = 0.44
NOMINAL_VOLTAGE_V = 480.0

DER_COLUMNS = ("der_id der_type owner region lat lon p_max_kw p_min_kw q_max_kvar ramp_kw_per_min "
               "marginal_cost_usd_per_kwh co2_kg_per_kwh e_max_kwh eta_charge eta_discharge soc_initial soc_final "
               "wear_usd_per_kwh shape source").split()
REGION_COLUMNS = ("region_id parent_region_id display_name import_limit_kw export_limit_kw load_series_id "
                  "import_price_series_id carbon_series_id").split()
READING_COLUMNS = ("der_id power_kw reactive_power_kvar voltage_v frequency_hz state_of_charge_kwh "
                   "quality").split()


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(name, columns, rows):
    with open(HERE / name, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def number(value):
    """Shortest text of a figure, at most six decimals, without a trailing '.0'."""
    return f"{round(float(value), 6):.6f}".rstrip("0").rstrip(".")


def thousands_up(kw):
    return math.ceil(kw / 1000) * 1000


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


# --- The fleet ----------------------------------------------------------------------------------------------

def add_type_parameters(row):
    kind, p_max_kw = row["der_type"], float(row["p_max_kw"])
    row["p_min_kw"] = number(max(float(row["p_min_kw"]), MINIMUM_OUTPUT_SHARE.get(kind, 0.0) * p_max_kw))
    if kind in RAMP_SHARE_PER_MINUTE:
        row["ramp_kw_per_min"] = number(RAMP_SHARE_PER_MINUTE[kind] * p_max_kw)
    if kind == "BATTERY":
        row["soc_initial"] = row["soc_final"] = number(BATTERY_SHARE_OF_CHARGE)
        row["wear_usd_per_kwh"] = number(BATTERY_WEAR_USD_PER_KWH)
    return row


def fleet_rows(source):
    """The fleet as published, with the missing parameters; the DERs of a type go to the two owners in turn."""
    rows = []
    for index, der in enumerate(source):
        row = {column: der.get(column, "") for column in DER_COLUMNS}
        row["owner"] = f"owner-{index % 2 + 1}"
        for column in ("p_max_kw", "q_max_kvar", "marginal_cost_usd_per_kwh", "co2_kg_per_kwh"):
            row[column] = number(der[column])
        for column in ("e_max_kwh", "eta_charge", "eta_discharge"):
            row[column] = number(der[column]) if der[column] else ""
        rows.append(add_type_parameters(row))
    return rows


# --- Regions ------------------------------------------------------------------------------------------------

def available_kw(der, hour):
    """What a DER could generate in this hour; a battery is not a source."""
    if der["der_type"] == "BATTERY":
        return 0.0
    return float(der["p_max_kw"]) * (float(hour[der["shape"]]) if der["shape"] else 1.0)


def region_rows(fleet, hours):
    """One area with the load and the price, and its three parts.

    Area: the import limit is the smallest (rounded up to 1,000 kW) with which every hour of the year can be served
    by the fleet without its batteries, so no day is infeasible and the limit binds at the year's tightest hour. The
    export limit is 85 % of the demo day's largest surplus (rounded up): it binds in that day's early hours and in
    the sunny and windy weeks, where generation must be stored or curtailed.
    Parts: they carry no load, so their export is their generation. The limit is what they can generate in all but
    2 % of the year's hours plus half of their battery power (rounded up), so it binds when much generation and a
    discharge meet. Their import is what their batteries draw, at least 1,000 kW.
    """
    def surplus(hour):
        return sum(available_kw(der, hour) for der in fleet) - float(hour["load_kw"])

    surpluses = {hour["time"]: surplus(hour) for hour in hours}
    of_the_day = [kw for time, kw in surpluses.items() if time.startswith(DEMO_DAY)]
    area_import_kw = thousands_up(-min(surpluses.values()))
    area_export_kw = thousands_up(0.85 * max(of_the_day))
    print(f"CA: import {area_import_kw} kW, export {area_export_kw} kW; the surplus exceeds the export limit in "
          f"{sum(kw > area_export_kw for kw in surpluses.values())} hours of the year, "
          f"{sum(kw > area_export_kw for kw in of_the_day)} of them on {DEMO_DAY}")
    rows = [{"region_id": "CA", "display_name": "California fleet", "import_limit_kw": area_import_kw,
             "export_limit_kw": area_export_kw, "load_series_id": "load_kw", "import_price_series_id": "price_usd_per_kwh",
             "carbon_series_id": "grid_co2_kg_per_kwh"}]
    for part, place in (("NORTH", "above 37.5 N"), ("CENTRAL", "35 to 37.5 N"), ("SOUTH", "below 35 N")):
        ders = [der for der in fleet if der["region"] == part]
        battery_kw = sum(float(der["p_max_kw"]) for der in ders if der["der_type"] == "BATTERY")
        generation = [sum(available_kw(der, hour) for der in ders) for hour in hours]
        rows.append({"region_id": part, "parent_region_id": "CA", "display_name": f"California fleet, {place}",
                     "import_limit_kw": thousands_up(max(battery_kw, 1000)),
                     "export_limit_kw": thousands_up(quantile(generation, 0.98) + battery_kw / 2)})
    return rows


# --- Readings -----------------------------------------------------------------------------------------------

def reading_rows(fleet, hours):
    """One reading per DER as its meter could show it at noon of the demo day.

    Power: what was available; fuel cells at their minimum, batteries idle at half charge. Voltage (480 V +- 2 %)
    and frequency (60 +- 0.015 Hz) are made up, spread evenly over the fleet. Reactive power: a tenth of
    the rating, absorbing where the voltage is high.
    """
    noon = next(hour for hour in hours if hour["time"] == READING_TIME)
    rows = []
    for index, der in enumerate(fleet):
        position = (index * 7 % len(fleet)) / (len(fleet) - 1) * 2 - 1  # -1 .. 1, neighbours differ
        power_kw = float(der["p_min_kw"]) if der["der_type"] == "FUEL_CELL" else available_kw(der, noon)
        energy_kwh = float(der["e_max_kwh"] or 0) * BATTERY_SHARE_OF_CHARGE
        rows.append({
            "der_id": der["der_id"], "power_kw": f"{power_kw:.1f}",
            "reactive_power_kvar": f"{-0.1 * position * float(der['q_max_kvar']) + 0.0:.1f}",
            "voltage_v": f"{NOMINAL_VOLTAGE_V * (1 + 0.02 * position):.1f}",
            "frequency_hz": f"{60 + 0.015 * position:.3f}",
            "state_of_charge_kwh": number(energy_kwh) if der["der_type"] == "BATTERY" else "",
            "quality": "VALID"})
    return rows


# --- The Californian plants ---------------------------------------------------------------------------------

def latitude_region(latitude):
    return "NORTH" if latitude > 37.5 else "SOUTH" if latitude < 35 else "CENTRAL"


def plant_rows(source):
    """The plants in the fleet's columns. Nothing is left out: refusing what is out of range or of an unverified
    type is the registry's work, and the importer shows it."""
    shapes = {"SOLAR": ("solar_a", "solar_b", "solar_c"), "WIND": ("wind_a", "wind_b"),
              "HYDRO": ("hydro_a", "hydro_b")}
    rows = []
    for index, plant in enumerate(source):
        kind, p_max_kw = plant["der_type"], float(plant["p_max_mw"]) * 1000
        choices = shapes.get(kind, ("",))
        row = {column: "" for column in DER_COLUMNS}
        row.update({
            "der_id": f"CATS-{plant['plant_code']}-" + re.sub(r"[^A-Z0-9_-]", "_", plant["gen_id"].upper()),
            "der_type": kind, "owner": "californian-plants",
            "region": "CALIFORNIA_" + latitude_region(float(plant["lat"])), "lat": plant["lat"], "lon": plant["lon"],
            "p_max_kw": number(p_max_kw), "p_min_kw": number(float(plant["p_min_mw"]) * 1000),
            "q_max_kvar": number(REACTIVE_SHARE * p_max_kw if kind in INVERTER_TYPES else 0),
            "marginal_cost_usd_per_kwh": number(float(plant["c1_usd_per_mwh"]) / 1000), "co2_kg_per_kwh": "0",
            "shape": choices[index % len(choices)],
            "source": f"CATS plant {plant['plant_code']} gen {plant['gen_id']}"})
        if kind == "BATTERY":
            row.update({"e_max_kwh": number(p_max_kw * BATTERY_HOURS), "eta_charge": number(BATTERY_ETA_CHARGE),
                        "eta_discharge": number(BATTERY_ETA_DISCHARGE)})
        rows.append(add_type_parameters(row))
    return rows


def plant_region_rows():
    rows = [{"region_id": "CALIFORNIA", "display_name": "Californian plants"}]
    for part in ("NORTH", "CENTRAL", "SOUTH"):
        rows.append({"region_id": f"CALIFORNIA_{part}", "parent_region_id": "CALIFORNIA",
                     "display_name": f"Californian plants, {part.lower()}"})
    return rows


# --- Licences -----------------------------------------------------------------------------------------------

def copy_licences(source):
    target = HERE / "licences"
    target.mkdir(exist_ok=True)
    for folder in ("cats-california", "rts-gmlc", "caiso-2020", "avert-2023"):
        for name in ("LICENSE", "LICENSE.txt", "NOTICE"):
            if (source / folder / name).exists():
                shutil.copyfile(source / folder / name, target / f"{folder}.{name.split('.')[0]}.txt")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = Path(sys.argv[1])
    hours = read(source / "fleet" / "fleet_hourly_2020.csv")
    fleet = fleet_rows(read(source / "fleet" / "fleet.csv"))
    write("fleet.csv", DER_COLUMNS, fleet)
    write("regions.csv", REGION_COLUMNS, region_rows(fleet, hours))
    write("readings.csv", READING_COLUMNS, reading_rows(fleet, hours))
    write("series_2020.csv", list(hours[0]), hours)
    write("californian_plants.csv", DER_COLUMNS, plant_rows(read(source / "cats-california" / "ders.csv")))
    write("californian_regions.csv", REGION_COLUMNS, plant_region_rows())
    copy_licences(source)


if __name__ == "__main__":
    main()
