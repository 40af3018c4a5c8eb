"""One part of a night: from quick constructions to proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
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

RATE = 2500
"""Search iterations for each second of effort: what one core does in it, or a little less."""
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
    spent
        Effort it took, in seconds.
    """

    places: dict[int, Place]
    bound: list[int]
    spent: float = 0.0


def solve_part(night: Night, deadline: float, effort: float, end: float) -> Found:
    """Solve one part.

    Parameters
    ----------
    night
        The part.
    deadline
        On `time.perf_counter`'s clock; meant to be reached by slow machines only.
    effort
        How much search it is worth: seconds in which iterations and CP-SAT's deterministic time
        are counted, so that equal problems get equal answers.
    end
        Until when a first schedule may be built, even past the deadline.
    """

    def expired() -> bool:
        return perf_counter() > deadline

    if (chain := _fixed_lane(night)) is not None:
        return chain
    places = best_start(night, lambda: perf_counter() > max(deadline, end))
    found = Found(places, totals(night.layers, night.jobs))
    if _prove_at_once(night, deadline) and night.total(places) < night.packed(found.bound):
        found = _prove(night, found, deadline, effort)
    if night.total(found.places) < night.packed(found.bound):
        found.bound = min(found.bound, relaxed_bound(night, expired))
        if night.total(found.places) < night.packed(found.bound):
            found = _search(night, found, deadline, effort)
    return replace(found, places=settle(night, found.places, expired))


def _search(night: Night, found: Found, deadline: float, effort: float) -> Found:
    """Improve and prove by local search and CP-SAT, in the order that suits the part."""
    share = 0.1 if len(night.jobs) <= SMALL else 0.65
    provable = within_reach(night, (deadline - perf_counter()) * (1 - share))
    share = share if provable else 1.0
    effort -= found.spent
    found = _improve(night, found, perf_counter(), deadline, effort * share, share)
    if provable and night.total(found.places) < night.packed(found.bound):
        found = _prove(night, found, deadline, effort * (1 - share))
    return found


def _prove_at_once(night: Night, deadline: float) -> bool:
    """Whether CP-SAT comes first: fixed starts, on several lanes, are what it is quickest at."""
    fixed = all(job.fixed_start for job in night.jobs.values())
    return fixed and within_reach(night, deadline - perf_counter())


def _prove(night: Night, found: Found, deadline: float, effort: float) -> Found:
    """Improve and prove by CP-SAT."""
    from scheduler.kernel.prover import Prover

    return Prover(night, found.places, found.bound, deadline, effort).run(found.spent)


def _improve(
    night: Night, found: Found, began: float, deadline: float, effort: float, share: float
) -> Found:
    """Improve by local search, with a share of the time."""
    from scheduler.kernel.polish import Polish

    until = began + (deadline - began) * share
    target = night.packed(found.bound)
    iterations, done, places = int(effort * RATE), 0, found.places
    if night.rules:
        shake = Shake(night, places, target)
        shake.run(iterations // 3, lambda: perf_counter() > began + (until - began) * 0.7)
        places, iterations, done = shake.places, iterations // 3, shake.done * 2
    polish = Polish(night, places, target)
    polish.run(iterations, lambda: perf_counter() > until)
    return Found(polish.places, found.bound, found.spent + (done + polish.done) / RATE)


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
