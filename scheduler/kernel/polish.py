"""Improves a schedule lane by lane; long lanes in slices of time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import cycle
from random import Random

from scheduler.kernel.lane_search import LaneSearch
from scheduler.kernel.night import Job, Night, Place, Range

SLICE = 90
"""Placed jobs that are searched at a time."""
POOL = 600
"""Open jobs that are tried in a slice, the densest ones."""
ROUNDS = (1, 4, 1, 8, 1, 2)
"""How boldly lanes with setup times are searched, time after time, always from the best
schedule; without setup times going far astray was measured to cost more than it brings."""


class Polish:
    """Improves the places of one part; jobs that a rule binds stay where they are.

    Parameters
    ----------
    night
        The part.
    places
        A valid schedule.
    target
        Packed total that cannot be exceeded.
    """

    def __init__(self, night: Night, places: dict[int, Place], target: int) -> None:
        self.night = night
        self.places = dict(places)
        self.target = target
        self.total = night.total(places)
        self.done = 0
        self.rng = Random(night.problem.seed)  # noqa: S311 - a search, not a secret
        self.bound = {night.position[name] for rule in night.rules for name in rule.binds()}
        self.lanes = sorted({lane for job in night.jobs.values() for lane in job.ranges})

    def run(self, iterations: int, expired: Callable[[], bool]) -> None:
        """Search until the iterations are used up, the target is reached or time is over.

        Parameters
        ----------
        iterations
            In all, over all lanes and slices.
        expired
            Whether the time is over.
        """
        slices = [s for lane in self.lanes for s in self._slices(lane)]
        each = max(60, iterations // (len(ROUNDS) * max(1, len(slices))))
        left = iterations
        boldness = cycle(ROUNDS)
        while left > 0 and self.total < self.target:
            before, bold = left, next(boldness)
            for lane, low, high in slices:
                if left <= 0 or expired() or self.total >= self.target:
                    return
                self._search(lane, low, high, min(each, left), bold, expired)
                left -= each
                self.done = iterations - left
            if before == left:
                return
            slices = [s for lane in self.lanes for s in self._slices(lane, self.rng.random())]

    def _slices(self, lane: int, shift: float = 0.0) -> list[tuple[int, int | None, int | None]]:
        """Cut a lane between placed jobs; ``None`` stands for its ends."""
        order = sorted(start for at, start in self.places.values() if at == lane)
        if len(order) <= SLICE * 2:
            return [(lane, None, None)]
        edges = order[int(shift * SLICE) + SLICE // 2 :: SLICE]
        marks: list[int | None] = [None, *edges, None]
        return [(lane, marks[i], marks[i + 1]) for i in range(len(marks) - 1)]

    def _search(
        self,
        lane: int,
        low: int | None,
        high: int | None,
        iterations: int,
        boldness: int,
        expired: Callable[[], bool],
    ) -> None:
        """Search one slice and take over what it found."""
        jobs, ranges, placed, locked = self._candidates(lane, low, high)
        if not jobs:
            return
        inside = sum(jobs[j].worth for j in placed)
        search = LaneSearch(jobs, ranges, placed, locked, self.night.setups[lane], self.rng)
        target = self.target - self.total + inside
        boldness = boldness if self.night.setups[lane] else 1
        found = search.run(iterations, expired, target, boldness)
        total = sum(jobs[j].worth for j in found)
        if found and total >= inside:
            for j in placed:
                del self.places[jobs[j].k]
            for j, start in found.items():
                self.places[jobs[j].k] = (lane, start)
            self.total += total - inside

    def _candidates(
        self, lane: int, low: int | None, high: int | None
    ) -> tuple[list[Job], list[list[Range]], dict[int, int], set[int]]:
        """Jobs of a slice, their ranges, the placed and the locked ones."""
        jobs: list[Job] = []
        ranges: list[list[Range]] = []
        placed: dict[int, int] = {}
        locked: set[int] = set()
        first, last = low, high
        for k, (at, start) in self.places.items():
            if at != lane or (low is not None and start < low):
                continue
            if high is not None and start > high:
                continue
            job = self.night.jobs[k]
            j = len(jobs)
            placed[j] = start
            jobs.append(job)
            if start in (low, high) or k in self.bound or job.pinned is not None:
                locked.add(j)
                ranges.append([(start, start)])
                if start == low:
                    first = start + job.duration
            else:
                ranges.append(job.ranges[lane])
        for k in self._open(lane, first, last):
            jobs.append(self.night.jobs[k])
            ranges.append(self.night.jobs[k].ranges[lane])
        for j, job in enumerate(jobs):
            if j not in locked:
                ranges[j] = _between(ranges[j], first, last, job.duration)
        return jobs, ranges, placed, locked

    def _open(self, lane: int, first: int | None, last: int | None) -> list[int]:
        """Jobs without a place that could stand in a slice, the densest first."""
        found = [
            k
            for k, job in self.night.jobs.items()
            if k not in self.places
            and k not in self.bound
            and lane in job.ranges
            and _between(job.ranges[lane], first, last, job.duration)
        ]
        if len(found) <= POOL:
            return found
        found.sort(key=lambda k: -self.night.jobs[k].worth * 1000 // self.night.jobs[k].duration)
        return sorted(found[:POOL])


def _between(
    ranges: list[Range], first: int | None, last: int | None, duration: int
) -> list[Range]:
    """Starts that keep a job between two moments."""
    if first is None and last is None:
        return ranges
    i = 0 if first is None else bisect_left(ranges, first, key=lambda r: r[1])
    found = []
    for low, high in ranges[i:]:
        low = low if first is None else max(low, first)
        high = high if last is None else min(high, last - duration)
        if low <= high:
            found.append((low, high))
    return found
