"""The program itself: help, version, completion, the other programs it becomes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = (
    "up", "api", "scheduler", "sidecar", "migrate", "instruments", "solve", "bench",
    "submit", "events", "show", "delete", "schedule",
)  # fmt: skip


def test_help_names_every_command_and_loads_little(command: Any) -> None:
    done = command("--help", PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 0
    shown = [line.split()[0] for line in done.out.splitlines() if line.startswith("  ")]
    assert set(COMMANDS) <= set(shown)
    loaded = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    assert {"httpx", "pydantic", "rich.console", "ortools", "instruments"}.isdisjoint(loaded)


def test_version(command: Any) -> None:
    assert command("--version").out.startswith("nightplan ")


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["show"], ["delete"], ["submit"], ["events", "--nonsense"], ["solve"]],
)
def test_mistakes_on_the_command_line_exit_with_2(command: Any, arguments: list[str]) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_completion(command: Any) -> None:
    done = command(_NIGHTPLAN_COMPLETE="complete_bash", COMP_WORDS="nightplan sch", COMP_CWORD="1")
    assert set(done.out.split()) == {"schedule", "scheduler"}


def test_solve_becomes_the_kernel(command: Any) -> None:
    task = {"id": "a", "duration": 5, "windows": [[0, 10]]}
    problem = {"horizon": {"start": 0, "end": 10}, "objective": "duration", "tasks": [task]}
    done = command("solve", "-", stdin=json.dumps(problem))
    assert (done.code, done.document["objective"]) == (0, 5)
    assert command("solve", "-", stdin="{").code == 2


def test_services_find_their_package_and_read_the_environment(command: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "api"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"NIGHTPLAN_GATEWAY_PROOF": "short"},
    )
    assert done.returncode != 0
    assert "16 characters" in done.stderr


def test_installed_instruments(command: Any) -> None:
    names = [fields[0] for fields in command("instruments").lines]
    assert {"faim_oberpfaffenhofen", "faim_otlica", "lidar_alomar"} <= set(names)


def test_bench_submit_measures_a_system(client: Any) -> None:
    server = client.env["NIGHTPLAN_SERVER"]
    asked = ("bench", "submit", "--server", server, "--requests", "5", "--events", "4", "--json")
    done = client(*asked)
    assert done.code == 0, done.err
    assert (done.document["requests"], done.document["events_in_the_night"]) == (5, 4)
    assert {"queue", "load", "decide", "rest"} <= set(done.document["stages_ms"])
    assert done.document["post_ms"]["p50"] <= done.document["post_ms"]["worst"]
