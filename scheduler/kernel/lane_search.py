"""Iterated local search on one lane: cut a piece out of the sequence, fill the hole better.

The lane is a sequence of jobs, each at its earliest start, with the latest start that still
leaves everything after it in place; whether a job fits between two others is then one
comparison. An iteration removes a few neighbours and fills the hole with the jobs that bring
most for the time they take (Vansteenwegen et al. 2009, "Iterated local search for the team
orienteering problem with time windows"). It is kept unless it falls below the best total by more
than part of a typical job's worth, a part that shrinks to nothing (record-to-record travel, Dueck
1993). Deterministic: it counts iterations, and its random numbers are seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from scheduler.kernel.lanes import first_from, last_until
from scheduler.kernel.night import Job, Range

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER = -(2**62)


@dataclass(slots=True)
class Order:
    """Jobs in order with their earliest and latest starts (positions in the lane's job list)."""

    jobs: list[int]
    early: list[int]
    late: list[int]
    total: int


class LaneSearch:
    """The search's state on one lane.

    Parameters
    ----------
    jobs
        Those that may be placed here, the placed ones among them.
    ranges
        Their ranges of starts, one list each; a job that must stay has one start.
    placed
        Job to start; valid together.
    locked
        Jobs that must stay placed.
    setup
        Times between classes, or none.
    rng
        Random numbers.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        ranges: Sequence[Sequence[Range]],
        placed: dict[int, int],
        locked: set[int],
        setup: Sequence[Sequence[int]] | None,
        rng: Random,
    ) -> None:
        self.jobs, self.ranges, self.setup, self.rng = jobs, ranges, setup, rng
        self.locked = locked
        self.duration = [job.duration for job in jobs]
        self.cls = [job.setup_class for job in jobs]
        self.worth = [job.worth for job in jobs]
        self.typical = sorted(self.worth)[len(jobs) // 2] if jobs else 0
        most = max(self.worth, default=0) or 1
        self.gain: Floats = np.array([w / most + 1e-9 for w in self.worth])
        self.matrix: Integers | None = None if setup is None else np.array(setup, dtype=np.int64)
        self._rows()
        order = sorted(placed, key=placed.__getitem__)
        self.now = Order(order, [], [], sum(self.worth[j] for j in order))
        self.open: NDArray[np.bool_] = np.ones(len(jobs), dtype=bool)
        self.open[order] = False
        self.ok = self._retime(self.now)

    def _rows(self) -> None:
        """Make one candidate row per job and range, as arrays."""
        pairs = [(j, low, high) for j, found in enumerate(self.ranges) for low, high in found]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 3)
        self.row_job, self.row_low, self.row_high = table[:, 0], table[:, 1], table[:, 2]
        self.row_duration = np.array(self.duration, dtype=np.int64)[self.row_job]
        self.row_class = np.array(self.cls, dtype=np.int64)[self.row_job]

    def _retime(self, seq: Order) -> bool:
        """Compute all earliest and latest starts anew; whether the sequence is feasible."""
        seq.early, seq.late = [0] * len(seq.jobs), [0] * len(seq.jobs)
        return self._forward(seq, 0, whole=True) and self._backward(
            seq, len(seq.jobs) - 1, whole=True
        )

    def _forward(self, seq: Order, i: int, *, whole: bool = False) -> bool:
        """Recompute earliest starts from a position on, until nothing changes."""
        jobs, early, setup = seq.jobs, seq.early, self.setup
        ready = NEVER
        if i:
            ready = early[i - 1] + self.duration[jobs[i - 1]]
        while i < len(jobs):
            j = jobs[i]
            if setup is not None and i:
                ready += setup[self.cls[jobs[i - 1]]][self.cls[j]]
            start = first_from(self.ranges[j], ready)
            if start is None:
                return False
            if start == early[i] and not whole:
                return True
            early[i] = start
            ready = start + self.duration[j]
            i += 1
        return True

    def _backward(self, seq: Order, i: int, *, whole: bool = False) -> bool:
        """Recompute latest starts from a position back, until nothing changes."""
        jobs, late, setup = seq.jobs, seq.late, self.setup
        while i >= 0:
            j = jobs[i]
            limit = -NEVER
            if i + 1 < len(jobs):
                limit = late[i + 1] - self.duration[j]
                if setup is not None:
                    limit -= setup[self.cls[j]][self.cls[jobs[i + 1]]]
            start = last_until(self.ranges[j], limit)
            if start is None or start < seq.early[i]:
                return False
            if start == late[i] and not whole:
                return True
            late[i] = start
            i -= 1
        return True

    def _best_insertion(self, low: int, high: int, gain: Floats) -> tuple[int, int] | None:
        """Best job and position among the gaps ``low`` to ``high``, by gain² per time used."""
        rows = np.flatnonzero(self.open[self.row_job])
        if not len(rows):
            return None
        seq, setup = self.now, self.matrix
        gaps = range(low, high + 1)
        size = len(seq.jobs)
        ready = np.array(
            [seq.early[g - 1] + self.duration[seq.jobs[g - 1]] if g else NEVER for g in gaps]
        )[:, None]
        until = np.array([seq.late[g] if g < size else -NEVER for g in gaps])[:, None]
        before: Integers | int = 0
        after: Integers | int = 0
        if setup is not None:
            own = self.row_class[rows]
            before = np.array(
                [setup[self.cls[seq.jobs[g - 1]], own] if g else np.zeros_like(own) for g in gaps]
            )
            after = np.array(
                [
                    setup[own, self.cls[seq.jobs[g]]] if g < size else np.zeros_like(own)
                    for g in gaps
                ]
            )
        start = np.maximum(ready + before, self.row_low[rows])
        finish = start + self.row_duration[rows] + after
        fits = (start <= self.row_high[rows]) & (finish <= until)
        if not fits.any():
            return None
        used = finish - np.maximum(ready, self._floor(low, high)[:, None])
        worth = gain[self.row_job[rows]]
        score = np.where(fits, worth * worth / np.maximum(used, 1), -1.0)
        at, row = divmod(int(score.argmax()), len(rows))
        return int(self.row_job[rows[row]]), low + at

    def _floor(self, low: int, high: int) -> Integers:
        """Moment from which time counts as used in a gap without a job before it."""
        seq = self.now
        first = seq.early[0] if seq.jobs else int(self.row_low.min())
        least = min(first, int(self.row_low.min())) if low == 0 else NEVER
        return np.array([least if g == 0 else NEVER for g in range(low, high + 1)])

    def _insert(self, job: int, at: int) -> None:
        """Put a job into the sequence where it fits."""
        seq = self.now
        seq.jobs.insert(at, job)
        seq.early.insert(at, NEVER)
        seq.late.insert(at, NEVER)
        seq.total += self.worth[job]
        self.open[job] = False
        self._forward(seq, at)
        self._backward(seq, at)

    def fill(self, low: int, high: int, gain: Floats) -> int:
        """Insert jobs into the gaps ``low`` to ``high`` until none fits; how many were."""
        count = 0
        while (found := self._best_insertion(low, high, gain)) is not None:
            self._insert(*found)
            high += 1
            count += 1
        return count

    def _cut(self, low: int, high: int) -> bool:
        """Remove the jobs from ``low`` up to ``high``; whether the rest is feasible."""
        seq = self.now
        gone = [j for j in seq.jobs[low:high] if j not in self.locked]
        stay = [j for j in seq.jobs[low:high] if j in self.locked]
        if not gone:
            return False
        seq.jobs[low:high] = stay
        self.open[gone] = True
        seq.total -= sum(self.worth[j] for j in gone)
        if stay:
            return self._retime(seq)
        del seq.early[low:high], seq.late[low:high]
        return self._forward(seq, low) and self._backward(seq, low - 1)

    def run(
        self,
        iterations: int,
        expired: Callable[[], bool],
        target: int | None = None,
        boldness: int = 1,
    ) -> dict[int, int]:
        """Search; returns job to start of the best sequence.

        Parameters
        ----------
        iterations
            At most so many.
        expired
            Asked now and then whether to stop.
        target
            Total that cannot be exceeded, to stop at.
        boldness
            How far below the best total to go, in halves of a typical worth.
        """
        if not self.ok:
            return {}
        size = len(self.now.jobs)
        self.fill(0, size, self.gain)
        best = self._copy()
        for count in range(iterations):
            if best.total == target or (count % 16 == 0 and expired()):
                break
            kept = self._copy()
            slack = boldness * self.typical * (iterations - count) // (2 * iterations)
            if not self._iterate() or self.now.total < min(best.total - slack, kept.total):
                self._restore(kept)
            elif self.now.total > best.total:
                best = self._copy()
        return dict(zip(best.jobs, best.early, strict=True))

    def _iterate(self) -> bool:
        """Cut a hole and fill it, sometimes fill everywhere; whether that was possible."""
        size = len(self.now.jobs)
        if not size:
            return True
        width = 1 + int(self.rng.random() ** 2 * min(14, max(1, size // 2)))
        low = self.rng.randrange(max(1, size - width + 1))
        high = min(size, low + width)
        if not self._cut(low, high):
            return False
        left = len(self.now.jobs) - size + high
        noise = np.frombuffer(self.rng.randbytes(len(self.jobs)), dtype=np.uint8)
        self.fill(max(0, low - 1), min(left + 1, len(self.now.jobs)), self._gain(noise))
        if self.rng.random() < 0.05:
            self.fill(0, len(self.now.jobs), self.gain)
        return True

    def _gain(self, noise: NDArray[np.uint8]) -> Floats:
        """Gains blurred by up to a fifth."""
        return self.gain * (0.8 + noise / 640.0)

    def _copy(self) -> Order:
        """Copy the current sequence."""
        now = self.now
        return Order(now.jobs[:], now.early[:], now.late[:], now.total)

    def _restore(self, kept: Order) -> None:
        """Go back to a copy, which is used up."""
        self.open[self.now.jobs] = True
        self.now = kept
        self.open[kept.jobs] = False
