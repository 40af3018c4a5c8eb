"""The feed: what happens to instruments' plans, for everybody who follows.

One task for each instrument asks the sidecar what is new, only while somebody follows.
Who is behind what that task remembers reads for itself until it has caught up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from uuid import UUID

import structlog

from api.ports import Reader
from models.errors import Overloaded, Unreachable
from models.reading import FeedEntry

log = structlog.get_logger(__name__)

INTERVAL = 0.5
"""Seconds between two questions to the sidecar."""
PAGE = 500
"""Entries read at once."""
REMEMBERED = 2000
"""Entries that the task of an instrument remembers."""


class _Following:
    """What is new of one instrument, while somebody follows."""

    def __init__(self, reader: Reader, instrument: UUID, newest: int) -> None:
        self._reader = reader
        self._instrument = instrument
        self._recent: deque[FeedEntry] = deque(maxlen=REMEMBERED)
        self._from = newest
        self.newest = newest
        self.changed = asyncio.Condition()
        self.followers = 0

    def after(self, sequence: int) -> list[FeedEntry] | None:
        """What came after an entry; None if that is longer ago than is remembered."""
        if sequence < self._from:
            return None
        return [entry for entry in self._recent if entry.sequence > sequence]

    async def keep_asking(self) -> None:
        """Ask what is new, again and again."""
        while True:
            try:
                found = await self._reader.read_feed(self._instrument, self.newest, PAGE)
            except Unreachable as error:
                log.debug("the feed cannot be read", error=str(error))
                found = ()
            if found:
                overflow = len(self._recent) + len(found) - REMEMBERED
                if overflow > 0:
                    forgotten = [*self._recent, *found][overflow - 1]
                    self._from = forgotten.sequence
                self._recent.extend(found)
                self.newest = found[-1].sequence
                async with self.changed:
                    self.changed.notify_all()
            if len(found) < PAGE:
                await asyncio.sleep(INTERVAL)


class Feed:
    """What happens to all instruments' plans.

    Parameters
    ----------
    reader
        The line to the sidecar.
    stop
        Set when the process is to end: then every stream does.
    most
        Streams at once.
    """

    def __init__(self, reader: Reader, stop: asyncio.Event, *, most: int) -> None:
        self._reader = reader
        self._stop = stop
        self._most = most
        self._open = 0
        self._following: dict[UUID, _Following] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def begin(self, instrument: UUID, after: int | None) -> int:
        """Where a stream begins: after the entry named, or with what comes from now on.

        A number that no entry has reached yet is that of another database: it begins now.

        Raises
        ------
        models.errors.Unreachable
            The sidecar does not answer.
        models.errors.Overloaded
            There are too many streams.
        """
        if self._open >= self._most:
            raise Overloaded(5)
        last = await self._reader.read_feed(instrument, None, 1)
        newest = last[-1].sequence if last else 0
        return newest if after is None else min(after, newest)

    async def follow(
        self, instrument: UUID, sequence: int, patience: float
    ) -> AsyncIterator[list[FeedEntry]]:
        """Everything after an entry, in order, as it happens; ends when the process does.

        Parameters
        ----------
        instrument
            Whose.
        sequence
            The entry after which it begins.
        patience
            After so many seconds without anything an empty list comes.
        """
        self._open += 1
        following = self._join(instrument, sequence)
        try:
            while not self._stop.is_set():
                found = following.after(sequence)
                if found is None:
                    found = await self._catch_up(instrument, sequence)
                if not found:
                    await self._wait(following, sequence, patience)
                    found = following.after(sequence) or []
                if found:
                    sequence = found[-1].sequence
                if not self._stop.is_set():
                    yield found
        finally:
            self._open -= 1
            self._leave(instrument)

    async def _catch_up(self, instrument: UUID, sequence: int) -> list[FeedEntry]:
        try:
            return list(await self._reader.read_feed(instrument, sequence, PAGE))
        except Unreachable as error:
            log.debug("the feed cannot be read", error=str(error))
            await asyncio.sleep(INTERVAL)
            return []

    async def _wait(self, following: _Following, sequence: int, patience: float) -> None:
        """Until there is something new, the process is to end, or patience is."""

        async def news() -> None:
            async with following.changed:
                await following.changed.wait_for(lambda: following.newest > sequence)

        waiting = {asyncio.create_task(news()), asyncio.create_task(self._stop.wait())}
        try:
            await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _join(self, instrument: UUID, sequence: int) -> _Following:
        following = self._following.get(instrument)
        if following is None:
            following = self._following[instrument] = _Following(self._reader, instrument, sequence)
            self._tasks[instrument] = asyncio.create_task(
                following.keep_asking(), name=f"feed of {instrument}"
            )
        following.followers += 1
        return following

    def _leave(self, instrument: UUID) -> None:
        following = self._following[instrument]
        following.followers -= 1
        if not following.followers:
            del self._following[instrument]
            self._tasks.pop(instrument).cancel()

    async def close(self) -> None:
        """End what still runs."""
        for task in self._tasks.values():
            task.cancel()
        for task in list(self._tasks.values()):
            with contextlib.suppress(asyncio.CancelledError):
                await task
