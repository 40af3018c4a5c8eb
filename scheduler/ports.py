"""What the scheduler needs from outside; adapters implement it, ``__main__`` wires it.

The protocol (design.md, "One writer per schedule, and nothing lost"): PostgreSQL
is the truth. For each batch of commands: count the attempt, decide in one
transaction that also writes the outcomes and the outbox, commit, publish the
outbox, and only then move the bookmark in the log of commands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from models.command import Command
from models.event import Record
from models.exchange import (
    Attempt,
    Excerpt,
    Message,
    NightState,
    NightUpdate,
    Received,
    Stored,
)
from models.maintenance import MaintenanceRecord
from models.night import Night
from models.outcome import Outcome
from models.series import SeriesRecord


class Transaction(Protocol):
    """One unit of work: everything in it is committed together, or nothing is."""

    async def lock_night(self, instrument: UUID, night: Night) -> NightState:
        """Lock a night's row, made if missing, and read all that deciding needs.

        The night's dusk and dawn are those stored when it was first planned.
        """
        ...

    async def now(self) -> datetime:
        """The database's clock."""
        ...

    async def find_event(self, event: UUID) -> Record | None:
        """The stored event with this id, in whatever state, without its history."""
        ...

    async def find_events(self, events: Sequence[UUID]) -> Mapping[UUID, Record]:
        """The stored events with these ids, in whatever state, without their history."""
        ...

    async def find_outcomes(self, commands: Sequence[UUID]) -> Mapping[UUID, Outcome]:
        """The stored outcomes of those commands that have been decided."""
        ...

    async def save_night(self, update: NightUpdate) -> None:
        """Write a night's changes.

        Raises
        ------
        models.errors.BrokenSchedule
            The database refused an overlap, a block outside the night or a wrong
            duration; the transaction cannot be committed.
        """
        ...

    async def find_nights(self, instrument: UUID, start: datetime, end: datetime) -> Sequence[date]:
        """The nights of an instrument that meet a span, of those ever planned."""
        ...

    async def find_maintenance(self, maintenance: UUID) -> MaintenanceRecord | None:
        """A maintenance as stored."""
        ...

    async def save_maintenance(self, record: MaintenanceRecord) -> None:
        """Write a maintenance, or that it was taken back."""
        ...

    async def find_series(self, series: UUID) -> SeriesRecord | None:
        """A series as stored."""
        ...

    async def find_series_to_extend(self, instrument: UUID, until: date) -> Sequence[SeriesRecord]:
        """The series that go on and whose events up to a night were not all asked for."""
        ...

    async def find_events_of(self, series: UUID, after: datetime) -> Sequence[Record]:
        """A series' events that are wanted and may end after an instant."""
        ...

    async def save_series(self, record: SeriesRecord) -> None:
        """Write a series, or what became of it."""
        ...

    async def save_download(self, note: Command) -> None:
        """Write that somebody has got a plan."""
        ...

    async def save_outcomes(
        self, decided: Sequence[tuple[Command, Outcome]], messages: Sequence[Message]
    ) -> None:
        """Write outcomes with their commands, the audit trail and the outbox."""
        ...


class Desk(Protocol):
    """The writer's place for one scheduling group; exists only while its lock is held.

    Everything goes over the very connection that holds the lock, so that losing
    the lock means losing the ability to write.
    """

    async def count_attempts(self, commands: Sequence[Command]) -> Mapping[UUID, Attempt]:
        """Count the first try of each command that is neither decided nor expired; commit that.

        Of one that was begun before no further try is counted, see :meth:`count_again`.
        """
        ...

    async def count_again(self, command: UUID) -> int:
        """Count a further try of an undecided command, commit that, and give their number."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin a unit of work; committed on leaving, rolled back on an error.

        Raises
        ------
        models.errors.Unreachable
            The database did not answer; whether it committed is unknown.
        """
        ...

    async def read_outbox(self, limit: int) -> Sequence[Stored]:
        """The group's unpublished messages, oldest first."""
        ...

    async def clear_outbox(self, numbers: Sequence[int]) -> None:
        """Forget messages that were published."""
        ...

    async def find_unplanned(
        self, nights: Sequence[tuple[UUID, date]]
    ) -> Sequence[tuple[UUID, date]]:
        """Those of the nights given that have no plan yet."""
        ...

    async def find_overdue(self, instruments: Sequence[UUID]) -> Sequence[tuple[UUID, date]]:
        """Nights in which an event still waits although its latest start has passed."""
        ...

    async def was_decided_before(self, instruments: Sequence[UUID], instant: datetime) -> bool:
        """Whether a command about one of these instruments was decided before an instant."""
        ...


class Store(Protocol):
    """The database, as the scheduler sees it."""

    def lead(self, group: str) -> AbstractAsyncContextManager[Desk]:
        """Wait until this process alone may write the group, then hold that right.

        Raises
        ------
        models.errors.Unreachable
            The database cannot be reached.
        """
        ...


class Commands(Protocol):
    """The log of commands of one scheduling group."""

    async def receive(self) -> Sequence[Received]:
        """The next messages, in order; empty when none came for a while.

        A log that was replaced is read from its beginning.

        Raises
        ------
        models.errors.Unreachable
            The broker does not answer.
        """
        ...

    async def move_bookmark(self, offset: int) -> None:
        """Remember that everything before ``offset`` is done; a hint, not a promise."""
        ...


class Archive(Protocol):
    """The log of one scheduling group as something to read back, for a replay."""

    async def read(self, topic: str, since: datetime) -> Excerpt:
        """What a topic holds that was written at or after an instant, up to now.

        Raises
        ------
        models.errors.Unreachable
            The broker does not answer.
        """
        ...


class Publisher(Protocol):
    """Sends messages and knows that they arrived."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send all and wait for the broker's acknowledgement of all.

        Raises
        ------
        models.errors.Unreachable
            At least one was not acknowledged in time.
        """
        ...
