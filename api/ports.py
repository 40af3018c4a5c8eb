"""What the API needs from outside; adapters implement it, ``__main__`` wires it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from models.command import Command, StoredCommand
from models.event import Record
from models.instrument import SchedulingGroup
from models.maintenance import MaintenanceRecord
from models.outcome import Outcome
from models.reading import (
    EventFilter,
    EventPage,
    FeedEntry,
    NightSummary,
    StoredDownload,
    Unchanged,
    Versioned,
)
from models.schedule import Schedule
from models.series import SeriesRecord


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present time, aware UTC."""
        ...


class Dispatcher(Protocol):
    """The line to the scheduler."""

    async def ask(self, command: Command, group: SchedulingGroup, timeout: float) -> Outcome:  # noqa: ASYNC109 - part of the port
        """Send a command and wait for what becomes of it.

        Raises
        ------
        models.errors.Unreachable
            Nothing came in time; whether the command was carried out is unknown.
        models.errors.Overloaded
            Too many wait already; the command was not sent.
        """
        ...

    async def send(self, command: Command, group: SchedulingGroup) -> None:
        """Send a command that nobody waits for, and see to it that it is decided.

        Raises
        ------
        models.errors.Unreachable
            The broker did not take it in time; whether it was sent is unknown.
        models.errors.Overloaded
            Too many wait already; the command was not sent.
        """
        ...

    async def tell(self, command: Command, group: SchedulingGroup) -> None:
        """Send a note, which nobody answers.

        Raises
        ------
        models.errors.Unreachable
            The broker did not take it in time.
        """
        ...

    def find_sent(self, command: UUID) -> Command | None:
        """A command that was sent not long ago, by whichever API."""
        ...


class Reader(Protocol):
    """The line to the sidecar: everything the API reads."""

    async def read_schedule(
        self, instrument: UUID, night: date | None, known: Sequence[str]
    ) -> Versioned | Unchanged:
        """The plan of a night, or of the current one.

        Parameters
        ----------
        instrument
            Which.
        night
            The date of its dusk; None: the night in progress, else the next.
        known
            Tags of schedules that the caller has.

        Raises
        ------
        models.errors.Unreachable
            The sidecar did not answer.
        """
        ...

    async def read_events(
        self, instrument: UUID, start: datetime | None, end: datetime | None
    ) -> Sequence[Record]:
        """Every scheduled event, or those that overlap the span given, by start."""
        ...

    async def read_event(self, instrument: UUID, event: UUID) -> Record | None:
        """One event in whatever state, with its history."""
        ...

    async def read_command(self, command: UUID) -> StoredCommand | None:
        """A command and what became of it; None while the scheduler has not begun it."""
        ...

    async def read_nights(self, instrument: UUID, start: date, end: date) -> Sequence[NightSummary]:
        """The nights from one date to another, both included, planned or not."""
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
        """A page of events in whatever state.

        Parameters
        ----------
        instrument
            Which.
        wanted
            Which of its events.
        sort
            ``start_time``, ``created_at`` or ``priority``, with a ``-`` before it for
            the other direction.
        size
            Most events on the page.
        after
            Where the page begins, as the page before has said.

        Raises
        ------
        models.errors.InvalidRequest
            ``after`` is nothing that a page has said for this order.
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
