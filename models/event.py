"""Event: a request for instrument time, and the states it goes through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from models.window import Window


class State(StrEnum):
    """Where an event stands; each change is kept with time, cause and who."""

    SCHEDULED = "scheduled"
    WAITING = "waiting"
    DISPLACED = "displaced"
    REJECTED = "rejected"
    DELETED = "deleted"
    EXPIRED = "expired"
    DONE = "done"
    FAILED = "failed"


WANTED = frozenset({State.SCHEDULED, State.WAITING, State.DISPLACED})
"""The states of events that a new solve takes into account."""


LONGEST_MS = 10**15
"""Longest duration in milliseconds: all the time there is, from the year 1 to 9999, and more.

Whoever writes to Kafka can name any number; a greater one fits no span and no database.
"""


class OnConflict(StrEnum):
    """What becomes of a new event for which there is no room."""

    REJECT = "reject"
    WAIT = "wait"


class After(BaseModel):
    """An event needs another one before it.

    Parameters
    ----------
    event
        The other event's id: unless it is scheduled in the same night, this one is not.
    min_gap_ms, max_gap_ms
        Least and greatest time from the other's end to this one's start, in
        milliseconds; None: no limit.
    """

    model_config = ConfigDict(frozen=True)

    event: UUID
    min_gap_ms: int = Field(default=0, ge=0)
    max_gap_ms: int | None = Field(default=None, ge=0)


class Event(BaseModel):
    """A request for instrument time, as it was accepted.

    Parameters
    ----------
    id
        UUID version 4, chosen by the client or made for it.
    instrument
        Id of the instrument.
    type
        One of the instrument's event types.
    duration_ms
        How long the event runs, in whole milliseconds, 1 to :data:`LONGEST_MS`.
    windows
        When it may run, at least one; a fixed event has exactly one, as long
        as itself.
    attributes
        The type's own attributes as the user wrote them (no times).
    priority
        1..5, 5 the highest.
    on_conflict
        Whether it waits where there is no room for it now.
    after
        Another event that must have run before it, if any.
    together_with
        An event on another instrument of the same scheduling group that starts at the
        same time or not at all, if any; it is enough that one of the two says so.
    series
        The series that it is one occurrence of, if any.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    instrument: UUID
    type: str
    duration_ms: int = Field(ge=1, le=LONGEST_MS)
    windows: tuple[Window, ...] = Field(min_length=1)
    attributes: Mapping[str, Any] = Field(default_factory=dict)
    priority: int = Field(ge=1, le=5)
    on_conflict: OnConflict = OnConflict.REJECT
    after: After | None = None
    together_with: UUID | None = None
    series: UUID | None = None

    @property
    def duration(self) -> timedelta:
        """How long the event runs."""
        return timedelta(milliseconds=self.duration_ms)

    @property
    def fixed(self) -> bool:
        """Whether the event can run at one time only."""
        return len(self.windows) == 1 and self.windows[0].length == self.duration

    @property
    def earliest(self) -> datetime:
        """The earliest start in any window."""
        return min(window.start for window in self.windows)

    @property
    def latest(self) -> datetime:
        """The latest end in any window."""
        return max(window.end for window in self.windows)


class StateChange(BaseModel):
    """One step in an event's history.

    Parameters
    ----------
    event
        Which event.
    state
        The state from then on.
    at
        When, by the database's clock.
    cause
        One sentence: what made it so.
    by
        The subject whose command made it so, or ``nightplan``.
    """

    model_config = ConfigDict(frozen=True)

    event: UUID
    state: State
    at: AwareDatetime
    cause: str
    by: str


class Record(BaseModel):
    """An event as it is stored: the request, its owner, its state and its place.

    Parameters
    ----------
    event
        The request.
    night
        The date of the night's dusk.
    owner
        The subject it belongs to.
    owner_name
        The owner's readable name.
    state
        Where it stands.
    start
        When it runs, while scheduled; for a fixed event always.
    created_at
        When it was accepted.
    history
        Every state change, oldest first; empty where it was not asked for.
    """

    model_config = ConfigDict(frozen=True)

    event: Event
    night: date
    owner: str
    owner_name: str
    state: State
    start: AwareDatetime | None = None
    created_at: AwareDatetime
    history: tuple[StateChange, ...] = ()
