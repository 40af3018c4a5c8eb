"""Waiting for what must come true, and looking for what must be gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import psutil

POLL = 0.02


def until(true: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    """Return as soon as something is true; fail if it is not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or true}"
        time.sleep(POLL)


async def until_async(true: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    """Return as soon as something is true, while the event loop goes on."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or true}"
        await asyncio.sleep(POLL)


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that has ended and was not yet waited for does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def processes_of(directory: Path) -> dict[int, str]:
    """All processes that have to do with a directory: number and command line."""
    found = {}
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            inside = process.cwd() if process.name() in {"postgres", "tansu"} else ""
        except psutil.Error:
            continue
        if not alive(process):
            continue
        if any(str(directory) in word for word in [*words, inside]):
            found[process.pid] = " ".join(words)
    return found
