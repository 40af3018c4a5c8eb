"""Both stores, each as the scheduler and the sidecar get it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from adapters.memory.reader import MemoryReader
from adapters.memory.store import MemoryStore
from adapters.postgres.reader import PostgresReader
from adapters.postgres.store import PostgresStore
from tests.contract.store.databases import database, empty_database, options, server
from tests.contract.store.nights import NOW

__all__ = ["database", "empty_database", "server"]

AnyStore = MemoryStore | PostgresStore
AnyReader = MemoryReader | PostgresReader


class Clock:
    """A clock that only moves when told to; each look at it is a microsecond later."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        """The time."""
        self.time += timedelta(microseconds=1)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "postgres"])
def place(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, or nothing for the store in memory."""
    if request.param == "memory":
        return ""
    url: str = request.getfixturevalue("database")
    return url


@pytest_asyncio.fixture
async def pair(place: str, clock: Clock) -> AsyncIterator[tuple[AnyStore, AnyReader]]:
    """A store with nothing in it, and a reader of it."""
    if not place:
        memory = MemoryStore(clock)
        yield memory, MemoryReader(memory)
        return
    reader = PostgresReader(options(place, pool_size=2, read_only=True))
    yield PostgresStore(options(place, session_timeout=3.0)), reader
    await reader.close()


@pytest.fixture
def store(pair: tuple[AnyStore, AnyReader]) -> AnyStore:
    return pair[0]


@pytest.fixture
def reader(pair: tuple[AnyStore, AnyReader]) -> AnyReader:
    return pair[1]
