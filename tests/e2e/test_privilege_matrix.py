"""Every RPC by every kind of caller, against real servers, compared with a reviewed table (golden_privileges.txt).

After a wanted change: DERMS_WRITE_GOLDEN=1 pytest test_privilege_matrix.py, then review the difference by eye.
"""
import os
import pathlib

import pytest

from requests_by_rpc import Maker, makers

GOLDEN = pathlib.Path(__file__).with_name("golden_privileges.txt")
CALLERS = ("no token", "expired", "wrong audience", "no role", "owner", "other owner", "operator", "admin")


def api_of(system, caller, service):
    tokens = {"no token": None, "expired": lambda: system.token("admin-1", lifetime=-120),
              "wrong audience": lambda: system.token("admin-1", audience="somebody-else")}
    if caller in tokens:
        return system.api(service, token=tokens[caller] and tokens[caller]())
    return system.api(service, {"no role": "nobody-1", "owner": "owner-1", "other owner": "owner-2",
                                "operator": "operator-1", "admin": "admin-1"}[caller])


def outcome(answer):
    """Code and reason; for bulk calls the code of the one item."""
    for message in answer.values:
        for key in ("results", "rejected"):
            for item in message.get(key, []):
                if "error" in item:
                    return f"item {item['error']['code']}"
    return "OK" if answer.ok else f"{answer.code}:{answer.reason}"


@pytest.fixture(scope="module")
def matrix(system, request):
    numbers = request.getfixturevalue("numbers")
    make = makers(Maker(system, numbers))
    rows = {}
    for service, method in system.schema.methods():
        name = f"{service.name}/{method.name}"
        assert name in make, f"{name} has no request in requests_by_rpc.py"
        rows[name] = [outcome(api_of(system, caller, service.name).call(name, make[name]())) for caller in CALLERS]
    return rows


def table(rows):
    lines = ["RPC | " + " | ".join(CALLERS)]
    lines += [f"{name} | " + " | ".join(cells) for name, cells in sorted(rows.items())]
    return "\n".join(lines) + "\n"


def test_the_matrix_is_the_reviewed_one(matrix):
    if os.environ.get("DERMS_WRITE_GOLDEN"):
        GOLDEN.write_text(table(matrix))
    assert table(matrix) == GOLDEN.read_text()


def test_nobody_passes_without_a_good_token(matrix):
    for name, cells in matrix.items():
        for caller, cell in list(zip(CALLERS, cells))[:3]:
            assert cell.startswith("UNAUTHENTICATED"), f"{name} by {caller}: {cell}"


def test_roles_are_those_of_the_policy(system, matrix):
    """The outcome follows from the policy option: a caller without any of its roles is refused by the gate."""
    role_of = {"no role": None, "owner": 3, "other owner": 3, "operator": 2, "admin": 1}
    extension = system.schema.pool.FindExtensionByName("derms.v1.policy")
    for service, method in system.schema.methods():
        options = system.schema.cls(system.schema.pool.FindMessageTypeByName("google.protobuf.MethodOptions"))
        policy = options.FromString(method.GetOptions().SerializeToString()).Extensions[extension]
        cells = dict(zip(CALLERS, matrix[f"{service.name}/{method.name}"]))
        for caller, role in role_of.items():
            refused = cells[caller] == "PERMISSION_DENIED:UNAUTHORIZED"
            admitted = policy.any_subject or role in policy.roles
            if not admitted:
                assert refused, f"{service.name}/{method.name} by {caller}: {cells[caller]}"
