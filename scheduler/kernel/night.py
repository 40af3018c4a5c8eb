"""A problem made ready for search: jobs with start ranges instead of tasks with windows.

Windows are cut to the horizon and around blocked spans and become ranges of starts, so that
search and CP-SAT need to know of neither. Jobs are named by the task's position in the problem,
instruments ("lanes") by theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from scheduler.kernel.gaps import free_spans
from scheduler.kernel.objectives import OBJECTIVES, Layer, layers, pack
from scheduler.kernel.problem import Problem, Task
from scheduler.kernel.rules import Rule, rules_of
from scheduler.kernel.solution import Reason

Range = tuple[int, int]
"""First and last start allowed."""
Place = tuple[int, int]
"""Lane and start."""


@dataclass(slots=True, kw_only=True)
class Job:
    """A task that may be placed.

    Parameters
    ----------
    k
        Position of its task.
    duration, setup_class
        Of the task.
    tiers
        Rank of preference, lane and ranges of starts there, in order of preference.
    ranges
        Per lane, all ranges of starts, disjoint and ascending.
    windows
        Per lane, first and last moment it could occupy.
    worth
        Packed worth under the objective, exact.
    pinned
        Where it must stay, if it must.
    """

    k: int
    duration: int
    setup_class: int
    tiers: list[tuple[int, int, list[Range]]]
    ranges: dict[int, list[Range]]
    worth: int
    pinned: Place | None = None

    @property
    def fixed(self) -> bool:
        """Whether it has only one place."""
        if len(self.ranges) != 1:
            return False
        (ranges,) = self.ranges.values()
        return len(ranges) == 1 and ranges[0][0] == ranges[0][1]

    @property
    def fixed_start(self) -> bool:
        """Whether it has one start, on one lane or several."""
        starts = {moment for ranges in self.ranges.values() for r in ranges for moment in r}
        return len(starts) == 1

    def hull(self) -> Range:
        """First and last moment it could occupy on any lane."""
        low = min(ranges[0][0] for ranges in self.ranges.values())
        high = max(ranges[-1][1] for ranges in self.ranges.values())
        return low, high + self.duration


@dataclass(slots=True)
class Night:
    """All jobs of a problem and what binds them.

    Parameters
    ----------
    problem
        Where it comes from.
    names
        Lane to instrument name.
    setups
        Lane to setup matrix.
    jobs
        Position to job; impossible tasks have none.
    impossible
        Position to the reason why it has no place at all.
    rules
        What binds jobs to each other (dependencies, groups, rules of the caller).
    layers
        Coefficients of the objective, highest level first.
    units
        Unit and divisor of each layer in the packed worths.
    position
        Id to position.
    previous
        Position to its place in the previous schedule.
    """

    problem: Problem
    names: list[str]
    setups: list[tuple[tuple[int, ...], ...] | None]
    jobs: dict[int, Job]
    impossible: dict[int, Reason]
    rules: list[Rule]
    layers: list[Layer]
    units: list[tuple[int, int]]
    position: dict[str, int]
    previous: dict[int, Place] = field(default_factory=dict)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The problem's tasks."""
        return self.problem.tasks

    def part(self, jobs: Sequence[int], rules: Sequence[Rule]) -> Night:
        """Return the same night with some of its jobs and rules only."""
        return replace(self, jobs={k: self.jobs[k] for k in jobs}, rules=list(rules))

    def packed(self, totals: Sequence[int]) -> int:
        """Return totals of the layers as one number that compares with sums of worths."""
        return sum(t // d * u for t, (u, d) in zip(totals, self.units, strict=True))

    def unpacked(self, packed: int) -> list[int]:
        """Return the greatest totals, lexicographically, that pack to no more than a number."""
        found = []
        for unit, divisor in self.units:
            digit, packed = divmod(packed, unit)
            found.append(digit * divisor)
        return found

    def total(self, places: Iterable[int]) -> int:
        """Return the sum of the worths of some jobs."""
        return sum([self.jobs[k].worth for k in places])

    def task_id(self, k: int) -> str:
        """Return the id of a task."""
        return self.problem.tasks[k].id


def rank_of(job: Job, place: Place | None) -> int:
    """Rank of preference of a job's place, 0 for none.

    Parameters
    ----------
    job, place
        The job and where it stands.
    """
    if place is None:
        return 0
    for rank, lane, ranges in job.tiers:
        if lane == place[0] and any(low <= place[1] <= high for low, high in ranges):
            return rank
    return 0


def disjoint(ranges: Sequence[Range]) -> list[Range]:
    """Join ranges that overlap or touch.

    Parameters
    ----------
    ranges
        Inclusive at both ends, in any order.
    """
    found: list[Range] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def prepare(problem: Problem) -> Night:
    """Make a problem ready for search.

    Parameters
    ----------
    problem
        A checked one.
    """
    names = list(problem.instruments)
    lane_of = {name: lane for lane, name in enumerate(names)}
    position = {task.id: k for k, task in enumerate(problem.tasks)}
    rows = [*layers(OBJECTIVES[problem.objective], problem.tasks).values()]
    worths, units = pack(rows, len(problem.tasks))
    night = Night(
        problem=problem,
        names=names,
        setups=[problem.instruments[name].setup for name in names],
        jobs={},
        impossible={},
        rules=[],
        layers=rows,
        units=units,
        position=position,
        previous={
            position[name]: (lane_of[place[0]], place[1])
            for name, place in problem.previous_starts().items()
        },
    )
    free = [free_spans(problem.instruments[name]) for name in names]
    for k, task in enumerate(problem.tasks):
        if task.id in problem.pinned:
            lane, start = night.previous[k]
            tiers = [(0, lane, [(start, start)])]
        else:
            tiers = _tiers(task, lane_of, free)
        if tiers:
            night.jobs[k] = _job(k, task, tiers, worths[k])
            night.jobs[k].pinned = night.previous[k] if task.id in problem.pinned else None
        else:
            night.impossible[k] = _why_impossible(task, problem)
    night.rules = rules_of(problem)
    return night


def _job(k: int, task: Task, tiers: list[tuple[int, int, list[Range]]], worth: int) -> Job:
    """Make a job of a task and its ranges."""
    lanes: dict[int, list[Range]] = {}
    for _, lane, ranges in tiers:
        lanes.setdefault(lane, []).extend(ranges)
    if len(tiers) > 1:
        lanes = {lane: disjoint(ranges) for lane, ranges in lanes.items()}
    return Job(
        k=k,
        duration=task.duration,
        setup_class=task.task_class,
        tiers=tiers,
        ranges=lanes,
        worth=worth,
    )


def _tiers(
    task: Task, lane_of: dict[str, int], free: list[list[Range]]
) -> list[tuple[int, int, list[Range]]]:
    """Ranges of starts by preference and lane, without blocked spans."""
    found: dict[tuple[int, int], list[Range]] = {}
    for name, windows in task.windows.items():
        lane = lane_of[name]
        for window in windows:
            ranges = [
                (max(low, window.start), min(high, window.end) - task.duration)
                for low, high in free[lane]
                if low < window.end and high > window.start
            ]
            ranges = [r for r in ranges if r[0] <= r[1]]
            if ranges:
                found.setdefault((window.preference, lane), []).extend(ranges)
    return [(rank, lane, disjoint(found[rank, lane])) for rank, lane in sorted(found)]


def _why_impossible(task: Task, problem: Problem) -> Reason:
    """Tell whether the night or the blocked spans leave no place."""
    for name, windows in task.windows.items():
        one = problem.instruments[name]
        for w in windows:
            if min(w.end, one.end) - max(w.start, one.start) >= task.duration:
                return "in-maintenance"
    return "outside-night"
