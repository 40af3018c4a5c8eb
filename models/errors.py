"""What can be wrong with a request, and the one tree of errors.

Facts are kept in fields, never only in a message. HTTP status codes are the
API's business and stand nowhere in this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Reason(StrEnum):
    """Why a request was not carried out; the ``code`` of every error that users see."""

    MALFORMED = "malformed"
    SCHEMA = "schema"
    NOT_UTC = "not-utc"
    END_BEFORE_START = "end-before-start"
    DURATION_MISMATCH = "duration-mismatch"
    OUTSIDE_NIGHT = "outside-night"
    NO_DARKNESS = "no-darkness"
    IN_THE_PAST = "in-the-past"
    IN_MAINTENANCE = "in-maintenance"
    OUTSIDE_LIMITS = "outside-limits"
    CONFLICT = "conflict"
    NO_ROOM = "no-room"
    DEPENDENCY = "dependency"
    ID_CONFLICT = "id-conflict"
    PRIORITY_NOT_ALLOWED = "priority-not-allowed"
    UNKNOWN_INSTRUMENT = "unknown-instrument"
    UNKNOWN_EVENT = "unknown-event"
    NOT_ALLOWED = "not-allowed"
    NIGHT_FROZEN = "night-frozen"
    TIMEOUT = "timeout"
    OVERLOADED = "overloaded"


TITLES: Mapping[Reason, str] = {
    Reason.MALFORMED: "The document cannot be read",
    Reason.SCHEMA: "The request does not have the form expected",
    Reason.NOT_UTC: "The time is not in UTC with the suffix Z",
    Reason.END_BEFORE_START: "The end is not after the start",
    Reason.DURATION_MISMATCH: "The duration does not fit the event",
    Reason.OUTSIDE_NIGHT: "The event lies outside the night",
    Reason.NO_DARKNESS: "The night has no darkness",
    Reason.IN_THE_PAST: "The event starts in the past",
    Reason.IN_MAINTENANCE: "The instrument is closed for maintenance",
    Reason.OUTSIDE_LIMITS: "A value lies outside the instrument's limits",
    Reason.CONFLICT: "Events of more worth are in the way",
    Reason.NO_ROOM: "There is no room in the night",
    Reason.DEPENDENCY: "An event that this one depends on is missing",
    Reason.ID_CONFLICT: "The id is taken by another request",
    Reason.PRIORITY_NOT_ALLOWED: "The priority is above what the caller may ask",
    Reason.UNKNOWN_INSTRUMENT: "There is no such instrument",
    Reason.UNKNOWN_EVENT: "There is no such event",
    Reason.NOT_ALLOWED: "The caller may not do this",
    Reason.NIGHT_FROZEN: "The night's plan is frozen",
    Reason.TIMEOUT: "The answer did not come in time",
    Reason.OVERLOADED: "More requests are waiting than can be answered in time",
}
"""One short sentence for each reason, the same whatever the case."""


class Fault(BaseModel):
    """One thing that is wrong: what was expected, what came, and where.

    Parameters
    ----------
    reason
        The kind of fault.
    detail
        One or two sentences for a person: what was expected, what came.
    pointer
        JSON Pointer (RFC 6901) to something that exists in the request document.
    parameter
        Name of the query parameter at fault, instead of a pointer.
    header
        Name of the request header at fault, instead of a pointer.
    meta
        Facts for a program, such as the ids of the events in the way.
    """

    model_config = ConfigDict(frozen=True)

    reason: Reason
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    meta: Mapping[str, Any] = Field(default_factory=dict)

    @property
    def title(self) -> str:
        """The sentence that all faults of this reason share."""
        return TITLES[self.reason]


class NightplanError(Exception):
    """Any error that nightplan raises on purpose."""


class InvalidRequest(NightplanError):
    """A request is at fault; carries every fault found, at least one.

    Parameters
    ----------
    faults
        What is wrong, in the order of the document.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        if not faults:
            msg = "an invalid request has at least one fault"
            raise ValueError(msg)
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.reason}: {f.detail}" for f in self.faults))


class Unreachable(NightplanError):
    """A part that is needed (broker, database, sidecar) did not answer in time.

    Parameters
    ----------
    part
        Which one.
    detail
        What was tried and what came of it.
    """

    def __init__(self, part: str, detail: str) -> None:
        self.part = part
        self.detail = detail
        super().__init__(f"{part}: {detail}")


class Overloaded(NightplanError):
    """More commands wait than can be answered in time.

    Parameters
    ----------
    retry_after
        Seconds after which another try makes sense, at least 1.
    """

    def __init__(self, retry_after: int) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(f"overloaded; try again in {self.retry_after} s")


class BrokenSchedule(NightplanError):
    """A schedule overlaps itself or leaves its night; it is neither stored nor served.

    Parameters
    ----------
    violations
        One sentence for each rule that is broken.
    """

    def __init__(self, violations: Sequence[str]) -> None:
        self.violations = tuple(violations)
        super().__init__("; ".join(self.violations))
