"""Outcome: what became of a command; and Change: what a night's plan became by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.errors import Fault
from models.event import Event, State
from models.maintenance import Maintenance
from models.series import SeriesRecord


class Status(StrEnum):
    """How a command ended."""

    ADDED = "added"
    REJECTED = "rejected"
    REMOVED = "removed"
    WAITING = "waiting"
    CHANGED = "changed"
    CLOSED = "closed"
    OPENED = "opened"
    DONE = "done"
    REPEATED = "repeated"
    CEASED = "ceased"
    ANSWERED = "answered"


class PartOutcome(BaseModel):
    """The answer to one command, or to one of several that are made together.

    Parameters
    ----------
    command
        The command's id.
    body_hash
        The hash of what was asked; a reply belongs to a request only if both match.
    status
        How it ended.
    event
        The event that was added or removed; None where there was none.
    faults
        Why it was rejected; empty otherwise.
    displaced
        Events that lost their place by it.
    scheduled
        Other events that found a place by it.
    moved
        Other events that got another start by it.
    start
        When the event runs, if it has a place.
    maintenance
        The maintenance that was set or taken back.
    series
        The series that was begun, asked for anew or ended, as it is stored.
    answer
        To a question: the facts, by name.
    night
        The date of the night concerned, where one is.
    revision
        The revision of that night's plan after it.
    decided_at
        By the database's clock.
    timings
        Milliseconds spent in each stage, for benchmarks.
    """

    model_config = ConfigDict(frozen=True)

    command: UUID
    body_hash: str
    status: Status
    event: Event | None = None
    faults: tuple[Fault, ...] = ()
    displaced: tuple[UUID, ...] = ()
    scheduled: tuple[UUID, ...] = ()
    moved: tuple[UUID, ...] = ()
    start: AwareDatetime | None = None
    maintenance: Maintenance | None = None
    series: SeriesRecord | None = None
    answer: Mapping[str, Any] = Field(default_factory=dict)
    night: date | None = None
    revision: int = 0
    decided_at: AwareDatetime
    timings: Mapping[str, float] = Field(default_factory=dict)


class Outcome(PartOutcome):
    """The answer to one command; stored with it, so that it is always the same.

    Parameters
    ----------
    parts
        Of several changes made together: what became of each, in order.
    """

    parts: tuple[PartOutcome, ...] = ()


class Change(BaseModel):
    """One event whose state changed with a new revision; published on the changes topic.

    Parameters
    ----------
    instrument, night, revision
        Which plan.
    event
        Which event.
    state
        Its new state.
    at
        When, by the database's clock.
    cause
        One sentence: what made it so.
    by
        The subject whose command made it so, or ``nightplan``.
    """

    model_config = ConfigDict(frozen=True)

    instrument: UUID
    night: date
    revision: int
    event: UUID
    state: State
    at: AwareDatetime
    cause: str
    by: str
