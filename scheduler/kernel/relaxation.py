"""A bound that needs no search: jobs may be interrupted, split and run in part.

If every job could be cut into pieces, the most work that a set of jobs can do within its windows
is found by always running the job whose window closes first (Glover 1967: matching in a convex
bipartite graph). That amount is a submodular function of the set, so the best value of the
relaxation is reached greedily by value per time: with the densities d1 > d2 > … and f(i) the
work of all jobs at least as dense as di, it is Σ (di − d(i+1)) · f(i). Instruments are pooled,
several windows become the span from the first to the last, and each job carries the least setup
that must follow it. The objective ``priority`` is bounded level by level in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from scheduler.kernel.gaps import free_spans
from scheduler.kernel.night import Job, Night

STEPS = 150_000
"""Jobs times densities that are affordable; beyond that, densities are rounded up to fewer."""
SHIFT = 40
"""Binary digits after the point of a density, rounded up."""
LEVELS = 30
"""Levels of the objective bounded by work; those below count in full."""


@dataclass(slots=True)
class Piece:
    """A job as the relaxation sees it: work to be done between two moments."""

    k: int
    release: int
    deadline: int
    work: int


@dataclass(slots=True)
class Capacity:
    """A span in which so many instruments are free."""

    start: int
    end: int
    lanes: int


def relaxed_bound(night: Night, expired: Callable[[], bool]) -> list[int]:
    """Return a bound per layer of the objective that no schedule of the part exceeds.

    Parameters
    ----------
    night
        One part of a night.
    expired
        Whether the time is over: the rest of the bound is then taken as coarse as it comes.
    """
    pieces, capacity = _relax(night)
    bound: list[int] = []
    before: list[Piece] = []
    done = 0
    for layer, (_, divisor) in zip(night.layers, night.units, strict=True):
        own = [piece for piece in pieces if layer.get(piece.k)]
        if len(bound) >= LEVELS or expired():
            most = sum(layer[piece.k] for piece in own)
        elif done >= 0 and all(layer[piece.k] == piece.work for piece in own):
            before += own
            work = most_work(before, capacity) if own else done
            most, done = work - done, work
        else:
            most, done = _densest(own, layer, capacity, expired) if own else 0, -1
        if most % divisor:
            # A level that is rounded down does not say how much room it leaves for the next.
            most, done = most // divisor * divisor, -1
        bound.append(most)
    return bound


def _relax(night: Night) -> tuple[list[Piece], list[Capacity]]:
    """Make pieces and capacity of a part."""
    trailing = _least_setups(night)
    reach = max(trailing.values(), default=0)
    pieces = []
    for k, job in night.jobs.items():
        low, high = job.hull()
        extra = trailing.get(k, 0)
        inside = job.pinned is None or _inside(night, job)
        work = job.duration + extra if inside else 0
        pieces.append(Piece(k, low, high + extra, work))
    pieces.sort(key=lambda piece: piece.release)
    lanes = sorted({lane for job in night.jobs.values() for lane in job.ranges})
    edges: dict[int, int] = {}
    for lane in lanes:
        spans = free_spans(night.problem.instruments[night.names[lane]])
        for i, (low, high) in enumerate(spans):
            end = high + reach if i + 1 == len(spans) else min(high + reach, spans[i + 1][0])
            edges[low] = edges.get(low, 0) + 1
            edges[end] = edges.get(end, 0) - 1
    capacity = []
    open_lanes, at = 0, 0
    for moment in sorted(edges):
        if open_lanes:
            capacity.append(Capacity(at, moment, open_lanes))
        open_lanes += edges[moment]
        at = moment
    return pieces, capacity


def _inside(night: Night, job: Job) -> bool:
    """Whether a pinned job lies within free time, so that it takes some of it."""
    if job.pinned is None:
        return True
    lane, start = job.pinned
    spans = free_spans(night.problem.instruments[night.names[lane]])
    return any(low <= start and start + job.duration <= high for low, high in spans)


def _least_setups(night: Night) -> dict[int, int]:
    """Least time that must follow each job before any other job of the part."""
    found: dict[int, int] = {}
    if all(setup is None for setup in night.setups):
        return found
    followers: dict[tuple[int, int], int] = {}
    counts: dict[tuple[int, int], int] = {}
    for job in night.jobs.values():
        for lane in job.ranges:
            key = (lane, job.setup_class)
            counts[key] = counts.get(key, 0) + 1
    for (lane, own), count in counts.items():
        setup = night.setups[lane]
        others = [c for at, c in counts if at == lane and (c != own or count > 1)]
        followers[lane, own] = min((setup[own][c] for c in others), default=0) if setup else 0
    for k, job in night.jobs.items():
        found[k] = min(followers[lane, job.setup_class] for lane in job.ranges)
    return found


def _densest(
    own: Sequence[Piece],
    layer: dict[int, int],
    capacity: list[Capacity],
    expired: Callable[[], bool],
) -> int:
    """Best value of the relaxation, rounded down; densities are rounded up if they are many."""
    free = sum(layer[piece.k] for piece in own if not piece.work)
    working = [piece for piece in own if piece.work]
    densities = {piece.k: -(-(layer[piece.k] << SHIFT) // piece.work) for piece in working}
    ordered = sorted(set(densities.values()), reverse=True)
    affordable = max(8, STEPS // max(1, len(working)))
    heads = ordered[:: -(-len(ordered) // affordable)] if ordered else []
    room = sum((span.end - span.start) * span.lanes for span in capacity)
    total = 0
    for density, following in pairwise([*heads, 0]):
        among = [piece for piece in working if densities[piece.k] > following]
        work = min(room, sum([piece.work for piece in among]))
        total += (density - following) * (work if expired() else most_work(among, capacity))
    return min(free + (total >> SHIFT), sum([layer[piece.k] for piece in own]))


def most_work(pieces: Sequence[Piece], capacity: Sequence[Capacity]) -> int:
    """Most work that the pieces can do, interrupted and in part as it suits.

    Parameters
    ----------
    pieces
        In any order.
    capacity
        Spans in order; work is done at the rate of their lanes.
    """
    ordered = sorted(pieces, key=lambda piece: piece.release)
    waiting: list[tuple[int, int]] = []
    done, i, count = 0, 0, len(ordered)
    for span in capacity:
        at, end, lanes = span.start, span.end, span.lanes
        while at < end:
            while i < count and ordered[i].release <= at:
                heappush(waiting, (ordered[i].deadline, ordered[i].work))
                i += 1
            while waiting and waiting[0][0] <= at:
                heappop(waiting)
            until = min(end, ordered[i].release) if i < count else end
            if not waiting:
                if i == count:
                    return done
                at = until
                continue
            until = min(until, waiting[0][0])
            room = (until - at) * lanes
            while room and waiting:
                deadline, work = waiting[0]
                used = min(room, work)
                done += used
                room -= used
                heappop(waiting)
                if used < work:
                    heappush(waiting, (deadline, work - used))
            at = until
    return done
