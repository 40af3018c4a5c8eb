"""Runs a solver over several nights of one kind and size; medians and worst."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from statistics import median
from time import perf_counter

from bench.kernel.baselines import Baseline, value_of
from bench.kernel.generators import GENERATORS
from scheduler.kernel import Problem, solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Results of one solver on some nights of one kind and size.

    Parameters
    ----------
    kind, count, limit
        Which nights, of how many tasks, with how many seconds each.
    solver
        Who solved them.
    nights
        How many.
    value, worst_value
        Share of the kernel's proven bound that was reached: median and worst.
    gap
        Median of the gap between the kernel's own value and bound; ``None`` for baselines.
    optimal
        Nights proven optimal.
    seconds, worst_seconds
        Wall clock: median and worst.
    """

    kind: str
    count: int
    limit: float
    solver: str
    nights: int
    value: float
    worst_value: float
    gap: float | None
    optimal: int
    seconds: float
    worst_seconds: float

    def as_json(self) -> dict[str, object]:
        """Return the row as a JSON object."""
        return asdict(self)


class Nights:
    """Some nights of one kind and size, and the best bounds known for them.

    Parameters
    ----------
    kind, count
        Generator and number of tasks.
    seeds
        One for each night.
    objective
        Under which they are solved.
    """

    def __init__(self, kind: str, count: int, seeds: range, objective: str = "weighted") -> None:
        self.kind, self.count = kind, count
        self.problems: list[Problem] = [
            replace(GENERATORS[kind](count, seed), objective=objective)  # type: ignore[arg-type]
            for seed in seeds
        ]
        self.bounds: list[int] = []

    def kernel(self, limit: float, repeats: int = 1) -> Row:
        """Solve with the kernel; its bounds serve the baselines measured after.

        Parameters
        ----------
        limit
            Seconds for each night.
        repeats
            How often each night is solved; the quickest counts for fractions of a second.
        """
        values, seconds, gaps = [], [], []
        self.bounds = []
        for problem in self.problems:
            times = []
            for _ in range(repeats):
                began = perf_counter()
                solution = solve(replace(problem, time_limit=limit))
                times.append(perf_counter() - began)
            bound = solution.bound if isinstance(solution.bound, int) else solution.bound[0]
            value = (
                solution.objective if isinstance(solution.objective, int) else solution.objective[0]
            )
            self.bounds.append(bound)
            values.append(value / bound if bound else 1.0)
            gaps.append(solution.gap)
            seconds.append(median(times))
        optimal = sum(gap == 0 for gap in gaps)
        return self._row("nightplan", limit, values, seconds, median(gaps), optimal)

    def baseline(
        self, name: str, solver: Baseline, limit: float, nights: int | None = None, slack: int = 0
    ) -> Row:
        """Solve with a baseline and compare with the kernel's bounds.

        Parameters
        ----------
        name, solver
            What to call it, and what it does.
        limit
            Seconds for each night.
        nights
            Only so many of the nights.
        slack
            See `value_of`.
        """
        values, seconds = [], []
        for problem, bound in list(zip(self.problems, self.bounds, strict=True))[:nights]:
            began = perf_counter()
            plan = solver(problem, limit)
            seconds.append(perf_counter() - began)
            values.append(value_of(problem, plan, slack) / bound if bound else 1.0)
        return self._row(name, limit, values, seconds, None, 0)

    def _row(
        self,
        solver: str,
        limit: float,
        values: list[float],
        seconds: list[float],
        gap: float | None,
        optimal: int,
    ) -> Row:
        """Make a row."""
        return Row(
            kind=self.kind,
            count=self.count,
            limit=limit,
            solver=solver,
            nights=len(values),
            value=median(values),
            worst_value=min(values),
            gap=gap,
            optimal=optimal,
            seconds=median(seconds),
            worst_seconds=max(seconds),
        )


def warm_up(solver: Callable[[Problem], object] = solve) -> None:
    """Load everything once, so that no night pays for it."""
    for kind in ("alternatives", "slew"):
        solver(replace(GENERATORS[kind](40, 99), time_limit=1.0))
