"""What an instrument declares about itself; plain values and plain functions.

A new instrument is a new folder under ``instruments/`` that makes one value of
:class:`Instrument`; nothing else changes (requirement Y8).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from models.errors import Fault
from models.schedule import Block, Objective
from models.site import Site

Attributes = Mapping[str, Any]
"""An event's attributes as users write them, or only the type's own ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulingGroup:
    """Instruments that one scheduler plans together.

    Parameters
    ----------
    name
        The key of their Kafka messages.
    partition
        The partition of their commands, the same number in every group of this name.
    """

    name: str
    partition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule of an instrument about one event document.

    Parameters
    ----------
    rule
        The rule's name in requirements.md (E1..E6), or one of the instrument's own.
    fields
        The attributes it reads; it runs only when each of them has the right form.
        Times reach it as aware datetimes, everything else as the user wrote it.
    find
        Gives the fault, or None. Its pointer is relative to ``attributes``
        (``/zenith``); the API puts the rest before it.
    """

    rule: str
    fields: tuple[str, ...]
    find: Callable[[Attributes], Fault | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """One kind of event that an instrument can run.

    Parameters
    ----------
    name
        The JSON:API ``type``.
    summary
        One sentence for people who meet it first.
    model
        The form of its ``attributes``, ``start_time`` and ``end_time`` included;
        the JSON Schema is generated from it.
    checks
        The rules that a form cannot express.
    shorten
        ``shorten(attributes, longest)`` gives the longest duration that does not exceed
        ``longest`` and the type's own attributes for it, or None; None: it has no choice.
    """

    name: str
    summary: str
    model: type[BaseModel]
    checks: tuple[Check, ...] = ()
    shorten: Callable[[Attributes, timedelta], tuple[timedelta, Attributes] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillerKind:
    """What fills the gaps of a night.

    Parameters
    ----------
    type
        Name of one of the instrument's event types.
    duration
        How long one filler lasts.
    attributes
        The type's own attributes.
    """

    type: str
    duration: timedelta
    attributes: Attributes = field(default_factory=dict)


class AfterCutOff(StrEnum):
    """What becomes of commands about a night whose plan was downloaded already."""

    REVISE = "revise"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How an instrument is shared.

    Parameters
    ----------
    objective
        What a night's schedule maximises.
    look_ahead
        How far ahead of now an event may start.
    cut_off
        Time of day, UTC, at which the controller downloads the plan of the night that
        comes; None: it has no such time.
    after_cut_off
        Whether commands about a night after its cut-off make a new revision, which the
        controller must fetch, or are refused.
    most_per_caller
        Most time that one caller's events may be asked for in one night; None: no limit.
    series_ahead
        How far ahead of now a series has its events.
    """

    objective: Objective = Objective.WEIGHTED
    look_ahead: timedelta = timedelta(days=3660)
    cut_off: time | None = time(15)
    after_cut_off: AfterCutOff = AfterCutOff.REVISE
    most_per_caller: timedelta | None = None
    series_ahead: timedelta = timedelta(days=35)

    def cut_off_of(self, dusk: datetime) -> datetime | None:
        """The last cut-off before a night's dusk, or None if there is no cut-off."""
        if self.cut_off is None:
            return None
        same_day = datetime.combine(dusk.date(), self.cut_off, UTC)
        return same_day if same_day <= dusk else same_day - timedelta(days=1)


def no_setup(before: Hashable, after: Hashable) -> timedelta:  # noqa: ARG001
    """Zero: the instrument turns from any event to any other at once."""
    return timedelta(0)


def one_class(type_name: str, attributes: Attributes) -> Hashable:  # noqa: ARG001
    """The same class for every event: setup times do not depend on it."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """All that nightplan knows of one instrument.

    Parameters
    ----------
    id
        UUID version 4, never changed.
    name
        The folder's name, unique, of ``a-z0-9_``.
    title
        What people call it.
    kind
        Instruments of one kind take the same events (``faim``).
    site
        Where it stands.
    depression
        How far the Sun must stand below the horizon for it to work, in degrees
        (6: civil, 12: nautical, 18: astronomical twilight).
    group
        Which instruments are planned together with it.
    event_types
        What it can run, by name.
    setup_class, setup
        ``setup_class(type, attributes)`` names what matters for setup times;
        ``setup(a, b)`` is the time needed between the end of an event of class
        ``a`` and the start of the event of class ``b`` that follows it.
    filler
        What fills its gaps, or None.
    warm_up
        Time after dusk before its first event or filler may start, once a night.
    line
        The fields that the controller's plan has for a block after its type,
        as texts without blanks.
    policy
        How it is shared.
    """

    id: UUID
    name: str
    title: str
    kind: str
    site: Site
    depression: float
    group: SchedulingGroup
    event_types: Mapping[str, EventType]
    line: Callable[[Block], tuple[str, ...]]
    filler: FillerKind | None = None
    setup_class: Callable[[str, Attributes], Hashable] = one_class
    setup: Callable[[Hashable, Hashable], timedelta] = no_setup
    warm_up: timedelta = timedelta(0)
    policy: Policy = field(default_factory=Policy)
