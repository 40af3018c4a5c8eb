"""Nights that the dynamic program alone cannot solve: split, solve each part, put together."""

from __future__ import annotations

from time import perf_counter

from scheduler.kernel.components import components
from scheduler.kernel.night import Night, Place, prepare
from scheduler.kernel.objectives import OBJECTIVES, totals
from scheduler.kernel.part import solve_part
from scheduler.kernel.placed import solution, window_of
from scheduler.kernel.problem import Problem
from scheduler.kernel.reasons import reasons
from scheduler.kernel.retime import retime
from scheduler.kernel.solution import Placement, Solution

RESERVE = 0.06
"""Share of the time limit kept for putting the answer together."""


def solve_general(problem: Problem, began: float) -> Solution:
    """Solve any problem within its time limit.

    Parameters
    ----------
    problem
        A checked one.
    began
        When solving began, on `time.perf_counter`'s clock.
    """
    night = prepare(problem)
    deadline = began + problem.time_limit * (1 - RESERVE)
    parts = components(night)
    parts.sort(key=lambda part: len(part.jobs))
    places: dict[int, Place] = {}
    bound = [0] * len(night.layers)
    waiting = total = len(night.jobs)
    for part in parts:
        now = perf_counter()
        share = (deadline - now) * len(part.jobs) / waiting
        found = solve_part(part, now + share, problem.time_limit * len(part.jobs) / total)
        waiting -= len(part.jobs)
        places |= found.places
        bound = [a + b for a, b in zip(bound, found.bound, strict=True)]
    end = began + problem.time_limit * (1 - RESERVE / 2)
    places = retime(night, places, lambda: perf_counter() > end)
    return _assemble(night, places, bound, began)


def _assemble(night: Night, places: dict[int, Place], bound: list[int], began: float) -> Solution:
    """Make a solution of places."""
    problem = night.problem
    scheduled = []
    for k, (lane, start) in places.items():
        task = night.tasks[k]
        name = night.names[lane]
        scheduled.append(
            Placement(
                id=task.id,
                instrument=name,
                start=start,
                end=start + task.duration,
                window=window_of(task, name, start),
            )
        )
    objective = OBJECTIVES[problem.objective]
    value = objective.value(totals(night.layers, places))
    return solution(
        problem, scheduled, reasons(night, places), value, objective.value(bound), began
    )
