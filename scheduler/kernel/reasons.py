"""Why a task is not scheduled, in terms of the model and of other tasks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from scheduler.kernel.construct import Builder
from scheduler.kernel.night import Job, Night, Place
from scheduler.kernel.solution import LeftOut, Reason

MOST = 30
"""At most so many tasks are named for a flexible one."""


def reasons(night: Night, places: dict[int, Place], expired: Callable[[], bool]) -> list[LeftOut]:
    """Give a reason for each task that has no place.

    Parameters
    ----------
    night
        The whole night.
    places
        Position to place of what is scheduled.
    expired
        Whether the time is over: the tasks in the way are then not named any more.
    """
    builder = Builder(night)
    for k, (lane, start) in places.items():
        if k not in builder.board.places:
            builder.board.put(night.jobs[k], lane, start)
    return [
        _reason(builder, night, k, named=not expired())
        for k in range(len(night.tasks))
        if k not in places
    ]


def _reason(builder: Builder, night: Night, k: int, *, named: bool) -> LeftOut:
    """Give the reason for one task."""
    name = night.task_id(k)
    if k in night.impossible:
        return LeftOut(id=name, reason=night.impossible[k])
    job = night.jobs[k]
    rules = builder.rules.get(k, ())
    missing = [
        other
        for other in dict.fromkeys(n for rule in rules for n in rule.needs(name))
        if night.position[other] not in builder.board.places
    ]
    if missing:
        return LeftOut(id=name, reason="dependency", in_the_way=tuple(missing))
    if rules and _has_room(builder, job):
        bound = dict.fromkeys(n for rule in rules for n in rule.binds() if n != name)
        placed = [n for n in bound if night.position[n] in builder.board.places]
        return LeftOut(id=name, reason="dependency", in_the_way=tuple(placed))
    way = _in_the_way(builder, night, job) if named else ()
    reason: Reason = "conflict" if job.fixed and (way or not named) else "no-room"
    return LeftOut(id=name, reason=reason, in_the_way=way)


def _has_room(builder: Builder, job: Job) -> bool:
    """Whether the task would fit if no rule bound it."""
    return any(
        builder.board.earliest(job, lane, ranges) is not None for lane, ranges in job.ranges.items()
    )


def _in_the_way(builder: Builder, night: Night, job: Job) -> tuple[str, ...]:
    """Name the scheduled tasks that take the time of a task, in order of lane and start."""
    found: dict[int, None] = {}
    for lane, ranges in job.ranges.items():
        setup = night.setups[lane]
        slack = max(max(row) for row in setup) if setup else 0
        board = builder.board
        for low, high in ranges:
            first = bisect_right(board.ends[lane], low - slack)
            last = bisect_left(board.starts[lane], high + job.duration + slack)
            for i in range(first, min(last, first + MOST)):
                other = night.jobs[board.order[lane][i]]
                before, after = 0, 0
                if setup:
                    before = setup[other.setup_class][job.setup_class]
                    after = setup[job.setup_class][other.setup_class]
                clear = (
                    board.ends[lane][i] + before <= low
                    or high + job.duration + after <= board.starts[lane][i]
                )
                if not clear:
                    found[other.k] = None
    return tuple([night.task_id(k) for k in list(found)[:MOST]])
