"""One part of a night: from quick constructions to proof."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from scheduler.kernel.fixed import best_chains
from scheduler.kernel.fixed_night import combined_worths
from scheduler.kernel.night import Night, Place
from scheduler.kernel.objectives import totals
from scheduler.kernel.relaxation import relaxed_bound
from scheduler.kernel.starts import best_start

RATE = 1500
"""Search iterations for each second of the limit: about half of what two cores do in it."""


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


def solve_part(night: Night, deadline: float, seconds: float) -> Found:
    """Solve one part.

    Parameters
    ----------
    night
        The part.
    deadline
        On `time.perf_counter`'s clock.
    seconds
        The part's share of the limit: how much search it is worth.
    """

    def expired() -> bool:
        return perf_counter() > deadline

    if (chain := _fixed_lane(night)) is not None:
        return chain
    places = best_start(night, expired)
    everything = totals(night.layers, night.jobs)
    if night.total(places) == night.packed(everything):
        return Found(places, everything)
    bound = min(everything, relaxed_bound(night))
    if night.total(places) < night.packed(bound):
        from scheduler.kernel.polish import Polish

        polish = Polish(night, places, night.packed(bound))
        polish.run(int(seconds * RATE), expired)
        places = polish.places
    return Found(places, bound)


def _fixed_lane(night: Night) -> Found | None:
    """Solve a part of fixed jobs on one lane by dynamic program."""
    jobs = list(night.jobs.values())
    lanes = {lane for job in jobs for lane in job.ranges}
    if night.rules or len(lanes) != 1 or not all(job.fixed for job in jobs):
        return None
    (lane,) = lanes
    starts = [job.ranges[lane][0][0] for job in jobs]
    kept = {i for i, job in enumerate(jobs) if night.previous.get(job.k) == (lane, starts[i])}
    pinned = {i for i, job in enumerate(jobs) if job.pinned is not None}
    chains = best_chains(
        starts,
        [start + job.duration for start, job in zip(starts, jobs, strict=True)],
        combined_worths([job.worth for job in jobs], kept, pinned),
        [job.setup_class for job in jobs],
        night.setups[lane],
    )
    taken = chains.chain(chains.overall()[1])
    places = {jobs[i].k: (lane, starts[i]) for i in taken}
    return Found(places, totals(night.layers, places))
