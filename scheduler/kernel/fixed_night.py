"""Nights of fixed tasks only, not coupled to each other: solved exactly, by dynamic program."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from scheduler.kernel.fixed import best_chains
from scheduler.kernel.gaps import free_spans
from scheduler.kernel.objectives import OBJECTIVES, layers, pack, totals
from scheduler.kernel.placed import solution, window_of
from scheduler.kernel.problem import Problem
from scheduler.kernel.solution import LeftOut, Placement, Reason, Solution


@dataclass(slots=True)
class Lane:
    """The tasks of one instrument, as parallel lists.

    Parameters
    ----------
    tasks
        Positions in the problem.
    starts, ends, classes
        Of each task.
    """

    tasks: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    classes: list[int] = field(default_factory=list)

    def add(self, k: int, start: int, end: int, task_class: int) -> None:
        """Append a task."""
        self.tasks.append(k)
        self.starts.append(start)
        self.ends.append(end)
        self.classes.append(task_class)


@dataclass(slots=True)
class FixedNight:
    """A problem of fixed tasks, taken apart by instrument.

    Parameters
    ----------
    lanes
        Instrument name to the tasks that may be placed on it.
    impossible
        Position to reason, for tasks outside the horizon or in blocked spans.
    kept
        Positions of tasks that the previous schedule has at the same place.
    pinned
        Positions of tasks that stay.
    """

    lanes: dict[str, Lane]
    impossible: dict[int, Reason]
    kept: set[int]
    pinned: set[int]


def fixed_night(problem: Problem) -> FixedNight | None:
    """Take the problem apart, or return ``None`` if it is not of fixed, uncoupled tasks only."""
    if problem.groups or problem.rules:
        return None
    previous = problem.previous_starts()
    lanes = {name: Lane() for name in problem.instruments}
    free = {name: free_spans(one) for name, one in problem.instruments.items()}
    night = FixedNight(lanes, {}, set(), set())
    for k, task in enumerate(problem.tasks):
        duration = task.duration
        if task.id in problem.pinned:
            name, start = previous[task.id]
            lanes[name].add(k, start, start + duration, task.task_class)
            night.pinned.add(k)
            continue
        if task.after is not None or len(task.windows) != 1:
            return None
        ((name, windows),) = task.windows.items()
        if len(windows) != 1 or windows[0].end - windows[0].start != duration:
            return None
        start = windows[0].start
        end = start + duration
        spans = free[name]
        if len(spans) != 1 or start < spans[0][0] or end > spans[0][1]:
            one = problem.instruments[name]
            if start < one.start or end > one.end:
                night.impossible[k] = "outside-night"
                continue
            i = bisect_right(spans, (start, end)) - 1
            # The span that starts last at or before the task, unless the next starts with it.
            if not any(s <= start and end <= e for s, e in spans[max(i, 0) : i + 2]):
                night.impossible[k] = "in-maintenance"
                continue
        lanes[name].add(k, start, end, task.task_class)
        if previous and previous.get(task.id) == (name, start):
            night.kept.add(k)
    return night


def combined_worths(worths: list[int], kept: set[int], pinned: set[int]) -> list[int]:
    """Worths that also prefer, among equal totals, kept tasks and then more tasks.

    Parameters
    ----------
    worths
        Of the objective.
    kept
        Tasks that the previous schedule has at the same place.
    pinned
        Tasks worth more than all others together.
    """
    unit = len(worths) + 1
    found = [w * unit * unit + 1 for w in worths]
    for k in kept:
        found[k] += unit
    if pinned:
        most = sum(found) + 1
        for k in pinned:
            found[k] += most
    return found


def solve_fixed(problem: Problem, night: FixedNight, began: float) -> Solution:
    """Solve a night of fixed tasks to proven optimality.

    Parameters
    ----------
    problem, night
        The problem, as it is and taken apart.
    began
        When solving began.
    """
    objective = OBJECTIVES[problem.objective]
    rows = layers(objective, problem.tasks)
    worths, _ = pack([*rows.values()], len(problem.tasks))
    combined = combined_worths(worths, night.kept, night.pinned)
    chosen: list[int] = []
    scheduled: list[Placement] = []
    left_out: dict[int, LeftOut] = {
        k: LeftOut(id=problem.tasks[k].id, reason=reason) for k, reason in night.impossible.items()
    }
    for name, lane in night.lanes.items():
        setup = problem.instruments[name].setup
        values = [combined[k] for k in lane.tasks]
        chains = best_chains(lane.starts, lane.ends, values, lane.classes, setup)
        taken = chains.chain(chains.overall()[1])[::-1]
        chosen += [lane.tasks[i] for i in taken]
        for i in taken:
            task = problem.tasks[lane.tasks[i]]
            start = lane.starts[i]
            window = 0 if lane.tasks[i] not in night.pinned else window_of(task, name, start)
            scheduled.append(
                Placement(id=task.id, instrument=name, start=start, end=lane.ends[i], window=window)
            )
        _conflicts(problem, name, lane, taken, left_out)
    value = objective.value(totals(rows.values(), chosen))
    ordered = [left_out[k] for k in sorted(left_out)]
    return solution(problem, scheduled, ordered, value, value, began)


def _conflicts(
    problem: Problem, name: str, lane: Lane, taken: list[int], found: dict[int, LeftOut]
) -> None:
    """Name for every task of a lane that is left out the scheduled ones in its way."""
    setup = problem.instruments[name].setup
    widest = max(max(row) for row in setup) if setup else 0
    starts = [lane.starts[i] for i in taken]
    ends = [lane.ends[i] for i in taken]
    ids = tuple([problem.tasks[lane.tasks[i]].id for i in taken])
    inside = set(taken)
    for i, k in enumerate(lane.tasks):
        if i in inside:
            continue
        low = bisect_right(ends, lane.starts[i] - widest)
        high = bisect_left(starts, lane.ends[i] + widest)
        way = ids[low:high]
        if setup is not None:
            own = lane.classes[i]
            way = tuple(
                ids[j]
                for j in range(low, high)
                if ends[j] + setup[lane.classes[taken[j]]][own] > lane.starts[i]
                and lane.ends[i] + setup[own][lane.classes[taken[j]]] > starts[j]
            )
        reason: Reason = "conflict" if way else "no-room"
        found[k] = LeftOut(id=problem.tasks[k].id, reason=reason, in_the_way=way)
