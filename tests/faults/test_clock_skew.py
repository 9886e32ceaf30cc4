"""Services whose clock is five minutes off: tokens are judged and orders end by the time of the database.

libfaketime does not get on with the services' allocator, so the rest of the world is moved instead: the database and
whoever signs tokens live five minutes away from the services' machine. Only the difference matters.
"""
import contextlib
import datetime
import glob
import time

import pytest

from derms_system import SERVICES, System

SKEWS = (300, -300)  # seconds that the world is ahead of the services
LEEWAY = 60          # of the gate
TOLERANCE = 1


@contextlib.contextmanager
def clock_ahead(seconds):
    """Processes started meanwhile read the time so much later; their timers run as ever."""
    library = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))[-1]
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("LD_PRELOAD", library)
        settings.setenv("FAKETIME", f"{seconds:+d}s")
        settings.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        yield


class SkewedSystem(System):
    """The services' clock is that of this machine, everybody else's is `ahead` seconds ahead."""

    def __init__(self, ahead):
        self.ahead = ahead
        super().__init__()
        try:
            for name in SERVICES:
                self.kill(name)
            self.postgres.kill()
            with clock_ahead(ahead):
                self.postgres.start()
            assert abs(self.world_now() - time.time() - ahead) < TOLERANCE
            for name in SERVICES:
                self.start(name)
            self.set_up_people()
        except BaseException:
            self.destroy()
            raise

    def world_now(self):
        return float(self.postgres.query("SELECT extract(epoch FROM clock_timestamp())")[0][0])

    def token(self, subject, issued=-10, expires=3600, **claims):
        now = int(time.time()) + self.ahead
        return super().token(subject, iat=now + issued, exp=now + expires, **claims)

    def at_all(self, token):
        """The answer of each service to this token."""
        names = ("AccessService/WhoAmI", "OptimizerService/ListRuns", "EmergencyService/ListEmergencies")
        answers = {}
        for name in names:
            api = self.api(name.split("/")[0], token=token)
            answers[name] = api.call(name, {})
            api.close()
        return answers


@pytest.fixture(scope="module", params=SKEWS, ids=lambda ahead: f"services {-ahead:+d} s")
def system(request):
    it = SkewedSystem(request.param)
    try:
        it.register("SKEWED-1", online=True)
        yield it
    finally:
        it.destroy()


def unix(timestamp):
    """Of the text form of a Timestamp, with up to nanoseconds."""
    whole, _, fraction = timestamp.rstrip("Z").partition(".")
    seconds = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc).timestamp()
    return seconds + float(f"0.{fraction or 0}")


@pytest.mark.parametrize("claims", [{"issued": 0}, {"expires": 20}, {"issued": 0, "nbf": None, "expires": 5},
                                    {"issued": -3000, "expires": 600}], ids=str)
def test_no_valid_token_is_refused(system, claims):
    refused = {name: answer.message for name, answer in
               system.at_all(system.token("operator-1", **claims)).items() if not answer.ok}
    assert refused == {}


@pytest.mark.parametrize("claims", [{"issued": -600, "expires": -LEEWAY - 20}, {"issued": LEEWAY + 20, "expires": 600}],
                         ids=["over", "of the future"])
def test_no_token_that_is_over_or_of_the_future_is_accepted(system, claims):
    codes = {name: answer.code for name, answer in system.at_all(system.token("operator-1", **claims)).items()}
    assert set(codes.values()) == {"UNAUTHENTICATED"}, codes


def allocate(system, seconds):
    """The order, and the world's time before and after."""
    before = system.world_now()
    order = system.must("EmergencyService/AllocateEmergency", {
        "der_id": "SKEWED-1", "power_kw": 0, "duration": f"{seconds}s", "reason": "test"}, "operator-1")["order"]
    return order, before, system.world_now()


def test_an_order_begins_and_ends_by_the_time_of_the_database(system):
    order, before, after = allocate(system, 3)
    assert before - TOLERANCE <= unix(order["starts_at"]) <= after + TOLERANCE
    ends_at = unix(order["ends_at"])
    assert abs(ends_at - unix(order["starts_at"]) - 3) < TOLERANCE
    give_up, states = time.monotonic() + 60, []
    while time.monotonic() < give_up and "EXPIRED" not in "".join(states):
        asked = system.world_now()
        states.append(system.must("EmergencyService/GetEmergency", {"emergency_id": order["emergency_id"]})["order"]["state"])
        answered = system.world_now()
        if states[-1].endswith("ACTIVE"):
            assert asked <= ends_at + TOLERANCE, "in force beyond its end"
        else:
            assert answered >= ends_at - TOLERANCE, "over before its end"
    assert "ACTIVE" in states[0] and "EXPIRED" in states[-1], states


def test_the_end_that_is_written_down_and_told_is_not_moved(system):
    order, _, _ = allocate(system, 2)
    row = f"SELECT extract(epoch FROM ended_at) FROM emergency_order WHERE emergency_id = '{order['emergency_id']}'"
    give_up = time.monotonic() + 60
    ended = [[""]]
    while not ended[0][0] and time.monotonic() < give_up:
        ended = system.postgres.query(row)
    assert abs(float(ended[0][0]) - unix(order["ends_at"])) < TOLERANCE


def test_set_points_hold_by_the_time_of_the_database(system):
    order, _, _ = allocate(system, 600)
    before = system.world_now()
    told = system.must("ControlService/PollSetpoints", {"der_ids": ["SKEWED-1"]}, "operator-1")["setpoints"][0]
    assert told["source"] == "CONTROL_SOURCE_EMERGENCY" and told["control_id"] == order["emergency_id"]
    assert before < unix(told["valid_until"]) <= unix(order["ends_at"]) + TOLERANCE
    system.must("EmergencyService/ReleaseEmergency", {"emergency_id": order["emergency_id"]}, "operator-1")


def test_a_service_that_starts_again_has_the_time_of_the_database_before_it_serves(system):
    system.kill("emergency")
    system.start("emergency")
    order, before, after = allocate(system, 5)
    assert before - TOLERANCE <= unix(order["starts_at"]) <= after + TOLERANCE
