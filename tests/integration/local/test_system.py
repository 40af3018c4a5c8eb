"""`nightplan up` as a user meets it: real database, real broker, services of a few lines."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from adapters.local.ports import free_ports
from adapters.local.system import DEMO_CONSUMERS
from tests.integration.local.watching import alive, processes_of, until

UP = Path(__file__).parent / "programs" / "up.py"
ROOT = Path(__file__).resolve().parents[3]


runs: list[Up] = []


class Up:
    """One run of it."""

    def __init__(self, directory: Path, port: int, *manners: str) -> None:
        self._said = directory.parent / f"said-{time.monotonic_ns()}"
        with self._said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(UP), str(directory), str(port), *manners],
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin:/usr/sbin", "HOME": "/"},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        runs.append(self)

    @property
    def said(self) -> list[str]:
        """The lines it has printed."""
        return self._said.read_text().splitlines()

    def ready(self) -> Up:
        """Wait until it is ready."""
        until(lambda: self.said[-1:] == ["nightplan is ready"], 60, "ready")
        return self

    def end(self, number: int, seconds: float = 10.0) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds: float = 10.0) -> int:
        """Return the exit status."""
        status = self.process.wait(timeout=seconds)
        runs.remove(self)
        return status


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "night plan"


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    left = processes_of(tmp_path)
    for pid in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
    while runs:
        runs.pop().process.wait()
    assert not left


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


def starts(directory: Path) -> Counter[str]:
    return Counter((directory.parent / "starts").read_text().split())


def test_it_says_what_is_ready_and_stops_when_asked(directory: Path, port: int) -> None:
    up = Up(directory, port).ready()
    parts = [line.partition(": ready after")[0] for line in up.said if ": ready after" in line]
    assert parts.index("database") < parts.index("migration") < parts.index("scheduler")
    assert parts.index("migration") < parts.index("sidecar")
    assert parts.index("broker") < min(parts.index("scheduler"), parts.index("api"))
    assert sorted(parts) == ["api", "broker", "database", "migration", "scheduler", "sidecar"]
    text = "\n".join(up.said)
    assert f"http://127.0.0.1:{port}/v1/instrument" in text
    assert f"http://127.0.0.1:{port}/openapi.json" in text
    assert all(consumer in text for consumer in DEMO_CONSUMERS)
    assert "this machine only" in text
    assert up.end(signal.SIGTERM) == 0
    assert not processes_of(directory.parent)
    assert up.said[-2:] == ["stopping", "stopped"]


def test_services_that_do_not_listen_are_stopped_within_10_s(directory: Path, port: int) -> None:
    up = Up(directory, port, "stubborn").ready()
    began = time.monotonic()
    assert up.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 10
    up = Up(directory, port, "stubborn").ready()
    up.process.send_signal(signal.SIGINT)
    until(lambda: up.said[-1] == "stopping")
    began = time.monotonic()
    assert up.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 2  # asked twice: killed at once


def test_stopped_while_it_starts_it_leaves_nothing(directory: Path, port: int) -> None:
    up = Up(directory, port)
    until(lambda: (directory / "data" / "postgres.unfinished").exists() or up.said)
    assert up.end(signal.SIGTERM) == 0
    assert not processes_of(directory.parent)
    up = Up(directory, port).ready()
    assert up.end(signal.SIGTERM) == 0


def test_killed_and_started_again_nothing_is_left_of_the_first(directory: Path, port: int) -> None:
    first = Up(directory, port, "parent").ready()
    before = psutil.Process(first.process.pid).children()
    assert len(before) == 5  # all but the migration
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = Up(directory, port).ready()
    assert not [process for process in before if alive(process)]
    tree = psutil.Process(second.process.pid).children(recursive=True)
    assert set(processes_of(directory.parent)) <= {second.process.pid, *(p.pid for p in tree)}
    assert starts(directory) == {"migration": 2, "scheduler": 2, "sidecar": 2, "api": 2}
    assert second.end(signal.SIGTERM) == 0


def test_any_child_may_be_killed(directory: Path, port: int) -> None:
    up = Up(directory, port).ready()
    for child in psutil.Process(up.process.pid).children():
        child.kill()
    for part in ("database", "broker", "scheduler", "sidecar", "api"):
        again = f"{part}: ready again"
        until(lambda text=again: any(text in line for line in up.said), 60, again)
    assert starts(directory) == {"migration": 1, "scheduler": 2, "sidecar": 2, "api": 2}
    assert up.end(signal.SIGTERM) == 0


def test_a_second_one_on_the_same_directory_is_refused(directory: Path, port: int) -> None:
    first = Up(directory, port).ready()
    second = Up(directory, free_ports(1)[0])
    assert second.wait(30) == 1
    [line] = second.said
    assert line.startswith(f"nightplan up: nightplan already runs on {directory}")
    assert f"process {first.process.pid}" in line
    elsewhere = Up(directory.with_name("other"), port)
    assert elsewhere.wait(30) == 1
    assert elsewhere.said == [
        f"nightplan up: port {port} on 127.0.0.1 is already in use. Stop what listens there, "
        "or choose another port with --port."
    ]
    with socket.create_connection(("127.0.0.1", port)):
        pass  # the first is not disturbed
    assert first.end(signal.SIGTERM) == 0
