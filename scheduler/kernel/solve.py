"""The kernel's one function: from a problem to the best schedule known and its bound."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from scheduler.kernel.fixed_night import fixed_night, solve_fixed
from scheduler.kernel.problem import Problem
from scheduler.kernel.solution import Solution
from scheduler.kernel.validate import check


def solve(problem: Problem) -> Solution:
    """Find the best schedule within the problem's time limit.

    Nights of fixed, uncoupled tasks are solved exactly by dynamic program. For all others the
    answer is the best schedule found in the time, with a bound that no schedule exceeds.

    Parameters
    ----------
    problem
        Is not changed.

    Raises
    ------
    ProblemError
        The problem is malformed or contradicts itself; carries every fault.
    """
    began = perf_counter()
    with _uncollected():
        check(problem)
        night = fixed_night(problem)
        if night is not None:
            return solve_fixed(problem, night, began)
        from scheduler.kernel.general import solve_general

        return solve_general(problem, began)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the garbage collector: its passes over large nights cost a third of the time.

    Nothing that is made while solving is cyclic, so nothing piles up.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
