#!/usr/bin/env python3
"""docs/errors.md names every reason that the sources make, under its code and for those who see it, and no other.

Usage: check_errors.py ROOT   Prints each difference and the remedy; exit 1 on any.
"""
import pathlib
import re
import sys

CODES = {"InvalidArgument": "INVALID_ARGUMENT", "FailedPrecondition": "FAILED_PRECONDITION", "NotFound": "NOT_FOUND",
         "AlreadyExists": "ALREADY_EXISTS", "PermissionDenied": "PERMISSION_DENIED", "Unauthenticated": "UNAUTHENTICATED",
         "Aborted": "ABORTED", "Unavailable": "UNAVAILABLE", "ResourceExhausted": "RESOURCE_EXHAUSTED",
         "DeadlineExceeded": "DEADLINE_EXCEEDED", "Internal": "INTERNAL", "Unimplemented": "UNIMPLEMENTED",
         "Cancelled": "CANCELLED", "OutOfRange": "OUT_OF_RANGE", "Unknown": "UNKNOWN", "DataLoss": "DATA_LOSS"}
# A builder of libs/base/error.h with its reason, in all the ways it is written.
BUILDER = re.compile(r"(?<![\w:])(?:base::)?(" + "|".join(CODES) + r")\(\s*([^,()]*(?:\([^()]*\)[^,()]*)*),")
BY_CODE = re.compile(r"ErrorBuilder(?:\s+\w+)?\(\s*absl::StatusCode::k(\w+),\s*([^,]+),")
VIOLATIONS = re.compile(r"[.>]ToStatus\(([^()]*)\)")
TO_GRPC = re.compile(r'grpc::StatusCode::([A-Z_]+),\s*"([A-Z][A-Z0-9_]+): ')
BARE = re.compile(r"\babsl::(\w+)Error\(")
REASON = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"')
DEFAULT_OF_VIOLATIONS = "INVALID_REQUEST"
PASSES_ON = {"libs/base/error.h", "libs/base/error.cc", "libs/client/status.cc"}  # reasons of others
MAPPED = "libs/server/status_map.cc"  # names what callers see in place of what they may not
# Statuses without a reason: nobody is told them.
BARE_ALLOWED = {"libs/server/bulk.h": "the client has gone", "libs/server/run_service.cc": "the command line",
                "libs/server/reflection.cc": "an answer of reflection has no reason", MAPPED: "takes a reason's place",
                "libs/server/running_call.h": "exceptions: INTERNAL_ERROR for the caller"}

# Who sees a reason: the first line that fits path (as a beginning) and reason. Everybody else's are for callers.
SERVICE_FILES = ("libs/auth/jwks", "libs/auth/policy_table", "libs/auth/public_key", "libs/auth/strict_json",
                 "libs/observe/", "libs/server/certificates", "libs/server/config", "libs/server/listen",
                 "libs/server/method_table", "libs/server/port.", "libs/server/schema", "libs/store/chain_writer",
                 "libs/store/db_clock", "libs/store/expansion", "libs/store/lease", "libs/store/memory_read_model",
                 "libs/store/migrate", "services/registry/hosted_registry")
SEEN_BY = [("services/dermsctl/", None, "dermsctl"), ("libs/client/", None, "dermsctl"),
           ("libs/gridcode/csv_text", None, "dermsctl"), ("libs/gridcode/settings_csv", None, "dermsctl"),
           ("libs/gridcode/profile", "INVALID_PROFILE", "service"),
           ("services/admin/", None, "derms-admin"), *((path, None, "service") for path in SERVICE_FILES),
           ("libs/store/connection", "DATABASE_URL_INVALID", "service"), ("libs/server/pg_storage", "BAD_SETTING", "service"),
           ("services/emergency/", "BAD_SETTING", "service")]
HIDDEN_CODES = ("INTERNAL", "UNKNOWN", "DATA_LOSS")

ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \| ([A-Z_]+) \| (.*) \|$")
NAMED_IN_SCHEMA = re.compile(r"\b(" + "|".join(CODES.values()) + r") \(([^)]*)\)")


def audience(path, reason, code):
    for beginning, only, seen_by in SEEN_BY:
        if path.startswith(beginning) and only in (None, reason):
            return seen_by
    if path.startswith("libs/auth/") and code == "UNAUTHENTICATED" and reason != "UNAUTHENTICATED":
        return "gate"
    return "log" if code in HIDDEN_CODES else "caller"


def reasons_in(path, text):
    """(reason, code, audience) of everything that a source makes, and what is wrong with how it makes it."""
    found, problems, indirect = set(), [], set()
    if path in PASSES_ON:
        return found, problems
    text = re.sub(r"//[^\n]*", "", text)
    made = [(CODES[name], argument) for name, argument in BUILDER.findall(text)]
    made += [(CODES.get(name, name.upper()), argument) for name, argument in BY_CODE.findall(text)]
    made += [("INVALID_ARGUMENT", argument or f'"{DEFAULT_OF_VIOLATIONS}"') for argument in VIOLATIONS.findall(text)]
    for code, argument in made:
        literals = REASON.findall(argument)
        found |= {(reason, code, audience(path, reason, code)) for reason in literals}
        if not literals:
            indirect.add(code)
    direct = {reason for reason, _, _ in found}
    for code in indirect:  # the reason comes from a variable: any that the file names may be it
        candidates = set(REASON.findall(text)) - direct
        if not candidates:
            problems.append(f"{path}: a {code} whose reason cannot be found; give it as a literal")
        found |= {(reason, code, audience(path, reason, code)) for reason in candidates}
    found |= {(reason, code, "caller") for code, reason in TO_GRPC.findall(text)}
    if path == MAPPED:
        found |= {(reason, "INTERNAL", "caller") for reason in REASON.findall(text)}
    if BARE.search(text) and path not in BARE_ALLOWED:
        problems.append(f"{path}: absl::{BARE.search(text)[1]}Error has no reason; use libs/base/error.h")
    return found, problems


def sources(root):
    for folder in ("libs", "services"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".cc", ".h") and not file.name.endswith("_test.cc") and "testing" not in file.parts:
                yield file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")


def documented(text):
    """The rows of the two tables, and what is wrong with them. The second table has a column more: who sees it."""
    rows, problems, previous = set(), [], ("", "")
    for line in text.splitlines():
        if line.startswith("## "):
            previous = ("", "")
        match = ROW.match(line)
        if not match:
            continue
        reason, code, rest = match.groups()
        cells = [cell.strip() for cell in rest.split(" | ")]
        seen_by = cells[0] if cells[0] in ("gate", "log", "service", "dermsctl", "derms-admin") else "caller"
        if len(cells) != 2 or not all(cells):
            problems.append(f"docs/errors.md: the row of {reason} needs four cells")
        if (reason, code, seen_by) in rows:
            problems.append(f"docs/errors.md: {reason} stands there twice")
        if reason < previous[0]:
            problems.append(f"docs/errors.md: {reason} comes after {previous[0]}; keep the table sorted")
        rows.add((reason, code, seen_by))
        previous = (reason, code)
    return rows, problems


def named_in_schema(text):
    """(reason, code) of comments like: Errors: NOT_FOUND (DER_NOT_FOUND), FAILED_PRECONDITION (DER_RETIRED)."""
    plain = re.sub(r"\s*\n\s*//\s*", " ", text)
    return {(reason, code) for code, inside in NAMED_IN_SCHEMA.findall(plain)
            for reason in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", inside)}


def self_test():
    """Every way of making a reason must be found: a check that misses one proves nothing."""
    cases = {
        'return base::NotFound("A_B", "x");': {("A_B", "NOT_FOUND", "caller")},
        'return base::Aborted(\n    "A_B", absl::StrCat(1));': {("A_B", "ABORTED", "caller")},
        'return Unavailable("A_B", "x");': {("A_B", "UNAVAILABLE", "caller")},
        'base::InvalidArgument(worse ? "A_B" : "C_D", "x")': {("A_B", "INVALID_ARGUMENT", "caller"),
                                                              ("C_D", "INVALID_ARGUMENT", "caller")},
        'base::InvalidArgument(Pick(x), "x"); return "E_F";': {("E_F", "INVALID_ARGUMENT", "caller")},
        'base::ErrorBuilder(absl::StatusCode::kCancelled, "A_B", "x")': {("A_B", "CANCELLED", "caller")},
        'base::ErrorBuilder builder(absl::StatusCode::kUnknown, "A_B", "x");': {("A_B", "UNKNOWN", "log")},
        'violations.ToStatus("A_B")': {("A_B", "INVALID_ARGUMENT", "caller")},
        'violations_->ToStatus()': {("INVALID_REQUEST", "INVALID_ARGUMENT", "caller")},
        'grpc::Status(grpc::StatusCode::INTERNAL, "A_B: no")': {("A_B", "INTERNAL", "caller")},
        'base::Internal("A_B", "x")': {("A_B", "INTERNAL", "log")},
        '// base::NotFound("A_B", "x")': set(), 'absl::IsNotFound(status)': set(), 'Foo::NotFound("A_B", x)': set(),
    }
    wrong = [text for text, wanted in cases.items() if reasons_in("libs/domain/x.cc", text)[0] != wanted]
    flagged = all(reasons_in("libs/domain/x.cc", text)[1] for text in ("absl::NotFoundError(x)", "base::NotFound(reason, x)"))
    table = "| `A_B` | NOT_FOUND | meaning | remedy |\n| `A_B` | INTERNAL | log | meaning |"
    read = documented(table)[0] == {("A_B", "NOT_FOUND", "caller"), ("A_B", "INTERNAL", "log")}
    for text in wrong:
        print(f"self-test: wrongly read: {text}: {reasons_in('libs/domain/x.cc', text)[0]}")
    if not flagged or not read:
        print("self-test: a planted error was not found")
    return not wrong and flagged and read


def main():
    root = pathlib.Path(sys.argv[1])
    made, problems = set(), []
    for path, text in sources(root):
        found, wrong = reasons_in(path, text)
        made |= found
        problems += wrong
    rows, wrong = documented((root / "docs" / "errors.md").read_text(encoding="utf-8"))
    problems += wrong
    problems += [f"docs/errors.md lacks {reason} ({code}), seen by: {who}" for reason, code, who in sorted(made - rows)]
    problems += [f"docs/errors.md names {reason} ({code}), seen by {who}; no source makes it"
                 for reason, code, who in sorted(rows - made)]
    for_callers = {(reason, code) for reason, code, who in made if who == "caller"}
    for file in sorted((root / "proto" / "derms").rglob("*.proto")):
        problems += [f"{file.relative_to(root)} names {reason} ({code}), which no caller gets"
                     for reason, code in sorted(named_in_schema(file.read_text(encoding="utf-8")) - for_callers)]
    for problem in problems:
        print(problem)
    print(f"{len(for_callers)} reasons for callers, {len(made) - len(for_callers)} for operators")
    return 0 if self_test() and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
