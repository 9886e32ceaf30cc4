"""Grid support on a real registry: golden vectors through the RPC, nameplates and settings with their rules, dermsctl."""
import concurrent.futures
import hashlib
import json
import subprocess

import pytest

from derms_system import BUILD
from requests_by_rpc import Maker

EVALUATE = "ComplianceService/EvaluateGridSupport"
PUT_PLATE = "ComplianceService/PutNameplate"
PUT_SETTINGS = "ComplianceService/PutSettings"
GET = "ComplianceService/GetGridSettings"
# 100 kW and 100 kVA, so that kW and kvar are percent.
PLATE_A = {"p_max_kw": 100, "s_max_kva": 100, "q_inject_kvar": 44, "q_absorb_kvar": 25,
           "normal_category": "NORMAL_CATEGORY_A", "abnormal_category": "ABNORMAL_CATEGORY_I"}
PLATE_B = {**PLATE_A, "q_absorb_kvar": 44, "normal_category": "NORMAL_CATEGORY_B",
           "abnormal_category": "ABNORMAL_CATEGORY_III"}
VOLT_VAR = {0.90: (.25, .44), 0.93: (.175, .3667), 0.95: (.125, .22), 0.98: (.05, 0), 1.00: (0, 0), 1.05: (-.125, -.22),
            1.08: (-.20, -.44), 1.10: (-.25, -.44)}
DROOP = {59.0: .3213, 59.5: .1547, 59.9: .0213, 59.964: 0, 60.036: 0, 60.1: -.0213, 60.3: -.088, 60.5: -.1547,
         61.0: -.3213}


@pytest.fixture
def maker(system, numbers):
    return Maker(system, numbers)


def evaluate(system, subject="owner-1", **fields):
    return system.call(EVALUATE, fields, subject)


def steady(system, plate, settings, samples):
    answer = evaluate(system, nameplate=plate, settings=settings, samples=samples, steady_state=True)
    assert answer.ok, answer
    return answer["answers"]


@pytest.mark.parametrize("plate, column", [(PLATE_A, 0), (PLATE_B, 1)])
def test_golden_vectors_of_volt_var(system, plate, column):
    answers = steady(system, plate, {"volt_var": {"enabled": True}},
                     [{"v_pu": v, "available_kw": 30} for v in VOLT_VAR])
    for (v, golden), answer in zip(VOLT_VAR.items(), answers):
        assert answer["q_kvar"] == pytest.approx(100 * golden[column], abs=0.05), v
        assert answer["p_kw"] == pytest.approx(30)


def test_golden_vectors_of_droop_and_volt_watt(system):
    answers = steady(system, PLATE_B, {}, [{"f_hz": f, "available_kw": 100, "operating_kw": 50} for f in DROOP])
    for (f, golden), answer in zip(DROOP.items(), answers):
        assert answer["p_kw"] == pytest.approx(50 + 100 * golden, abs=0.05), f
    golden = {1.06: 100, 1.08: 60, 1.09: 40, 1.10: 20}
    answers = steady(system, {**PLATE_B, "p_min_pu": 0.2}, {"volt_watt": {"enabled": True}}, [{"v_pu": v} for v in golden])
    for (v, limit), answer in zip(golden.items(), answers):
        assert answer["p_kw"] == pytest.approx(limit, abs=0.05), v


def test_a_series_rides_through_ceases_trips_and_comes_back(system):
    samples = [{"time_s": t, "v_pu": v, "available_kw": 80} for t, v in
               [(0, 1), (1, 0.8), (2, 1), (3, 0.4), (3.5, 0.95), (4, 0.95), (10, 0.4), (13, 1), (313, 1), (388, 1), (700, 1)]]
    answers = evaluate(system, nameplate=PLATE_B, samples=samples)["answers"]
    operations = [a["operation"].removeprefix("GRID_OPERATION_") for a in answers]
    assert operations == ["CONTINUOUS", "MANDATORY", "CONTINUOUS", "MOMENTARY_CESSATION", "MOMENTARY_CESSATION",
                          "CONTINUOUS", "MOMENTARY_CESSATION", "WAITING", "ENTERING", "ENTERING", "CONTINUOUS"]
    assert [a["p_kw"] for a in answers[:7]] == [80, 80, 80, 0, 0, 80, 0]
    assert answers[7]["tripped_by"] == "UV2" and answers[7]["tripped_at_s"] == pytest.approx(12)
    assert 20 < answers[9]["p_kw"] < 30 and answers[10]["p_kw"] == 80


def test_any_role_may_evaluate_and_nothing_is_stored(system, maker):
    rows = "SELECT (SELECT count(*) FROM grid_record), (SELECT count(*) FROM event)"
    before = system.postgres.query(rows)
    for subject in ("owner-1", "operator-1", "admin-1"):
        assert evaluate(system, subject, **maker.grid_evaluation()).ok
    assert evaluate(system, "nobody-1", **maker.grid_evaluation()).reason == "UNAUTHORIZED"
    assert system.postgres.query(rows)[0][0] == before[0][0]


def test_rules_are_refused_with_observed_limit_and_remedy(system):
    bad = {"trip": {"uv1_s": 10}, "volt_var": {"enabled": True}, "constant_pf": {"enabled": True}}
    answer = evaluate(system, nameplate=PLATE_B, settings=bad, samples=[{}])
    assert (answer.code, answer.reason) == ("INVALID_ARGUMENT", "INVALID_SETTINGS")
    found = dict(answer.violations)
    assert set(found) == {"settings.trip.uv1_s", "settings.volt_var.enabled"}
    assert found["settings.trip.uv1_s"] == (
        "E5: is 10; must be 21 to 50: choose within the range of the abnormal category")
    answer = evaluate(system, nameplate={**PLATE_B, "q_absorb_kvar": 25}, samples=[{}])
    assert answer.reason == "INVALID_NAMEPLATE" and answer.violations[0][0] == "nameplate.q_absorb_kvar"
    answer = evaluate(system, nameplate=PLATE_B, settings={"trip": {"of1_s": 200}}, samples=[{}])
    assert [(f["rule"], f["field"]) for f in answer["findings"]] == [("W1", "settings.trip.of1_s")]
    assert evaluate(system, nameplate=PLATE_B, samples=[{}], profile_id="NOWHERE").reason == "UNKNOWN_PROFILE"


def test_nameplate_and_settings_of_a_der(system, maker):
    der = maker.new_der()
    assert system.call(GET, {"der_id": der}, "owner-1").reason == "NAMEPLATE_NOT_FOUND"
    assert system.call(PUT_SETTINGS, {"der_id": der, "settings": maker.grid_settings()}, "owner-1").reason == \
        "NAMEPLATE_MISSING"
    put = system.must(PUT_PLATE, {"der_id": der, "nameplate": maker.nameplate()}, "owner-1")
    assert put["record"]["nameplate_revision"] == "1" and "settings_revision" not in put["record"]
    adopted = system.must(PUT_SETTINGS, {"der_id": der, "settings": maker.grid_settings()}, "operator-1")
    assert adopted["record"]["revision"] == "2" and adopted["record"]["put_by"] == "operator-1"
    read = system.must(GET, {"der_id": der}, "owner-1")["record"]
    assert read["settings"]["trip"]["uv1_s"] == 12 and read["settings"]["volt_var"]["v1_pu"] == 0.92
    assert system.call(GET, {"der_id": der}, "owner-2").reason == "UNAUTHORIZED"
    again = system.must(PUT_SETTINGS, {"der_id": der, "settings": maker.grid_settings()}, "owner-1")
    assert again["record"]["revision"] == "2", "nothing changed"
    stale = system.call(PUT_SETTINGS, {"der_id": der, "settings": {}, "expected_revision": 1}, "owner-1")
    assert (stale.code, stale.reason) == ("ABORTED", "REVISION_MISMATCH")
    small = system.call(PUT_PLATE, {"der_id": der, "nameplate": maker.nameplate(q_absorb_kvar=10)}, "owner-1")
    assert small.reason == "INVALID_NAMEPLATE"
    names = system.postgres.query("SELECT revision, nameplate_revision, settings_revision FROM grid_record "
                                  f"WHERE der_id = '{der}' ORDER BY revision")
    assert [tuple(map(int, row)) for row in names] == [(1, 1, 0), (2, 1, 1)]


def test_many_writers_of_one_der_count_every_revision(system, maker):
    der = maker.with_nameplate()

    def put(n):
        return system.call(PUT_SETTINGS, {"der_id": der, "settings": {"enter_service": {"delay_s": n}}}, "owner-1")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(put, range(1, 25)))
    stored = [a["record"]["revision"] for a in answers if a.ok]
    assert all(a.ok or a.reason == "REVISION_MISMATCH" for a in answers) and len(stored) == len(set(stored))
    assert system.must(GET, {"der_id": der})["record"]["revision"] == str(1 + len(stored))


@pytest.fixture(scope="module")
def ctl(system):
    token_file = system.folder / "owner-1.jwt"
    token_file.write_text(system.token("owner-1"))

    def run(*arguments):
        return subprocess.run([BUILD / "bin" / "dermsctl", "grid", *map(str, arguments), "--registry",
                               f"localhost:{system.ports['registry']}", "--ca", system.folder / "ca.pem", "--token-file",
                               token_file], capture_output=True, text=True, timeout=60, check=False)
    return run


SETTINGS_CSV = """PARAMETER,VALUE
NP_P_MAX,100000
NP_VA_MAX,110000
NP_Q_MAX_INJ,48400
NP_Q_MAX_ABS,48400
NP_NORMAL_OP_CAT,CAT_B
NP_ABNORMAL_OP_CAT,CAT_II
QV_MODE_ENABLE-AS,ENABLED
QV_CURVE_V1-AS,0.91
"""


def test_dermsctl_imports_exports_and_evaluates(system, maker, ctl, tmp_path):
    der, file = maker.new_der(), tmp_path / "der.csv"
    file.write_text(SETTINGS_CSV)
    rehearsed = ctl("import", der, file, "--dry-run")
    assert rehearsed.returncode == 0 and "would be" in rehearsed.stdout, rehearsed.stderr
    done = ctl("import", der, file)
    assert done.returncode == 0 and "nameplate revision 1, settings revision 1" in done.stdout, done.stderr
    exported = ctl("export", der)
    assert exported.returncode == 0, exported.stderr
    assert "NP_P_MAX,100000" in exported.stdout and "QV_CURVE_V1-AS,0.91" in exported.stdout
    assert "UV1_TRIP_T-AS,10" in exported.stdout, "defaults of category II are there too"
    copy = tmp_path / "copy.csv"
    copy.write_text(exported.stdout)
    assert "settings revision 1" in ctl("import", der, copy).stdout, "what was exported changes nothing"
    digest = hashlib.sha256("".join(exported.stdout.splitlines(keepends=True)[:-1]).encode()).hexdigest()
    assert exported.stdout.splitlines()[-1] == f"TA_RR_FILE_CHECKSUM,{digest}"
    (tmp_path / "changed.csv").write_text(exported.stdout.replace("QV_CURVE_V1-AS,0.91", "QV_CURVE_V1-AS,0.92"))
    changed = ctl("import", der, tmp_path / "changed.csv")
    assert changed.returncode == 2 and "TA_RR_FILE_CHECKSUM" in changed.stderr, changed.stderr
    samples = tmp_path / "samples.csv"
    samples.write_text("time_s,v_pu,f_hz,available_kw\n0,0.95,60,50\n")
    evaluated = ctl("evaluate", samples, "--settings", copy, "--steady", "--json")
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["qKvar"] == pytest.approx(0.44 * 110 * 3 / 7)
    file.write_text(SETTINGS_CSV.replace("0.91", "0.5"))
    refused = ctl("import", der, file)
    assert refused.returncode == 2 and "E4" in refused.stderr and "settings.volt_var.v1_pu" in refused.stderr
