"""Readings that a test reports, and until they count."""
import time


def report_readings(system, readings, subject="operator-1"):
    answers = system.must("TelemetryService/ReportReadings", [{"readings": readings}], subject).values
    assert [a.get("accepted") for a in answers] == [len(readings)], answers


def wait_until_folded(system, seconds=30):
    deadline = time.monotonic() + seconds
    while system.postgres.query("SELECT count(*) FROM reading_journal") != [["0"]]:
        assert time.monotonic() < deadline, system.log("registry")[-2000:]
        time.sleep(0.1)
