"""A schedule under construction: what stands where, and where one more job could stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from scheduler.kernel.night import Job, Night, Place, Range


class Board:
    """Placed jobs of some lanes; neighbours keep their setup times, starts are never moved.

    Parameters
    ----------
    night
        Jobs, setup times and rules.
    """

    def __init__(self, night: Night) -> None:
        self.night = night
        lanes = len(night.names)
        self.starts: list[list[int]] = [[] for _ in range(lanes)]
        self.ends: list[list[int]] = [[] for _ in range(lanes)]
        self.order: list[list[int]] = [[] for _ in range(lanes)]
        self.places: dict[int, Place] = {}

    def clear(self) -> None:
        """Take everything away."""
        for column in (self.starts, self.ends, self.order):
            for lane in column:
                lane.clear()
        self.places.clear()

    def put(self, job: Job, lane: int, start: int) -> None:
        """Place a job where `fits` or `earliest` said it can stand."""
        i = bisect_left(self.starts[lane], start)
        self.starts[lane].insert(i, start)
        self.ends[lane].insert(i, start + job.duration)
        self.order[lane].insert(i, job.k)
        self.places[job.k] = (lane, start)

    def take(self, job: Job) -> None:
        """Remove a placed job. Without the triangle inequality its neighbours may then clash."""
        lane, start = self.places.pop(job.k)
        i = bisect_left(self.starts[lane], start)
        for column in (self.starts, self.ends, self.order):
            del column[lane][i]

    def clashes(self) -> list[int]:
        """Jobs that stand too close after another (after a removal)."""
        found = []
        jobs = self.night.jobs
        for lane, setup in enumerate(self.night.setups):
            if setup is None:
                continue
            order, starts, ends = self.order[lane], self.starts[lane], self.ends[lane]
            for i in range(1, len(order)):
                needed = setup[jobs[order[i - 1]].setup_class][jobs[order[i]].setup_class]
                if ends[i - 1] + needed > starts[i]:
                    pinned = jobs[order[i]].pinned is not None
                    found.append(order[i - 1] if pinned else order[i])
        return found

    def earliest(self, job: Job, lane: int, ranges: list[Range]) -> int | None:
        """First start in the ranges at which the job fits between what is placed.

        Parameters
        ----------
        job
            Not placed.
        lane
            The instrument.
        ranges
            Starts allowed, ascending.
        """
        for low, high in ranges:
            start = self._earliest(job, lane, low, high)
            if start is not None:
                return start
        return None

    def _earliest(self, job: Job, lane: int, low: int, high: int) -> int | None:
        """First start in one range."""
        starts, ends = self.starts[lane], self.ends[lane]
        setup = self.night.setups[lane]
        if setup is not None:
            return self._earliest_with_setup(job, lane, low, high)
        duration = job.duration
        i = bisect_right(ends, low)
        count = len(starts)
        at = low
        while i < count:
            if at + duration <= starts[i]:
                return at
            at = ends[i]
            if at > high:
                return None
            i += 1
        return at

    def _earliest_with_setup(self, job: Job, lane: int, low: int, high: int) -> int | None:
        """First start in one range, neighbours' setup times respected."""
        starts, ends, order = self.starts[lane], self.ends[lane], self.order[lane]
        setup, jobs = self.night.setups[lane] or ((0,),), self.night.jobs
        own = job.setup_class
        i = bisect_right(starts, low)
        while True:
            at = low
            if i:
                at = max(at, ends[i - 1] + setup[jobs[order[i - 1]].setup_class][own])
            last = i == len(starts)
            if at <= high and (
                last or at + job.duration + setup[own][jobs[order[i]].setup_class] <= starts[i]
            ):
                return at
            if last or ends[i] > high:
                return None
            i += 1

    def fits(self, job: Job, lane: int, start: int) -> bool:
        """Whether a job can stand at one start, seen from its neighbours."""
        return self._earliest(job, lane, start, start) == start
