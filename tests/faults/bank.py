"""The judge of orders: what live ones were promised of a DER, a region or the fleet never exceeds what that has.

It knows the fleet with its readings and the orders as rows say, and nothing of how the service plans. Readings must not
change, and durations be so short that energy limits nothing: then headroom is what power leaves.
"""
import collections
import dataclasses
import json

CLOCKS_MS = 5  # by which the clocks of two processes may differ: what ended so shortly before counts as over
BATTERY = 3


@dataclasses.dataclass
class Der:
    der_id: str
    type: int
    region_id: str
    capacity_kw: float
    charge_kw: float  # 0 for what cannot charge
    power_kw: float

    def headroom_kw(self, kind):
        if kind == "INJECT":
            return self.capacity_kw - self.power_kw
        return self.power_kw + self.charge_kw if self.type == BATTERY else 0.0


@dataclasses.dataclass
class Order:
    number: int
    emergency_id: str
    kind: str  # INJECT or ABSORB
    der_id: str  # or ALL_DERS, or empty
    region_id: str
    power_kw: float
    shortfall_kw: float
    starts_ms: float
    over_ms: float  # when it ended, or is to end
    shares: dict  # type -> (headroom_kw, fraction), as the order was told

    def promised_kw(self, der_type):
        headroom_kw, fraction = self.shares.get(der_type, (0.0, 0.0))
        return headroom_kw * fraction


@dataclasses.dataclass
class Bank:
    ders: list
    parents: dict  # region -> region above it, or ""
    orders: list

    def regions_over(self, region_id):
        while region_id:
            yield region_id
            region_id = self.parents[region_id]

    def binds(self, order, der):
        if order.kind == "ABSORB" and der.type != BATTERY:
            return False
        if order.region_id:
            return order.region_id in self.regions_over(der.region_id)
        return order.der_id in ("ALL_DERS", der.der_id)


def check(bank):
    """Defects as sentences; empty when every order got only what was left."""
    orders = sorted(bank.orders, key=lambda o: (o.starts_ms, o.number))
    defects = check_numbers(orders)
    live = []
    for order in orders:
        live = [o for o in live if o.over_ms > order.starts_ms + CLOCKS_MS]
        defects += check_figures(order)
        defects += check_headroom(bank, order, live)
        live.append(order)
        defects += check_ders(bank, order, live)
        defects += check_scopes(bank, order, live)
    return defects


def check_numbers(orders):
    numbers = sorted(o.number for o in orders)
    doubled = [n for n, count in collections.Counter(numbers).items() if count > 1]
    return [f"numbers: {doubled} stand at several orders"] if doubled else []


def check_figures(order):
    """What is shared out is what was asked for, less the shortfall."""
    defects = []
    promised = sum(order.promised_kw(t) for t in order.shares)
    if exceeds(promised, abs(order.power_kw - order.shortfall_kw)) or exceeds(abs(order.power_kw - order.shortfall_kw), promised):
        defects.append(f"figures: {name(order)} shares out {promised} kW of {order.power_kw}, short of {order.shortfall_kw}")
    if any(not 0 <= fraction <= 1 for _, fraction in order.shares.values()):
        defects.append(f"figures: {name(order)} takes more than there is: {order.shares}")
    return defects


def left_of(bank, der, live):
    left = 1.0
    for order in live:
        if bank.binds(order, der):
            left *= 1 - order.shares.get(der.type, (0.0, 0.0))[1]
    return left


def parts_of(bank, order, live):
    """What is left of each DER that the order binds, kW by DER id, by type."""
    parts = collections.defaultdict(dict)
    for der in bank.ders:
        if bank.binds(order, der):
            parts[der.type][der.der_id] = left_of(bank, der, live) * der.headroom_kw(order.kind)
    return parts


def check_headroom(bank, order, live):
    """The headroom that the order was told is no more than what the live ones had left."""
    order.parts = parts_of(bank, order, live)
    return [f"headroom: {name(order)} was told {told} kW of type {t}, {sum(order.parts[t].values())} kW were left"
            for t, (told, _) in order.shares.items() if exceeds(told, sum(order.parts[t].values()))]


def check_ders(bank, order, live):
    """The parts of a DER that live orders were promised, in both directions, do not add up to more than the DER."""
    defects = []
    for der in bank.ders:
        share = 0.0
        for each in live:
            whole = sum(each.parts[der.type].values())
            if bank.binds(each, der) and each.promised_kw(der.type) > 0:
                own = each.parts[der.type][der.der_id] / whole if whole > 0 else 1.0
                share += each.promised_kw(der.type) * own / max(der.headroom_kw(each.kind), 1e-9)
        if exceeds(share, 1.0):
            defects.append(f"DER: {der.der_id} is promised {share} times at the start of {name(order)}")
    return defects


def check_scopes(bank, order, live):
    """In every DER, region and in the fleet: the orders for it and for parts of it are promised no more than it has."""
    defects = []
    for scope, ders in scopes_over(bank, order):
        inside = {d.der_id for d in ders}
        for der_type in order.shares:
            promised = sum(o.promised_kw(der_type) for o in live if o.kind == order.kind and
                           {d.der_id for d in bank.ders if bank.binds(o, d) and d.type == der_type} <= inside)
            has = sum(d.headroom_kw(order.kind) for d in ders if d.type == der_type)
            if exceeds(promised, has):
                defects.append(f"scope: {scope} has {has} kW of type {der_type} to {order.kind}, {promised} kW are "
                               f"promised at the start of {name(order)}")
    return defects


def scopes_over(bank, order):
    """The order's scope and those around it, with their DERs."""
    yield "the fleet", bank.ders
    region = order.region_id
    if not region and order.der_id != "ALL_DERS":
        der = next(d for d in bank.ders if d.der_id == order.der_id)
        yield order.der_id, [der]
        region = der.region_id
    for each in bank.regions_over(region):
        yield each, [d for d in bank.ders if each in bank.regions_over(d.region_id)]


def exceeds(one, other):
    return one > other + 1e-6 + 1e-9 * abs(other)


def name(order):
    return f"order {order.number} ({order.kind} {order.power_kw} kW, {order.region_id or order.der_id})"


def read_bank(postgres, parents):
    ders = [Der(r[0], int(r[1]), r[2], float(r[3]), float(r[3]) if int(r[1]) == BATTERY else 0.0, float(r[4]))
            for r in postgres.query("SELECT d.der_id, d.type, d.region_id, d.capacity_kw, r.power_kw "
                                    "FROM der d JOIN latest_reading r USING (der_key) WHERE d.stored_status = 2")]
    orders = [Order(int(r[0]), r[1], "INJECT" if r[2] == "1" else "ABSORB", r[3], r[4], float(r[5]), float(r[6]), float(r[7]),
                    float(r[8]), {s["type"]: (s["headroom_kw"], s["fraction"]) for s in json.loads(r[9])})
              for r in postgres.query(
                  "SELECT number, emergency_id, kind, der_id, region_id, power_kw, shortfall_kw, "
                  "extract(epoch FROM starts_at) * 1000, extract(epoch FROM least(coalesce(ended_at, ends_at), ends_at)) * 1000, "
                  "shares::text FROM emergency_order WHERE kind IN (1, 2) AND NOT exercise")]
    return Bank(ders, parents, orders)
