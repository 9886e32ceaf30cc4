"""Readings become hours, reports and history: each once, for whom they belong to, whatever kills the registry."""
import csv
import datetime
import io
import itertools
import json
import threading
import time

import pytest

import promises
from derms_system import system_with_people
from instants import full_hour, iso
from reported import report_readings, wait_until_folded

NUMBERS = itertools.count(1)
HOURS = 24


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        it.kill("emergency")
        yield it


@pytest.fixture
def new_der(system):
    def make(owner="owner-1", **fields):
        return system.register(f"H-{next(NUMBERS):06d}", online=True, owner_id=owner, **fields)
    return make


def every_five_minutes(der_id, hours, power_kw, begin=None):
    begin = begin or full_hour(-hours)
    return [{"der_id": der_id, "measured_at": iso(begin + datetime.timedelta(minutes=5 * i)), "power_kw": power_kw,
             "voltage_v": 480, "frequency_hz": 60.01} for i in range(12 * hours)]


def times_of(system, der_id):
    """When all stored readings of a DER were measured, page by page."""
    token = ""
    while True:
        page = system.must("TelemetryService/ListReadings", {
            "der_id": der_id, "page_size": 1000, "page_token": token}, "operator-1").value
        yield from (reading["measured_at"] for reading in page["readings"])
        token = page.get("next_page_token")
        if not token:
            return


def performance(system, subject="operator-1", **fields):
    period = {"from": iso(full_hour(-HOURS)), "until": iso(full_hour())}
    return system.must("TelemetryService/GetPerformance", {**period, **fields}, subject).value


def rows_of(system, kind, subject="operator-1", **fields):
    request = {"kind": f"REPORT_KIND_{kind}", "from": iso(full_hour(-HOURS)), "until": iso(full_hour()), **fields}
    rows = []
    while True:
        answer = system.must("TelemetryService/GetReport", request, subject).value
        rows += answer.get(kind.lower(), [])
        if not answer.get("next_page_token"):
            return rows
        request["page_token"] = answer["next_page_token"]


def test_all_readings_are_listed_by_time_in_pages_also_late_ones(system, new_der):
    der_id = new_der()
    readings = every_five_minutes(der_id, 3, 7)
    report_readings(system, readings[1::2])
    report_readings(system, readings[0::2])
    wait_until_folded(system)
    request, listed = {"der_id": der_id, "page_size": 10}, []
    while True:
        page = system.must("TelemetryService/ListReadings", request, "owner-1").value
        listed += page.get("readings", [])
        if not page.get("next_page_token"):
            break
        request["page_token"] = page["next_page_token"]
    assert [r["measured_at"] for r in listed] == [r["measured_at"] for r in readings]
    assert all(r["power_kw"] == 7 and r["frequency_hz"] == 60.01 for r in listed)


def test_figures_are_those_of_the_readings(system, new_der):
    der_id = new_der()
    report_readings(system, every_five_minutes(der_id, HOURS, 25))
    wait_until_folded(system)
    total = performance(system, der_id=der_id)["total"]
    assert total["generated_kwh"] == pytest.approx(25 * HOURS, rel=1e-9)
    assert total["covered_hours"] == pytest.approx(HOURS)
    assert total["utilization"] == pytest.approx(0.25)
    assert total["frequency_in_band_share"] == 1


def test_owners_see_their_own_ders_only(system, new_der):
    mine, other = new_der("owner-1"), new_der("owner-2")
    for der_id in (mine, other):
        report_readings(system, every_five_minutes(der_id, 2, 5))
    wait_until_folded(system)
    seen = {r["der_id"] for r in rows_of(system, "PERFORMANCE", "owner-1", page_size=3)}
    assert mine in seen and other not in seen
    assert {r["owner_id"] for r in rows_of(system, "CARBON", "owner-1")} == {"owner-1"}
    both = {r["der_id"] for r in rows_of(system, "PERFORMANCE")}
    assert {mine, other} <= both
    for fields in ({"der_id": other}, {"owner_id": "owner-2"}):
        for name, more in (("GetPerformance", {}), ("GetReport", {"kind": "REPORT_KIND_HISTORY"})):
            answer = system.call(f"TelemetryService/{name}", {"from": iso(full_hour(-2)), **fields, **more}, "owner-1")
            assert answer.reason == "UNAUTHORIZED", answer
    assert system.call("TelemetryService/ListReadings", {"der_id": other}, "owner-1").reason == "UNAUTHORIZED"
    alone = sum(r["generated_kwh"] for r in rows_of(system, "HISTORY", "owner-2", step="REPORT_STEP_HOUR"))
    assert alone == pytest.approx(performance(system, "owner-2")["total"]["generated_kwh"])


def test_history_by_hours_and_days_adds_up(system, new_der):
    der_id = new_der()
    report_readings(system, every_five_minutes(der_id, HOURS, 12))
    wait_until_folded(system)
    hours = rows_of(system, "HISTORY", der_id=der_id, step="REPORT_STEP_HOUR", page_size=7)
    days = rows_of(system, "HISTORY", der_id=der_id)
    assert [h["starts_at"] for h in hours] == [iso(full_hour(i - HOURS)) for i in range(HOURS)]
    assert all(h["generated_kwh"] == pytest.approx(12) and h["sample_count"] == 12 for h in hours)
    assert sum(d["generated_kwh"] for d in days) == pytest.approx(12 * HOURS)


def test_csv_says_the_same_as_rows(system, new_der):
    der_id = new_der()
    report_readings(system, every_five_minutes(der_id, HOURS, 30))
    wait_until_folded(system)
    (row,) = rows_of(system, "PERFORMANCE", der_id=der_id)
    answer = system.must("TelemetryService/GetReport", {
        "kind": "REPORT_KIND_PERFORMANCE", "format": "REPORT_FORMAT_CSV", "der_id": der_id,
        "from": iso(full_hour(-HOURS)), "until": iso(full_hour())}, "operator-1").value
    (line,) = csv.DictReader(io.StringIO(answer["csv"]))
    assert line["der_id"] == der_id and float(line["generated_kwh"]) == row["generated_kwh"]
    assert line["curtailed_kwh"] == "" and "curtailed_kwh" not in row


def test_dermsctl_prints_readings_figures_and_reports(system, new_der):
    der_id = new_der()
    report_readings(system, every_five_minutes(der_id, HOURS, 40))
    wait_until_folded(system)
    ctl = system.dermsctl("owner-1")
    period = ("--from", iso(full_hour(-HOURS)), "--until", iso(full_hour()), "--der", der_id)
    listed = ctl("readings", "list", der_id, "--from", iso(full_hour(-2))).splitlines()
    assert len(listed) == 1 + 24 and "40.00" in listed[1]
    assert json.loads(ctl("--json", "performance", *period))["total"]["generatedKwh"] == pytest.approx(40 * HOURS)
    assert "utilization" in ctl("performance", *period)
    (line,) = csv.DictReader(io.StringIO(ctl("report", "performance", *period, "--csv")))
    assert float(line["generated_kwh"]) == pytest.approx(40 * HOURS)
    hours = [json.loads(row) for row in ctl("--json", "report", "history", *period, "--step", "hour").splitlines()]
    assert len(hours) == HOURS and all(h["generatedKwh"] == pytest.approx(40) for h in hours)
    assert der_id in ctl("report", "carbon", *period)


def test_curtailment_and_fairness_follow_the_availability_series(system, new_der):
    begin = full_hour(-HOURS)
    system.must("SeriesService/PutSeries", {"series": {
        "series_id": "sun-of-history", "kind": "SERIES_KIND_AVAILABILITY_SHARE", "starts_at": iso(begin),
        "interval": "3600s", "values": [0.5] * HOURS}})
    region = "FAIR"
    system.must("RegistryService/PutRegion", {"region": {"region_id": region}})
    for owner, power in (("owner-1", 50), ("owner-2", 25)):
        der_id = new_der(owner, region_id=region, parameters={"availability_series_id": "sun-of-history"})
        report_readings(system, every_five_minutes(der_id, HOURS, power))
    wait_until_folded(system)
    answer = performance(system, region_id=region)
    assert answer["total"]["available_kwh"] == pytest.approx(2 * 50 * HOURS)
    assert answer["total"]["curtailed_kwh"] == pytest.approx(25 * HOURS)
    assert answer["fairness"]["jain_index"] == pytest.approx(0.5), "one of two bears all"
    assert answer["fairness"]["owner_count"] == 2


def total_once(system, der_id, figure):
    """The DER's performance once it has some of a figure."""
    seen = []

    def has_some():
        seen.append(performance(system, der_id=der_id, until=None)["total"])
        return seen[-1].get(figure, 0) > 0

    promises.seconds_until(has_some)
    return seen[-1]


def test_availability_follows_the_status(system, new_der):
    der_id = new_der()
    report_readings(system, every_five_minutes(der_id, HOURS, 5))
    system.must("RegistryService/UpdateDerStatus", {"der_id": der_id, "status": "DER_STATUS_MAINTENANCE"})
    total = total_once(system, der_id, "maintenance_hours")
    assert total["period_hours"] < 1, "registered a moment ago"
    assert total["availability_factor"] < 1


def test_a_rating_below_the_capacity_derates_available_hours(system, new_der):
    der_id = new_der()
    plate = {"p_max_kw": 100, "s_max_kva": 110, "q_inject_kvar": 48.4, "q_absorb_kvar": 48.4}
    system.must("ComplianceService/PutNameplate", {"der_id": der_id, "nameplate": plate}, "owner-1")
    system.must("ComplianceService/PutSettings", {"der_id": der_id, "settings": {"ratings": {"p_max_kw": 60}}}, "owner-1")
    report_readings(system, [{"der_id": der_id, "power_kw": 40}])
    wait_until_folded(system)
    total = total_once(system, der_id, "equivalent_derated_hours")
    assert total["equivalent_derated_hours"] <= 0.4 * total["available_hours"] + 1e-9
    available, derated = total["available_hours"], total["equivalent_derated_hours"]
    assert total["weighted_equivalent_availability_factor"] == pytest.approx(
        (available - derated) / total["period_hours"])
    period = ("--from", iso(full_hour(-HOURS)), "--der", der_id)
    assert "derated hours (equivalent)" in system.dermsctl("owner-1")("performance", *period)
    (line,) = csv.DictReader(io.StringIO(system.dermsctl("owner-1")("report", "performance", *period, "--csv")))
    assert float(line["equivalent_derated_hours"]) > 0


def test_a_reading_of_an_hour_that_is_no_longer_kept_is_rejected_with_its_reason(system, new_der):
    der_id = new_der()
    good, late = every_five_minutes(der_id, 1, 5)[0], every_five_minutes(der_id, 1, 5, full_hour(-24 * 31))[0]
    answer = system.must("TelemetryService/ReportReadings", [{"readings": [late, good]}], "owner-1").values[0]
    assert answer["accepted"] == 1 and answer["rejected_count"] == 1
    assert "no longer kept" in answer["rejected"][0]["error"]["message"]
    alone = system.call("TelemetryService/ReportReading", {"reading": late}, "owner-1")
    assert alone.reason == "READING_TOO_LATE", alone
    wait_until_folded(system)
    assert list(times_of(system, der_id)) == [good["measured_at"]]


def test_every_acknowledged_reading_counts_once_through_kills(system, new_der):
    """SIGKILL of the registry, again and again, while readings stream in and are folded."""
    der_ids = [new_der() for _ in range(20)]
    begin, acknowledged, stop = full_hour(-40), set(), threading.Event()

    def send():
        for minute in itertools.count():
            if stop.is_set() or minute >= 36 * 60:
                return
            at = iso(begin + datetime.timedelta(minutes=minute))
            readings = [{"der_id": d, "measured_at": at, "power_kw": 60} for d in der_ids]
            while not stop.is_set():  # until it is acknowledged: what was stored twice must count once
                answer = system.call("TelemetryService/ReportReadings", [{"readings": readings}], "operator-1",
                                     timeout=5, wait_for_ready=True)
                if answer.ok and answer.values and answer.values[0].get("accepted") == len(readings):
                    acknowledged.update((d, at) for d in der_ids)
                    break

    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(6):
        time.sleep(1.2)
        system.kill("registry")
        system.start("registry")
    stop.set()
    sender.join()
    wait_until_folded(system, 60)
    assert len(acknowledged) > 200, "the test has sent something"
    keys = "(SELECT der_key FROM der WHERE der_id IN (%s))" % ",".join(f"'{d}'" for d in der_ids)
    ((samples, energy, covered),) = system.postgres.query(
        f"SELECT sum(sample_count), sum(generated_kwh), sum(covered_seconds) FROM reading_hour WHERE der_key IN {keys}")
    assert set(times_of(system, der_ids[0])) >= {at for d, at in acknowledged if d == der_ids[0]}
    # At most the last message was stored without its acknowledgement having arrived.
    assert int(samples) - len(acknowledged) in (0, len(der_ids))
    assert float(energy) == pytest.approx(float(covered) / 60, rel=1e-9), "60 kW throughout"
    minutes = int(samples) / len(der_ids)
    assert float(covered) == pytest.approx(len(der_ids) * (minutes - 1 + 15) * 60, rel=1e-9)
