"""Places jobs one by one on a board, with everything they need.

A job goes to its earliest start in its most preferred windows. What it needs (its predecessor,
the rest of its group) is placed with it or not at all; jobs that start together get the first
start that suits all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from scheduler.kernel.board import Board
from scheduler.kernel.night import Job, Night, Place, Range
from scheduler.kernel.rules import FREE, Bounds, Rule

ATTEMPTS = 6
"""How often a job is moved later for the sake of one that must follow it closely."""


class Builder:
    """Places and removes jobs, keeping every rule.

    Parameters
    ----------
    night
        Jobs and rules.
    """

    def __init__(self, night: Night) -> None:
        self.night = night
        self.board = Board(night)
        self.position = night.position
        self.rules: dict[int, list[Rule]] = {}
        for rule in night.rules:
            for name in rule.binds():
                self.rules.setdefault(self.position[name], []).append(rule)
        self.dependents: dict[int, list[int]] = {}
        for k, rules in self.rules.items():
            name = night.task_id(k)
            for needed in dict.fromkeys(n for rule in rules for n in rule.needs(name)):
                self.dependents.setdefault(self.position[needed], []).append(k)
        for job in night.jobs.values():
            if job.pinned is not None:
                self.board.put(job, *job.pinned)

    def insert(self, k: int, at: Place | None = None) -> bool:
        """Place a job and all it needs, or nothing.

        Parameters
        ----------
        k
            Not necessarily unplaced: nothing is done if it is placed.
        at
            The only place allowed for this job, if given.
        """
        if k in self.board.places:
            return True
        if k not in self.rules:
            place = self._place(self.night.jobs[k], FREE, at) if k in self.night.jobs else None
            if place is not None:
                self.board.put(self.night.jobs[k], *place)
            return place is not None
        done: list[int] = []
        if self._insert(k, at, done, set()):
            return True
        for placed in reversed(done):
            self.board.take(self.night.jobs[placed])
        return False

    def restore(self, places: Mapping[int, Place]) -> None:
        """Put jobs exactly where they were, but for those that cannot be there any more.

        Parameters
        ----------
        places
            Of a former schedule; other parts' jobs are passed over.
        """
        for k, (lane, start) in sorted(places.items(), key=lambda entry: entry[1]):
            job = self.night.jobs.get(k)
            if job is None or k in self.board.places:
                continue
            allowed = any(low <= start <= high for low, high in job.ranges.get(lane, ()))
            if allowed and self.board.fits(job, lane, start):
                self.board.put(job, lane, start)
        self.repair()

    def remove(self, k: int) -> list[int]:
        """Remove a job and all that cannot stay without it; returns them. Pinned jobs stay."""
        gone: list[int] = []
        stack = [k]
        while stack:
            one = stack.pop()
            if one not in self.board.places or self.night.jobs[one].pinned is not None:
                continue
            self.board.take(self.night.jobs[one])
            gone.append(one)
            stack += self.dependents.get(one, ())
        return gone

    def repair(self) -> None:
        """Remove jobs until none breaks a rule and no neighbours stand too close."""
        while broken := self.broken():
            if not self.remove(broken[0]):
                return

    def broken(self) -> list[int]:
        """Placed jobs that break a rule or stand too close after another; none, normally."""
        bound = [
            k for k in self.rules if k in self.board.places and self.night.jobs[k].pinned is None
        ]
        lonely = [k for k in bound if self._lonely(k)]
        return [*self.board.clashes(), *lonely, *(k for k in bound if self._breaks(k))]

    def _lonely(self, k: int) -> bool:
        """Whether a job needs another one that is not placed."""
        name = self.night.task_id(k)
        return any(
            self.position[needed] not in self.board.places
            for rule in self.rules[k]
            for needed in rule.needs(name)
        )

    def _breaks(self, k: int) -> bool:
        """Whether a placed job's start is not one that its rules leave."""
        start = self.board.places[k][1]
        bounds = self._bounds(k)
        return (
            bounds is None
            or _both(max, start, bounds[0]) != start
            or _both(min, start, bounds[1]) != start
        )

    def fill(self, order: Iterable[int], expired: Callable[[], bool]) -> None:
        """Insert jobs in an order until the time is over."""
        for count, k in enumerate(order):
            if count % 64 == 63 and expired():
                return
            self.insert(k)

    def _insert(self, k: int, at: Place | None, done: list[int], trying: set[int]) -> bool:
        """Place a job with what it needs, noting in ``done`` what was placed."""
        if k in self.board.places or k in trying:
            return True
        job = self.night.jobs.get(k)
        if job is None:
            return False
        trying.add(k)
        name = self.night.task_id(k)
        needed = {self.position[n]: None for rule in self.rules[k] for n in rule.needs(name)}
        mates = {self.position[n]: None for rule in self.rules[k] for n in rule.together(name)}
        for mate in mates:
            name = self.night.task_id(mate)
            needed |= {
                self.position[n]: None for rule in self.rules[mate] for n in rule.needs(name)
            }
        for other in needed:
            if other == k or other in mates:
                continue
            if not self._insert(other, None, done, trying):
                return False
        if mates:
            placed = self._put_together([k, *mates], done, trying)
        else:
            placed = self._put_alone(job, at, done, needed)
        return placed and all(self._insert(other, None, done, trying) for other in needed)

    def _put_alone(
        self, job: Job, at: Place | None, done: list[int], needed: Iterable[int]
    ) -> bool:
        """Place one job; if it must follow others more closely than it can, move those later."""
        for _ in range(ATTEMPTS):
            bounds = self._bounds(job.k)
            if bounds is None:
                return False
            place = self._place(job, bounds, at)
            if place is not None:
                self.board.put(job, *place)
                done.append(job.k)
                return True
            later = self._place(job, (bounds[0], None), at)
            movable = [k for k in needed if k in done]
            if later is None or bounds[1] is None or not movable:
                return False
            if not self._move_later(movable, later[1] - bounds[1]):
                return False
        return False

    def _move_later(self, movable: list[int], by: int) -> bool:
        """Move freshly placed jobs later by at least some time."""
        for k in movable:
            job = self.night.jobs[k]
            lane, start = self.board.places[k]
            bounds = self._bounds(k)
            self.board.take(job)
            place = None
            if bounds is not None:
                place = self._place(job, (_both(max, start + by, bounds[0]), bounds[1]), None)
            self.board.put(job, *(place or (lane, start)))
            if place is None:
                return False
        return True

    def _put_together(self, group: list[int], done: list[int], trying: set[int]) -> bool:
        """Place jobs that start together at the first start that suits all."""
        jobs = [self.night.jobs[k] for k in group if k in self.night.jobs]
        bounds = [self._bounds(k) for k in group]
        if len(jobs) < len(group) or None in bounds:
            return False
        lows = [b[0] for b in bounds if b is not None and b[0] is not None]
        highs = [b[1] for b in bounds if b is not None and b[1] is not None]
        at, high = max(lows, default=None), min(highs, default=None)
        taken: set[int] = set()
        while True:
            places = []
            taken.clear()
            for job in jobs:
                place = self._place(job, (at, high), None, earliest=True, without=taken)
                if place is None:
                    return False
                taken.add(place[0])
                places.append(place)
            latest = max(start for _, start in places)
            if all(start == latest for _, start in places):
                break
            at = latest
        for job, place in zip(jobs, places, strict=True):
            self.board.put(job, *place)
            done.append(job.k)
            trying.add(job.k)
        return not any(self._breaks(k) for k in group)

    def _bounds(self, k: int) -> Bounds | None:
        """What all rules together leave to a job."""
        low: int | None = None
        high: int | None = None
        name = self.night.task_id(k)
        for rule in self.rules.get(k, ()):
            placed = {}
            for other in rule.binds():
                place = self.board.places.get(self.position[other])
                if place is not None and other != name:
                    job = self.night.jobs[self.position[other]]
                    placed[other] = (place[1], place[1] + job.duration)
            bounds = rule.bounds(name, placed)
            if bounds is None:
                return None
            low, high = _both(max, low, bounds[0]), _both(min, high, bounds[1])
        return low, high

    def _place(
        self,
        job: Job,
        bounds: Bounds,
        at: Place | None,
        *,
        earliest: bool = False,
        without: Iterable[int] = (),
    ) -> Place | None:
        """Find a place: the most preferred windows first, or the earliest of all."""
        low, high = bounds
        found: Place | None = None
        rank_found = 0
        for rank, lane, ranges in job.tiers:
            if found is not None and not earliest and rank > rank_found:
                break
            if lane in without:
                continue
            cut = _cut(ranges, low, high)
            if at is not None:
                cut = _cut(cut, at[1], at[1]) if lane == at[0] else []
            start = self.board.earliest(job, lane, cut) if cut else None
            if start is not None and (found is None or start < found[1]):
                found, rank_found = (lane, start), rank
        return found


def _both(pick: Callable[[int, int], int], one: int | None, two: int | None) -> int | None:
    """Pick one of two limits, either of which may be missing."""
    if one is None:
        return two
    return one if two is None else pick(one, two)


def _cut(ranges: list[Range], low: int | None, high: int | None) -> list[Range]:
    """Cut ranges of starts to bounds."""
    if low is None and high is None:
        return ranges
    found = []
    for first, last in ranges:
        first = first if low is None else max(first, low)
        last = last if high is None else min(last, high)
        if first <= last:
            found.append((first, last))
    return found
