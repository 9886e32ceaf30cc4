"""The judge of orders is judged: every planted defect must be found, and honest orders must pass."""
import pytest

from bank import BATTERY, Bank, Der, Order, check

HYDRO = 4


def order(number, power_kw, headroom, starts=None, over=1e9, der_id="", region_id="", der_type=BATTERY):
    """One that finds `headroom` kW and takes what it asks for, as far as there is."""
    asked = abs(power_kw)
    fraction = min(1.0, asked / headroom) if headroom else 0.0
    return Order(number, f"id-{number}", "INJECT" if power_kw > 0 else "ABSORB", der_id, region_id, power_kw,
                 (asked - fraction * headroom) * (1 if power_kw > 0 else -1), starts if starts is not None else 100.0 * number,
                 over, {der_type: (headroom, fraction)})


def fleet(*orders):
    """Four batteries of 100 kW at rest, two in each part of CA, and a hydro plant of 300 kW that gives 100."""
    ders = [Der(f"B-{n}", BATTERY, "NORTH" if n < 3 else "SOUTH", 100, 100, 0) for n in range(1, 5)]
    return Bank([*ders, Der("H-1", HYDRO, "SOUTH", 300, 0, 100)], {"CA": "", "NORTH": "CA", "SOUTH": "CA"}, list(orders))


def test_honest_orders_pass():
    assert check(fleet(
        order(1, 100, 400, der_id="ALL_DERS"),  # leaves 75 of each
        order(2, 60, 75, der_id="B-1", over=450),  # leaves 15 of it
        order(3, 45, 90, region_id="NORTH"),  # half of what is left
        order(4, -500, 45, region_id="NORTH", over=450),  # 7.5 + 37.5: the other way draws on the same account
        order(5, 300, 150 + 37.5 + 37.5, region_id="CA"),  # orders 2 and 4 are over: half of 75 each in the north
        order(6, 250, 200, der_id="H-1", der_type=HYDRO))) == []


def test_less_than_there_is_may_be_told():
    assert check(fleet(order(1, 100, 50, der_id="B-1"), order(2, 100, 0, der_id="B-2"))) == []


@pytest.mark.parametrize("what, orders", [
    ("the fleet is given twice", [order(1, 400, 400, der_id="ALL_DERS"), order(2, 400, 400, der_id="ALL_DERS")]),
    ("a little of it is given twice", [order(1, 40, 400, der_id="ALL_DERS"), order(2, 360.01, 361, der_id="ALL_DERS")]),
    ("a DER within the fleet", [order(1, 400, 400, der_id="ALL_DERS"), order(2, 1, 100, der_id="B-3")]),
    ("the fleet after its DER", [order(1, 100, 100, der_id="B-3"), order(2, 400, 400, der_id="ALL_DERS")]),
    ("a region after the area", [order(1, 400, 400, region_id="CA"), order(2, 200, 200, region_id="NORTH")]),
    ("a DER both ways", [order(1, 100, 100, der_id="B-1"), order(2, -100, 100, der_id="B-1")]),
    ("more than there ever was", [order(1, 101, 101, der_id="B-1")]),
    ("before the other is over", [order(1, 100, 100, der_id="B-1", over=250), order(2, 50, 100, der_id="B-1")]),
    ("another type of DER", [order(1, 250, 250, der_id="H-1", der_type=HYDRO)]),
])
def test_a_double_promise_is_found(what, orders):
    assert any(d.startswith(("headroom", "DER", "scope")) for d in check(fleet(*orders))), what


def test_each_way_of_looking_finds_it_alone():
    """The three checks do not lean on one another."""
    twice = fleet(order(1, 400, 400, der_id="ALL_DERS"), order(2, 400, 400, der_id="ALL_DERS"))
    kinds = {d.split(":")[0] for d in check(twice)}
    assert kinds == {"headroom", "DER", "scope"}


def test_wrong_figures_are_found():
    more = order(1, 100, 100, der_id="B-1")
    more.shortfall_kw = 10
    assert any(d.startswith("figures") for d in check(fleet(more)))
    beyond = order(1, 50, 50, der_id="B-1")
    beyond.shares[BATTERY] = (25, 2.0)
    assert any(d.startswith("figures") for d in check(fleet(beyond)))
    assert any(d.startswith("numbers") for d in check(fleet(order(1, 1, 100, der_id="B-1"), order(1, 1, 99, starts=200, der_id="B-1"))))
