"""First schedules of a part: from the previous one, by density, and by latest start."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from scheduler.kernel.construct import Builder
from scheduler.kernel.lanes import first_from
from scheduler.kernel.night import Night, Place

Clock = Callable[[], bool]


def by_density(night: Night) -> list[int]:
    """Jobs by what they bring for their time, those they need counted with them.

    Parameters
    ----------
    night
        One part of a night.
    """
    builder = Builder(night)
    worth = {k: job.worth for k, job in night.jobs.items()}
    if builder.dependents:
        for k, job in night.jobs.items():
            for other in builder.dependents.get(k, ()):
                if other in night.jobs:
                    together = job.duration + night.jobs[other].duration
                    gain = (job.worth + night.jobs[other].worth) * job.duration // together
                    worth[k] = max(worth[k], gain)
    most = max(worth.values(), default=0) or 1
    return sorted(night.jobs, key=lambda k: (-(worth[k] / most) / night.jobs[k].duration, k))


def after_previous(night: Night, order: list[int], expired: Clock) -> Builder:
    """Keep what the previous schedule has, then insert the rest.

    Parameters
    ----------
    night
        One part of a night.
    order
        In which to insert.
    expired
        Whether the time is over.
    """
    builder = Builder(night)
    builder.restore(night.previous)
    for k in order:
        if k in night.previous:
            builder.insert(k, night.previous[k])
    builder.fill(order, expired)
    return builder


def afresh(night: Night, order: list[int], expired: Clock) -> Builder:
    """Insert all jobs in an order.

    Parameters
    ----------
    night, order, expired
        As for `after_previous`.
    """
    builder = Builder(night)
    builder.fill(order, expired)
    return builder


def by_deadline(night: Night) -> Builder | None:
    """Run through time and always start the job whose latest start comes first.

    Finds room for everything on most nights that have it. ``None`` where it does not apply:
    several lanes, setup times or rules.

    Parameters
    ----------
    night
        As for `after_previous`.
    """
    lanes = {lane for job in night.jobs.values() for lane in job.ranges}
    if len(lanes) != 1 or night.rules or any(setup is not None for setup in night.setups):
        return None
    if any(job.pinned is not None for job in night.jobs.values()):
        return None
    (lane,) = lanes
    builder = Builder(night)
    jobs = sorted(night.jobs.values(), key=lambda job: (job.ranges[lane][0][0], job.k))
    waiting: list[tuple[int, int]] = []
    i, at = 0, jobs[0].ranges[lane][0][0]
    while i < len(jobs) or waiting:
        if not waiting:
            at = max(at, jobs[i].ranges[lane][0][0])
        while i < len(jobs) and jobs[i].ranges[lane][0][0] <= at:
            heappush(waiting, (jobs[i].ranges[lane][-1][1], jobs[i].k))
            i += 1
        _, k = heappop(waiting)
        start = first_from(night.jobs[k].ranges[lane], at)
        if start is not None and builder.board.fits(night.jobs[k], lane, start):
            builder.board.put(night.jobs[k], lane, start)
            at = max(at, start + night.jobs[k].duration) if start == at else at
    return builder


def best_start(night: Night, expired: Clock) -> dict[int, Place]:
    """Return the places of the best first schedule; ties go to the previous one.

    Parameters
    ----------
    night, expired
        As for `after_previous`.
    """
    order = by_density(night)
    everything = night.total(night.jobs)
    candidates: list[Callable[[], Builder | None]] = []
    if any(k in night.previous for k in night.jobs):
        candidates.append(lambda: after_previous(night, order, expired))
    candidates += [lambda: by_deadline(night), lambda: afresh(night, order, expired)]
    best: dict[int, Place] | None = None
    most = -1
    for make in candidates:
        if best is not None and (most == everything or expired()):
            break
        builder = make()
        if builder is None:
            continue
        builder.repair()
        total = night.total(builder.board.places)
        if total > most:
            best, most = builder.board.places, total
    return best or {}
