"""Local search for parts with rules: take some jobs out with all that need them, insert anew.

Slower for each job than the search on one lane, but every insertion goes through the builder
and so keeps every rule.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from scheduler.kernel.construct import Builder
from scheduler.kernel.night import Night, Place

TRIED = 80
"""Jobs that are tried in an iteration."""


class Shake:
    """Improves the places of one part.

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
        self.night, self.target = night, target
        self.rng = Random(night.problem.seed)  # noqa: S311 - a search, not a secret
        self.builder = Builder(night)
        self._set(places)
        self.places = dict(places)
        self.total = night.total(places)
        self.done = 0
        most = max((job.worth for job in night.jobs.values()), default=0) or 1
        self.density = {k: job.worth / most / job.duration for k, job in night.jobs.items()}
        self.hulls = {k: job.hull() for k, job in night.jobs.items()}

    def run(self, iterations: int, expired: Callable[[], bool]) -> None:
        """Search until the iterations are used up, the target is reached or time is over.

        Parameters
        ----------
        iterations
            At most so many.
        expired
            Whether the time is over.
        """
        now = dict(self.places)
        total = self.total
        for done in range(iterations):
            self.done = done
            if self.total >= self.target or not now or expired():
                return
            self._iterate(now)
            found = self.builder.board.places
            worth = self.night.total(found)
            if worth < total and self.rng.random() > 0.01:
                self._set(now)
                continue
            now, total = dict(found), worth
            if total > self.total:
                self.places, self.total = dict(now), total

    def _iterate(self, now: dict[int, Place]) -> None:
        """Take neighbours out and insert what brings most, in a blurred order."""
        rng, builder = self.rng, self.builder
        lanes = [lane for lane in builder.board.order if lane]
        order = lanes[rng.randrange(len(lanes))]
        width = 1 + int(rng.random() ** 2 * min(8, len(order)))
        first = rng.randrange(max(1, len(order) - width + 1))
        gone: list[int] = []
        for k in order[first : first + width]:
            gone += builder.remove(k)
        for k in builder.broken():
            gone += builder.remove(k)
        if not gone:
            return
        low = min(now[k][1] for k in gone)
        high = max(now[k][1] + self.night.jobs[k].duration for k in gone)
        near = [
            k
            for k, (begin, end) in self.hulls.items()
            if k not in builder.board.places and begin < high and low < end
        ]
        if len(near) > TRIED:
            near = rng.sample(near, TRIED)
        near.sort(key=lambda k: -self.density[k] * (0.6 + 0.8 * rng.random()))
        for k in near:
            builder.insert(k)
        if builder.broken():
            builder.repair()

    def _set(self, places: dict[int, Place]) -> None:
        """Make the board hold exactly these places."""
        board = self.builder.board
        board.clear()
        for k, (lane, start) in sorted(places.items(), key=lambda item: item[1][1]):
            board.put(self.night.jobs[k], lane, start)
