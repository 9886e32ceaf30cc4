"""R30 over the wire: every forged or malformed credential is refused by each of the three services, looks the same from
outside, is counted for its own reason and reaches no handler; the forms that must be accepted are.
"""
import json
import os
import socket
import time
import uuid

import pytest

import promises
from derms_system import SERVICES
from forged_tokens import SUBJECT, Forger
from metrics_page import MetricsPage
from tokens import SigningKey, good_claims

REFUSAL = ("UNAUTHENTICATED", "UNAUTHENTICATED: invalid token")
# Per service a mutation in which a forged admin-1 would be obeyed, and a read that every role may make.
WRITES = {
    "registry": ("RegistryService/RegisterDer", {
        "der_id": "FORGED-1", "type": "DER_TYPE_SOLAR", "capacity_kw": 100, "owner_id": "owner-1", "region_id": "NORTH",
        "location": {"latitude_deg": 38, "longitude_deg": -121}}),
    "optimizer": ("SeriesService/PutSeries", {"series": {
        "series_id": "forged", "kind": "SERIES_KIND_LOAD_KW", "starts_at": "2020-01-01T00:00:00Z", "interval": "3600s",
        "values": [1]}}),
    "emergency": ("EmergencyService/AllocateEmergency", {
        "region_id": "NORTH", "power_kw": 0, "duration": "60s", "reason": "forged", "exercise": True}),
}
READS = {"registry": "RegistryService/ListRegions", "optimizer": "SeriesService/ListSeries",
         "emergency": "EmergencyService/ListEmergencies"}
PROMISED_ROLE_SECONDS, PROMISED_RELOAD_SECONDS = 1, 3


class KeySet:
    """The JWKS file of the system, replaced by rename: the development key and others beside it."""

    def __init__(self, path):
        self.path, self.development = path, json.loads(path.read_text())["keys"]

    def publish(self, *keys):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"keys": self.development + [key.jwk() for key in keys]}))
        os.replace(new, self.path)


class Callers:
    """Calls each service with authorization headers as they are."""

    def __init__(self, system):
        self.apis = {name: system.api(rpc.split("/")[0]) for name, rpc in READS.items()}

    def write(self, name, *headers):
        return self._call(name, *WRITES[name], headers)

    def read(self, name, token):
        return self.read_with(name, f"Bearer {token}")

    def read_with(self, name, header):
        return self._call(name, READS[name], {}, [header])

    def _call(self, name, rpc, fields, headers):
        return self.apis[name].call(rpc, fields, metadata=[("authorization", header) for header in headers])

    def until_everywhere(self, token, *codes):
        """Seconds until every service answers the token with one of these codes."""
        return promises.seconds_until(lambda: all(self.read(name, token).code in codes for name in SERVICES))


@pytest.fixture(scope="module")
def callers(system):
    it = Callers(system)
    system.must("RegistryService/RegisterDer", {**WRITES["registry"][1], "der_id": "FORGED-0"})
    wait_until_emergency_knows_a_der(system)
    yield it
    for api in it.apis.values():
        api.close()


@pytest.fixture(scope="module")
def keys(system, callers):
    """A key of each algorithm and a second ES256 key, all published."""
    key_set = KeySet(system.keys.jwks_file)
    made = {"es": SigningKey("ES256", system.keys.kid, system.keys.private), "other_es": SigningKey("ES256", "es-2"),
            "rsa": SigningKey("RS256", "rsa-1"), "ed": SigningKey("EdDSA", "ed-1")}
    key_set.publish(made["other_es"], made["rsa"], made["ed"])
    callers.until_everywhere(made["ed"].token(good_claims(SUBJECT)), "OK")
    yield made
    key_set.publish()
    callers.until_everywhere(made["ed"].token(good_claims(SUBJECT)), "UNAUTHENTICATED")


@pytest.fixture(scope="module")
def listener():
    """A port that a token's URLs lead to; a service that follows one connects to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def wait_until_emergency_knows_a_der(system):
    """Else the order that a forged token gives would be refused for want of DERs."""
    name, order = WRITES["emergency"]
    promises.seconds_until(lambda: system.call(name, {**order, "validate_only": True}).ok)


def stored(system):
    tables = ("der", "series", "emergency_order", "event", "role_grant", "idempotency")
    return {table: system.postgres.query(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def counted(system, name):
    """Calls of the service's write that the gate decided, by reason, and that an adapter took up."""
    page, method = MetricsPage(system.metrics_ports[name]), f"/derms.v1.{WRITES[name][0]}"
    return (page.by_label("derms_auth_decisions_total", "reason", method=method),
            page.value("derms_grpc_server_started_total", method=method))


def risen(before, after):
    return {reason: after[reason] - before.get(reason, 0) for reason in after if after[reason] != before.get(reason, 0)}


@pytest.mark.parametrize("name", SERVICES)
def test_every_forgery_is_refused_alike_and_reaches_no_handler(system, callers, keys, listener, name):
    forgeries = Forger(**keys, url=f"http://127.0.0.1:{listener.getsockname()[1]}").all()
    before, (decisions, handled) = stored(system), counted(system, name)
    wrong = []
    for forgery in forgeries:
        answer = callers.write(name, *forgery.headers)
        if (answer.code, answer.message) != REFUSAL:
            wrong.append(f"{forgery.name}: answered {answer.code} {answer.message}")
        now, _ = counted(system, name)
        if risen(decisions, now) != {forgery.reason: 1}:
            wrong.append(f"{forgery.name}: counted as {risen(decisions, now)}, not as {forgery.reason}")
        decisions = now
    print(f"{name}: {len(forgeries)} forgeries")
    assert not wrong, "\n".join(wrong)
    assert len(forgeries) >= 80
    assert counted(system, name)[1] == handled, "a forged call reached its handler"
    assert stored(system) == before
    with pytest.raises(BlockingIOError):  # nobody fetched a key from the address in a token
        listener.accept()


@pytest.mark.parametrize("name", SERVICES)
def test_the_same_write_with_a_good_token_is_obeyed(system, callers, keys, name):
    """Else the forgeries above would prove nothing."""
    _, handled = counted(system, name)
    assert callers.write(name, f"Bearer {keys['es'].token(good_claims(SUBJECT))}").code == "OK"
    assert counted(system, name)[1] == handled + 1


@pytest.mark.parametrize("name", SERVICES)
def test_a_call_without_credentials_is_told_what_to_send(callers, name):
    answer = callers.write(name)
    assert answer.code == "UNAUTHENTICATED" and "authorization: Bearer TOKEN" in answer.message


@pytest.mark.parametrize("name, kilobytes", [*((name, 20) for name in SERVICES), ("registry", 5 << 10)])
def test_a_header_beyond_the_limit_does_not_get_as_far_as_the_gate(system, callers, name, kilobytes):
    decisions, handled = counted(system, name)
    api = system.api(WRITES[name][0].split("/")[0])  # of its own: the service may close such a connection
    answer = api.call(*WRITES[name], metadata=[("authorization", "Bearer " + "A" * (kilobytes << 10))])
    api.close()
    assert answer.code == "RESOURCE_EXHAUSTED"
    assert counted(system, name) == (decisions, handled)
    assert callers.write(name).code == "UNAUTHENTICATED", "others go on"


def accepted_forms(keys):
    now, es, claims = int(time.time()), keys["es"], good_claims(SUBJECT)
    token = es.token(claims)
    headers = {"ES256": f"Bearer {token}", "scheme in lower case": f"bearer {token}", "in upper case": f"BEARER {token}"}
    tokens = {
        "second ES256 key": keys["other_es"].token(claims), "RS256": keys["rsa"].token(claims),
        "EdDSA": keys["ed"].token(claims), "no typ": es.token(claims, es.header(typ=None)),
        "typ of an access token": es.token(claims, es.header(typ="at+jwt")),
        "typ in lower case": es.token(claims, es.header(typ="jwt")),
        "unknown header member": es.token(claims, es.header(x5t="AAAA")),
        "aud list": es.token(good_claims(SUBJECT, aud=["billing", "derms"])),
        "no iat": es.token(good_claims(SUBJECT, iat=None)), "jti": es.token(good_claims(SUBJECT, jti=str(uuid.uuid4()))),
        "nbf and iat within the leeway": es.token(good_claims(SUBJECT, iat=now + 30, nbf=now + 30)),
        "exp with a fraction": es.token(good_claims(SUBJECT, exp=now + 60.5)),
        "31 days": es.token(good_claims(SUBJECT, iat=now, exp=now + 31 * 86400)),
        "unknown claims": es.token(good_claims(SUBJECT, role=1, roles=["superuser"])),
    }
    return {**headers, **{name: f"Bearer {token}" for name, token in tokens.items()}}


@pytest.mark.parametrize("name", SERVICES)
def test_every_form_that_should_be_accepted_is(callers, keys, name):
    refused = {form: answer for form, header in accepted_forms(keys).items()
               if not (answer := callers.read_with(name, header)).ok}
    assert not refused


def test_roles_that_a_token_claims_are_not_read(system, callers, keys):
    token = keys["es"].token(good_claims("nobody-2", role="admin", roles=["admin", "ROLE_ADMIN"], scope="admin"))
    for name in SERVICES:
        assert callers.read(name, token).reason == "UNAUTHORIZED"
    who = system.api("AccessService", token=token).call("AccessService/WhoAmI")
    assert who["principal"] == {"subject": "nobody-2"}


def test_a_key_counts_while_it_is_in_the_file(system, callers):
    key_set, key = KeySet(system.keys.jwks_file), SigningKey("EdDSA", f"new-{uuid.uuid4()}")
    token = key.token(good_claims(SUBJECT))
    assert callers.read("registry", token).code == "UNAUTHENTICATED"
    key_set.publish(key)
    added = callers.until_everywhere(token, "OK")
    key_set.publish()
    removed = callers.until_everywhere(token, "UNAUTHENTICATED")
    print(f"a new key counts after {added:.2f} s, a removed one no longer after {removed:.2f} s")
    assert max(added, removed) <= PROMISED_RELOAD_SECONDS
    assert callers.read("registry", system.token(SUBJECT)).ok, "the key that stayed goes on"


def test_a_revoked_token_is_refused_everywhere_within_a_second(system, callers):
    seconds = []
    for _ in range(promises.ROUNDS):
        token_id = str(uuid.uuid4())
        token, other = system.token("operator-1", jti=token_id), system.token("operator-1", jti=str(uuid.uuid4()))
        assert all(callers.read(name, token).ok for name in SERVICES)
        system.must("AccessService/RevokeToken", {"token_id": token_id})
        seconds.append(callers.until_everywhere(token, "UNAUTHENTICATED"))
        for name in SERVICES:
            before, _ = counted(system, name)
            answer = callers.write(name, f"Bearer {token}")
            assert (answer.code, answer.message) == REFUSAL
            assert risen(before, counted(system, name)[0]) == {"TOKEN_REVOKED": 1}
            assert callers.read(name, other).ok, "only this token was revoked"
    promises.kept("a revoked token is refused", seconds, PROMISED_ROLE_SECONDS)


def test_all_tokens_of_a_subject_are_revoked_and_later_ones_are_not(system, callers):
    seconds, now = [], int(time.time())
    for number in range(promises.ROUNDS):
        subject = f"leaver-{number}"
        system.must("AccessService/GrantRole", {"subject": subject, "role": "ROLE_OPERATOR"})
        issued, undated = system.token(subject), system.token(subject, iat=None)
        callers.until_everywhere(issued, "OK")
        system.must("AccessService/RevokeToken", {"subject": subject})
        seconds.append(callers.until_everywhere(issued, "UNAUTHENTICATED"))
        for name in SERVICES:
            assert callers.read(name, undated).code == "UNAUTHENTICATED", "without iat it counts as older"
            assert callers.read(name, system.token(subject, iat=now + 50)).ok, "issued after the revocation"
    promises.kept("tokens of a revoked subject are refused", seconds, PROMISED_ROLE_SECONDS)


def test_a_role_holds_everywhere_within_a_second_of_its_grant_and_ends_so(system, callers):
    granted, revoked = [], []
    for number in range(promises.ROUNDS):
        subject = f"joiner-{number}"
        token = system.token(subject)
        assert all(callers.read(name, token).reason == "UNAUTHORIZED" for name in SERVICES)
        system.must("AccessService/GrantRole", {"subject": subject, "role": "ROLE_OPERATOR"})
        granted.append(callers.until_everywhere(token, "OK"))
        system.must("AccessService/RevokeRole", {"subject": subject, "role": "ROLE_OPERATOR"})
        revoked.append(callers.until_everywhere(token, "PERMISSION_DENIED"))
    promises.kept("a granted role holds", granted, PROMISED_ROLE_SECONDS)
    promises.kept("a revoked role is refused", revoked, PROMISED_ROLE_SECONDS)
