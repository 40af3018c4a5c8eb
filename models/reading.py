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
    """

    schedule: Schedule
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The schedule is the one whose tag the caller knows."""

    tag: str
