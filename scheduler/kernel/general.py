"""Nights that the dynamic program alone cannot solve: split, solve each part, put together."""

from __future__ import annotations

from time import perf_counter

from scheduler.kernel.components import batches, components
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
    parts = batches(components(night))
    # What preparing took tells how much time putting the answer together will take.
    reserve = max(problem.time_limit * RESERVE, 1.8 * (perf_counter() - began))
    deadline = began + problem.time_limit - min(reserve, problem.time_limit / 2)
    end = (deadline + began + problem.time_limit) / 2
    last = began + problem.time_limit * (1 - RESERVE)
    places: dict[int, Place] = {}
    bound = [0] * len(night.layers)
    waiting, effort = len(night.jobs), float(problem.time_limit)
    for part in parts:
        now = perf_counter()
        share = len(part.jobs) / waiting
        found = solve_part(part, now + (deadline - now) * share, effort * share, last)
        waiting -= len(part.jobs)
        effort -= found.spent
        places |= found.places
        bound = [a + b for a, b in zip(bound, found.bound, strict=True)]
    places = retime(night, places, lambda: perf_counter() > end)
    return _assemble(night, places, bound, began, end)


def _assemble(
    night: Night, places: dict[int, Place], bound: list[int], began: float, end: float
) -> Solution:
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
        problem,
        scheduled,
        reasons(night, places, lambda: perf_counter() > end),
        value,
        objective.value(bound),
        began,
    )
