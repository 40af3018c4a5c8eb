"""The kernel's answer: where each task runs, why the others do not, and how good that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["optimal", "feasible"]
Reason = Literal["conflict", "no-room", "dependency", "outside-night", "in-maintenance"]
Value = int | tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A scheduled task.

    Parameters
    ----------
    id
        The task.
    instrument
        Where it runs.
    start, end
        When it runs.
    window
        Which of the task's windows on that instrument it runs in, counted from 0.
    """

    id: str
    instrument: str
    start: int
    end: int
    window: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """A filler placed in a gap of an instrument."""

    instrument: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A task that is not scheduled, and why.

    Parameters
    ----------
    id
        The task.
    reason
        ``outside-night``: no window of it lies within a horizon; ``in-maintenance``: blocked
        spans leave no room in its windows; ``dependency``: its predecessor or its group is not
        scheduled or leaves no time; ``conflict``: a fixed task, others of more worth in all are
        in the way; ``no-room``: a flexible task, others of more worth in all take the room.
    in_the_way
        Ids of scheduled tasks: for a fixed task those that overlap it (with setup), for a
        flexible one those that run in its windows, for a dependency those it depends on.
    """

    id: str
    reason: Reason
    in_the_way: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A valid schedule and the proof of its quality.

    Parameters
    ----------
    status
        ``optimal``: nothing better exists; ``feasible``: nothing better than `bound` exists.
    objective, bound
        Value of the schedule, and a value that no schedule exceeds. For the objective
        ``priority`` both are vectors, highest priority first, one entry for each priority that
        occurs, compared lexicographically.
    gap
        (bound − objective) / bound, of the first entry in which they differ; 0 when optimal.
    wall_seconds
        Time taken.
    scheduled
        In order of start.
    not_scheduled
        The other tasks, in the problem's order.
    fillers
        In order of start.
    requested, filled, idle
        Time of all instruments used by tasks, by fillers, and by neither (blocked spans are not
        idle).
    """

    status: Status
    objective: Value
    bound: Value
    gap: float
    wall_seconds: float
    scheduled: tuple[Placement, ...]
    not_scheduled: tuple[LeftOut, ...]
    fillers: tuple[Filler, ...]
    requested: int
    filled: int
    idle: int
