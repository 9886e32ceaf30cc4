"""R36: whatever callers send, every line of every service's log is one JSON object with the fields of its kind.

Not even bytes that protobuf complains about, or words of gRPC itself, break a line.
"""
import collections
import json
import time

import pytest
from google.protobuf.descriptor import FieldDescriptor as F

from derms_system import HOME, SERVICES

ATTACKS = ["two\nlines", "back\rto the start", "\x1b[31mred\x1b]0;title\x07", '","level":"error","x":"', '{"a":"b"}', "a\x00b",
           "\u2028line separator", "\u202egnp.exe", "%s%n", "\x7f\x08\x08"]
INVALID_UTF8 = [b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xff\n\x1b[31m\r\n"]
EVERY_LINE = {"time", "level", "service", "message"}
FIELDS = {"call": {"method", "subject", "request_id", "trace_id", "code", "reason", "error", "seconds"},
          "refused by the gate": {"method", "reason", "subject"},
          "denied": {"method", "subject", "scope", "reason", "error", "request_id"}}
PATIENCE_SECONDS = 10


def text_fields(method):
    return [f for f in method.input_type.fields if f.cpp_type == F.CPPTYPE_STRING and f.label != F.LABEL_REPEATED]


def encoded(field, value):
    """The field as it goes over the wire: its tag, its length (below 128), its bytes."""
    tag, head = field.number << 3 | 2, b""
    while tag > 127:
        head, tag = head + bytes([tag & 127 | 128]), tag >> 7
    return head + bytes([tag, len(value)]) + value


def methods_with_text(system):
    return [(f"{s.name}/{m.name}", m) for s, m in system.schema.methods() if text_fields(m)]


@pytest.fixture(scope="module")
def attacked(system):
    """Every text field of every request with every attack, by callers whose roles let them through."""
    sent = collections.Counter()
    for name, method in methods_with_text(system):
        service = name.split("/")[0]
        api = system.api(service, "operator-1" if "ReportReading" in name else "admin-1")
        for field in text_fields(method):
            for value in [attack.encode() for attack in ATTACKS] + INVALID_UTF8:
                api.call(name, encoded(field, value))
                sent[HOME[service]] += 1
    return sent


def lines_of(system, name):
    """The log with everything that was written until now: a refused call with a subject of its own marks the end.

    Lines are written by a thread of their own, and refusals beyond a number per second are not logged: so it calls again.
    """
    marker = f"marker-{time.monotonic_ns()}"
    service = next(service for service, home in HOME.items() if home == name)
    rpc = next(m.name for s, m in system.schema.methods() if s.name == service and m.name not in ("Initialize", "WhoAmI"))
    api = system.api(service, token=system.token(marker))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while marker not in (text := system.log(name)):
        assert time.monotonic() < deadline, f"{marker} is not in the log of {name}"
        assert api.call(f"{service}/{rpc}", {}).reason == "UNAUTHORIZED"
        time.sleep(0.05)
    api.close()
    return text.splitlines()


def parsed(system, name):
    lines = []
    for number, line in enumerate(lines_of(system, name), 1):
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise AssertionError(f"line {number} of {name} is no JSON: {error}\n{line!r:.500}") from None
    return lines


@pytest.mark.parametrize("name", SERVICES)
def test_every_line_is_one_object_with_the_fields_of_its_kind(system, attacked, name):
    assert attacked[name] > 50
    for line in parsed(system, name):
        assert isinstance(line, dict) and EVERY_LINE <= set(line), line
        assert line["service"] == f"derms-{name}" and line["level"] in ("debug", "info", "warning", "error"), line
        if line["message"] in FIELDS:
            assert set(line) == EVERY_LINE | FIELDS[line["message"]], line
        if "library" in line:
            assert set(line) == EVERY_LINE | {"library", "source", "left_out"}, line


@pytest.mark.parametrize("name", SERVICES)
def test_a_line_is_plain_ascii_that_no_terminal_obeys(system, attacked, name):
    for line in lines_of(system, name):
        assert line.isascii() and line.isprintable(), repr(line)


@pytest.mark.parametrize("name", SERVICES)
def test_what_protobuf_complains_of_is_there_within_a_bound(system, attacked, name):
    spoken = [line for line in parsed(system, name) if line.get("library") == "protobuf"]
    assert any("invalid UTF-8" in line["message"] for line in spoken)
    per_second = collections.Counter(line["time"][:19] for line in spoken)
    assert max(per_second.values()) <= 40, "20 in any second, so at most 40 in one of the clock"
