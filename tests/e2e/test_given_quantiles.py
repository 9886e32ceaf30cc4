"""A robust reserve from quantiles that are given as series: by dermsctl alone, for one run and for a standing policy."""
import json
import time

import pytest

from instants import full_hour, iso

HOURS = 48
LOAD_KW, LOWER_KW, UPPER_KW = 100, 92, 115
CONFIDENCE = ("--robust", "0.9", "--sustain", "0")
GIVEN = ("--quantiles", "town-load_kw=town-low-load_kw,town-high-load_kw")


@pytest.fixture(scope="module")
def ctl(system, tmp_path_factory):
    """The town: a load whose quantiles are stored, no past of it, and a battery that holds what they ask for."""
    it = system.dermsctl("admin-1")
    names = ("town-load_kw", "town-low-load_kw", "town-high-load_kw", "town-price_usd_per_kwh")
    rows = [f"{iso(full_hour(hour))},{LOAD_KW},{LOWER_KW},{UPPER_KW},0.2" for hour in range(HOURS)]
    file = tmp_path_factory.mktemp("town") / "town.csv"
    file.write_text("\n".join([",".join(("time", *names)), *rows]) + "\n")
    it("series", "import", file, "--utc-offset", "+00:00")
    system.must("RegistryService/PutRegion", {"region": {
        "region_id": "TOWN", "load_series_id": names[0], "import_price_series_id": names[3]}})
    system.register("TOWN-BATTERY", online=True, type="DER_TYPE_BATTERY", capacity_kw=50, region_id="TOWN")
    return it


def test_a_run_keeps_what_the_quantiles_ask_for(ctl):
    run = json.loads(ctl("optimize", "--region", "TOWN", *CONFIDENCE, *GIVEN, "--json"))
    assert run["robust"]["confidence"] == 0.9 and "errorCount" not in run["robust"], "no past error counts"
    for interval in run["intervals"]:
        assert interval["reserveUpKw"] == pytest.approx(UPPER_KW - LOAD_KW)
        assert interval["reserveDownKw"] == pytest.approx(LOAD_KW - LOWER_KW)


def test_without_quantiles_the_past_would_be_needed(ctl):
    with pytest.raises(AssertionError, match="HISTORY_TOO_SHORT"):
        ctl("optimize", "--region", "TOWN", *CONFIDENCE)


def test_a_price_is_nothing_to_give_quantiles_of(ctl, system):  # the town stands in ctl
    given = [{"series_id": series_id, "lower_series_id": "town-low-load_kw", "upper_series_id": "town-high-load_kw"}
             for series_id in ("town-load_kw", "town-price_usd_per_kwh")]
    refusal = system.call("OptimizerService/OptimizeResources", {
        "region_id": "TOWN", "robust": {"confidence": 0.9, "quantiles": given}}, "operator-1")
    assert [field for field, _ in refusal.violations] == ["robust.quantiles[1].series_id"]


def test_every_run_of_a_policy_keeps_it(ctl, system):
    ctl("policies", "put", "town", "--every", "1m", "--region", "TOWN", "--intervals", "12", *CONFIDENCE, *GIVEN)
    try:
        deadline = time.monotonic() + 100
        while not (run_id := find_policy(ctl).get("lastRunId")) or find_run(system, run_id)["state"] == "RUN_STATE_RUNNING":
            assert time.monotonic() < deadline, find_policy(ctl)
            time.sleep(0.2)
    finally:
        ctl("policies", "delete", "town")
    run = find_run(system, run_id)
    assert run["policy_id"] == "town" and run["robust"]["confidence"] == 0.9
    assert [i["reserve_up_kw"] for i in run["intervals"]] == pytest.approx([UPPER_KW - LOAD_KW] * 12)


def find_policy(ctl):
    lines = ctl("policies", "list", "--region", "TOWN", "--json").splitlines()
    return next(policy for policy in map(json.loads, lines) if policy["policyId"] == "town")


def find_run(system, run_id):
    return system.must("OptimizerService/GetRun", {"run_id": run_id}, "operator-1")["run"]
