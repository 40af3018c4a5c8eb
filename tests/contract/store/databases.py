"""Databases for tests: one server for all of them, a fresh database for each."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from adapters.local.database import embedded_postgres
from adapters.postgres.engine import DatabaseOptions
from adapters.postgres.schema import migrate

_NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The URL of a running server's database, migrated; to be copied, not to be used."""
    directory: Path = tmp_path_factory.mktemp("postgres")
    async with embedded_postgres(directory) as url:
        await migrate(url)
        yield url


@pytest_asyncio.fixture
async def database(server: str) -> AsyncIterator[str]:
    """The URL of a migrated database with nothing in it."""
    name = f"copy_{next(_NUMBERS)}"
    await run(at(server, "postgres"), f"CREATE DATABASE {name} TEMPLATE nightplan")
    yield at(server, name)
    await run(at(server, "postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def empty_database(server: str) -> AsyncIterator[str]:
    """The URL of a database without a table."""
    name = f"empty_{next(_NUMBERS)}"
    await run(at(server, "postgres"), f"CREATE DATABASE {name}")
    yield at(server, name)
    await run(at(server, "postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def at(url: str, database: str) -> str:
    """The same server, another database."""
    return url.replace("/nightplan?", f"/{database}?")


def options(url: str, **others: object) -> DatabaseOptions:
    """Options as the services use them."""
    return DatabaseOptions(url=url, **others)  # type: ignore[arg-type]


async def connect(url: str) -> asyncpg.Connection:
    """A plain connection, with all rights."""
    return await asyncpg.connect(url.replace("+asyncpg", ""), timeout=5, command_timeout=10)


async def run(url: str, *statements: str) -> None:
    """Run statements, each a transaction of its own."""
    connection = await connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
