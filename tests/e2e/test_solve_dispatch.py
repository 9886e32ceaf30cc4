"""SolveDispatch and `dermsctl solve` on a real optimizer: the examples of the documents, refusals, limits, cancelling."""
import concurrent.futures
import copy
import json
import subprocess
import time

import grpc
import pytest

from derms_api import ROOT
from derms_system import BUILD

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.json"))
SOLVE = "OptimizerService/SolveDispatch"


def example(name):
    return json.loads((ROOT / "docs" / "examples" / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def ctl(system):
    """Runs dermsctl as an operator; returns the finished process."""
    token_file = system.folder / "operator-1.jwt"
    token_file.write_text(system.token("operator-1"))

    def run(*arguments, stdin=""):
        return subprocess.run(
            [BUILD / "bin" / "dermsctl", "--optimizer", f"localhost:{system.ports['optimizer']}", "--ca",
             system.folder / "ca.pem", "--token-file", token_file, *map(str, arguments)],
            input=stdin, capture_output=True, text=True, timeout=120, check=False)
    return run


def solve(system, problem, **fields):
    return system.call(SOLVE, {"problem": problem, **fields}, "operator-1")


def every(series, count):
    return series * count if len(series) == 1 else series


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_solved_with_a_small_gap(ctl, path):
    done = ctl("solve", path, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["solution"]["status"] == "SOLVE_STATUS_OPTIMAL"
    assert answer["certificate"]["relativeGap"] <= 1e-4
    assert answer["certificate"]["costUsd"] == pytest.approx(answer["solution"]["cost"]["totalUsd"])
    assert not answer["solution"]["givenUp"]
    table = ctl("solve", path)
    assert table.returncode == 0 and "certificate  " in table.stdout and "binding limit" in table.stdout


def test_the_schedule_of_the_house_is_what_it_says(system):
    """Balance, battery and cost recomputed here from the problem alone."""
    problem = example("house")
    answer = solve(system, problem)
    home, count = problem["regions"][0], problem["interval_count"]
    battery = problem["devices"][1]["storage"]
    devices = {d["device_id"]: d for d in answer["solution"]["devices"]}
    grid = answer["solution"]["regions"][0]["net_import_kw"]
    cost, energy = 0.0, battery["initial_energy_kwh"]
    for t in range(count):
        given = devices["SOLAR"]["power_kw"][t] + devices["BATTERY"]["power_kw"][t]
        assert grid[t] + given == pytest.approx(home["demand_kw"][t], abs=1e-6)
        assert -1e-6 <= devices["SOLAR"]["power_kw"][t] <= problem["profiles"][0]["values"][t] + 1e-6
        charge, discharge = devices["BATTERY"]["charge_kw"][t], devices["BATTERY"]["discharge_kw"][t]
        energy += battery["charge_efficiency"] * charge - discharge / battery["discharge_efficiency"]
        assert energy == pytest.approx(devices["BATTERY"]["state_of_charge_kwh"][t], abs=1e-5)
        assert battery["energy_min_kwh"] - 1e-5 <= energy <= battery["energy_max_kwh"] + 1e-5
        cost += max(grid[t], 0) * home["import_price_usd_per_kwh"][t] - max(-grid[t], 0) * every(
            home["export_price_usd_per_kwh"], count)[t] + battery["wear_usd_per_kwh"] * discharge
    assert energy >= battery["final_energy_min_kwh"] - 1e-5
    certificate = answer["certificate"]
    assert certificate["cost_usd"] == pytest.approx(cost, abs=1e-5)
    assert certificate["bound_proof"] == "BOUND_PROOF_RECOMPUTED"
    assert certificate["lower_bound_usd"] <= certificate["cost_usd"] + 1e-9
    without = copy.deepcopy(problem)
    del without["devices"][1]
    assert solve(system, without)["certificate"]["cost_usd"] > certificate["cost_usd"] + 0.1
    assert "multipliers" not in certificate
    assert "multipliers" in solve(system, problem, with_multipliers=True)["certificate"]


def test_the_same_seed_gives_the_same_answer(system):
    first, second = (solve(system, example("microgrid"), seed=3)["solution"] for _ in range(2))
    assert first["devices"] == second["devices"]


def test_contradictions_are_named_by_field(system):
    problem = example("house")
    problem["devices"][1]["storage"]["energy_min_kwh"] = 20
    problem["regions"][0]["import_limit_kw"] = [9, 9]
    answer = solve(system, problem)
    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "INVALID_PROBLEM")
    assert answer.violations[0][0] == "problem.regions[0].import_limit_kw"
    problem["regions"][0]["import_limit_kw"] = [9]
    assert solve(system, problem).violations[0][0] == "problem.devices[1].storage.energy_min_kwh"
    problem["devices"][0]["renewable"]["availability_kw"]["profile_id"] = "moon"
    assert solve(system, problem).violations[0][0] == "problem.devices[0].renewable.availability_kw.profile_id"


def test_what_cannot_be_is_told_in_words_and_given_up_on_request(system, ctl):
    problem = example("house")
    problem["devices"][1]["storage"].update(charge_max_kw=0.1, final_energy_min_kwh=13)
    answer = solve(system, problem)
    assert (answer.code, answer.reason) == ("FAILED_PRECONDITION", "INFEASIBLE")
    assert "storage BATTERY must end with 13 kWh but can reach" in answer.message
    given_up = solve(system, problem, relax=True)["solution"]["given_up"]
    assert [g["name"] for g in given_up] == ["final_energy"] and given_up[0]["amount"] > 1
    told = ctl("solve", "-", stdin=json.dumps(problem))
    assert told.returncode == 5 and "must end with 13 kWh" in told.stderr
    relaxed = ctl("solve", "-", "--relax", stdin=json.dumps(problem))
    assert relaxed.returncode == 0 and "final_energy" in relaxed.stdout


def test_dermsctl_names_the_place_of_a_mistake(ctl):
    unknown = ctl("solve", "-", stdin='{"devices": [{"storage": {"energy_maximum": 1}}]}')
    assert unknown.returncode == 2 and "devices[0].storage" in unknown.stderr and "energy_maximum" in unknown.stderr
    broken = ctl("solve", "-", stdin='{\n "interval_count": 2,,\n}')
    assert broken.returncode == 2 and "line 2, column 22" in broken.stderr
    assert ctl("solve", "/nowhere.json").returncode == 4


def test_what_no_answer_holds_is_refused_before_it_is_solved(system):
    problem = example("house")
    battery = problem["devices"][1]
    problem["devices"] = [{**battery, "device_id": f"B-{n}"} for n in range(5000)]
    started = time.monotonic()
    answer = solve(system, problem)
    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "UNSUPPORTED_SIZE")
    assert "400000" in answer.message and time.monotonic() - started < 10


def hard_problem(units=60, intervals=96):
    """On/off decisions by the thousand: far more than a second's work to prove."""
    demand = [units * 40 * (1 + 0.35 * ((7 * t) % 11 - 5) / 5) for t in range(intervals)]
    unit = {"min_kw": 40, "committable": True, "no_load_usd_per_hour": 3, "min_up_hours": 5, "min_down_hours": 4}
    return {"interval": "3600s", "interval_count": intervals,
            "regions": [{"region_id": "island", "demand_kw": demand, "import_price_usd_per_kwh": [1.5],
                         "reserve_up_kw": [100]}],
            "devices": [{"device_id": f"U-{n}", "unit": {
                **unit, "max_kw": 90 + n % 7, "start_cost_usd": 40 + 3 * (n % 13),
                "cost_pieces": [{"up_to_kw": 100, "usd_per_kwh": 0.1 + 0.003 * (n % 17)}]}} for n in range(units)]}


def test_at_the_time_limit_there_is_a_checked_schedule_with_its_gap(system):
    started = time.monotonic()
    answer = solve(system, hard_problem(), time_limit="2s", relative_gap=0)
    assert time.monotonic() - started < 15
    assert answer["solution"]["status"] == "SOLVE_STATUS_FEASIBLE"
    assert len(answer["solution"]["devices"]) == 60
    assert answer["certificate"]["bound_proof"] != "BOUND_PROOF_UNSPECIFIED"


def test_callers_that_give_up_free_the_workers(system):
    """More long solves than there are workers, all cancelled: the next caller is served at once."""
    api = system.api("OptimizerService", "operator-1")
    method = system.schema.method(SOLVE)
    request = system.schema.message(method.input_type, {"problem": hard_problem(), "time_limit": "600s",
                                                        "relative_gap": 0})
    stub = api.channel.unary_unary(f"/derms.v1.{SOLVE}", lambda m: m.SerializeToString(), lambda b: b)
    calls = [stub.future(request, timeout=300, metadata=api._metadata(None)) for _ in range(24)]
    time.sleep(1)
    for call in calls:
        call.cancel()
    started = time.monotonic()
    answer = system.api("OptimizerService", "operator-1").call(SOLVE, {"problem": example("house")}, timeout=60)
    assert answer.ok, answer
    assert time.monotonic() - started < 45
    assert all(call.cancelled() or call.code() != grpc.StatusCode.OK for call in calls)


def test_many_callers_at_once_get_the_same_answer(system):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: solve(system, example("house")), range(64)))
    costs = {round(a["certificate"]["cost_usd"], 9) for a in answers}
    assert len(costs) == 1
