"""The emergency service is killed before, during and after orders over all DERs: an order is there whole or not at all,
and of one that is there every DER that it binds is told once, soon after the restart.

DERMS_EXPANSION_KILLS sets how often (20); the seed is fixed, so that a failure can be repeated.
"""
import os
import random
import threading
import time

import pytest

from derms_system import system_with_people
from load import UNCERTAIN

KILLS = int(os.environ.get("DERMS_EXPANSION_KILLS", "20"))
DERS, IN_MAINTENANCE = 20_000, 7
SEED = 4
WHEN = ((0, 0.02), (0.02, 0.3), (0.3, 0.8), (0.3, 0.8), (0.8, 3))  # s after the request: before, while, after it is expanded


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        ids = [f"H-{n:05d}" for n in range(DERS)]
        for start in range(0, DERS, 1000):
            bulk(it, "RegisterDers", [{
                "der_id": der_id, "type": "DER_TYPE_HYDRO", "capacity_kw": 100, "owner_id": "owner-1", "region_id": "NORTH",
                "location": {"latitude_deg": 38, "longitude_deg": -121}} for der_id in ids[start:start + 1000]])
        for der_id in ids[:IN_MAINTENANCE]:
            it.must("RegistryService/UpdateDerStatus", {"der_id": der_id, "status": "DER_STATUS_MAINTENANCE"}, "operator-1")
        yield it


def bulk(system, rpc, items):
    answer = system.must(f"RegistryService/{rpc}", [{"items": items}], "operator-1", timeout=120)
    assert not [each for each in answer["results"] if "error" in each]


class Giver(threading.Thread):
    """Gives one order, however that ends."""

    def __init__(self, system, request_id):
        super().__init__(daemon=True)
        self.system, self.request_id, self.answer = system, request_id, None

    def run(self):
        self.answer = self.system.call("EmergencyService/AllocateEmergency", {
            "der_id": "ALL_DERS", "expected_count": DERS, "power_kw": 0, "duration": "3600s", "reason": self.request_id,
            "request_id": self.request_id}, "admin-1", timeout=20, wait_for_ready=True)


def orders(system):
    """Rows by the request that they come of."""
    rows = system.postgres.query("SELECT reason, emergency_id, der_count, unbound_count FROM emergency_order")
    found = {row[0]: row[1:] for row in rows}
    assert len(found) == len(rows), "one request, two orders"
    return found


def expanded(system, emergency_id):
    """Rows, DERs, rows written once, whether it is complete."""
    return system.postgres.query(
        "SELECT count(*), count(DISTINCT der_key), count(*) FILTER (WHERE revision = 1), coalesce((SELECT complete FROM "
        f"order_expansion WHERE emergency_id = '{emergency_id}'), false) FROM instruction WHERE control_id = '{emergency_id}'")[0]


def wait_until_expanded(system, emergency_id, began, seconds=60):
    """Seconds since `began`."""
    while time.monotonic() < began + seconds:
        rows, ders, once, complete = expanded(system, emergency_id)
        assert rows == ders == once, f"told twice: {rows} instructions for {ders} DERs, {once} of them written once"
        if complete == "t":
            assert int(rows) == DERS - IN_MAINTENANCE
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"{emergency_id} is not expanded after {seconds} s: {rows} of {DERS - IN_MAINTENANCE}")


def release_all(system):
    for emergency_id, *_ in orders(system).values():
        system.call("EmergencyService/ReleaseEmergency", {"emergency_id": emergency_id}, "admin-1", wait_for_ready=True)


def test_an_order_is_there_whole_and_expanded_or_not_at_all(system):
    dice, took, kept, lost, during = random.Random(SEED), [], 0, 0, 0
    for number in range(KILLS):
        request_id = f"00000000-0000-4000-8000-{number:012d}"
        giver = Giver(system, request_id)
        giver.start()
        time.sleep(dice.uniform(*WHEN[number % len(WHEN)]))
        system.kill("emergency")
        stored = orders(system).get(request_id)
        if stored and expanded(system, stored[0])[3] == "f":
            during += 1
        restarted = time.monotonic()
        system.start("emergency")
        giver.join(60)
        assert not giver.is_alive()
        answer, stored = giver.answer, orders(system).get(request_id)
        assert answer.ok or answer.code in UNCERTAIN, f"{answer.code} {answer.reason} {answer.message}"
        assert stored or not answer.ok, "an acknowledged order is lost"
        if not stored:
            lost += 1
            continue
        kept += 1
        assert [int(n) for n in stored[1:]] == [DERS - IN_MAINTENANCE, IN_MAINTENANCE]
        took.append(wait_until_expanded(system, stored[0], restarted))
        release_all(system)
    print(f"{KILLS} kills: {kept} orders stored, {lost} not, {during} killed while they were expanded; "
          f"expanded at most {max(took):.2f} s after the restart")
    assert kept >= KILLS / 2 and during > 0, "too little was at stake to prove anything"
    told = system.postgres.query("SELECT count(*) FROM instruction WHERE source = 2")[0][0]
    assert int(told) == kept * (DERS - IN_MAINTENANCE)
