#!/usr/bin/env python3
"""Rules of the whole tree that no compiler keeps. Each finding says the rule and the remedy; exit 1 on any.

Usage: check_tree.py ROOT
"""
import pathlib
import re
import subprocess
import sys

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "proto", "services", "libs", "deploy", "tests", "docs",
             "docker-compose.yml", "README.md", "LICENSE"}
MAX_LINES, MAX_BYTES = 450, 1 << 20
MAX_COLUMNS = 120
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SECRETS = re.compile(r"^-----BEGIN (EC |RSA |)PRIVATE KEY-----|eyJ[A-Za-z0-9_-]{20,}\.eyJ")
ADR_FIELDS = ("**Status:**", "**Context:**", "**Decision:**", "**Consequences:**")


def tracked(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, check=True).stdout
    return [pathlib.PurePath(name.decode()) for name in listed.split(b"\0") if name]


def findings(root):
    for path in tracked(root):
        if path.parts[0] not in TOP_LEVEL and not path.parts[0].startswith("."):
            yield path, 0, f"'{path.parts[0]}' stands at the top; the layout is fixed in docs/ARCHITECTURE.md"
        file = pathlib.Path(root) / path
        if not file.is_file():
            continue
        data = file.read_bytes()
        if len(data) > MAX_BYTES:
            yield path, 0, f"larger than {MAX_BYTES} bytes: keep large data out of the repository"
        if b"\0" in data or path.suffix in (".csv", ".txt"):
            continue
        yield from text_findings(path, data.decode("utf-8", errors="replace"))


def text_findings(path, text):
    lines = text.splitlines()
    code = path.suffix in (".cc", ".h", ".py", ".sh", ".proto", ".sql", ".cmake") or "deploy" == path.parts[0]
    if path.suffix in (".cc", ".h", ".py", ".sh") and len(lines) > MAX_LINES:
        yield path, len(lines), f"over {MAX_LINES} lines: a file holds one idea, split it"
    for number, line in enumerate(lines, 1):
        if SECRETS.search(line):
            yield path, number, "a private key or token: secrets are made at installation and never committed"
        if code and path.name != "check_tree.py" and LEFT_OVER.search(line):
            yield path, number, "left over: do it now or file an issue"
        if path.suffix in (".cc", ".h", ".proto") and len(line) > MAX_COLUMNS:
            yield path, number, f"longer than {MAX_COLUMNS} columns"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield path, 1, "a header without #pragma once"
    if path.parts[:2] == ("docs", "adr"):
        yield from (((path, 1, f"an ADR needs the field {field}")) for field in ADR_FIELDS if field not in text)


def main():
    failed = False
    for path, line, sentence in findings(sys.argv[1]):
        print(f"{path}:{line}: {sentence}")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
