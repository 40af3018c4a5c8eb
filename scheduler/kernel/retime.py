"""Makes room for fillers: moves tasks within their windows, in their order.

What is scheduled is settled; only when is still open. For tasks in a given order the best
starts are found exactly by dynamic program over "so many tasks done, so many fillers done": the
state is the earliest moment at which that is possible, since an earlier moment allows all that a
later one does. Long lanes are taken in chunks, each between its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scheduler.kernel.gaps import free_spans
from scheduler.kernel.lanes import first_from, last_until
from scheduler.kernel.night import Job, Night, Place, Range, rank_of

CHUNK = 60
"""Tasks retimed together."""
FAR = 2**62
Step = tuple[int, int]
"""A moment, and a number of fillers."""


@dataclass(slots=True, kw_only=True)
class Track:
    """Tasks of one lane in order, and what stands around them.

    Parameters
    ----------
    jobs, ranges
        The tasks and the starts each may have.
    starts
        The starts they have.
    filler, filler_class, filler_ranges
        Length, class and starts of fillers.
    setup
        Times between classes, or none.
    """

    jobs: list[Job]
    ranges: list[Sequence[Range]]
    starts: list[int]
    filler: int
    filler_class: int
    filler_ranges: list[Range]
    setup: Sequence[Sequence[int]] | None

    def between(self, one: int, two: int) -> int:
        """Time needed between tasks of two positions; −1 stands for a filler."""
        if self.setup is None:
            return 0
        first = self.filler_class if one < 0 else self.jobs[one].setup_class
        second = self.filler_class if two < 0 else self.jobs[two].setup_class
        return self.setup[first][second]


def retime(night: Night, places: dict[int, Place], expired: Callable[[], bool]) -> dict[int, Place]:
    """Move tasks so that the most fillers fit between them.

    Tasks that a rule binds, that are pinned, or that stand where the previous schedule has them
    stay; the others keep their order and their rank of preference.

    Parameters
    ----------
    night
        The whole night.
    places
        A valid schedule.
    expired
        Whether the time is over.
    """
    bound = {night.position[name] for rule in night.rules for name in rule.binds()}
    found = dict(places)
    for lane, name in enumerate(night.names):
        filler = night.problem.instruments[name].filler
        if filler is None:
            continue
        order = sorted((k for k, place in places.items() if place[0] == lane), key=places.get)  # type: ignore[arg-type]
        jobs = [night.jobs[k] for k in order]
        spans = free_spans(night.problem.instruments[name])
        track = Track(
            jobs=jobs,
            ranges=[
                [(places[job.k][1],) * 2]
                if job.k in bound or job.pinned or night.previous.get(job.k) == places[job.k]
                else _same_rank(job, places[job.k])
                for job in jobs
            ],
            starts=[places[k][1] for k in order],
            filler=filler.duration,
            filler_class=filler.task_class or 0,
            filler_ranges=[(a, b - filler.duration) for a, b in spans if b - a >= filler.duration],
            setup=night.setups[lane],
        )
        if all(ranges[0][0] == ranges[-1][1] for ranges in track.ranges) or not spans:
            continue
        for low in range(0, len(jobs), CHUNK):
            if expired():
                return found
            _chunk(track, low, min(len(jobs), low + CHUNK), spans[0][0], spans[-1][1])
        for k, start in zip(order, track.starts, strict=True):
            found[k] = (lane, start)
    return found


def _same_rank(job: Job, place: Place) -> list[Range]:
    """Starts on the same lane in windows of the same rank."""
    rank = rank_of(job, place)
    for tier, lane, ranges in job.tiers:
        if tier == rank and lane == place[0]:
            return ranges
    return [(place[1], place[1])]


def _chunk(track: Track, low: int, high: int, begin: int, end: int) -> None:
    """Retime the tasks from one position up to another, between their neighbours."""
    latest = _latest(track, low, high)
    ready = begin
    if low:
        ready = track.starts[low - 1] + track.jobs[low - 1].duration
    after_task = {0: ready}
    trail: list[dict[int, Step]] = []
    for i in range(low, high):
        after_filler = _fillers(track, after_task, i - 1, i, latest[i - low])
        after_task, steps = _place(track, i, after_task, after_filler, latest[i - low])
        trail.append(steps)
        if not after_task:
            return
    limit = end if high == len(track.jobs) else track.starts[high]
    following = None if high == len(track.jobs) else high
    last = _fillers(track, after_task, high - 1, following, limit)
    most = max({*after_task, *last})
    count = last[most][1] if most in last else most
    for i in range(high - 1, low - 1, -1):
        track.starts[i], count = trail[i - low][count]


def _latest(track: Track, low: int, high: int) -> list[int]:
    """Latest start of each task of a chunk that leaves those after it in place."""
    found = [0] * (high - low)
    limit = FAR
    if high < len(track.jobs):
        limit = track.starts[high] - track.between(high - 1, high)
    for i in range(high - 1, low - 1, -1):
        start = last_until(track.ranges[i], limit - track.jobs[i].duration)
        found[i - low] = track.starts[i] if start is None else start
        if i > low:
            limit = found[i - low] - track.between(i - 1, i)
    return found


def _fillers(
    track: Track, after_task: dict[int, int], before: int, following: int | None, limit: int
) -> dict[int, Step]:
    """Earliest moments after at least one filler, by number of fillers done so far.

    Parameters
    ----------
    track
        The lane.
    after_task
        Earliest moments after the task before, by number of fillers.
    before
        That task's position, −1 at the lane's start.
    following
        The next task's position, ``None`` at the lane's end.
    limit
        Its latest start, or the end of the horizon.

    Returns
    -------
    The moment, and the number of fillers before the task before.
    """
    found: dict[int, Step] = {}
    gap = 0 if before < 0 else track.between(before, -1)
    again = track.between(-1, -1)
    limit -= 0 if following is None else track.between(-1, following)
    count, most = min(after_task), max(after_task)
    while track.filler_ranges:
        fresh = (after_task.get(count, FAR) + gap, count)
        more = found.get(count, (FAR, count))
        ready, base = min(fresh, (more[0] + again, more[1]))
        count += 1
        start = first_from(track.filler_ranges, ready)
        if start is not None and start + track.filler <= limit:
            found[count] = (start + track.filler, base)
        elif count > most:
            break
    return found


def _place(
    track: Track,
    i: int,
    after_task: dict[int, int],
    after_filler: dict[int, Step],
    latest: int,
) -> tuple[dict[int, int], dict[int, Step]]:
    """Earliest ends of a task by number of fillers, its start and the number before the task."""
    ends: dict[int, int] = {}
    steps: dict[int, Step] = {}
    gap = 0 if not i else track.between(i - 1, i)
    ahead = track.between(-1, i)
    for count in {*after_task, *after_filler}:
        plain = after_task.get(count, FAR) + gap
        filled, base = after_filler.get(count, (FAR, count))
        start = first_from(track.ranges[i], min(plain, filled + ahead))
        if start is not None and start <= latest:
            ends[count] = start + track.jobs[i].duration
            steps[count] = (start, base if filled + ahead < plain else count)
    return ends, steps
