"""A whole system for tests: a PostgreSQL of its own and the three services, all on free ports, thrown away after."""
import contextlib
import glob
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import grpc
import jwt
from cryptography.hazmat.primitives import serialization

from derms_api import ROOT, Api, Schema

SERVICES = ("registry", "optimizer", "emergency")
HOME = {"AccessService": "registry", "RegistryService": "registry", "TelemetryService": "registry",
        "AuditService": "registry", "ComplianceService": "registry", "SeriesService": "optimizer", "OptimizerService": "optimizer",
        "EmergencyService": "emergency", "ControlService": "emergency"}
BUILD = pathlib.Path(os.environ.get("DERMS_BUILD_DIR", ROOT / "build"))
ISSUER = "derms-admin"


def _ports_below_the_outgoing():
    """Ports no outgoing connection is ever given, so that one found free is free still when a service starts (or starts
    again) on it; in random order for other systems on this machine, none twice for this one."""
    first_outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = list(range(10_000, max(first_outgoing, 20_000)))
    random.SystemRandom().shuffle(ports)
    for port in ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


_PORTS = _ports_below_the_outgoing()


def free_port():
    return next(_PORTS)


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert result.returncode == 0, f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}"
    return result.stdout


class Postgres:
    """A cluster in a temporary folder, on a unix socket; as the postgres user when the test runs as root."""

    def __init__(self):
        self.bin = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="derms-pg-", dir="/tmp"))
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(self.folder, "postgres", "postgres")
        run(*self.as_user, self.bin / "initdb", "-D", self.folder / "data", "-A", "trust", "-U", "derms", "--no-locale",
            "-E", "UTF8", cwd="/")
        self.start()
        run(*self.as_user, self.bin / "createdb", "-h", self.folder, "-U", "derms", "derms", cwd="/")
        self.url = f"postgresql://derms@/derms?host={self.folder}"

    def start(self, seconds=20):
        """Starts it; after a kill the old backends may hold the shared memory for a moment."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self._start()
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _start(self):
        run(*self.as_user, self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-t", "60", "-l", self.folder / "log",
            "-o", f"-k {self.folder} -c listen_addresses='' -c max_connections=100", "start", cwd="/")

    def kill(self):
        """SIGKILL of the postmaster and so of everything below it."""
        pid = int(run("cat", self.folder / "data" / "postmaster.pid").splitlines()[0])
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
        for each in [pid, *map(int, children)]:
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while pathlib.Path(f"/proc/{pid}").exists() and "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text():
            time.sleep(0.01)

    def query(self, sql):
        out = run(self.bin / "psql", self.url, "-AtX", "-F", "\t", "-c", sql)
        return [line.split("\t") for line in out.splitlines()]

    def destroy(self):
        subprocess.run([*self.as_user, self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop"],
                       cwd="/", capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Keys:
    """The development key, as derms-admin made it: signs good and bad tokens."""

    def __init__(self, folder):
        run(BUILD / "bin" / "derms-admin", "keys", "generate", "--out", folder)
        pem = next(pathlib.Path(folder).glob("*.pem"))
        self.private = serialization.load_pem_private_key(pem.read_bytes(), None)
        self.jwks_file = next(pathlib.Path(folder).glob("*.json"))
        import json
        self.kid = json.loads(self.jwks_file.read_text())["keys"][0]["kid"]

    def token(self, subject, lifetime=3600, audience="derms", **claims):
        now = int(time.time())
        payload = {"sub": subject, "aud": audience, "iss": ISSUER, "iat": now - 10 if lifetime > 0 else now + lifetime - 600,
                   "exp": now + lifetime, **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(payload, self.private, algorithm="ES256", headers={"kid": self.kid})


class System:
    """PostgreSQL, registry, optimizer, emergency."""

    def __init__(self, options=None):
        """`options`: more arguments of a service, as {"emergency": ["--two-person-kinds", "DISCONNECT"]}."""
        self.options = options or {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="derms-e2e-"))
        self.schema = Schema(BUILD / "proto" / "gen" / "derms_descriptors.bin")
        self.postgres = Postgres()
        self.keys = Keys(self.folder / "keys")
        self._make_tls()
        self.secret = self.folder / "bootstrap.secret"
        run(BUILD / "bin" / "derms-admin", "bootstrap", "secret", "--out", self.secret)
        run(BUILD / "bin" / "derms-admin", "migrate", "--database-url", self.postgres.url)
        self.ports = {name: free_port() for name in SERVICES}
        self.metrics_ports = {name: free_port() for name in SERVICES}
        self.processes, self._apis = {}, {}
        for name in SERVICES:
            self.start(name, wait=False)
        for name in SERVICES:
            self.wait_serving(name)

    def _make_tls(self):
        tls = self.folder
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=test ca", "-keyout", tls / "ca.key", "-out", tls / "ca.pem")
        (tls / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout", tls / "server.key", "-out", tls / "server.csr")
        run("openssl", "x509", "-req", "-in", tls / "server.csr", "-CA", tls / "ca.pem", "-CAkey", tls / "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", tls / "ext", "-out", tls / "server.pem")
        self.ca_pem = (tls / "ca.pem").read_bytes()

    def start(self, name, wait=True, options=()):
        log = open(self.folder / f"{name}.log", "ab")  # noqa: SIM115: lives as long as the process
        arguments = ["--port", self.ports[name], "--metrics-port", self.metrics_ports[name], "--database-url",
                     self.postgres.url, "--tls-cert", self.folder / "server.pem", "--tls-key", self.folder / "server.key",
                     "--tls-client-ca", self.folder / "ca.pem", "--jwks-file", self.keys.jwks_file,
                     "--token-issuer", ISSUER, *options]
        service = name.split("-")[0]
        if service == "registry":
            arguments += ["--bootstrap-secret-file", self.secret]
        arguments += self.options.get(service, [])
        self.processes[name] = subprocess.Popen([BUILD / "bin" / f"derms-{service}", *map(str, arguments)], stdout=log,
                                                stderr=subprocess.STDOUT)
        if wait:
            self.wait_serving(name)

    def start_replica(self, name, *options):
        """Another process of a service on the same database: "registry-2" is a second registry."""
        self.ports[name], self.metrics_ports[name] = free_port(), free_port()
        self.start(name, options=options)

    def wait_serving(self, name, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.processes[name].poll() is None, f"{name} ended:\n{self.log(name)[-3000:]}"
            if self._healthy(name):
                return
            time.sleep(0.05)
        raise AssertionError(f"{name} does not serve:\n{self.log(name)[-3000:]}")

    def _healthy(self, name):
        credentials = grpc.ssl_channel_credentials(self.ca_pem)
        with grpc.secure_channel(f"localhost:{self.ports[name]}", credentials) as channel:
            try:
                check = channel.unary_unary("/grpc.health.v1.Health/Check", lambda m: m, lambda b: b)
                return check(b"", timeout=1) == b"\x08\x01"  # SERVING
            except grpc.RpcError:
                return False

    def stop(self, name):
        """As its operator does: it finishes what it accepted."""
        self.processes[name].terminate()
        self.processes[name].wait(30)

    def kill(self, name):
        self.processes[name].kill()
        self.processes[name].wait()

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def token(self, subject, **options):
        return self.keys.token(subject, **options)

    def api(self, service, subject=None, token=None, at=None):
        """An Api to the process that serves `service`, as `subject` (or with a token as it is); kept and reused.

        `at` names a replica.
        """
        process = at or HOME[service]
        if subject and not token:
            key = (process, subject)
            if key not in self._apis:
                self._apis[key] = self._open(process, self.token(subject))
            return self._apis[key]
        return self._open(process, token)

    def _open(self, process, token):
        return Api(self.schema, f"localhost:{self.ports[process]}", self.ca_pem, token)

    def call(self, name, fields=None, subject="admin-1", at=None, **options):
        return self.api(name.split("/")[0], subject, at=at).call(name, fields, **options)

    def must(self, name, fields=None, subject="admin-1", **options):
        answer = self.call(name, fields, subject, **options)
        assert answer.ok, f"{name} {fields}: {answer.code} {answer.reason} {answer.message} {answer.violations}"
        return answer

    def register(self, der_id, online=False, **fields):
        """A DER of owner-1, solar in NORTH unless said otherwise; returns its id."""
        self.must("RegistryService/RegisterDer", {
            "der_id": der_id, "type": "DER_TYPE_SOLAR", "capacity_kw": 100, "owner_id": "owner-1", "region_id": "NORTH",
            "location": {"latitude_deg": 38.123456, "longitude_deg": -121.5}, **fields})
        if online:
            self.must("RegistryService/UpdateDerStatus", {"der_id": der_id, "status": "DER_STATUS_ONLINE"})
        return der_id

    def dermsctl(self, subject, run=run):
        """A function that runs dermsctl as `subject` and returns what `run` does: its standard output."""
        token_file = self.folder / f"{subject}.jwt"
        token_file.write_text(self.token(subject))
        hosts = [part for name in SERVICES for part in (f"--{name}", f"localhost:{self.ports[name]}")]

        def ctl(*arguments):
            return run(BUILD / "bin" / "dermsctl", *hosts, "--ca", self.folder / "ca.pem", "--token-file", token_file,
                       *arguments)
        return ctl

    def set_up_people(self, regions=True):
        """admin-1, operator-1, owner-1, owner-2 and, if wanted, the region CA with two parts."""
        self.must("AccessService/Initialize", {"bootstrap_secret": self.secret.read_text().strip()})
        people = {"operator-1": "ROLE_OPERATOR", "owner-1": "ROLE_OWNER", "owner-2": "ROLE_OWNER"}
        for subject, role in people.items():
            self.must("AccessService/GrantRole", {"subject": subject, "role": role})
        if regions:
            self._put_regions()
        for subject in people:
            self._wait_for_roles(subject)

    def grant(self, subject, role, **fields):
        """Returns when it holds in every service that runs."""
        self.must("AccessService/GrantRole", {"subject": subject, "role": role, **fields})
        self._wait_for_roles(subject)

    def _put_regions(self):
        self.must("RegistryService/PutRegion", {"region": {"region_id": "CA", "display_name": "California",
                                                           "load_series_id": "load", "import_price_series_id": "price"}})
        for part in ("NORTH", "SOUTH"):
            self.must("RegistryService/PutRegion", {"region": {"region_id": part, "parent_region_id": "CA"}})

    def _wait_for_roles(self, subject):
        """Roles hold everywhere within a second; returns when those of `subject` do, in the services that run."""
        reads = {"emergency": "EmergencyService/ListEmergencies", "optimizer": "SeriesService/ListSeries",
                 "registry": "RegistryService/ListRegions"}
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            answers = [self.call(read, {}, subject) for name, read in reads.items() if self.processes[name].poll() is None]
            if all(a.ok for a in answers):
                return
            time.sleep(0.05)
        raise AssertionError(f"roles did not arrive: {answers}")

    def destroy(self):
        for api in self._apis.values():
            api.close()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        self.postgres.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def system_with_people():
    """A system of its own for a file of tests."""
    it = System()
    try:
        it.set_up_people()
        yield it
    finally:
        it.destroy()
