"""astroplan's two schedulers on our nights; needs astroplan 0.10.1, and no network."""

from __future__ import annotations

import warnings
from contextlib import redirect_stdout, suppress
from io import StringIO
from typing import Any

from bench.kernel.baselines import Plan, the_window
from scheduler.kernel import Problem

DUSK = "2026-11-21T16:00:00"
RESOLUTION = 20
"""Seconds of astroplan's time grid: finer ones take minutes."""
STEP = 300
"""Seconds that SequentialScheduler moves on when nothing can be scheduled (its default)."""


def available() -> bool:
    """Whether astroplan is installed."""
    try:
        import astroplan  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True


def plan_with(name: str, problem: Problem, limit: float = 0) -> Plan:
    """Plan a night with one of astroplan's schedulers.

    Parameters
    ----------
    name
        ``PriorityScheduler`` or ``SequentialScheduler``.
    problem
        One instrument without setup times. Priorities are turned round, as astroplan's smallest
        is its highest.
    limit
        Not heeded: astroplan has none.
    """
    del limit
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _plan(name, problem)


def _plan(name: str, problem: Problem) -> Plan:
    """Build the observing blocks, schedule them, read the starts."""
    import astroplan
    from astropy import units as u
    from astropy.coordinates import EarthLocation, SkyCoord
    from astropy.time import Time
    from astropy.utils import iers

    iers.conf.auto_download = False
    dusk = Time(DUSK)
    ((_, one),) = problem.instruments.items()
    site = EarthLocation.from_geodetic(11.28 * u.deg, 48.087 * u.deg, 600 * u.m)
    target = astroplan.FixedTarget(SkyCoord(30 * u.deg, 48 * u.deg), name="zenith")
    blocks = []
    for task in problem.tasks:
        window = the_window(task)
        within = astroplan.TimeConstraint(dusk + window.start * u.s, dusk + window.end * u.s)
        blocks.append(
            astroplan.ObservingBlock(
                target,
                task.duration * u.s,
                6 - task.priority,
                constraints=[within],
                name=task.id,
            )
        )
    observer = astroplan.Observer(site)
    scheduler = getattr(astroplan, name)(
        constraints=[],
        observer=observer,
        transitioner=astroplan.Transitioner(),
        gap_time=STEP * u.s,
        time_resolution=RESOLUTION * u.s,
    )
    schedule = astroplan.Schedule(dusk, dusk + one.end * u.s)
    # On some nights it fails over its own time grid; what it had placed by then counts.
    with suppress(ValueError), redirect_stdout(StringIO()):
        scheduler(blocks, schedule)
    return {block.name: _seconds(block.start_time - dusk) for block in schedule.observing_blocks}


def _seconds(delta: Any) -> int:
    """Whole seconds of an astropy time difference."""
    return round(float(delta.sec))
