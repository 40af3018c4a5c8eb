"""Crash points: named places in the scheduler's protocol where its process can end.

They stand around what the scheduler asks of its ports, so no product code knows of them.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

from models.command import Command
from models.exchange import Attempt, Message, NightUpdate, Received, Stored
from models.outcome import Outcome
from scheduler.ports import Commands, Desk, Publisher, Store, Transaction
from tests.faults.programs.control import end_now

Pass = Callable[[str], bool]
"""Counts the passage of a point; True: end here."""

POINTS = (
    "received",
    "before-count",
    "after-count",
    "night-locked",
    "before-save-night",
    "after-save-night",
    "before-save-outcomes",
    "before-commit",
    "during-commit",
    "after-commit",
    "before-publish",
    "during-publish",
    "after-publish",
    "before-clear-outbox",
    "during-clear-outbox",
    "after-clear-outbox",
    "before-bookmark",
    "after-bookmark",
)
"""All of them, in the order in which a command meets them."""


class _Points:
    """Ends the process where it is due."""

    def __init__(self, passing: Pass) -> None:
        self._passing = passing

    def at(self, point: str) -> None:
        """End here if it is due."""
        if self._passing(point):
            end_now()

    def within(self, point: str, longest: float) -> None:
        """End within so many seconds if it is due, from another thread."""
        if self._passing(point):
            threading.Timer(random.uniform(0, longest), end_now).start()


class CrashingCommands(_Points):
    """The log of commands with crash points."""

    def __init__(self, inner: Commands, passing: Pass) -> None:
        super().__init__(passing)
        self._inner = inner

    async def receive(self) -> Sequence[Received]:
        """As the port."""
        found = await self._inner.receive()
        if found:
            self.at("received")
        return found

    async def move_bookmark(self, offset: int) -> None:
        """As the port."""
        self.at("before-bookmark")
        await self._inner.move_bookmark(offset)
        self.at("after-bookmark")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CrashingPublisher(_Points):
    """The way out with crash points."""

    def __init__(self, inner: Publisher, passing: Pass) -> None:
        super().__init__(passing)
        self._inner = inner

    async def publish(self, messages: Sequence[Message]) -> None:
        """As the port."""
        self.at("before-publish")
        self.within("during-publish", 0.004)
        await self._inner.publish(messages)
        self.at("after-publish")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CrashingStore(_Points):
    """The database with crash points."""

    def __init__(self, inner: Store, passing: Pass) -> None:
        super().__init__(passing)
        self._inner = inner

    @asynccontextmanager
    async def lead(self, group: str) -> AsyncIterator[CrashingDesk]:
        """As the port."""
        async with self._inner.lead(group) as desk:
            yield CrashingDesk(desk, self._passing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CrashingDesk(_Points):
    """The writer's place with crash points."""

    def __init__(self, inner: Desk, passing: Pass) -> None:
        super().__init__(passing)
        self._inner = inner

    async def count_attempts(self, commands: Sequence[Command]) -> Mapping[UUID, Attempt]:
        """As the port."""
        if not commands:
            return await self._inner.count_attempts(commands)
        self.at("before-count")
        found = await self._inner.count_attempts(commands)
        self.at("after-count")
        return found

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[CrashingTransaction]:
        """As the port; the points of the commit are those of transactions that write."""
        async with self._inner.transaction() as inner:
            watched = CrashingTransaction(inner, self._passing)
            yield watched
            if watched.writes:
                self.at("before-commit")
                self.within("during-commit", 0.006)
                await asyncio.sleep(0)
        if watched.writes:
            self.at("after-commit")

    async def clear_outbox(self, numbers: Sequence[int]) -> None:
        """As the port."""
        self.at("before-clear-outbox")
        self.within("during-clear-outbox", 0.003)
        await self._inner.clear_outbox(numbers)
        self.at("after-clear-outbox")

    async def read_outbox(self, limit: int) -> Sequence[Stored]:
        """As the port."""
        return await self._inner.read_outbox(limit)

    async def find_unplanned(
        self, nights: Sequence[tuple[UUID, date]]
    ) -> Sequence[tuple[UUID, date]]:
        """As the port."""
        return await self._inner.find_unplanned(nights)

    async def find_overdue(self, instruments: Sequence[UUID]) -> Sequence[tuple[UUID, date]]:
        """As the port."""
        return await self._inner.find_overdue(instruments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class CrashingTransaction(_Points):
    """A unit of work with crash points."""

    def __init__(self, inner: Transaction, passing: Pass) -> None:
        super().__init__(passing)
        self._inner = inner
        self.writes = False

    async def lock_night(self, *given: Any, **more: Any) -> Any:
        """As the port."""
        found = await self._inner.lock_night(*given, **more)
        self.at("night-locked")
        return found

    async def save_night(self, update: NightUpdate) -> None:
        """As the port."""
        self.writes = True
        self.at("before-save-night")
        await self._inner.save_night(update)
        self.at("after-save-night")

    async def save_outcomes(
        self, decided: Sequence[tuple[Command, Outcome]], messages: Sequence[Message]
    ) -> None:
        """As the port."""
        self.writes = True
        self.at("before-save-outcomes")
        await self._inner.save_outcomes(decided, messages)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
