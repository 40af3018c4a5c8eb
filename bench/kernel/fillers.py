"""How much more filler fits when tasks are moved for its sake."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from unittest import mock

from bench.kernel.generators import SLEW, joint
from scheduler.kernel import Problem, general, solve
from scheduler.kernel.night import Night, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Filled share of the horizon over some nights.

    Parameters
    ----------
    nights
        How many.
    after_the_fact, jointly
        Mean share when the tasks stay where they were put first, and when they are moved.
    never_less
        Whether no night lost filler by it.
    """

    nights: int
    after_the_fact: float
    jointly: float
    never_less: bool


def filler_gain(nights: int) -> Gain:
    """Solve nights both ways; every second one has slew times.

    Parameters
    ----------
    nights
        How many.
    """
    after, together = [], []
    for seed in range(nights):
        problem: Problem = replace(joint(30, seed), time_limit=1.0)
        if seed % 2:
            slewing = replace(problem.instruments["a"], setup=SLEW)
            problem = replace(problem, instruments={"a": slewing})
        with mock.patch.object(general, "retime", _stay):
            after.append(solve(problem).filled)
        together.append(solve(problem).filled)
    span = problem.instruments["a"].end
    return Gain(
        nights=nights,
        after_the_fact=fmean(after) / span,
        jointly=fmean(together) / span,
        never_less=all(a <= b for a, b in zip(after, together, strict=True)),
    )


def _stay(_night: Night, places: dict[int, Place], _expired: object) -> dict[int, Place]:
    """Leave the tasks where they are."""
    return places
