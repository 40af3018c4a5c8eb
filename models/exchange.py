"""What the scheduler exchanges with the database and the broker, as plain values.

The scheduler's ports (scheduler/ports.py) speak in them and the adapters make
them, so that an adapter need not import the scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.event import Record, StateChange
from models.maintenance import Maintenance
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
class Excerpt:
    """What one partition of a log holds from an instant on.

    Parameters
    ----------
    records
        The messages, in order.
    begin
        Offset of the oldest message that is still there; 0: none was ever removed.
    oldest
        When that message was written; None if there is none.
    """

    records: Sequence[Received]
    begin: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What is known of a command before it is worked on.

    Parameters
    ----------
    count
        How often it was begun without an outcome, this time included if it is the first.
    before
        How often it was begun before this time.
    outcome
        The stored outcome, if it has been decided; then it is not counted.
    expired
        Whether nobody waits for it any more, by the database's clock; then it is
        not counted either.
    key_taken_by
        Another command that came first with the same ``Idempotency-Key``; then this
        one is not counted, and not carried out.
    """

    count: int
    outcome: Outcome | None
    expired: bool = False
    key_taken_by: UUID | None = None
    before: int = 0


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
    closed
        When the instrument is closed for maintenance, as far as it concerns the night.
    linked
        Whether any event wanted on this date, on whichever instrument, is to start
        together with another one.
    """

    now: datetime
    schedule: Schedule
    wanted: tuple[Record, ...]
    closed: tuple[Maintenance, ...] = ()
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NightUpdate:
    """What one decision changes in a night.

    Parameters
    ----------
    schedule
        The new plan, with its new revision; verified.
    added
        Events accepted now, with their owner and state.
    changed
        Events that were asked for anew with another content, whatever became of it.
    changes
        Every state change, those of ``added`` included.
    removed_blocks
        Ids of blocks that are no longer there, or that moved.
    added_blocks
        Blocks that are new, or that moved.
    moved
        How many events that had a place have another one now.
    displaced
        How many lost theirs.
    """

    schedule: Schedule
    added: tuple[Record, ...] = ()
    changed: tuple[Record, ...] = ()
    changes: tuple[StateChange, ...] = ()
    removed_blocks: tuple[UUID, ...] = ()
    added_blocks: tuple[Block, ...] = ()
    moved: int = 0
    displaced: int = 0
