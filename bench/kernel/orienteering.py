"""Outside instances with known best values: orienteering with time windows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scheduler.kernel import solve
from scheduler.kernel.document import Reader

FOLDER = Path(__file__).parent.parent / "instances"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One instance and what the kernel made of it.

    Parameters
    ----------
    name
        Of the instance.
    best_known
        Best value published.
    value, bound
        The kernel's.
    seconds
        Wall clock.
    """

    name: str
    best_known: int
    value: int
    bound: int
    seconds: float


def instances(limit: float) -> list[Known]:
    """Solve all of them.

    Parameters
    ----------
    limit
        Seconds for each.
    """
    found = []
    for path in sorted(FOLDER.glob("orienteering_*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        problem = replace(Reader(document["problem"]).problem(), time_limit=limit)
        began = perf_counter()
        solution = solve(problem)
        seconds = perf_counter() - began
        offset = document["value_offset"]
        if not isinstance(solution.objective, int) or not isinstance(solution.bound, int):
            raise TypeError(f"{path.name} is not of a single objective")
        found.append(
            Known(
                name=document["name"],
                best_known=document["best_known"],
                value=solution.objective - offset,
                bound=solution.bound - offset,
                seconds=seconds,
            )
        )
    return found
