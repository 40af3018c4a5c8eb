"""Exact dynamic program for tasks that can run at one time on one instrument only.

The best total of a chain of tasks that ends with task i is its worth plus the best total of a
chain that ends early enough before it; with setup times "early enough" depends on the class of
the chain's last task, so the best chains are kept per class. Tasks are taken in order of their
ends, so the best total up to a moment is one binary search away: O(n log n) for each class.
Worths are exact integers of any size. The best chain is a proof: nothing else needs one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

Setup = Sequence[Sequence[int]]


@dataclass(slots=True)
class Chains:
    """Best chains of tasks up to each moment.

    Parameters
    ----------
    ends
        Per class, the ends of its tasks, ascending.
    best
        Per class, one longer than `ends`: the best total of a chain whose last task is of that
        class and among the first so many; 0 where there is none.
    last
        Per class, beside `best`: the last task of that chain, −1 for none.
    before
        Per task, its predecessor in the best chain that ends with it, −1 for none.
    setup
        Times between classes, or none.
    """

    ends: list[list[int]]
    best: list[list[int]]
    last: list[list[int]]
    before: list[int]
    setup: Setup | None

    def ending_before(self, start: int, task_class: int) -> tuple[int, int]:
        """Best total and last task of a chain that leaves time for a task to start.

        Parameters
        ----------
        start
            Start of the task that follows.
        task_class
            Its class.
        """
        total, last = 0, -1
        for c, ends in enumerate(self.ends):
            needed = self.setup[c][task_class] if self.setup is not None else 0
            k = bisect_right(ends, start - needed)
            if self.best[c][k] > total:
                total, last = self.best[c][k], self.last[c][k]
        return total, last

    def overall(self) -> tuple[int, int]:
        """Best total of all, and the last task of that chain."""
        total, last = 0, -1
        for best, tasks in zip(self.best, self.last, strict=True):
            if best[-1] > total:
                total, last = best[-1], tasks[-1]
        return total, last

    def chain(self, last: int) -> list[int]:
        """Tasks of the best chain that ends with ``last``, from the last to the first."""
        found = []
        while last >= 0:
            found.append(last)
            last = self.before[last]
        return found


def best_chains(
    starts: Sequence[int],
    ends: Sequence[int],
    worths: Sequence[int],
    classes: Sequence[int],
    setup: Setup | None,
) -> Chains:
    """Run the dynamic program over the tasks of one instrument.

    Parameters
    ----------
    starts, ends, worths, classes
        Per task; an end is after its start, a worth is ≥ 0 (a task of worth 0 is never taken).
    setup
        Times between classes, or ``None``.
    """
    if setup is None:
        return _without_setup(starts, ends, worths)
    used = sorted({classes[k] for k in range(len(starts))})
    at = {c: i for i, c in enumerate(used)}
    size = len(setup)
    chains = Chains(
        [[] for _ in range(size)],
        [[0] for _ in range(size)],
        [[-1] for _ in range(size)],
        [-1] * len(starts),
        setup,
    )
    rows = [(c, chains.ends[c], chains.best[c], chains.last[c]) for c in used]
    for k in sorted(range(len(starts)), key=ends.__getitem__):
        own, start, total, before = classes[k], starts[k], 0, -1
        for c, done, best, last in rows:
            i = bisect_right(done, start - setup[c][own])
            if best[i] > total:
                total, before = best[i], last[i]
        chains.before[k] = before
        _, done, best, last = rows[at[own]]
        total += worths[k]
        better = total > best[-1]
        done.append(ends[k])
        best.append(total if better else best[-1])
        last.append(k if better else last[-1])
    return chains


def _without_setup(starts: Sequence[int], ends: Sequence[int], worths: Sequence[int]) -> Chains:
    """Run the same program for one class without setup times."""
    n = len(starts)
    order = sorted(range(n), key=ends.__getitem__)
    done = [ends[k] for k in order]
    best, last, before = [0], [-1], [-1] * n
    top, tip = 0, -1
    for i, k in enumerate(order):
        j = bisect_right(done, starts[k], 0, i)
        before[k] = last[j]
        total = best[j] + worths[k]
        if total > top:
            top, tip = total, k
        best.append(top)
        last.append(tip)
    return Chains([done], [best], [last], before, None)
