"""Splits a night into parts that cannot influence each other."""

from __future__ import annotations

from dataclasses import replace

from scheduler.kernel.night import Night
from scheduler.kernel.rules import Rule

BATCH = 1200
"""Jobs of parts that are solved together."""


class _Sets:
    """Disjoint sets of jobs (union-find)."""

    def __init__(self, members: list[int]) -> None:
        self.parent = {k: k for k in members}

    def find(self, k: int) -> int:
        """Return the set's representative."""
        while self.parent[k] != k:
            self.parent[k] = self.parent[self.parent[k]]
            k = self.parent[k]
        return k

    def join(self, one: int, two: int) -> None:
        """Make two sets one."""
        a, b = self.find(one), self.find(two)
        if a != b:
            self.parent[max(a, b)] = min(a, b)


def components(night: Night) -> list[Night]:
    """Return the parts of a night: jobs that share time on a lane, or a rule, stay together.

    Parameters
    ----------
    night
        All of it.
    """
    sets = _Sets(list(night.jobs))
    for lane, setup in enumerate(night.setups):
        slack = max((max(row) for row in setup), default=0) if setup else 0
        spans = sorted(
            (job.ranges[lane][0][0], job.ranges[lane][-1][1] + job.duration + slack, k)
            for k, job in night.jobs.items()
            if lane in job.ranges
        )
        reach, last = 0, -1
        for low, high, k in spans:
            if last >= 0 and low < reach:
                sets.join(last, k)
                reach = max(reach, high)
            else:
                reach = high
            last = k
    bound = []
    for rule in night.rules:
        members = [night.position[name] for name in rule.binds()]
        members = [k for k in members if k in night.jobs]
        for other in members[1:]:
            sets.join(members[0], other)
        if members:
            bound.append((members[0], rule))
    jobs: dict[int, list[int]] = {}
    for k in night.jobs:
        jobs.setdefault(sets.find(k), []).append(k)
    rules: dict[int, list[Rule]] = {root: [] for root in jobs}
    for k, rule in bound:
        rules[sets.find(k)].append(rule)
    return [night.part(members, rules[root]) for root, members in jobs.items()]


def batches(parts: list[Night]) -> list[Night]:
    """Join small parts of fixed starts, for which CP-SAT is cheap; smallest parts first.

    Parameters
    ----------
    parts
        As `components` returns them.
    """
    found = []
    waiting: list[Night] = []
    count = 0
    for part in sorted(parts, key=lambda part: len(part.jobs)):
        lanes = {lane for job in part.jobs.values() for lane in job.ranges}
        cheap = len(lanes) > 1 and all(job.fixed_start for job in part.jobs.values())
        if not cheap or any(part.setups[lane] for lane in lanes):
            found.append(part)
            continue
        if waiting and count + len(part.jobs) > BATCH:
            found.append(_joined(waiting))
            waiting, count = [], 0
        waiting.append(part)
        count += len(part.jobs)
    if waiting:
        found.append(_joined(waiting))
    return found


def _joined(parts: list[Night]) -> Night:
    """Return one part made of several."""
    jobs = [k for part in parts for k in part.jobs]
    merged = {k: job for part in parts for k, job in part.jobs.items()}
    whole = replace(parts[0], jobs=merged)
    return whole.part(jobs, [rule for part in parts for rule in part.rules])
