"""64 clients give and release INJECT and ABSORB orders on overlapping scopes at two emergency processes, which are killed
in between: nobody is promised what another order has, and no order that was acknowledged is lost.

DERMS_KILLS sets how often each of the two is killed (10; the nightly run asks for more).
"""
import os
import random
import threading
import time
import uuid

import pytest

import promises
from bank import CLOCKS_MS, check, exceeds, read_bank
from derms_system import system_with_people
from ledger import Counter
from load import UNCERTAIN

KILLS = int(os.environ.get("DERMS_KILLS", "10"))
CLIENTS = 64
PROCESSES = ("emergency", "emergency-2")
PARENTS = {"CA": "", "NORTH": "CA", "SOUTH": "CA"}
PER_PART = 12
SETTLE_SECONDS = 90
NEWS_MS = 3000  # after which a process has heard that an order ended
IN_TURN = 12  # orders after the load
MAY_BE_REFUSED = {"ORDERS_CHANGED", "NO_DERS_IN_SCOPE", "EMERGENCY_ENDED"}


@pytest.fixture(scope="module")
def system():
    with system_with_people() as it:
        register_fleet(it)
        it.start_replica(PROCESSES[1])
        for process in PROCESSES:  # one that knows the DERs and has their readings can be counted on
            wait_for_headroom(it, process)
        yield it


def register_fleet(system):
    """Batteries, hydro plants and fuel cells of 100 kW; so much energy that only power limits an order of minutes."""
    for part in ("NORTH", "SOUTH"):
        for n in range(PER_PART):
            kind = ("BATTERY", "HYDRO", "BATTERY", "FUEL_CELL")[n % 4]
            more = {"parameters": {"energy_capacity_kwh": 8000}} if kind == "BATTERY" else {}
            der_id = system.register(f"{part}-{n:02d}", online=True, region_id=part, type=f"DER_TYPE_{kind}", **more)
            reading = {"der_id": der_id, "power_kw": 10 + n}
            if kind == "BATTERY":
                reading["state_of_charge_kwh"] = 4000
            system.must("TelemetryService/ReportReading", {"reading": reading}, "operator-1")


def wait_for_headroom(system, process, seconds=20):
    deadline = time.monotonic() + seconds
    wanted = sum(d.headroom_kw("INJECT") for d in read_bank(system.postgres, PARENTS).ders)
    while time.monotonic() < deadline:
        answer = system.call("EmergencyService/AllocateEmergency", {
            "der_id": "ALL_DERS", "expected_count": 2 * PER_PART, "power_kw": 1e6, "duration": "60s", "reason": "rehearsal",
            "validate_only": True}, "admin-1", at=process)
        if answer.ok and not exceeds(wanted, sum(s["headroom_kw"] for s in answer.value["order"]["shares"])):
            return
        time.sleep(0.1)
    raise AssertionError(f"{process} does not know the headroom: {answer.value if answer.ok else answer.message}")


class Client(threading.Thread):
    """Gives orders, holds a few, releases the oldest; repeats a request until it knows what came of it."""

    def __init__(self, system, number, counter, stop):
        super().__init__(name=f"client-{number}", daemon=True)
        self.system, self.number, self.counter, self.stop = system, number, counter, stop
        self.random, self.held, self.acknowledged, self.error = random.Random(number), [], [], None
        self.durations_s = (1, 3, 600)

    def run(self):
        try:
            while not self.stop.is_set():
                self.allocate()
                if len(self.held) > self.random.randint(0, 2):
                    self.send("ReleaseEmergency", {"emergency_id": self.held.pop(0)})
        except Exception as error:  # noqa: BLE001: the test shows it
            self.error = error

    def allocate(self):
        """The order; None when it was refused, as one that asks a hydro plant to absorb is."""
        scope, kilowatts = self.random.choice([
            ({"der_id": f"{self.random.choice(('NORTH', 'SOUTH'))}-{self.random.randrange(PER_PART):02d}"}, 150),
            ({"region_id": self.random.choice(("NORTH", "SOUTH"))}, 800),
            ({"region_id": "CA"}, 1500),
            ({"der_id": "ALL_DERS", "expected_count": 2 * PER_PART}, 2500)])
        sign = self.random.choice((1, 1, -1))
        answer = self.send("AllocateEmergency", {
            **scope, "power_kw": sign * kilowatts * self.random.uniform(0.05, 1), "reason": "under load",
            "duration": f"{self.random.choice(self.durations_s)}s"})
        if not answer:
            return None
        self.acknowledged.append(answer.value["order"]["emergency_id"])
        self.held.append(self.acknowledged[-1])
        return self.acknowledged[-1]

    def send(self, method, fields):
        """The answer; None when it was refused as it may be."""
        fields = {**fields, "request_id": str(uuid.uuid4())}
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            process = self.random.choice(PROCESSES)
            answer = self.system.call(f"EmergencyService/{method}", fields, "admin-1", at=process, timeout=10,
                                      wait_for_ready=True)
            self.counter.add(method if answer.ok else answer.reason or answer.code)
            if answer.ok:
                return answer
            if answer.code not in UNCERTAIN:
                assert answer.reason in MAY_BE_REFUSED, f"{method} {fields}: {answer.code} {answer.reason} {answer.message}"
                return None
            time.sleep(self.random.uniform(0.01, 0.1))
        raise AssertionError(f"{method} came to no answer in {SETTLE_SECONDS} s")


def wait_until_written(system, emergency_id):
    def is_written():
        order = system.must("EmergencyService/GetEmergency", {"emergency_id": emergency_id}, "admin-1")["order"]
        return order.get("progress", {}).get("complete", False)
    promises.seconds_until(is_written)


def give_in_turn(client):
    """Orders each of which is written down before the next: of these it is known exactly from where their parts count."""
    client.durations_s = (600,)
    time.sleep(NEWS_MS / 1000)  # whatever was not released is over, too
    given = len(client.acknowledged)
    while len(client.acknowledged) < given + IN_TURN:
        emergency_id = client.allocate()
        if emergency_id:
            wait_until_written(client.system, emergency_id)


def kill_in_turns(system):
    plan = [name for name in PROCESSES for _ in range(KILLS)]
    random.Random(1).shuffle(plan)
    for name in plan:
        time.sleep(random.uniform(0.3, 1.0))
        system.kill(name)
        system.start(name)


def fullest(bank):
    """The greatest part of a DER's or the fleet's INJECT headroom that was promised at one time."""
    whole = sum(d.headroom_kw("INJECT") for d in bank.ders)
    promised = [(o.starts_ms, o.over_ms, sum(o.promised_kw(t) for t in o.shares)) for o in bank.orders if o.kind == "INJECT"]
    return max(sum(kw for starts, over, kw in promised if starts <= at < over) for at, _, _ in promised) / whole


def pinned_beyond(system, bank, in_turn):
    """Instructions that ask more of a DER than it can do, or than the order's part beyond what an order before it asks, or
    beyond what the DER does. Their number, too, and that of those of orders in turn, which are judged exactly.

    Readings stand still here, so that every process knows the power before an order, and nobody follows any."""
    orders = {each.emergency_id: each for each in bank.orders}
    rows = {(row[0], row[1]): float(row[2]) for row in system.postgres.query(
        "SELECT control_id, der_id, power_kw FROM instruction WHERE source = 2")}
    asks, beyond, certain = Asks(bank, rows, in_turn), [], 0
    for der in bank.ders:
        for (emergency_id, der_id), power_kw in rows.items():
            if der_id != der.der_id:
                continue
            order = orders[emergency_id]
            if exceeds(power_kw, der.capacity_kw) or exceeds(-der.charge_kw, power_kw):
                beyond.append(f"pinned: {emergency_id} asks {power_kw} kW of {der_id}, more than it can do")
            certain += asks.is_certain(order, der)
            if not asks.fits(order, der, power_kw):
                beyond.append(f"pinned: {emergency_id} asks {power_kw} kW of {der_id}: {asks.part_kw(order, der)} kW are its part, "
                              f"from {asks.from_span(order, der)} kW")
    return beyond, len(rows), certain


class Asks:
    """What orders ask of DERs: as written down. Of orders that ended before that, and of those that were given under load, only
    bounds are known: their process had not heard of all the orders, and ends of orders, that are stored now."""

    def __init__(self, bank, rows, in_turn):
        self.bank, self.rows, self.in_turn, self.spans = bank, rows, in_turn, {}
        self.newest_first = sorted(bank.orders, key=lambda o: (o.starts_ms, o.emergency_id), reverse=True)
        self.place = {order.emergency_id: n for n, order in enumerate(self.newest_first)}
        for order in reversed(self.newest_first):  # each knows those before it
            for der in filter(lambda each: bank.binds(order, each), bank.ders):
                self.spans[order.emergency_id, der.der_id] = self.span(order, der)

    def part_kw(self, order, der):
        return order.shares[der.type][1] * order.parts[der.type][der.der_id] if der.type in order.shares else 0

    def before(self, order, der):
        """Orders that were in force, or could be taken for it, the newest first."""
        late_ms = CLOCKS_MS if order.emergency_id in self.in_turn else NEWS_MS
        older = self.newest_first[self.place[order.emergency_id] + 1:]
        return [each for each in older if each.over_ms > order.starts_ms - late_ms and self.bank.binds(each, der)]

    def is_certain(self, order, der):
        return order.emergency_id in self.in_turn and all(
            (each.emergency_id, der.der_id) in self.rows for each in self.before(order, der))

    def fits(self, order, der, power_kw):
        """Whether it is no more than the order's part beyond what one of those before it asks, or what the DER does."""
        if self.is_certain(order, der):
            spans = [self.spans[each.emergency_id, der.der_id] for each in self.before(order, der)]
            spans.append((der.power_kw, der.power_kw))
        else:
            spans = [self.from_span(order, der)]
        part_kw = self.part_kw(order, der)
        if order.kind == "INJECT":
            return any(low <= power_kw + 1e-6 and not exceeds(power_kw, high + part_kw) for low, high in spans)
        return any(not exceeds(low - part_kw, power_kw) and power_kw <= high + 1e-6 for low, high in spans)

    def from_span(self, order, der):
        """From where the order's part may count, from the least to the most."""
        lows, highs = zip((der.power_kw, der.power_kw),
                          *(self.spans[each.emergency_id, der.der_id] for each in self.before(order, der)), strict=True)
        return min(lows), max(highs)

    def span(self, order, der):
        key = (order.emergency_id, der.der_id)
        if key in self.rows:
            return self.rows[key], self.rows[key]
        low, high = self.from_span(order, der)
        if order.kind == "INJECT":
            return low, der.capacity_kw
        return -der.charge_kw, high


def test_nothing_is_promised_twice_and_no_order_is_lost(system):
    stop, counter = threading.Event(), Counter()
    clients = [Client(system, n, counter, stop) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(1)
    kill_in_turns(system)
    time.sleep(1)
    stop.set()
    for client in clients:
        client.join(SETTLE_SECONDS + 10)
        assert not client.is_alive() and client.error is None, f"{client.name}: {client.error}"

    for client in clients:
        for emergency_id in client.held:
            client.send("ReleaseEmergency", {"emergency_id": emergency_id})
    give_in_turn(clients[0])

    bank = read_bank(system.postgres, PARENTS)
    defects = check(bank)
    beyond, pinned, certain = pinned_beyond(system, bank, clients[0].acknowledged[-IN_TURN:])
    stored = {o.emergency_id for o in bank.orders}
    acknowledged = [e for client in clients for e in client.acknowledged]
    print(f"{2 * KILLS} kills, {len(stored)} orders, {len(acknowledged)} acknowledged, at most {fullest(bank):.3f} of the "
          f"fleet promised, {pinned} set-points pinned, {certain} by orders in turn, answers "
          f"{dict(counter.counts)}")
    assert not defects + beyond, "\n".join((defects + beyond)[:30])
    assert pinned > 20 * KILLS and certain > 5 * IN_TURN, "too few set-points to prove anything"
    assert set(acknowledged) <= stored, "an acknowledged order is lost"
    assert len(stored) == len(set(acknowledged)), "an order that nobody was told of"
    assert len(set(acknowledged)) == len(acknowledged), "two requests were answered with one order"
    numbers = sorted(int(r[0]) for r in system.postgres.query("SELECT number FROM emergency_order"))
    assert numbers == list(range(1, len(numbers) + 1)), "orders are not numbered without a gap"
    assert len(stored) > 20 * KILLS and counter.counts["ReleaseEmergency"] > 5 * KILLS, "too little was done to prove anything"
    assert fullest(bank) > 0.9, "headroom was never short: nothing was at stake"
