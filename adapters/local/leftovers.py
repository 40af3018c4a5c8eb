"""Processes that outlived their supervisor: remembered, recognised, ended.

A process number alone proves nothing, since numbers are given again. One of
ours has both the number and the time of creation that were written down, or
carries the mark of that run in its environment (so do its own children).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

MARK = "NIGHTPLAN_RUN"
"""Variable that carries a run's mark in every process it starts."""

_SAME_TIME = 0.5
_POLL = 0.02


class Record:
    """The running parts, kept in a file for the case that this process is killed.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: dict[str, dict[str, Any]] = {}
        self.mark = secrets.token_urlsafe(12)

    def add(self, name: str, pid: int, created: float) -> None:
        """Write down that a part runs.

        Parameters
        ----------
        name
            The part.
        pid
            Its process id.
        created
            When the process was created, seconds since the epoch.
        """
        self._parts[name] = {"pid": pid, "created": created}
        self._write()

    def remove(self, name: str) -> None:
        """Write down that a part has ended."""
        self._parts.pop(name, None)
        self._write()

    def close(self) -> None:
        """Remove the file: nothing runs any more."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"mark": self.mark, "parts": self._parts}))
        new.replace(self._path)


async def end_leftovers(record: Path, signal: int, grace: float = 3.0) -> int:
    """End what the last run left behind; return how many processes that were.

    Parameters
    ----------
    record
        The file of that run's :class:`Record`; it is removed.
    signal
        What they are sent first.
    grace
        Seconds before they are killed.
    """
    found = _left(record)
    await end_processes(found, signal, grace)
    _remove(record)
    return len(found)


def processes_in(directory: Path, name: str) -> list[psutil.Process]:
    """Return the processes of a name whose working directory is this one.

    Parameters
    ----------
    directory
        The working directory.
    name
        The name of the program.
    """
    where = str(directory.resolve())
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == name and process.cwd() == where:
                found.append(process)
        except psutil.Error:
            continue
    return found


async def end_processes(processes: Iterable[psutil.Process], signal: int, grace: float) -> None:
    """Ask processes that are not children of ours to stop, then kill them.

    Parameters
    ----------
    processes
        Which.
    signal
        What they are sent first.
    grace
        Seconds before they are killed.
    """
    alive = list(processes)
    for number, seconds in ((signal, grace), (9, 5.0)):
        for process in alive:
            try:
                process.send_signal(number)
            except psutil.Error:
                continue
        deadline = asyncio.get_running_loop().time() + seconds
        while alive and asyncio.get_running_loop().time() < deadline:
            alive = [process for process in alive if _runs(process)]
            if alive:
                await asyncio.sleep(_POLL)


def _left(record: Path) -> list[psutil.Process]:
    try:
        written = json.loads(record.read_text())
        mark = str(written["mark"])
        parts = [(int(p["pid"]), float(p["created"])) for p in written["parts"].values()]
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return []  # none, or cut short by a crash of the machine: nothing of that run goes on
    found = {p.pid: p for p in (_same(*part) for part in parts) if p is not None}
    found |= {p.pid: p for p in _marked(mark)}
    return list(found.values())


def _remove(record: Path) -> None:
    record.unlink(missing_ok=True)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _same(pid: int, created: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created) < _SAME_TIME
    except psutil.Error:
        return None
    return process if same and _runs(process) else None


def _marked(mark: str) -> list[psutil.Process]:
    own = {process.pid for process in psutil.Process().parents()} | {psutil.Process().pid}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in own and process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:
            continue
    return found
