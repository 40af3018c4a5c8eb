"""What the sidecar needs from outside; adapters implement it, ``__main__`` wires it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from models.command import StoredCommand
from models.event import Record
from models.schedule import Schedule


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present time, aware UTC."""
        ...


class Archive(Protocol):
    """The database, as far as it is read."""

    async def find_version(self, instrument: UUID, night: date) -> str | None:
        """The version of a night's plan (models.schedule), or None if it was never planned."""
        ...

    async def read_schedule(self, instrument: UUID, night: date) -> Schedule | None:
        """A night's plan, or None if it was never planned."""
        ...

    async def list_events(
        self,
        instrument: UUID,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[Record]:
        """Every scheduled event, or those that overlap the span given, by start.

        At most ``limit`` of them; the next page starts at the last one's end.
        """
        ...

    async def find_event(self, event: UUID) -> Record | None:
        """One event in whatever state, with its history."""
        ...

    async def find_command(self, command: UUID) -> StoredCommand | None:
        """A command and what became of it; None while the scheduler has not begun it."""
        ...

    async def probe(self) -> None:
        """Ask whether the database answers.

        Raises
        ------
        models.errors.Unreachable
            It does not.
        """
        ...
