"""Seeded nights of every kind and size; the same seed gives the same night everywhere."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from scheduler.kernel import After, FillerSpec, Group, Instrument, Problem, Task, Window

HOUR = 3600
SCAN = FillerSpec(duration=123)
SLEW = (
    (5, 40, 70, 95, 120),
    (40, 5, 45, 70, 95),
    (70, 45, 5, 40, 70),
    (95, 70, 40, 5, 45),
    (120, 95, 70, 45, 5),
)
"""Seconds between five directions; obeys the triangle inequality."""


def fixed(count: int, seed: int) -> Problem:
    """Fixed events of 1-500 s, 50 for every four hours.

    Parameters
    ----------
    count
        Number of tasks.
    seed
        Of the night.
    """
    rng = Random(f"fixed {count} {seed}")
    span = max(1, count // 50) * 4 * HOUR
    tasks = []
    for k in range(count):
        duration = rng.randint(1, 500)
        start = rng.randrange(span - duration + 1)
        tasks.append(_task(k, rng, duration, [("a", start, start + duration)]))
    return _problem({"a": span}, tasks)


def flexible(count: int, seed: int) -> Problem:
    """Events of 30-600 s in windows of 1-3 h; they take two thirds of the time.

    Parameters
    ----------
    count, seed
        As for `fixed`.
    """
    rng = Random(f"flexible {count} {seed}")
    return _windows(rng, count, max(8 * HOUR, count * 480))


def overloaded(count: int, seed: int) -> Problem:
    """Events of 30-600 s in windows of 1-3 h, all in one night of 8 h.

    Parameters
    ----------
    count, seed
        As for `fixed`.
    """
    return _windows(Random(f"overloaded {count} {seed}"), count, 8 * HOUR)


def slew(count: int, seed: int) -> Problem:
    """Flexible events of five directions with slew times; half as much again as fits.

    Parameters
    ----------
    count, seed
        As for `fixed`.
    """
    rng = Random(f"slew {count} {seed}")
    return _windows(rng, count, max(2 * HOUR, count * 240), setup=SLEW)


def joint(count: int, seed: int) -> Problem:
    """Flexible events that take a third of the time; fillers want the rest.

    Parameters
    ----------
    count, seed
        As for `fixed`.
    """
    rng = Random(f"joint {count} {seed}")
    return _windows(rng, count, max(4 * HOUR, count * 960))


def alternatives(count: int, seed: int) -> Problem:
    """Fixed events on three instruments, each possible on one to three of them.

    Parameters
    ----------
    count, seed
        As for `fixed`.
    """
    rng = Random(f"alternatives {count} {seed}")
    span = max(1, count // 150) * 4 * HOUR
    names = ["a", "b", "c"]
    tasks = []
    for k in range(count):
        duration = rng.randint(1, 500)
        start = rng.randrange(span - duration + 1)
        chosen = rng.sample(names, rng.randint(1, 3))
        places = [(name, start, start + duration) for name in sorted(chosen)]
        tasks.append(_task(k, rng, duration, places))
    return _problem(dict.fromkeys(names, span), tasks)


def coupled(count: int, seed: int) -> Problem:
    """Flexible events, some after others, some in groups; half as much again as fits.

    Parameters
    ----------
    count, seed
        As for `fixed`.
    """
    rng = Random(f"coupled {count} {seed}")
    plain = _windows(rng, count, max(2 * HOUR, count * 210))
    tasks = list(plain.tasks)
    for k in range(3, count, 4):
        old = tasks[k]
        tasks[k] = Task(
            id=old.id,
            duration=old.duration,
            windows=old.windows,
            priority=old.priority,
            after=After(id=tasks[k - 1].id, min_gap=10, max_gap=rng.choice([None, 3000])),
        )
    groups = tuple(
        Group(rule=rng.choice(["all", "one"]), tasks=(tasks[k].id, tasks[k + 1].id))
        for k in range(0, count - 1, 8)
    )
    return Problem(
        instruments=plain.instruments, tasks=tuple(tasks), objective="weighted", groups=groups
    )


GENERATORS: dict[str, Callable[[int, int], Problem]] = {
    "fixed": fixed,
    "flexible": flexible,
    "overloaded": overloaded,
    "slew": slew,
    "joint": joint,
    "alternatives": alternatives,
    "coupled": coupled,
}


def _windows(
    rng: Random, count: int, span: int, setup: tuple[tuple[int, ...], ...] | None = None
) -> Problem:
    """Events of 30-600 s in windows of 1-3 h on one instrument."""
    tasks = []
    for k in range(count):
        length = min(span, rng.randint(HOUR, 3 * HOUR))
        start = rng.randrange(span - length + 1)
        tasks.append(
            _task(
                k,
                rng,
                rng.randint(30, 600),
                [("a", start, start + length)],
                rng.randrange(len(setup)) if setup else 0,
            )
        )
    return _problem({"a": span}, tasks, setup)


def _task(
    k: int,
    rng: Random,
    duration: int,
    places: list[tuple[str, int, int]],
    task_class: int = 0,
) -> Task:
    """One task with a window on each of some instruments."""
    return Task(
        id=f"t{k}",
        duration=duration,
        windows={name: (Window(start=start, end=end),) for name, start, end in places},
        priority=rng.randint(1, 5),
        task_class=task_class,
    )


def _problem(
    spans: dict[str, int], tasks: list[Task], setup: tuple[tuple[int, ...], ...] | None = None
) -> Problem:
    """One night of the given instruments."""
    return Problem(
        instruments={
            name: Instrument(start=0, end=span, filler=SCAN, setup=setup)
            for name, span in spans.items()
        },
        tasks=tuple(tasks),
        objective="weighted",
    )
