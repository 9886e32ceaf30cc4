"""A caller that calls too often is refused, and nobody else notices; not even its own emergency orders do."""
import concurrent.futures
import time

import pytest

from metrics_page import MetricsPage

RATE, BURST = 50, 100
LIMITS = ("--caller-calls-per-second", RATE, "--caller-burst-calls", BURST)


@pytest.fixture(scope="module")
def limited(system):
    replicas = ("registry-limited", "emergency-limited")
    for name in replicas:
        system.start_replica(name, *LIMITS)
    system.register("CALLS-01", online=True)
    yield system
    for name in replicas:
        system.kill(name)
        del system.processes[name]


def get_der(system, subject):
    return system.call("RegistryService/GetDer", {"der_id": "CALLS-01"}, subject, at="registry-limited")


def flood(system, subject, name, fields, at, seconds):
    """Calls one after the other from four threads; returns the answers."""
    until = time.monotonic() + seconds

    def one_thread(_):
        answers = []
        while time.monotonic() < until:
            answers.append(system.call(name, fields, subject, at=at))
        return answers
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [answer for answers in pool.map(one_thread, range(4)) for answer in answers]


def test_who_calls_too_often_is_refused_and_told_when_to_come_back(limited):
    began = time.monotonic()
    answers = flood(limited, "operator-1", "RegistryService/GetDer", {"der_id": "CALLS-01"}, "registry-limited", 3)
    seconds = time.monotonic() - began
    admitted = [answer for answer in answers if answer.ok]
    refused = [answer for answer in answers if not answer.ok]
    assert {(answer.code, answer.reason) for answer in refused} == {("RESOURCE_EXHAUSTED", "RATE_LIMITED")}
    assert BURST <= len(admitted) <= BURST + RATE * (seconds + 1)
    assert "streams or the bulk forms" in refused[0].message
    time.sleep(0.5)  # as RetryInfo says
    assert get_der(limited, "operator-1").ok


def test_other_callers_do_not_notice(limited):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        abuse = pool.submit(flood, limited, "operator-1", "RegistryService/GetDer", {"der_id": "CALLS-01"},
                            "registry-limited", 3)
        answers = []
        while not abuse.done():
            answers.append(get_der(limited, "owner-1"))
            time.sleep(0.05)
    assert not all(answer.ok for answer in abuse.result())
    assert len(answers) > 20 and all(answer.ok for answer in answers)


def test_an_order_passes_whatever_else_its_caller_does(limited):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        abuse = pool.submit(flood, limited, "operator-1", "EmergencyService/ListEmergencies", {}, "emergency-limited", 3)
        time.sleep(2.5)
        order = limited.call("EmergencyService/AllocateEmergency", {
            "der_id": "CALLS-01", "power_kw": 0, "duration": "60s", "reason": "a drill beside a runaway script",
            "exercise": True}, "operator-1", at="emergency-limited")
        assert not all(answer.ok for answer in abuse.result())
    assert order.ok, order.message


def test_refusals_are_counted_and_do_not_fill_the_log(limited):
    assert "RATE_LIMITED" not in limited.log("registry-limited")
    page = MetricsPage(limited.metrics_ports["registry-limited"])
    assert page.value("derms_calls_over_budget_total") > 0
