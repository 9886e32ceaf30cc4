"""deploy/up and deploy/down keep their contract: files, ports, the lines to paste, a second run that changes nothing."""
import hashlib
import json
import os
import pathlib
import re
import subprocess

import pytest

from derms_api import ROOT
from derms_system import BUILD, free_port

MINUTES = 60


class Deployment:
    def __init__(self, folder):
        self.var = folder / "var"
        self.ports = {name: free_port() for name in ("REGISTRY", "OPTIMIZER", "EMERGENCY")}
        self.environment = {**os.environ, "DERMS_VAR": str(self.var), "DERMS_BUILD": str(BUILD),
                            **{f"DERMS_{name}_PORT": str(port) for name, port in self.ports.items()}}

    def run(self, *command):
        return subprocess.run(command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20 * MINUTES, check=False)

    def must(self, *command):
        result = self.run(*command)
        assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}{result.stderr}"
        return result.stdout

    def state(self):
        """What a second run must leave alone: credentials, the processes, the steps done."""
        files = [path for part in ("tls", "keys", "tokens", "run", "postgres/demo")
                 for path in sorted((self.var / part).glob("*"))]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deploy")
    for parent in [folder, *folder.parents[:2]]:  # the user postgres must get to its cluster
        parent.chmod(0o755)
    it = Deployment(folder)
    it.output = it.must("deploy/up")
    yield it
    it.run("deploy/down", "--purge")


def pasted_lines(output):
    return [line.strip() for line in output.splitlines() if re.match(r"  (grpcurl|\S*dermsctl) ", line)]


def test_credentials_are_where_scripts_expect_them(deployed):
    assert "BEGIN CERTIFICATE" in (deployed.var / "tls" / "ca.pem").read_text()
    for name in ("admin", "operator", "owner"):
        token = deployed.var / "tokens" / f"{name}.jwt"
        assert token.read_text().count(".") == 2
        assert token.stat().st_mode & 0o077 == 0, f"{token} is readable by others"


def test_the_demo_ran_and_says_what_it_found(deployed):
    for words in ("36 DERs of six types", "the batteries save", "all 36 DERs are OPTIMIZED", "none touched",
                  "all 36 DERs went to EMERGENCY, and back"):
        assert words in deployed.output


def test_each_of_the_six_lines_works_when_pasted(deployed):
    lines = pasted_lines(deployed.output)
    assert len(lines) == 6
    for line in lines:
        answer = deployed.must("bash", "-c", line)
        assert len(answer) > 2, f"an empty answer to {line}"


def test_a_second_run_changes_nothing(deployed):
    before = deployed.state()
    output = deployed.must("deploy/up")
    assert deployed.state() == before
    assert pasted_lines(output) == pasted_lines(deployed.output)


def simulated(deployed):
    """What dermsctl says of the simulated DERs, an object each."""
    ctl = [f"{BUILD}/bin/dermsctl", "--registry", f"localhost:{deployed.ports['REGISTRY']}", "--emergency",
           f"localhost:{deployed.ports['EMERGENCY']}", "--ca", f"{deployed.var}/tls/ca.pem", "--token-file",
           f"{deployed.var}/tokens/simulator-owner.jwt", "--json"]
    ders = deployed.must(*ctl, "ders", "list").splitlines()
    return ctl, [json.loads(line) for line in ders]


def test_a_simulated_fleet_runs_beside_the_demo(deployed):
    assert "20 simulated DERs in region SIMULATOR" in deployed.output
    ctl, ders = simulated(deployed)
    assert len(ders) == 20 and {der["gatewayId"] for der in ders} == {"simulator-gateway"}
    battery = next(der for der in ders if der["type"] == "DER_TYPE_BATTERY")
    told = json.loads(deployed.must(*ctl, "instruct", battery["derId"], "--power-kw", "1", "--for", "10m", "--reason", "test"))
    wait = "until \"$@\" | grep -q SUCCEEDED; do sleep 0.2; done"
    deployed.must("timeout", "60", "bash", "-c", wait, "-", *ctl, "instructions", "list", "--control", told["controlId"])
    before = deployed.state()
    deployed.must("deploy/up", "--simulator", "20")
    assert deployed.state() == before, "it goes on as it is"
    deployed.must("deploy/up", "--simulator", "25")
    assert len(simulated(deployed)[1]) == 25
    before = deployed.state()
    deployed.must("deploy/up")
    assert deployed.state() == before, "as many as there are"
    pid = int((deployed.var / "run" / "sim.pid").read_text())
    deployed.must("deploy/up", "--simulator", "0")
    assert not is_running(pid)
    assert deployed.run("deploy/up", "--simulator", "many").returncode != 0


def test_a_port_that_is_taken_is_named(deployed, tmp_path):
    other = Deployment(tmp_path)
    other.environment["DERMS_REGISTRY_PORT"] = str(deployed.ports["REGISTRY"])
    for parent in [tmp_path, *tmp_path.parents[:2]]:
        parent.chmod(0o755)
    result = other.run("deploy/up", "--empty")
    other.run("deploy/down", "--purge")
    assert result.returncode != 0
    assert f"port {deployed.ports['REGISTRY']} is in use" in result.stderr
    assert "step:   Services" in result.stderr and "log:" in result.stderr


def test_a_service_that_was_killed_comes_back_with_the_next_run(deployed):
    pid = (deployed.var / "run" / "optimizer.pid").read_text().strip()
    os.kill(int(pid), 9)
    deployed.must("deploy/up")
    assert (deployed.var / "run" / "optimizer.pid").read_text().strip() != pid


def test_down_stops_everything_and_purge_forgets_it(deployed):
    pids = [int(path.read_text()) for path in (deployed.var / "run").glob("*.pid")]
    deployed.must("deploy/down")
    assert not any(is_running(pid) for pid in pids)
    deployed.must("deploy/down", "--purge")
    assert not deployed.var.exists()


def is_running(pid):
    try:
        return "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
