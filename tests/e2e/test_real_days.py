"""The demo fleet on real days: schedules cost what an independent solver says is the least."""
import datetime
import time

import pytest

import oracle

DAYS = 50


def optimize(system, day, **fields):
    starts_at = f"{day.isoformat()}T08:00:00Z"  # midnight at UTC-08:00
    return system.must("OptimizerService/OptimizeResources", {
        "region_id": "CA", "starts_at": starts_at, "interval_count": 24, "gap_tolerance": 0, "time_limit": "60s",
        **fields}, "operator-1", timeout=90)["run"]


def test_the_cost_of_fifty_days_is_the_optimum(demo):
    gaps = []
    for day in oracle.days(DAYS):
        run = optimize(demo, day)
        best = oracle.best_cost(day)
        gaps.append(abs(run["objective_usd"] - best) / abs(best))
        assert gaps[-1] <= 1e-6, f"{day}: {run['objective_usd']} USD, the oracle says {best}"
        assert run["der_count"] == 36 and run.get("excluded_count", 0) == 0
        assert run["bound_proof"] in ("BOUND_PROOF_RECOMPUTED", "BOUND_PROOF_SOLVER_CLAIMED")
        assert run["lower_bound_usd"] <= run["objective_usd"] + 1e-6 * abs(best)
    print(f"{DAYS} days, largest difference of cost to the oracle {max(gaps):.2e}")


def test_storage_saves_money_on_the_day_of_the_demo(demo):
    day = datetime.date(2020, 7, 15)
    with_storage = optimize(demo, day)["objective_usd"]
    without = optimize(demo, day, excluded_types=["DER_TYPE_BATTERY"])["objective_usd"]
    assert with_storage < without
    assert without == pytest.approx(oracle.best_cost(day, without_storage=True), rel=1e-6)


def test_each_objective_moves_what_it_is_for(demo):
    day = datetime.date(2020, 4, 15)  # spring: more sun than the export limit can carry
    cost = optimize(demo, day)
    flat = optimize(demo, day, objectives=[{"objective": "OBJECTIVE_COST", "weight": 1},
                                            {"objective": "OBJECTIVE_LOAD_BALANCE", "weight": 5}])
    green = optimize(demo, day, objectives=[{"objective": "OBJECTIVE_RENEWABLE", "weight": 10}])
    peak = lambda run: max(i.get("import_kw", 0) for i in run["intervals"])  # noqa: E731
    curtailed = lambda run: sum(i.get("curtailed_kw", 0) for i in run["intervals"])  # noqa: E731
    assert peak(flat) <= peak(cost)
    assert curtailed(green) <= curtailed(cost) + 1e-6


def test_ramps_and_short_intervals(demo):
    run = optimize(demo, datetime.date(2020, 7, 15), interval="300s", interval_count=48)
    assert run["state"] in ("RUN_STATE_OPTIMAL", "RUN_STATE_FEASIBLE") and len(run["intervals"]) == 48


def test_a_time_limit_of_nothing_still_answers(demo):
    run = optimize(demo, datetime.date(2020, 7, 15), time_limit="0s")
    assert len(run["intervals"]) == 24


def test_the_demo_of_applying_makes_ders_optimized(demo):
    run = demo.must("OptimizerService/OptimizeResources", {
        "region_id": "CA", "series_starts_at": "2020-07-15T08:00:00Z", "apply": True,
        "starts_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:00:00Z")}, "operator-1")["run"]
    assert run["applied"]
    for _ in range(100):
        listed = demo.must("RegistryService/ListDers", {"statuses": ["DER_STATUS_OPTIMIZED"]}).value.get("ders", [])
        if len(listed) == 36:
            break
        time.sleep(0.05)
    assert len(listed) == 36
    points = demo.must("OptimizerService/ListSchedules", {"page_size": 10000})["schedules"]
    assert len(points) == 36 * 24
    assert all(1 <= p["priority"] <= 10 and 1 <= p["grid_stability_score"] <= 10 for p in points)
    own = demo.must("OptimizerService/ListSchedules", {"page_size": 10000}, "owner-1")["schedules"]
    assert {p["der_id"] for p in own} < {p["der_id"] for p in points}

