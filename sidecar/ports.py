"""What the sidecar needs from outside; adapters implement it, ``__main__`` wires it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from models.command import StoredCommand
from models.event import Record
from models.maintenance import MaintenanceRecord
from models.reading import EventFilter, EventPage, FeedEntry, NightSummary, StoredDownload
from models.schedule import Schedule
from models.series import SeriesRecord


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

    async def read_nights(self, instrument: UUID, start: date, end: date) -> Sequence[NightSummary]:
        """The nights from one date to another, both included, that were ever looked at."""
        ...

    async def read_revision(self, instrument: UUID, night: date, revision: int) -> Schedule | None:
        """The plan that a night had in an earlier revision; None if it never had that."""
        ...

    async def find_events(
        self,
        instrument: UUID,
        wanted: EventFilter,
        *,
        sort: str,
        size: int,
        after: str | None,
    ) -> EventPage:
        """A page of events in whatever state, in an order of :mod:`models.paging`.

        Raises
        ------
        models.errors.InvalidRequest
            There is no such order, or ``after`` is nothing that a page in it has said.
        """
        ...

    async def list_maintenance(
        self, instrument: UUID, start: datetime | None, end: datetime | None
    ) -> Sequence[MaintenanceRecord]:
        """Every maintenance that was not taken back, or those that meet a span, by start."""
        ...

    async def find_maintenance(
        self, instrument: UUID, maintenance: UUID
    ) -> MaintenanceRecord | None:
        """One maintenance, also one that was taken back."""
        ...

    async def read_feed(
        self, instrument: UUID, after: int | None, size: int
    ) -> Sequence[FeedEntry]:
        """What happened after the entry with this number, in order; None: the last entry alone."""
        ...

    async def list_downloads(self, instrument: UUID, night: date) -> Sequence[StoredDownload]:
        """Who got the plan of a night, oldest first."""
        ...

    async def list_series(self, instrument: UUID) -> Sequence[SeriesRecord]:
        """Every series that goes on, oldest first."""
        ...

    async def find_series(self, instrument: UUID, series: UUID) -> SeriesRecord | None:
        """One series, also one that was ended."""
        ...

    async def probe(self) -> None:
        """Ask whether the database answers.

        Raises
        ------
        models.errors.Unreachable
            It does not.
        """
        ...
