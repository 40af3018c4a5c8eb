"""The embedded PostgreSQL: what it was given is there, whatever kills it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.local.database import database_part, database_url, embedded_postgres
from adapters.local.errors import DirectoryUnusable
from adapters.local.layout import Layout, at
from adapters.local.leftovers import processes_in
from adapters.local.supervisor import Supervisor, running
from tests.integration.local.watching import processes_of, until, until_async

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534

LEAVE_A_SERVER = """
import asyncio, os, pathlib, signal, sys
from adapters.local.database import embedded_postgres

async def main():
    async with embedded_postgres(pathlib.Path(sys.argv[1])) as url:
        print(url, os.geteuid(), flush=True)
        if sys.argv[2:] == ["abandon"]:
            # As on a system that does not tell children of their parent's death.
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def execute(directory: Path, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(
        host=str(at(directory).sockets), user="postgres", database="nightplan"
    )
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def postmaster(layout: Layout) -> psutil.Process:
    return psutil.Process(int((layout.database / "postmaster.pid").read_text().split()[0]))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    """A directory with a database that has been stopped."""
    yield tmp_path / "db"
    assert not processes_in(tmp_path / "db" / "data" / "postgres", "postgres")


@pytest.mark.asyncio
async def test_data_is_there_after_kill_9_and_after_a_new_start(made: Path) -> None:
    layout = at(made)
    layout.prepare()
    said: list[str] = []
    async with running(Supervisor(layout, [database_part(layout)], said.append)):
        await execute(made, "CREATE TABLE kept AS SELECT 7 AS number")
        lost = await asyncpg.connect(
            host=str(layout.sockets), user="postgres", database="nightplan"
        )
        postmaster(layout).kill()
        await until_async(lambda: any("ready again" in line for line in said), 60)
        assert await execute(made, "SELECT number FROM kept") == [(7,)]
        lost.terminate()
    async with embedded_postgres(made):
        assert await execute(made, "SELECT number FROM kept") == [(7,)]


@pytest.mark.asyncio
async def test_it_is_safe_private_and_reached_by_its_url(made: Path) -> None:
    async with embedded_postgres(made) as url:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            for name, value in [
                ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"),
                ("listen_addresses", ""), ("data_checksums", "on"), ("server_encoding", "UTF8"),
                ("TimeZone", "UTC"),
            ]:  # fmt: skip
                shown = (await connection.execute(text(f"SHOW {name}"))).scalar_one()
                assert (name, shown) == (name, value)
            await connection.execute(text("CREATE EXTENSION btree_gist"))
        await engine.dispose()
        server = postmaster(at(made))
        assert not server.net_connections(kind="inet")
        assert server.uids().effective != 0
        for directory in (at(made).sockets, at(made).database):
            assert directory.stat().st_mode & 0o777 == 0o700
            assert directory.stat().st_uid == server.uids().effective
        for directory in (at(made).root, at(made).run):
            assert directory.stat().st_mode & 0o666 == 0o600


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["long" * 30, "zwei Wörter, 夜:1?"])
async def test_any_path_will_do(tmp_path: Path, name: str) -> None:
    directory = tmp_path / name / "night"
    async with embedded_postgres(directory) as url:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        await engine.dispose()
    shutil.rmtree(at(directory).sockets, ignore_errors=True)


@pytest.mark.asyncio
async def test_leftovers_of_a_power_cut_are_no_obstacle(made: Path) -> None:
    layout = at(made)
    layout.prepare()
    unfinished = layout.database.with_name("postgres.unfinished")
    unfinished.mkdir()
    (unfinished / "half").write_text("")
    layout.database.mkdir()  # made, and nothing in it yet
    layout.record.write_text('{"mark": "x", "pa')
    layout.lock.write_text("1\n")
    async with embedded_postgres(made):
        await execute(made, "CREATE TABLE kept AS SELECT 7 AS number")
    assert not unfinished.exists()
    # The numbers in its locks are those of other processes now, as in a new container.
    alive = f"{os.getppid()}\n{layout.database}\n"
    (layout.database / "postmaster.pid").write_text(alive)
    (layout.sockets / ".s.PGSQL.5432.lock").write_text(alive)
    async with embedded_postgres(made):
        assert await execute(made, "SELECT number FROM kept") == [(7,)]
    (layout.database / "postmaster.pid").write_text("")
    async with embedded_postgres(made):
        assert await execute(made, "SELECT number FROM kept") == [(7,)]


def test_a_server_that_was_left_is_ended_first(made: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LEAVE_A_SERVER, str(made), "abandon"], cwd=ROOT, capture_output=True
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    layout = at(made)
    until(lambda: not processes_in(layout.database, "postgres"))
    (layout.sockets / ".s.PGSQL.5432").unlink(missing_ok=True)
    # Nobody's child, on the same files, unknown to any record.
    layout.record.unlink(missing_ok=True)
    part = database_part(layout)
    account = {} if part.account is None else {"user": part.account.uid, "group": part.account.gid}
    server = subprocess.Popen(
        part.argv, cwd="/", stderr=subprocess.DEVNULL, start_new_session=True, **account
    )

    async def start_again() -> None:
        async with embedded_postgres(made):
            assert server.wait(timeout=5) is not None
            assert postmaster(layout).pid != server.pid
            assert await execute(made, "SELECT 1") == [(1,)]

    try:
        until((layout.sockets / ".s.PGSQL.5432").exists)
        asyncio.run(start_again())
    finally:
        server.kill()
        server.wait()


@pytest.mark.asyncio
async def test_files_that_are_not_ours_are_left_alone(made: Path) -> None:
    layout = at(made)
    layout.prepare()
    layout.database.mkdir()
    (layout.database / "letter.txt").write_text("not ours")
    with pytest.raises(DirectoryUnusable, match="not a database"):
        async with embedded_postgres(made):
            pytest.fail("it started")
    (layout.database / "PG_VERSION").write_text("13\n")
    with pytest.raises(DirectoryUnusable, match="PostgreSQL 13"):
        async with embedded_postgres(made):
            pytest.fail("it started")
    assert (layout.database / "letter.txt").read_text() == "not ours"
    assert database_url(layout).startswith("postgresql+asyncpg://postgres@/nightplan?host=/")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv")
def test_an_ordinary_user_without_a_home_runs_it_as_itself(tmp_path: Path) -> None:
    directory = tmp_path / "theirs"
    directory.mkdir(mode=0o700)
    os.chown(directory, NOBODY, NOBODY)
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(above.stat().st_mode | 0o011)
    run = subprocess.run(
        [
            # It may read the interpreter, wherever that is, and write nothing but its own.
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
            "--bounding-set=-all,+dac_read_search",
            sys.executable, "-c", LEAVE_A_SERVER, str(directory),
        ],
        cwd=ROOT, capture_output=True, text=True, env={"HOME": "/nonexistent", "PATH": os.defpath},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.split()[-1] == str(NOBODY)
    assert (directory / "data" / "postgres").stat().st_uid == NOBODY
    assert directory.stat().st_mode & 0o777 == 0o700
    assert not processes_of(directory)
