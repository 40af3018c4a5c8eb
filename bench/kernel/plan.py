"""What is measured: every kind at every size under the service's limit, the targets, the peers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.kernel import with_astroplan
from bench.kernel.baselines import greedy, plain_cp_sat
from bench.kernel.generators import GENERATORS
from bench.kernel.measure import Nights, Row

SIZES = (20, 200, 1000, 20_000)
NIGHTS = 5


def limits(quick: bool) -> Iterator[Row]:
    """Every generator at every size with a limit of 2 s.

    Parameters
    ----------
    quick
        One night each instead of five, and no more than 1,000 tasks.
    """
    for kind in GENERATORS:
        for count in SIZES[: 2 if quick else None]:
            nights = Nights(kind, count, range(1 if quick else NIGHTS))
            yield nights.kernel(2.0)


def targets(quick: bool) -> Iterator[Row]:
    """The nights of design.md's table, each followed by the baselines on the same nights.

    Parameters
    ----------
    quick
        Fewer nights and no long limits.
    """
    many, few = (5, 2) if quick else (40, NIGHTS)
    yield from _fixed(many, few, quick)
    flexible = Nights("flexible", 50, range(many // 2))
    yield flexible.kernel(10.0)
    yield flexible.baseline("greedy", greedy, 0)
    yield flexible.baseline("plain CP-SAT", plain_cp_sat, 1.0, few)
    yield from _astroplan(flexible, 1 if quick else few)
    overloaded = Nights("overloaded", 200, range(few))
    yield overloaded.kernel(1.0)
    if not quick:
        yield overloaded.kernel(10.0)
    yield overloaded.baseline("greedy", greedy, 0)
    yield overloaded.baseline("plain CP-SAT", plain_cp_sat, 1.0)
    if not quick:
        yield overloaded.baseline("plain CP-SAT", plain_cp_sat, 10.0, 2)
        yield from _astroplan(overloaded, 1)
        large = Nights("overloaded", 1000, range(few))
        yield large.kernel(10.0)
        yield large.baseline("greedy", greedy, 0)
        yield large.baseline("plain CP-SAT", plain_cp_sat, 10.0, 2)
    alternatives = Nights("alternatives", 1000, range(few))
    yield alternatives.kernel(10.0, repeats=3)


def _fixed(many: int, few: int, quick: bool) -> Iterator[Row]:
    """Fixed nights of three sizes."""
    fifty = Nights("fixed", 50, range(many))
    yield fifty.kernel(10.0, repeats=3)
    yield fifty.baseline("greedy", greedy, 0)
    yield from _astroplan(fifty, 1 if quick else few)
    thousand = Nights("fixed", 1000, range(few))
    yield thousand.kernel(10.0, repeats=3)
    yield thousand.baseline("greedy", greedy, 0)
    yield thousand.baseline("plain CP-SAT", plain_cp_sat, 1.0 if quick else 10.0, 2)
    if not quick:
        yield Nights("fixed", 20_000, range(few)).kernel(10.0, repeats=3)


def _astroplan(nights: Nights, count: int) -> Iterator[Row]:
    """Run astroplan's schedulers, if it is installed; a start may be off by one grid step."""
    if not with_astroplan.available():
        return
    names = ("PriorityScheduler", "SequentialScheduler")
    for name in names if count > 1 else names[:1]:
        solver = partial(with_astroplan.plan_with, name)
        slack = with_astroplan.RESOLUTION
        yield nights.baseline(f"astroplan {name}", solver, 0, count, slack)
