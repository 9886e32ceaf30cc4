"""docs/metrics.md is what the three processes answer at /metrics: names, types, labels and help, in both directions."""
import os
import re
import resource
import socket

import pytest

import promises
from derms_api import ROOT
from derms_system import SERVICES
from metrics_page import PARTS, MetricsPage

PAGE = (ROOT / "docs" / "metrics.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*?) ?\| (all|registry|optimizer|emergency) \| (.*) \|$", re.MULTILINE)
CONNECTIONS_PER_ADDRESS = 2000  # the default of --max-connections-per-address


def documented(name):
    """What the page says of this process: name -> (type, help, labels)."""
    return {metric: (kind, text, tuple(filter(None, labels.split(", "))))
            for metric, kind, labels, of, text in ROW.findall(PAGE) if of in ("all", name)}


def wait_for(system, name, metric):
    promises.seconds_until(lambda: metric in MetricsPage(system.metrics_ports[name]).families)


def refuse_a_connection(system, name):
    """More connections from one address than it may have."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    sockets = []
    try:
        for _ in range(CONNECTIONS_PER_ADDRESS + 1):
            sockets.append(socket.create_connection(("localhost", system.ports[name])))
        wait_for(system, name, "derms_connections_refused_total")
    finally:
        for each in sockets:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.fixture(scope="module")
def pages(system):
    """The three pages after some traffic: calls, refusals by the gate and inside methods, a changed certificate file, too
    many connections."""
    der = system.register("METRICS-1")
    for rpc in ("RegistryService/ListMaintenance", "OptimizerService/ListSchedules", "ControlService/WhySetpoint"):
        assert system.call(rpc, {"der_id": der}, "owner-2").reason == "UNAUTHORIZED", rpc
    for rpc in ("RegistryService/ListRegions", "SeriesService/ListSeries", "EmergencyService/ListEmergencies"):
        system.must(rpc)
        system.call(rpc, {}, "nobody-1")
    os.utime(system.folder / "server.pem")
    for name in SERVICES:
        wait_for(system, name, "derms_certificate_reloads_total")
        refuse_a_connection(system, name)
    return {name: MetricsPage(system.metrics_ports[name]) for name in SERVICES}


@pytest.mark.parametrize("name", SERVICES)
def test_the_page_and_the_process_name_the_same_metrics(pages, name):
    assert pages[name].families == documented(name)


@pytest.mark.parametrize("name", SERVICES)
def test_every_metric_has_a_value(pages, name):
    for metric, (kind, _, _) in pages[name].families.items():
        samples = [metric + part for part in PARTS.get(kind, ("",))]
        assert any(sample in samples for sample, _ in pages[name].samples), metric


def test_what_to_watch_speaks_of_metrics_that_exist():
    rows = {metric: (kind, labels) for metric, kind, labels, _, _ in ROW.findall(PAGE)}
    names = {metric + part for metric, (kind, _) in rows.items() for part in ("", *PARTS.get(kind, ()))}
    watched = PAGE.split("## What to watch")[1]
    spoken = set(re.findall(r"\b(?:derms|process)_\w+", watched))
    assert spoken and spoken <= names
    for metric, label in re.findall(r"\b(\w+)\{(\w+)[!=]", watched):
        stem = next(name for name in rows if metric in (name, *(name + part for part in PARTS["histogram"])))
        assert label in rows[stem][1].split(", "), f"{metric} has no label {label}"


def test_the_table_is_sorted_and_without_repeats():
    names = [row[0] for row in ROW.findall(PAGE)]
    assert names == sorted(set(names))


def test_service_goes_on_after_the_flood(system):
    for rpc in ("RegistryService/ListRegions", "SeriesService/ListSeries", "EmergencyService/ListEmergencies"):
        system.must(rpc)
