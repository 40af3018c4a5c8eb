"""``nightplan up``: ready part by part, stopped in good order, kind when it cannot start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_each_part_is_announced_then_urls_keys_and_ready(system: Any) -> None:
    parts = [line.partition(":")[0] for line in system.lines if ": ready after" in line]
    assert sorted(parts) == ["api", "broker", "database", "migration", "scheduler", "sidecar"]
    text = "\n".join(system.lines)
    assert system.url in text
    assert all(f"demo-{group}" in text for group in ("operator", "owner", "partner", "viewer"))
    assert "ready" in system.lines[-1]


def test_a_second_system_on_the_same_directory_is_refused(system: Any, command: Any) -> None:
    data = next(line.split()[-1] for line in system.lines if "data, logs" in line)
    done = command("up", "--port", "0", "--data", data)
    assert done.code == 5
    assert "already runs" in done.err
    assert done.err.count("\n") == 1


def test_a_taken_port_is_refused(system: Any, command: Any, tmp_path: Path) -> None:
    done = command("up", "--port", system.url.rpartition(":")[2], "--data", str(tmp_path / "d"))
    assert done.code == 5
    assert "in use" in done.err


def test_an_address_that_others_can_reach_is_refused(command: Any, tmp_path: Path) -> None:
    done = command("up", "--host", "192.0.2.1", "--data", str(tmp_path))
    assert done.code == 2
    assert "127.0.0.1" in done.err


def test_a_file_in_the_way_is_named(command: Any, write_json: Callable[[Any], str]) -> None:
    path = write_json({})
    done = command("up", "--port", "0", "--data", path)
    assert done.code == 5
    assert path in done.err


def test_a_port_that_is_none_is_a_mistake(command: Any) -> None:
    assert command("up", "--port", "65536").code == 2
