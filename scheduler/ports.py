"""What the scheduler needs from outside; adapters implement it, ``__main__`` wires it.

The protocol (design.md, "One writer per schedule, and nothing lost"): PostgreSQL
is the truth. For each batch of commands: count the attempt, decide in one
transaction that also writes the outcomes and the outbox, commit, publish the
outbox, and only then move the bookmark in the log of commands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from models.command import Command
from models.event import Record, StateChange
from models.night import Night
from models.outcome import Outcome
from models.schedule import Block, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to publish.

    Parameters
    ----------
    topic
        Where to.
    partition
        The scheduling group's partition, never a hash.
    key
        The scheduling group's name.
    headers
        CloudEvents 1.0 binary-mode headers.
    value
        JSON.
    """

    topic: str
    partition: int
    key: str
    headers: Mapping[str, str]
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A message in the outbox, with its number there."""

    number: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message taken from the log of commands.

    Parameters
    ----------
    value
        Its bytes, whatever they are.
    offset
        Where it stands in its partition.
    headers
        As received; texts that are not UTF-8 are left out.
    """

    value: bytes
    offset: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What is known of a command before it is worked on.

    Parameters
    ----------
    count
        How often it was begun without an outcome, this time included.
    outcome
        The stored outcome, if it has been decided; then it is not counted.
    """

    count: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightState:
    """One night as stored, its row locked until the transaction ends.

    Parameters
    ----------
    now
        The database's clock.
    schedule
        The plan as stored; revision 0 and no blocks if the night is new.
    wanted
        Every event of the night in state scheduled, displaced or waiting.
    """

    now: datetime
    schedule: Schedule
    wanted: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightUpdate:
    """What one decision changes in a night.

    Parameters
    ----------
    schedule
        The new plan, with its new revision; verified.
    added
        Events accepted now, with their owner and state.
    changes
        Every state change, those of ``added`` included.
    removed_blocks
        Ids of blocks that are no longer there, or that moved.
    added_blocks
        Blocks that are new, or that moved.
    """

    schedule: Schedule
    added: tuple[Record, ...] = ()
    changes: tuple[StateChange, ...] = ()
    removed_blocks: tuple[UUID, ...] = ()
    added_blocks: tuple[Block, ...] = ()


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
        """Count one more try of each command that has no outcome, and commit that."""
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
