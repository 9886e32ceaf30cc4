"""Client certificates, TLS versions and certificate files at the real ports (R39, R40): the rules of docs/auth.md."""
import datetime
import os
import re
import socket
import ssl
import subprocess

import grpc
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

import promises
from certificates import DAY, PRINCIPAL, Authority, now, pem_of, self_signed
from derms_api import Api
from derms_system import SERVICES
from metrics_page import MetricsPage

OPERATOR, ADMIN = PRINCIPAL + "operator-1", PRINCIPAL + "admin-1"
READS = {"registry": "RegistryService/ListRegions", "optimizer": "SeriesService/ListSeries",
         "emergency": "EmergencyService/ListEmergencies"}
CLOSED_AT_ONCE_SECONDS = 5  # well below the 10 s that a silent handshake is given


class Clients:
    """Calls with client certificates: what the service answers, as code and reason."""

    def __init__(self, system):
        self.system, self.authority = system, Authority.load(system.folder)

    def api(self, name, identity=None, token=None):
        return Api(self.system.schema, f"localhost:{self.system.ports[name]}", self.system.ca_pem, token,
                   identity.pair if identity else None)

    def call(self, name, identity=None, token=None):
        api = self.api(name, identity, token)
        answer = api.call(READS[name])
        api.close()
        return answer

    def outcome(self, name, identity=None, token=None):
        answer = self.call(name, identity, token)
        return answer.code if answer.ok or not answer.reason else f"{answer.code} {answer.reason}"

    def outcomes(self, identity=None, token=None):
        return {self.outcome(name, identity, token) for name in SERVICES}

    def counted(self, name, reason):
        page = MetricsPage(self.system.metrics_ports[name])
        return page.value("derms_auth_decisions_total", method=f"/derms.v1.{READS[name]}", reason=reason)


@pytest.fixture(scope="module")
def clients(system):
    return Clients(system)


@pytest.fixture(scope="module")
def authority(clients):
    return clients.authority


REFUSED = {"UNAUTHENTICATED UNAUTHENTICATED"}


def test_a_principal_needs_no_token(clients, authority):
    assert clients.outcomes(authority.issue(OPERATOR)) == {"OK"}
    api = clients.api("registry", authority.issue(ADMIN))
    answer = api.call("AccessService/WhoAmI")
    api.close()
    assert (answer["principal"]["subject"], answer["proof"]) == ("admin-1", "mtls")


def test_a_principal_has_the_roles_of_its_subject_and_no_more(clients, authority):
    assert clients.outcomes(authority.issue(PRINCIPAL + "nobody-1")) == {"PERMISSION_DENIED UNAUTHORIZED"}
    owner = clients.api("registry", authority.issue(PRINCIPAL + "owner-1"))
    assert owner.call("AccessService/ListPrincipals").reason == "UNAUTHORIZED"
    owner.close()


def test_a_token_beside_a_certificate_must_be_good_and_name_the_same_subject(system, clients, authority):
    operator = authority.issue(OPERATOR)
    assert clients.outcomes(operator, system.token("operator-1")) == {"OK"}
    before = {name: clients.counted(name, "SUBJECT_MISMATCH") for name in SERVICES}
    assert clients.outcomes(operator, system.token("admin-1")) == REFUSED
    assert all(clients.counted(name, "SUBJECT_MISMATCH") == before[name] + 1 for name in SERVICES)
    assert clients.outcomes(operator, system.token("operator-1", lifetime=-60)) == REFUSED
    assert clients.outcomes(operator, "not.a.token") == REFUSED


def strangers(authority):
    """Certificates with which no connection comes about, whatever token is sent on it."""
    leaf = authority.issue(OPERATOR)
    return {
        "self-signed": self_signed(OPERATOR), "of another CA": Authority.new("other ca").issue(OPERATOR),
        "of another CA of the same name": Authority.new("test ca").issue(OPERATOR),
        "issued by a client certificate": Authority(leaf).issue(ADMIN),
        "expired": authority.issue(OPERATOR, begins=now() - 2 * DAY, ends=now() - DAY),
        "not yet valid": authority.issue(OPERATOR, begins=now() + DAY, ends=now() + 2 * DAY),
        "for servers only": authority.issue(OPERATOR, usage=ExtendedKeyUsageOID.SERVER_AUTH),
    }


def test_a_certificate_that_does_not_verify_ends_the_handshake(system, clients, authority):
    for name, identity in strangers(authority).items():
        assert clients.outcomes(identity) == {"UNAVAILABLE"}, name
        assert clients.outcomes(identity, system.token("operator-1")) == {"UNAVAILABLE"}, f"{name}, with a good token"


def nameless(authority):
    """Certificates of the right CA that name no principal, as an edge proxy has one."""
    return {
        "no alternative name": authority.issue(),
        "common name only": authority.issue(common_name="operator-1"),
        "common name as a principal": authority.issue(common_name=OPERATOR),
        "DNS name": authority.issue(x509.DNSName("operator-1")),
        "mail address": authority.issue(x509.RFC822Name("operator-1@derms")),
        "URI of another trust domain": authority.issue("spiffe://other/principal/operator-1"),
        "URI of another scheme": authority.issue("https://derms/principal/operator-1"),
        "URI of another path": authority.issue("spiffe://derms/workload/operator-1"),
    }


def test_a_certificate_without_a_principal_names_nobody_and_needs_a_token(system, clients, authority):
    for name, identity in nameless(authority).items():
        before = clients.counted("registry", "NO_CREDENTIALS")
        assert clients.outcomes(identity) == REFUSED, name
        assert clients.counted("registry", "NO_CREDENTIALS") == before + 1, name
        assert clients.outcomes(identity, system.token("operator-1")) == {"OK"}, name


def ambiguous(authority):
    return {
        "two principals": authority.issue(OPERATOR, ADMIN), "the same twice": authority.issue(OPERATOR, OPERATOR),
        "empty principal": authority.issue(PRINCIPAL), "path in the principal": authority.issue(OPERATOR + "/x"),
        "query in the principal": authority.issue(OPERATOR + "?x"), "percent code": authority.issue(PRINCIPAL + "operator%2D1"),
        "principal of 256 bytes": authority.issue(PRINCIPAL + "a" * 256),
    }


def test_an_ambiguous_principal_is_refused_with_and_without_a_token(system, clients, authority):
    for name, identity in ambiguous(authority).items():
        before = clients.counted("registry", "CERTIFICATE_IDENTITY")
        assert clients.outcomes(identity) == REFUSED, name
        assert clients.outcomes(identity, system.token("operator-1")) == REFUSED, name
        assert clients.counted("registry", "CERTIFICATE_IDENTITY") == before + 2, name


def test_a_certificate_ends_at_its_time_on_an_open_connection_too(clients, authority):
    identity = authority.issue(OPERATOR, ends=now() + datetime.timedelta(seconds=3))
    api = clients.api("registry", identity)
    assert api.call(READS["registry"]).ok
    promises.seconds_until(lambda: not api.call(READS["registry"]).ok)
    before, answer = clients.counted("registry", "CERTIFICATE_EXPIRED"), api.call(READS["registry"])
    api.close()
    assert (answer.code, answer.message) == ("UNAUTHENTICATED", "UNAUTHENTICATED: invalid token")
    assert clients.counted("registry", "CERTIFICATE_EXPIRED") == before + 1


# The transport below.

@pytest.mark.parametrize("name", SERVICES)
def test_plaintext_to_the_port_fails_at_once(system, name):
    with socket.create_connection(("localhost", system.ports[name]), timeout=CLOSED_AT_ONCE_SECONDS) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        while connection.recv(4096):  # an alert at most; a timeout fails the test
            pass
    with grpc.insecure_channel(f"localhost:{system.ports[name]}") as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=CLOSED_AT_ONCE_SECONDS)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def s_client(system, name, *arguments):
    """Whether a session came about, whether the client made an offer that was turned down, and what openssl says."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{system.ports[name]}", "-CAfile",
                           system.folder / "ca.pem", "-verify_return_error", "-alpn", "h2", *arguments], input="",
                          capture_output=True, text=True, errors="replace", timeout=30, check=False)
    output = done.stdout + done.stderr
    session = "Verify return code: 0 (ok)" in output and "Cipher is (NONE)" not in output
    read, written = map(int, re.search(r"has read (\d+) bytes and written (\d+) bytes", output).groups())
    return session, written > 50 and read < 50, output


OFFERED = (  # security level 0: it must not be the client who refuses
    (True, "-tls1_2"), (True, "-tls1_3"), (True, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (False, "-tls1", "-cipher", "DEFAULT@SECLEVEL=0"), (False, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"),
    (False, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"),  # CBC
    (False, "-tls1_2", "-cipher", "AES128-GCM-SHA256:AES128-SHA:@SECLEVEL=0"),  # no forward secrecy
    (False, "-tls1_2", "-cipher", "NULL:eNULL:@SECLEVEL=0"), (False, "-tls1_2", "-cipher", "AECDH:ADH:@SECLEVEL=0"),
)


@pytest.mark.parametrize("name", SERVICES)
def test_tls_versions_and_ciphers(system, name):
    for accepted, *arguments in OFFERED:
        session, turned_down, output = s_client(system, name, *arguments)
        assert (session, turned_down) == (accepted, not accepted), f"{arguments}\n{output}"


# The files of the server's certificate.

class ServerFiles:
    """The certificate and key files that the three services share, each replaced by rename."""

    def __init__(self, system):
        self.system = system

    def put(self, file, text):
        new = self.system.folder / f"{file}.new"
        new.write_bytes(text)
        os.replace(new, self.system.folder / file)

    def put_pair(self, identity):
        self.put("server.key", pem_of(identity.key))
        self.put("server.pem", identity.certificate_pem)

    def serial(self, name):
        """Of the certificate that a new handshake meets."""
        pem = ssl.get_server_certificate(("localhost", self.system.ports[name]), timeout=10)
        return x509.load_pem_x509_certificate(pem.encode()).serial_number

    def reloads(self, name, result):
        page = MetricsPage(self.system.metrics_ports[name])
        return page.value("derms_certificate_reloads_total", result=result)


def test_a_replaced_certificate_is_served_and_a_mismatched_one_is_not(system, clients, authority):
    files, first = ServerFiles(system), authority.issue_server()
    open_api = clients.api("registry", token=system.token("operator-1"))
    assert open_api.call(READS["registry"]).ok
    files.put_pair(first)
    for name in SERVICES:
        promises.seconds_until(lambda name=name: files.serial(name) == first.certificate.serial_number)
    assert open_api.call(READS["registry"]).ok, "open connections go on"
    open_api.close()

    failed = {name: files.reloads(name, "failed") for name in SERVICES}
    second = authority.issue_server()
    files.put("server.pem", second.certificate_pem)  # the key is still that of the first
    for name in SERVICES:
        promises.seconds_until(lambda name=name: files.reloads(name, "failed") > failed[name])
        assert files.serial(name) == first.certificate.serial_number
        assert clients.outcome(name, token=system.token("operator-1")) == "OK", "the old pair goes on serving"

    files.put("server.key", pem_of(second.key))
    for name in SERVICES:
        promises.seconds_until(lambda name=name: files.serial(name) == second.certificate.serial_number)


@pytest.mark.parametrize("bad, complaint", (("expired", "is valid from"), ("empty", "cannot read"),
                                            ("half", "no PEM certificate in")))
def test_a_bad_certificate_file_is_not_taken_and_the_log_says_why(system, clients, authority, bad, complaint):
    files = ServerFiles(system)
    certificate, key = (system.folder / "server.pem").read_bytes(), (system.folder / "server.key").read_bytes()
    serial, complaints = files.serial("registry"), system.log("registry").count(complaint)
    if bad == "expired":
        files.put_pair(authority.issue_server(begins=now() - 2 * DAY, ends=now() - DAY))
    else:
        files.put("server.pem", b"" if bad == "empty" else certificate[:len(certificate) // 2])
    promises.seconds_until(lambda: system.log("registry").count(complaint) > complaints)
    assert files.serial("registry") == serial
    assert clients.outcome("registry", token=system.token("operator-1")) == "OK"
    files.put("server.pem", certificate)
    files.put("server.key", key)
