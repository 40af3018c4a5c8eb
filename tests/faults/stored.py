"""Faults of the database: its sessions end, its disk is full."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
from collections.abc import Iterator

import asyncpg
import psutil

from tests.faults.system import DATABASE_PART, System

_AGAIN = 0.05


async def end_sessions(system: System, application: str) -> bool:
    """End all sessions of an application, as an operator or a failover would."""
    try:
        connection = await asyncpg.connect(system.database_url, timeout=2, command_timeout=2)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    try:
        ended = await connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = $1",
            application,
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return False
    finally:
        with contextlib.suppress(Exception):
            await connection.close(timeout=1)
    return bool(ended)


class FullDisk:
    """No process of PostgreSQL can make a file longer, or write beyond its first page.

    RLIMIT_FSIZE is set in every process, new ones too. A write to the log of transactions
    then fails (EFBIG, for ENOSPC) and PostgreSQL panics, restarts and cannot recover until
    there is room, which is what a full disk does to it.

    Parameters
    ----------
    system
        Whose database.
    """

    def __init__(self, system: System) -> None:
        self._system = system
        self._filling: asyncio.Task[None] | None = None

    async def begin(self) -> bool:
        """Fill it."""
        self._filling = asyncio.create_task(self._fill(), name="full disk")
        return self._limit(8192)

    async def heal(self) -> bool:
        """Make room."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)
            self._filling = None
        return self._limit(resource.RLIM_INFINITY)

    async def _fill(self) -> None:
        while True:
            self._limit(8192)
            await asyncio.sleep(_AGAIN)

    def _limit(self, size: int) -> bool:
        hit = False
        for process in self._system.processes(DATABASE_PART):
            try:
                with _being_the_user_of(process):
                    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
                    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))
                hit = True
            except (psutil.Error, OSError):
                continue
        return hit


@contextlib.contextmanager
def _being_the_user_of(process: psutil.Process) -> Iterator[None]:
    """Be the user that a process runs as, who may set its limits; root alone need not be."""
    own = os.getuid(), os.getgid()
    user, group = process.uids().real, process.gids().real
    if user == own[0]:
        yield
        return
    os.setresgid(group, -1, -1)
    os.setresuid(user, -1, -1)
    try:
        yield
    finally:
        os.setresuid(own[0], -1, -1)
        os.setresgid(own[1], -1, -1)
