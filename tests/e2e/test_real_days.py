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


def test_carbon_has_a_price_when_it_is_the_objective(demo):
    day = datetime.date(2020, 7, 15)
    cost = optimize(demo, day)
    clean = optimize(demo, day, objectives=[{"objective": "OBJECTIVE_COST", "weight": 1},
                                            {"objective": "OBJECTIVE_CARBON", "weight": 2}])
    assert clean["cost"]["objective_usd"] > 0, "what the wish is worth"
    money = lambda run: run["objective_usd"] - run["cost"].get("objective_usd", 0)  # noqa: E731
    assert money(clean) >= money(cost) - 1e-3, "the cleaner day costs no less"


def test_a_robust_reserve_is_sized_held_and_priced(demo):
    day = datetime.date(2020, 7, 15)
    plain = optimize(demo, day)
    robust = optimize(demo, day, robust={"confidence": 0.95, "forecast_skill": 0.8})
    report = robust["robust"]
    print(report)
    assert report["confidence"] == 0.95 and report["error_count"] == 59 and report["sustain"] == "3600s"
    assert all(i["reserve_up_kw"] > 0 for i in robust["intervals"])
    assert report["short_kwh"] <= 0.01 * report["asked_kwh"]
    unmissed = lambda run: run["objective_usd"] - run["cost"].get("objective_usd", 0)  # noqa: E731
    assert report["cost_usd"] == pytest.approx(unmissed(robust) - unmissed(plain), abs=0.01)
    assert 0 < report["cost_usd"] <= report["value_usd"] + 0.01
    assert any(i["reserve_up_price_usd_per_kw"] > 0 for i in robust["intervals"])
    assert "reserve_up_kw" not in plain["intervals"][0] and "robust" not in plain
    stored = demo.must("OptimizerService/GetRun", {"run_id": robust["run_id"]}, "operator-1")["run"]
    assert stored["robust"] == report
    for i in robust["intervals"]:
        print(i["starts_at"], *(round(i.get(f"reserve_{k}", 0), 4) for k in (
            "up_kw", "down_kw", "short_up_kw", "short_down_kw", "up_price_usd_per_kw", "down_price_usd_per_kw")))


def test_a_past_that_is_too_short_for_the_confidence_is_named(demo):
    refusal = demo.call("OptimizerService/OptimizeResources", {
        "region_id": "CA", "starts_at": "2020-01-20T08:00:00Z", "robust": {"confidence": 0.99}}, "operator-1")
    assert refusal.reason == "HISTORY_TOO_SHORT"


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

