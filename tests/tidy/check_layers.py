#!/usr/bin/env python3
"""The layers, read from the includes: runs with every build and fails it on an upward arrow.

Usage: check_layers.py ROOT [--self-test]   Prints file:line, the rule and the remedy; exit 1 on a finding.
"""
import pathlib
import re
import sys

LAYER = {"base": 0, "observe": 1, "domain": 1, "gridcode": 1, "forecast": 1, "dispatch": 1, "auth": 2, "wire": 2,
         "store": 2, "client": 2, "server": 3}
SIDEWAYS = {("gridcode", "domain"), ("forecast", "domain"), ("dispatch", "domain")}
# Text in an include or a line -> who may have it. Folders are libs/NAME or services.
ONLY = [
    (re.compile(r'#include\s+[<"](pqxx/|libpq-fe\.h|pqxx)'), {"libs/store"},
     "only libs/store speaks to PostgreSQL; use its typed interfaces"),
    (re.compile(r'#include\s+[<"](grpcpp|grpc)/'),
     {"libs/auth", "libs/wire", "libs/client", "libs/server", "services", "tests"},
     "gRPC stays in auth, wire, client, server and services"),
    (re.compile(r'#include\s+[<"](derms/v1|google/protobuf|google/rpc|grpc/health|grpc/reflection)/'),
     {"libs/auth", "libs/wire", "libs/client", "libs/server", "services", "tests"},
     "protobuf stays out of domain, store and the pure libraries; convert in libs/wire"),
    (re.compile(r'\bServerBuilder\b'), {"libs/server"}, "libs/server/port.cc alone opens ports: a port without the gate "
     "would let anybody in"),
    (re.compile(r'\bInsecureServerCredentials\b|\bInProcessChannel\b'), set(), "there is no port without TLS and gate"),
]
PORT_RULES = ONLY[-2:]  # about the product's ports; a test may open one of its own
OURS = re.compile(r'#include\s+"(libs/(\w+)|services/([\w]+))/')


def home(path):
    """('libs', name) or ('services', name) or (first folder, '') of a path relative to the root."""
    parts = path.parts
    return (parts[0], parts[1]) if parts[0] in ("libs", "services") and len(parts) > 2 else (parts[0], "")


def arrow_error(where, lib, service):
    kind, name = where
    if kind == "tests":
        return None
    if service:
        if kind == "services" and name == service:
            return None
        return f"{kind}/{name} may not include services/{service}: services are used by nothing"
    if lib not in LAYER:
        return f"libs/{lib} has no layer; name it in tests/tidy/check_layers.py and docs/ARCHITECTURE.md"
    if kind == "services" or name == lib or (name, lib) in SIDEWAYS:
        return None
    if name not in LAYER:
        return f"libs/{name} has no layer; name it in tests/tidy/check_layers.py and docs/ARCHITECTURE.md"
    if LAYER[lib] >= LAYER[name]:
        return f"upward arrow: libs/{name} (layer {LAYER[name]}) may not include libs/{lib} (layer {LAYER[lib]})"
    return None


def check_text(path, text):
    """Findings as (line number, sentence) for one file, its path relative to the root."""
    where = home(path)
    folder = f"libs/{where[1]}" if where[0] == "libs" else where[0]
    findings = []
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0] if not line.lstrip().startswith("#include") else line
        ours = OURS.match(line.strip())
        if ours:
            error = arrow_error(where, ours.group(2), ours.group(3))
            if error:
                findings.append((number, error))
        is_test = path.name.endswith("_test.cc") or "testing" in path.parts
        for rule in ONLY:
            pattern, allowed, why = rule
            if pattern.search(code) and folder not in allowed and not (is_test and rule in PORT_RULES):
                findings.append((number, why))
    return findings


def self_test():
    """Planted errors must be found: a check that cannot fail is none."""
    planted = [("libs/domain/x.cc", '#include "libs/store/mutation.h"'), ("libs/store/x.cc", '#include "libs/auth/gate.h"'),
               ("libs/base/x.h", '#include "services/registry/main.h"'), ("libs/dispatch/x.cc", "#include <pqxx/pqxx>"),
               ("services/registry/x.cc", '#include "services/emergency/y.h"'),
               ("services/registry/x.cc", "grpc::ServerBuilder builder;"),
               ("libs/server/x.cc", "grpc::InsecureServerCredentials()"),
               ("libs/store/x_test.cc", '#include "libs/auth/gate.h"'),
               ("libs/store/x.cc", "#include <google/protobuf/message.h>")]
    clean = [("libs/server/x.cc", '#include "libs/store/mutation.h"'), ("libs/dispatch/x.cc", '#include "libs/domain/der.h"'),
             ("services/registry/x.cc", '#include "services/registry/y.h"'), ("libs/store/x.cc", "#include <pqxx/pqxx>"),
             ("libs/auth/x_test.cc", "grpc::ServerBuilder builder;"),
             ("libs/client/testing/x.cc", "grpc::ServerBuilder builder;")]
    missed = [p for p in planted if not check_text(pathlib.PurePath(p[0]), p[1])]
    wrong = [p for p in clean if check_text(pathlib.PurePath(p[0]), p[1])]
    for path, line in missed:
        print(f"self-test: not found: {path}: {line}")
    for path, line in wrong:
        print(f"self-test: wrongly found: {path}: {line}")
    return not missed and not wrong


def main():
    root = pathlib.Path(sys.argv[1])
    if not self_test():
        return 1
    failed = False
    for folder in ("libs", "services", "tests"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            relative = path.relative_to(root)
            for number, sentence in check_text(relative, path.read_text(encoding="utf-8")):
                print(f"{relative}:{number}: {sentence}")
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
