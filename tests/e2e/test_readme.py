"""The README's tour is executed: every command in a `console` block, its output compared with what stands there.

Ids, times and numbers are masked on both sides. DERMS_WRITE_README=1 writes the outputs into the README: read them.
"""
import os
import pathlib
import re
import subprocess

import pytest

from derms_api import ROOT
from derms_system import BUILD

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
MASKS = [(re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
         (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z"), "TIME"),
         (re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?"), "N"),
         (re.compile(r"[ \t]+"), " ")]


def masked(text):
    for pattern, name in MASKS:
        text = pattern.sub(name, text)
    return "\n".join(line.strip() for line in text.strip().splitlines())


def steps(block):
    """(command, expected output) pairs; a command may go over lines that end in a backslash."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif found and not found[-1][1] and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        elif found:
            found[-1][1].append(line)
    return [(command, "\n".join(output)) for command, output in found]


@pytest.fixture(scope="module")
def shell(demo, tmp_path_factory):
    """Runs a command in a folder that looks like the one deploy/up leaves, with the test's ports."""
    folder = tmp_path_factory.mktemp("tour")
    (folder / "var" / "tls").mkdir(parents=True)
    (folder / "var" / "tokens").mkdir()
    (folder / "var" / "tls" / "ca.pem").write_bytes(demo.ca_pem)
    for name, subject in (("admin", "admin-1"), ("operator", "operator-1"), ("owner", "owner-1")):
        (folder / "var" / "tokens" / f"{name}.jwt").write_text(demo.token(subject))
    (folder / "build").symlink_to(BUILD)

    def run(command):
        for service, port in (("registry", 7001), ("optimizer", 7002), ("emergency", 7003)):
            command = command.replace(f"localhost:{port}", f"localhost:{demo.ports[service]}")
        hosts = {f"DERMS_{name.upper()}": f"localhost:{port}" for name, port in demo.ports.items()}
        done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, **hosts, "NO_COLOR": "1", "LC_ALL": "C.UTF-8"})
        return done.stdout + done.stderr
    return run


def test_every_command_of_the_readme_prints_what_stands_there(shell):
    text = README.read_text(encoding="utf-8")
    written, wrong, count = text, [], 0
    for block in BLOCK.findall(text):
        new_block = ""
        for command, expected in steps(block):
            output, count = shell(command), count + 1
            new_block += f"$ {command}\n{output.rstrip()}\n"
            if masked(output) != masked(expected):
                wrong.append(f"$ {command}\n--- README\n{expected}\n--- now\n{output}")
        written = written.replace(block, new_block)
    if os.environ.get("DERMS_WRITE_README"):
        README.write_text(written, encoding="utf-8")
        return
    assert not wrong, "\n".join(wrong)
    assert count >= 8


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8")):
        assert target.startswith("http") or (ROOT / pathlib.PurePosixPath(target)).exists(), target
