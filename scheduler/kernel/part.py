"""One part of a night: from quick constructions to proof."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from scheduler.kernel.fixed import best_chains
from scheduler.kernel.fixed_night import combined_worths
from scheduler.kernel.night import Night, Place
from scheduler.kernel.objectives import totals
from scheduler.kernel.reach import within_reach
from scheduler.kernel.relaxation import relaxed_bound
from scheduler.kernel.settle import settle
from scheduler.kernel.shake import Shake
from scheduler.kernel.starts import best_start

RATE = 1500
"""Search iterations for each second of the limit: about half of what two cores do in it."""


SMALL = 60
"""Jobs up to which CP-SAT is asked early."""


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
    found = Found(places, everything)
    if night.total(places) < night.packed(everything):
        found.bound = min(everything, relaxed_bound(night))
        if night.total(places) < night.packed(found.bound):
            found = _search(night, found, deadline, seconds)
    return Found(settle(night, found.places, expired), found.bound)


def _search(night: Night, found: Found, deadline: float, seconds: float) -> Found:
    """Improve and prove by local search and CP-SAT, in the order that suits the part."""
    provable = within_reach(night)
    quick = provable and (len(night.jobs) <= SMALL or all(j.fixed for j in night.jobs.values()))
    share = 0.1 if quick else (0.55 if provable else 1.0)
    began = perf_counter()
    until = began + (deadline - began) * share

    def expired() -> bool:
        return perf_counter() > until

    target = night.packed(found.bound)
    places, iterations = found.places, int(seconds * share * RATE)
    if night.rules:
        shake = Shake(night, places, target)
        shake.run(iterations // 3, lambda: perf_counter() > began + (until - began) * 0.7)
        places, iterations = shake.places, iterations // 3
    from scheduler.kernel.polish import Polish

    polish = Polish(night, places, target)
    polish.run(iterations, expired)
    found = Found(polish.places, found.bound)
    if provable and night.total(found.places) < target:
        from scheduler.kernel.prover import Prover

        proof = Prover(night, found.places, found.bound, deadline, seconds * (1 - share)).run()
        found = Found(proof.places, proof.bound)
    return found


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
