"""One part of a night: from quick constructions to proof."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from scheduler.kernel.construct import Builder
from scheduler.kernel.night import Night, Place
from scheduler.kernel.objectives import totals


@dataclass(slots=True)
class Found:
    """The best schedule of a part and what no schedule exceeds.

    Parameters
    ----------
    places
        Position to place.
    bound
        Per layer of the objective.
    """

    places: dict[int, Place]
    bound: list[int]


def solve_part(night: Night, deadline: float) -> Found:
    """Solve one part.

    Parameters
    ----------
    night
        The part.
    deadline
        On `time.perf_counter`'s clock.
    """
    builder = Builder(night)
    order = sorted(night.jobs, key=lambda k: -night.jobs[k].worth / night.jobs[k].duration)
    builder.fill(order, lambda: perf_counter() > deadline)
    return Found(builder.board.places, totals(night.layers, night.jobs))
