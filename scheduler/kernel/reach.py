"""Which parts CP-SAT can take, decided without loading it."""

from __future__ import annotations

import sys

from scheduler.kernel.night import Night

SAFE = 2**50
"""Sums up to here are exact in the double that CP-SAT reports."""
MOST_SETUP = 130
"""Jobs on a lane with setup times for which a circuit is built."""
MOST_JOBS = 3000
"""Jobs for which a model is built at all."""
BUILD = 3e-4
"""Seconds for each job that building and presolving a model may take."""
LOAD = 0.7
"""Seconds that loading OR-Tools may take the first time."""


def within_reach(night: Night, seconds: float) -> bool:
    """Whether a model of the part can be built in time, in numbers that CP-SAT can hold.

    Parameters
    ----------
    night
        The part.
    seconds
        Time left for it.
    """
    needed = BUILD * len(night.jobs) + (0 if "ortools.sat.python.cp_model" in sys.modules else LOAD)
    if len(night.jobs) > MOST_JOBS or seconds < needed:
        return False
    for lane, setup in enumerate(night.setups):
        if setup and sum(lane in job.ranges for job in night.jobs.values()) > MOST_SETUP:
            return False
    reach = max(max(abs(m) for m in job.hull()) for job in night.jobs.values())
    return reach < SAFE and all(sum(layer.values()) < SAFE for layer in night.layers)
