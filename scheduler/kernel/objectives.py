"""What is maximised: one class per objective.

An objective puts every task on a level and gives it a coefficient there. Schedules are compared
by the total coefficient of the highest level, then of the next, and so on. To add an objective,
write a class here and name it in `OBJECTIVES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd
from typing import Protocol

from scheduler.kernel.problem import Task
from scheduler.kernel.solution import Value

Layer = dict[int, int]
"""Coefficients on one level, by the task's position in the problem; those not named have 0."""


class Objective(Protocol):
    """What every objective offers."""

    def level(self, task: Task, /) -> int:
        """Return the task's level; higher levels come first."""
        ...

    def coefficient(self, task: Task, /) -> int:
        """Return what the task adds to its level, ≥ 0."""
        ...

    def value(self, totals: Sequence[int]) -> Value:
        """Make the totals of the levels, highest first, into what a solution reports."""
        ...


class Duration:
    """The total duration of what is scheduled."""

    def level(self, _task: Task, /) -> int:
        """Return the only level."""
        return 0

    def coefficient(self, task: Task, /) -> int:
        """Return the duration."""
        return task.duration

    def value(self, totals: Sequence[int]) -> Value:
        """Return the total."""
        return totals[0] if totals else 0


class Weighted:
    """The total value of what is scheduled; by default priority × duration."""

    def level(self, _task: Task, /) -> int:
        """Return the only level."""
        return 0

    def coefficient(self, task: Task, /) -> int:
        """Return the value."""
        return task.priority * task.duration if task.value is None else task.value

    def value(self, totals: Sequence[int]) -> Value:
        """Return the total."""
        return totals[0] if totals else 0


class Priority:
    """The total duration of the highest priority, then of the next, and so on."""

    def level(self, task: Task, /) -> int:
        """Return the priority."""
        return task.priority

    def coefficient(self, task: Task, /) -> int:
        """Return the duration."""
        return task.duration

    def value(self, totals: Sequence[int]) -> Value:
        """Return the totals as a vector."""
        return tuple(totals)


OBJECTIVES: dict[str, Objective] = {
    "duration": Duration(),
    "priority": Priority(),
    "weighted": Weighted(),
}


def layers(objective: Objective, tasks: Sequence[Task]) -> dict[int, Layer]:
    """Coefficients by level, highest level first.

    Parameters
    ----------
    objective
        Whose levels and coefficients.
    tasks
        The problem's tasks.
    """
    found: dict[int, Layer] = {}
    level, coefficient = objective.level, objective.coefficient
    for k, task in enumerate(tasks):
        found.setdefault(level(task), {})[k] = coefficient(task)
    return {key: found[key] for key in sorted(found, reverse=True)}


def totals(rows: Iterable[Layer], chosen: Iterable[int]) -> list[int]:
    """Add up each layer over the chosen tasks.

    Parameters
    ----------
    rows
        The layers.
    chosen
        Positions of tasks.
    """
    picked = set(chosen)
    return [sum([c for k, c in row.items() if k in picked]) for row in rows]


def pack(rows: Sequence[Layer], count: int) -> tuple[list[int], list[tuple[int, int]]]:
    """One exact integer per task whose sums compare as the totals of the layers do.

    Each layer is divided by its greatest common divisor and gets as many digits as its own
    total needs, so the sum of one can never reach into the next. Python's integers have no
    limit, so this holds at any durations.

    Parameters
    ----------
    rows
        The layers, highest first.
    count
        Number of tasks.

    Returns
    -------
    The integers, and for each layer its unit and its divisor: a total of the layer stands in the
    sum as total // divisor × unit.
    """
    worth = [0] * count
    units = []
    unit = 1
    for row in reversed(rows):
        step = gcd(*row.values()) or 1
        for k, coefficient in row.items():
            worth[k] = coefficient // step * unit
        units.append((unit, step))
        unit *= sum(row.values()) // step + 1
    return worth, units[::-1]
