"""The system under test, its load client and the servers it is compared with; all on free ports, thrown away after."""
import json
import os
import pathlib
import signal
import subprocess
import sys

from measure import CannotMeasure

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from derms_system import BUILD, System, free_port, run  # noqa: E402

PROGRAMS = BUILD / "bench"
DERS, ITEMS_PER_MESSAGE = 10_000, 1_000
# As a battery of the demo fleet.
PARAMETERS = {"min_output_kw": 0, "energy_capacity_kwh": 40000, "charge_efficiency": 0.85, "discharge_efficiency": 1,
              "initial_energy_kwh": 20000, "final_energy_kwh": 20000, "wear_usd_per_kwh": 0.002,
              "marginal_cost_usd_per_kwh": 0, "carbon_kg_per_kwh": 0, "reactive_capability_kvar": 4400}


def der_id(number):
    return f"BENCH-{number:06d}"


def in_messages(items, field):
    return [{field: items[i:i + ITEMS_PER_MESSAGE]} for i in range(0, len(items), ITEMS_PER_MESSAGE)]


class BenchSystem(System):
    """A System with a fleet of batteries, registered and measured; OFFLINE, as registered."""
    ders = DERS

    def __init__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whoever stops a benchmark stops its servers
        self.peers = []
        super().__init__()
        try:
            self.set_up_people()
            self._register_fleet()
        except BaseException:
            self.destroy()
            raise
        self.token_file = self.folder / "operator-1.jwt"
        self.token_file.write_text(self.token("operator-1"))

    def _register_fleet(self):
        ders = [{"der_id": der_id(n), "type": "DER_TYPE_BATTERY", "capacity_kw": 10000, "region_id": "SOUTH",
                 "owner_id": f"owner-{1 + n % 2}", "parameters": PARAMETERS,
                 "location": {"latitude_deg": 34 + n * 1e-4, "longitude_deg": -117.6}} for n in range(DERS)]
        self.send_all("RegistryService/RegisterDers", in_messages(ders, "items"))
        readings = [{"der_id": der_id(n), "power_kw": -1250.5, "reactive_power_kvar": 120, "voltage_v": 12470,
                     "frequency_hz": 60.01, "state_of_charge_kwh": 21000} for n in range(DERS)]
        self.send_all("TelemetryService/ReportReadings", in_messages(readings, "readings"))

    def send_all(self, name, messages):
        """A bulk stream whose every item must succeed."""
        for answer in self.must(name, messages, "operator-1", timeout=60).values:
            refused = [r for r in answer.get("results", []) + answer.get("rejected", []) if "error" in r]
            if refused:
                raise CannotMeasure(f"{name}: {refused[0]}")

    def set_all(self, status):
        self.send_all("RegistryService/UpdateDerStatuses",
                      in_messages([{"der_id": der_id(n), "status": status} for n in range(DERS)], "items"))

    def postgres_pid(self):
        return int(run("cat", self.postgres.folder / "data" / "postmaster.pid").splitlines()[0])

    def copy_database(self, name):
        """A database with the same rows; nobody may be connected to the original. Returns its URL."""
        as_user, host = self.postgres.as_user, self.postgres.folder
        run(*as_user, self.postgres.bin / "createdb", "-h", host, "-U", "derms", "-T", "derms", name, cwd="/")
        for database in ("derms", name):
            run(*as_user, self.postgres.bin / "vacuumdb", "-h", host, "-U", "derms", "-z", "-q", database, cwd="/")
        return self.postgres.url.replace("/derms?", f"/{name}?")

    def start_peer(self, program, database_url, *arguments):
        """A server of this folder with the registry's certificate and keys. Returns its name in ports and processes."""
        name = f"{program}-{len(self.peers)}"
        self.peers.append(name)
        self.ports[name] = free_port()
        log = open(self.folder / f"{name}.log", "ab")  # noqa: SIM115: lives as long as the process
        self.processes[name] = subprocess.Popen(
            [PROGRAMS / program, *arguments, "--port", str(self.ports[name]), "--database-url", database_url,
             "--tls-cert", self.folder / "server.pem", "--tls-key", self.folder / "server.key", "--tls-client-ca",
             self.folder / "ca.pem", "--jwks-file", self.keys.jwks_file], stdout=log, stderr=subprocess.STDOUT)
        self.wait_serving(name)
        return name

    def load(self, operation, server, *arguments):
        """One run of the load client; every call must have ended as expected."""
        done = subprocess.run(
            [PROGRAMS / "rpc_load", operation, "--address", f"localhost:{self.ports[server]}", "--ca-file",
             self.folder / "ca.pem", "--token-file", self.token_file, "--ders", str(self.ders), *map(str, arguments)],
            capture_output=True, text=True, timeout=180, check=False)
        if done.returncode != 0:
            raise CannotMeasure(f"{operation} on {server}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def event_count(self, database_url):
        out = run(self.postgres.bin / "psql", database_url, "-AtXc", "SELECT count(*) FROM event")
        return int(out)

    def answer_bytes(self):
        """Serialised length of a real answer to GetDer."""
        answer = self.must("RegistryService/GetDer", {"der_id": der_id(DERS // 2)}, "operator-1")
        method = self.schema.method("RegistryService/GetDer")
        return len(self.schema.message(method.output_type, answer.value).SerializeToString())


def require_programs():
    missing = [p for p in (BUILD / "bin" / "derms-registry", PROGRAMS / "rpc_load", PROGRAMS / "echo_server",
                           PROGRAMS / "plain_server") if not os.access(p, os.X_OK)]
    if missing:
        raise CannotMeasure(f"{missing[0]} is not there: build the tree with its tests first")


def system_without_fleet():
    system = System()
    try:
        system.set_up_people(regions=False)
    except BaseException:
        system.destroy()
        raise
    return system


def run_benchmark(measure, make_system=BenchSystem):
    """The exit code of a benchmark; `measure` is given a system, with its fleet unless another is made."""
    system = None
    try:
        require_programs()
        system = make_system()
        measure(system)
    except CannotMeasure as why:
        print(f"cannot measure: {why}", file=sys.stderr)
        return 1
    finally:
        if system:
            system.destroy()
    return 0
