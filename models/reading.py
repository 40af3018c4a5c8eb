"""Reading: what the sidecar answers when it is asked what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from models.event import Record, State
from models.schedule import Quality, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioned:
    """A schedule with the tag that changes whenever it does.

    Parameters
    ----------
    schedule
        The plan of one night.
    tag
        An opaque entity tag, without quotation marks.
    age
        Seconds since it was the newest plan for certain; 0: it is the newest.
    """

    schedule: Schedule
    tag: str
    age: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The schedule is the one whose tag the caller knows; ``age`` as in :class:`Versioned`."""

    tag: str
    age: int = 0


class NightSummary(BaseModel):
    """What there is to say of a night's plan without the plan.

    Parameters
    ----------
    instrument, night, dusk, dawn, revision, quality, planned_at
        As in :class:`models.schedule.Schedule`; revision 0 of a night never planned.
    requested_ms, filled_ms, idle_ms
        Time of requested events, of fillers and of nothing, in milliseconds.
    events, waiting
        How many requested events have a place, and how many wait for one (displaced
        ones included).
    moved, displaced
        How many events the last revision moved, and how many it displaced.
    """

    model_config = ConfigDict(frozen=True)

    instrument: UUID
    night: date
    dusk: AwareDatetime | None
    dawn: AwareDatetime | None
    revision: int
    quality: Quality | None
    planned_at: AwareDatetime | None
    requested_ms: int
    filled_ms: int
    idle_ms: int
    events: int
    waiting: int
    moved: int
    displaced: int


class EventFilter(BaseModel):
    """Which events are wanted; None: whichever.

    Parameters
    ----------
    states, types, owners
        One of these.
    night
        The date of the night's dusk.
    start, end
        Events whose windows end after ``start`` and begin before ``end``.
    series
        Occurrences of this series.
    """

    model_config = ConfigDict(frozen=True)

    states: tuple[State, ...] | None = None
    types: tuple[str, ...] | None = None
    owners: tuple[str, ...] | None = None
    night: date | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    series: UUID | None = None


class EventPage(BaseModel):
    """Some events, in the order asked for.

    Parameters
    ----------
    records
        The events, without history.
    after
        Where the next page begins; None: there is none.
    """

    model_config = ConfigDict(frozen=True)

    records: tuple[Record, ...]
    after: str | None = None


class FeedEntry(BaseModel):
    """One thing that happened to an instrument's plans, in the order of commits.

    Parameters
    ----------
    sequence
        Greater than that of everything before.
    kind
        ``revised``: a night has a new plan; ``event``: an event's state changed.
    night, at
        Which night, and when.
    revision
        Of the new plan; None of an event.
    event, state, cause, by
        Of an event, as in :class:`models.event.StateChange`.
    """

    model_config = ConfigDict(frozen=True)

    sequence: int
    kind: str
    night: date
    at: AwareDatetime
    revision: int | None = None
    event: UUID | None = None
    state: State | None = None
    cause: str = ""
    by: str = ""


class StoredDownload(BaseModel):
    """Somebody has got a night's plan; fields as in :class:`models.exchange.Download`."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    night: date
    revision: int
    format: str
    subject: str
    username: str
