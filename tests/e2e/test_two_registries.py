"""Two registries on one database are one registry: what either acknowledged holds at both, and either may die."""
import json
import pathlib
import random
import sys
import threading
import time
import uuid

import pytest

import promises
from derms_system import system_with_people

sys.path.append(str(pathlib.Path(__file__).parents[1] / "faults"))
import load  # noqa: E402
from ledger import Counter, Ledger, check  # noqa: E402
from world import outcomes, read_world, stop_writers, wait_until_chained, watcher_must_reach  # noqa: E402

BOTH = ("registry", "registry-2")
WRITERS = 16
PROMISED_ROLE_SECONDS = 1
GET, SET, REGISTER = "RegistryService/GetDer", "RegistryService/UpdateDerStatus", "RegistryService/RegisterDer"


@pytest.fixture(scope="module")
def system():
    """Registries only: so one of the two leads the chain of events."""
    with system_with_people() as it:
        it.kill("optimizer")
        it.kill("emergency")
        it.start_replica("registry-2")
        yield it


def new_id():
    return f"T-{uuid.uuid4().hex[:12].upper()}"


def der(der_id, **fields):
    return {"der_id": der_id, "type": "DER_TYPE_SOLAR", "capacity_kw": 100, "owner_id": "owner-1", "region_id": "NORTH",
            "location": {"latitude_deg": 38, "longitude_deg": -121}, **fields}


def other(name):
    return BOTH[1 - BOTH.index(name)]


def events_of(system, der_id):
    return system.postgres.query(f"SELECT revision, request_id FROM event_told WHERE der_id = '{der_id}' ORDER BY revision")


def test_what_one_acknowledged_the_other_answers_at_once_when_asked_for_it(system):
    der_id, status = new_id(), "OFFLINE"
    system.must(REGISTER, der(der_id), at="registry")
    assert system.must(GET, {"der_id": der_id, "min_revision": 1}, at="registry-2")["der"]["revision"] == "1"
    for revision in range(2, 52):
        writer = BOTH[revision % 2]
        status = "OFFLINE" if status == "ONLINE" else "ONLINE"
        written = system.must(SET, {"der_id": der_id, "status": f"DER_STATUS_{status}", "expected_revision": revision - 1},
                              at=writer)
        assert written["revision"] == str(revision)
        read = system.must(GET, {"der_id": der_id, "min_revision": revision}, at=other(writer))["der"]
        assert (read["revision"], read["stored_status"]) == (str(revision), f"DER_STATUS_{status}")


def test_a_revision_that_does_not_exist_yet_is_not_made_up(system):
    der_id = new_id()
    system.must(REGISTER, der(der_id), at="registry")
    answer = system.call(GET, {"der_id": der_id, "min_revision": 2}, at="registry-2")
    assert (answer.code, answer.reason) == ("UNAVAILABLE", "REVISION_NOT_YET_VISIBLE")


def test_readings_reach_the_other(system):
    der_id = new_id()
    system.must(REGISTER, der(der_id), at="registry")
    system.must("TelemetryService/ReportReading", {"reading": {"der_id": der_id, "power_kw": 42.5}}, "operator-1", at="registry")
    seen = lambda: system.must(GET, {"der_id": der_id, "min_revision": 1}, at="registry-2")["der"]  # noqa: E731
    promises.seconds_until(lambda: "latest_reading" in seen())
    assert seen()["latest_reading"]["power_kw"] == 42.5


def watched(system, name, through):
    """(sequence, event id) of all events up to a sequence number as a watcher at this registry gets them."""
    api, seen = system.api("TelemetryService", token=system.token("admin-1"), at=name), []
    call = api.stream("TelemetryService/WatchEvents", {"after_sequence": 0}, timeout=promises.PATIENCE_SECONDS)
    for message in call:
        seen += [(event.sequence, event.event_id) for event in message.events]
        if message.through_sequence >= through:
            break
    call.cancel()
    api.close()
    return [pair for pair in seen if pair[0] <= through]


def test_both_show_the_same_events_in_the_same_order(system):
    for number in range(20):
        system.must(REGISTER, der(new_id()), at=BOTH[number % 2])
    through = wait_until_chained(system)
    first, second = (watched(system, name, through) for name in BOTH)
    assert first == second and [sequence for sequence, _ in first] == list(range(1, through + 1))


def test_a_role_granted_at_one_holds_at_the_other_within_a_second_and_ends_so(system):
    granted, revoked = [], []
    for number in range(promises.ROUNDS):
        subject, one = f"joiner-{number}", BOTH[number % 2]
        may = lambda: system.call("RegistryService/ListRegions", {}, subject, at=other(one)).ok  # noqa: E731, B023
        system.must("AccessService/GrantRole", {"subject": subject, "role": "ROLE_OPERATOR"}, at=one)
        granted.append(promises.seconds_until(may))
        system.must("AccessService/RevokeRole", {"subject": subject, "role": "ROLE_OPERATOR"}, at=one)
        revoked.append(promises.seconds_until(lambda: not may()))
    promises.kept("a granted role holds at the other", granted, PROMISED_ROLE_SECONDS)
    promises.kept("a revoked role is refused at the other", revoked, PROMISED_ROLE_SECONDS)


def test_setting_a_status_that_only_the_other_knows_to_be_another_is_not_lost(system):
    """A registry that has not yet heard of the change would think that there is nothing to do."""
    der_id = new_id()
    system.must(REGISTER, der(der_id), at="registry")
    system.must(GET, {"der_id": der_id, "min_revision": 1}, at="registry-2")
    for number in range(50):
        one = BOTH[number % 2]
        system.must(SET, {"der_id": der_id, "status": "DER_STATUS_ONLINE"}, at=one)
        answer = system.must(SET, {"der_id": der_id, "status": "DER_STATUS_OFFLINE"}, at=other(one))
        assert int(answer["revision"]) == 2 * number + 3
    assert system.postgres.query(f"SELECT stored_status FROM der WHERE der_id = '{der_id}'") == [["1"]]  # OFFLINE


def test_a_step_that_only_the_other_knows_to_be_allowed_is_not_refused(system):
    der_id = new_id()
    system.must(REGISTER, der(der_id), at="registry")
    for number in range(20):
        one = BOTH[number % 2]
        system.must(SET, {"der_id": der_id, "status": "DER_STATUS_MAINTENANCE"}, at=other(one))
        system.must(GET, {"der_id": der_id, "min_revision": 3 * number + 2}, at=one)
        system.must(SET, {"der_id": der_id, "status": "DER_STATUS_OFFLINE"}, at=one)
        system.must(SET, {"der_id": der_id, "status": "DER_STATUS_ONLINE"}, at=other(one))


def undone_elsewhere(number):
    """(RPC that sets something, its fields, RPC and fields that undo it): roles, regions, capacity rules."""
    region = {"region_id": f"R{number}", "parent_region_id": "CA", "display_name": "before"}
    rule = {"type": "DER_TYPE_GEOTHERMAL", "min_kw": 10, "max_kw": 30000, "usual_min_kw": 300, "usual_max_kw": 15000}
    role = {"subject": f"again-{number}", "role": "ROLE_OWNER"}
    return [("AccessService/GrantRole", role, "AccessService/RevokeRole", role),
            ("RegistryService/PutRegion", {"region": region}, "RegistryService/PutRegion",
             {"region": {**region, "display_name": "after"}}),
            ("RegistryService/PutCapacityRule", {"capacity_rule": rule}, "RegistryService/PutCapacityRule",
             {"capacity_rule": {**rule, "min_kw": 20 + number}})]


def stored_settings(system, number):
    return (system.postgres.query(f"SELECT count(*) FROM role_grant WHERE subject = 'again-{number}'")[0][0],
            system.postgres.query(f"SELECT display_name FROM region WHERE region_id = 'R{number}'")[0][0],
            system.postgres.query("SELECT min_kw FROM capacity_rule WHERE type = 5")[0][0])


def repeat_until_done(system, rpc, fields, at):
    """A registry that has not heard of a newer revision says ABORTED: repeat."""
    while not (answer := system.call(rpc, fields, at=at)).ok:
        assert (answer.code, answer.reason) == ("ABORTED", "REVISION_MISMATCH"), answer


def test_settings_that_only_the_other_knows_to_be_undone_are_set_again(system):
    for number in range(5):
        one = BOTH[number % 2]
        for setting, fields, undoing, undone in undone_elsewhere(number):
            for rpc, what, at in ((setting, fields, other(one)), (setting, fields, one),  # now both know it
                                  (undoing, undone, one), (setting, fields, other(one))):
                repeat_until_done(system, rpc, what, at)
        assert stored_settings(system, number) == ("1", "before", "10")


def test_one_of_two_registrations_of_an_id_wins(system):
    for _ in range(50):
        der_id = new_id()
        calls = [lambda name=name, kw=kw: system.call(REGISTER, der(der_id, capacity_kw=kw), at=name)
                 for name, kw in zip(BOTH, (100, 200))]
        answers = promises.at_once(*calls)
        winners = [answer for answer in answers if answer.ok]
        losers = [(answer.code, answer.reason) for answer in answers if not answer.ok]
        assert len(winners) == 1 and losers == [("ALREADY_EXISTS", "DER_EXISTS")]
        for name in BOTH:
            stored = system.must(GET, {"der_id": der_id, "min_revision": 1}, at=name)["der"]
            assert stored["capacity_kw"] == winners[0]["der"]["capacity_kw"]
        assert len(events_of(system, der_id)) == 1


class Changer(threading.Thread):
    """Reads a DER at one registry and turns its status round there, if nobody else did so meanwhile."""

    def __init__(self, system, name, der_id, stop):
        super().__init__(daemon=True)
        self.system, self.name_, self.der_id, self.stop = system, name, der_id, stop
        self.won, self.lost, self.unexpected = [], 0, []
        self.api = system.api("RegistryService", token=system.token("admin-1"), at=name)

    def run(self):
        while not self.stop.is_set():
            seen = self.api.call(GET, {"der_id": self.der_id, "min_revision": 1})["der"]
            to = "OFFLINE" if seen["stored_status"] == "DER_STATUS_ONLINE" else "ONLINE"
            answer = self.api.call(SET, {"der_id": self.der_id, "status": f"DER_STATUS_{to}",
                                         "expected_revision": seen["revision"]})
            if answer.ok:
                self.won.append((int(seen["revision"]), int(answer["revision"])))
            elif (answer.code, answer.reason) == ("ABORTED", "REVISION_MISMATCH"):
                self.lost += 1
            else:
                self.unexpected.append(answer)


def test_one_of_sixteen_writers_over_both_wins_each_revision(system):
    der_id, stop = new_id(), threading.Event()
    system.must(REGISTER, der(der_id), at="registry")
    changers = [Changer(system, BOTH[i % 2], der_id, stop) for i in range(WRITERS)]
    for changer in changers:
        changer.start()
    time.sleep(2)
    stop.set()
    for changer in changers:
        changer.join(promises.PATIENCE_SECONDS)
        changer.api.close()
    assert not [answer for changer in changers for answer in changer.unexpected]
    won = sorted(pair for changer in changers for pair in changer.won)
    by_registry = {name: sum(len(c.won) for c in changers if c.name_ == name) for name in BOTH}
    print(f"won {by_registry}, lost {sum(changer.lost for changer in changers)}")
    assert won == [(revision, revision + 1) for revision in range(1, len(won) + 1)], "a revision was won twice or by nobody"
    assert min(by_registry.values()) > 0 and sum(changer.lost for changer in changers) > 0, "they never met"
    assert [int(revision) for revision, _ in events_of(system, der_id)] == list(range(1, len(won) + 2))
    for name in BOTH:
        assert system.must(GET, {"der_id": der_id, "min_revision": len(won) + 1}, at=name)["der"]["revision"] == str(len(won) + 1)


def test_a_repeated_request_gets_the_first_answer_at_the_other(system):
    der_id, request_id = new_id(), str(uuid.uuid4())
    first = system.must(REGISTER, der(der_id, request_id=request_id), at="registry")
    assert system.must(REGISTER, der(der_id, request_id=request_id), at="registry-2").value == first.value
    change = {"der_id": der_id, "status": "DER_STATUS_ONLINE", "request_id": str(uuid.uuid4())}
    online = system.must(SET, change, at="registry-2")
    system.must(SET, {"der_id": der_id, "status": "DER_STATUS_OFFLINE"}, at="registry-2")
    assert system.must(SET, change, at="registry").value == online.value, "the answer of then, not the state of now"
    reused = system.call(SET, {**change, "status": "DER_STATUS_MAINTENANCE"}, at="registry")
    assert (reused.code, reused.reason) == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED")
    assert len(events_of(system, der_id)) == 3


def test_the_same_request_at_both_at_once_happens_once(system):
    for _ in range(30):
        der_id, request_id = new_id(), str(uuid.uuid4())
        calls = [lambda name=name: system.call(REGISTER, der(der_id, request_id=request_id), at=name) for name in BOTH]
        first, second = promises.at_once(*calls)
        assert first.ok and first.value == second.value, (first, second)
        assert len(events_of(system, der_id)) == 1


class Spread:
    """Looks like a System to the writers of a ledger, and sends each call to one of the registries by chance."""

    def __init__(self, system):
        self.system, self.token = system, system.token

    def call(self, *arguments, **options):
        return self.system.call(*arguments, at=random.choice(BOTH), **options)

    def api(self, service, **options):
        return self.system.api(service, at=random.choice(BOTH), **options)


class RegistryWriter(load.Writer):
    """The writer of the fault tests without what other services do."""
    series = exercise = load.Writer.toggle


def leader(system):
    """The registry that said last that it leads the chain of events."""
    said = []
    for name in BOTH:
        lines = (json.loads(line) for line in system.log(name).splitlines() if '"event chain"' in line)
        said += [(line["time"], name) for line in lines if line["leading"]]
    return max(said)[1]


def chained(system):
    return int(system.postgres.query("SELECT coalesce(max(seq), 0) FROM event_chain")[0][0])


def test_the_leader_is_killed_under_load_and_nothing_acknowledged_is_lost(system, tmp_path):
    spread, stop, counter = Spread(system), threading.Event(), Counter()
    writers = [RegistryWriter(spread, number, tmp_path, counter, stop) for number in range(WRITERS)]
    watcher = load.Watcher(spread, stop)
    for thread in (*writers, watcher):
        thread.start()
    time.sleep(1)
    dead = leader(system)
    system.kill(dead)
    before = chained(system)
    promises.seconds_until(lambda: leader(system) == other(dead))
    promises.seconds_until(lambda: chained(system) > before + 100)
    assert system.must("AuditService/VerifyLog", {"limit": 1000000}, at=other(dead), timeout=60)["valid"]
    system.start(dead)
    time.sleep(1)
    stop_writers(writers, stop)
    system.must(REGISTER, der(new_id()))  # an event, for which the watcher waits before it looks up
    watcher_must_reach(system, watcher, wait_until_chained(system))

    records, world = Ledger.read([writer.path for writer in writers]), read_world(system)
    world.watched = watcher.sequences
    counts = outcomes(records)
    print(f"{counts}, answers {dict(counter.counts)}, {len(world.events)} events, {other(dead)} leads now")
    assert not (defects := check(records, world)), "\n".join(defects[:30])
    assert counts["acked"] > 500 and counts["unknown"] == 0
    for name in BOTH:
        assert system.must("AuditService/VerifyLog", {"limit": 1000000}, at=name, timeout=60)["valid"]
