"""What the sidecar reads, from the store in memory."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from adapters.memory.rules import PLACED
from adapters.memory.store import MemoryStore
from adapters.memory.transaction import placed
from models.command import StoredCommand
from models.event import Record
from models.schedule import Schedule


class MemoryReader:
    """Reads of what is committed.

    Parameters
    ----------
    store
        The store that the scheduler writes.
    """

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def close(self) -> None:
        """Nothing to close."""

    async def probe(self) -> None:
        """Memory always answers."""

    async def find_version(self, instrument: UUID, night: date) -> str | None:
        """The version of a night's plan; None for an unknown night."""
        schedule = await self.read_schedule(instrument, night)
        return None if schedule is None else schedule.version

    async def read_schedule(self, instrument: UUID, night: date) -> Schedule | None:
        """A night's plan with its quality; None for a night that was never looked at."""
        return self._store.contents.nights.get((instrument, night))

    async def list_events(
        self,
        instrument: UUID,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[Record, ...]:
        """The events of an instrument that have their place, of past nights too, by start."""
        contents = self._store.contents
        found = []
        for record in contents.events.values():
            if record.event.instrument != instrument or record.state not in PLACED:
                continue
            record = placed(record, contents.nights)
            assert record.start is not None  # noqa: S101 - it has its place
            ends = record.start + record.event.duration
            if (start is None or ends > start) and (end is None or record.start < end):
                found.append((record.start, record))
        found.sort(key=lambda pair: pair[0])
        return tuple(record for _, record in found[:limit])

    async def find_event(self, event: UUID) -> Record | None:
        """The stored event with this id, in whatever state, with its history."""
        contents = self._store.contents
        record = contents.events.get(event)
        return None if record is None else placed(record, contents.nights, with_history=True)

    async def find_command(self, command: UUID) -> StoredCommand | None:
        """A command and what became of it; None while the scheduler has not begun it."""
        contents = self._store.contents
        asked = contents.commands.get(command)
        if asked is None:
            return None
        return StoredCommand(
            command=asked, outcome=contents.outcomes.get(command), now=self._store.clock()
        )
