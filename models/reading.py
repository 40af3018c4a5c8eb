"""Reading: what the sidecar answers when it is asked for a schedule."""

from __future__ import annotations

from dataclasses import dataclass

from models.schedule import Schedule


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
