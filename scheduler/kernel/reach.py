"""Which parts CP-SAT can take, decided without loading it."""

from __future__ import annotations

from scheduler.kernel.night import Night

SAFE = 2**50
"""Sums up to here are exact in the double that CP-SAT reports."""
MOST_SETUP = 130
"""Jobs on a lane with setup times for which a circuit is built."""
MOST_JOBS = 3000
"""Jobs for which a model is built at all."""


def within_reach(night: Night) -> bool:
    """Whether a model of the part can be built and solved in numbers CP-SAT can hold."""
    if len(night.jobs) > MOST_JOBS:
        return False
    for lane, setup in enumerate(night.setups):
        if setup and sum(lane in job.ranges for job in night.jobs.values()) > MOST_SETUP:
            return False
    reach = max(max(abs(m) for m in job.hull()) for job in night.jobs.values())
    return reach < SAFE and all(sum(layer.values()) < SAFE for layer in night.layers)
