"""The question put to the kernel: tasks, instruments, and what is wanted of the night.

All times and durations are integers of one unit, whichever the caller likes; all values are
immutable. Nothing is checked here: `scheduler.kernel.validate` does it, once, in `solve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scheduler.kernel.rules import Rule
from scheduler.kernel.solution import Placement

ObjectiveName = Literal["duration", "priority", "weighted"]
GroupRule = Literal["all", "one", "together"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span in which a task may run: it starts and ends within it.

    Parameters
    ----------
    start, end
        The span, ``start`` included, ``end`` the last moment at which the task may end.
    preference
        Rank among the task's windows, 0 the first choice. Preferences never cost objective:
        they decide between schedules of equal objective.
    """

    start: int
    end: int
    preference: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A task needs another one before it.

    Parameters
    ----------
    id
        The other task: unless it is scheduled, this one is not.
    min_gap, max_gap
        Least and greatest time from the other's end to this one's start; ``None``: no limit.
    """

    id: str
    min_gap: int = 0
    max_gap: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A request for instrument time; every task is optional.

    Parameters
    ----------
    id
        Unique in its problem.
    duration
        Time it occupies, at least 1.
    windows
        Instrument name to the windows there: the instruments are alternatives, the windows too.
        One window as long as the duration makes the task *fixed*.
    priority
        At least 1; the higher, the more important.
    value
        What it is worth under the objective ``weighted``; by default priority × duration.
    task_class
        Row and column of the instrument's setup matrix.
    after
        The task it depends on, if any.
    """

    id: str
    duration: int
    windows: Mapping[str, tuple[Window, ...]]
    priority: int = 1
    value: int | None = None
    task_class: int = 0
    after: After | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillerSpec:
    """What fills the gaps of an instrument.

    Parameters
    ----------
    duration
        Length of one filler, at least 1.
    task_class
        Its class in the setup matrix; ``None`` stands for class 0, as with tasks.
    """

    duration: int
    task_class: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One machine that does one thing at a time.

    Parameters
    ----------
    start, end
        The horizon: nothing is placed outside.
    blocked
        Spans in which nothing runs, neither tasks nor fillers; they may overlap. A setup may
        take place in one.
    setup
        ``setup[i][j]``: time needed between the end of a task of class i and the start of the
        task of class j that comes next. Only neighbours count, fillers included. Nothing is
        needed after the start or before the end of the horizon.
    filler
        What fills its gaps, if anything.
    """

    start: int
    end: int
    blocked: tuple[tuple[int, int], ...] = ()
    setup: tuple[tuple[int, ...], ...] | None = None
    filler: FillerSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A rule over several tasks.

    Parameters
    ----------
    rule
        ``all``: all or none; ``one``: at most one; ``together``: all or none, and starting at
        the same time.
    tasks
        Ids of its tasks.
    """

    rule: GroupRule
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One night of one or several instruments.

    Parameters
    ----------
    instruments
        By name.
    tasks
        In any order; the order decides between otherwise equal schedules.
    objective
        ``duration``: total duration of what is scheduled; ``weighted``: total value;
        ``priority``: total duration of the highest priority, then of the next, and so on.
    groups
        Rules over several tasks.
    previous
        The schedule to stay close to: among equal optima the closest one is taken. An entry is
        a placement, or an instrument and a start.
    pinned
        Tasks of ``previous`` that stay exactly where they are, whatever it costs (they are
        running already). Horizon and blocked spans do not touch them.
    time_limit
        Seconds of wall clock that `solve` may take.
    seed
        Seeds the search; equal problems with equal seeds get equal answers.
    rules
        Further constraints, written by the caller: see `scheduler.kernel.rules`.
    """

    instruments: Mapping[str, Instrument]
    tasks: tuple[Task, ...]
    objective: ObjectiveName
    groups: tuple[Group, ...] = ()
    previous: Mapping[str, Placement | tuple[str, int]] = field(default_factory=dict)
    pinned: frozenset[str] = frozenset()
    time_limit: float = 10
    seed: int = 0
    rules: tuple[Rule, ...] = ()

    def previous_starts(self) -> dict[str, tuple[str, int]]:
        """Instrument and start of every task of the previous schedule."""
        return {
            name: (entry.instrument, entry.start) if isinstance(entry, Placement) else entry
            for name, entry in self.previous.items()
        }
