"""Last touches to a schedule that is found: places that cost nothing are taken or given back."""

from __future__ import annotations

from collections.abc import Callable

from scheduler.kernel.board import Board
from scheduler.kernel.construct import Builder
from scheduler.kernel.night import Job, Night, Place, rank_of


def settle(night: Night, places: dict[int, Place], expired: Callable[[], bool]) -> dict[int, Place]:
    """Add what still fits, then move single jobs to preferred windows or back where they were.

    Parameters
    ----------
    night
        A part of a night.
    places
        A valid schedule of it.
    expired
        Whether the time is over.

    Returns
    -------
    A valid schedule with at least the same jobs.
    """
    if expired() and not night.rules:
        return places
    builder = Builder(night)
    board = builder.board
    for k, place in places.items():
        if k not in board.places:
            board.put(night.jobs[k], *place)
    builder.fill([k for k in night.jobs if k not in board.places], expired)
    for k in list(board.places):
        if expired():
            break
        if night.jobs[k].pinned is None and k not in builder.rules:
            _move(night, board, night.jobs[k])
    if night.rules:
        builder.repair()
    return board.places


def _move(night: Night, board: Board, job: Job) -> None:
    """Move one job to the best place that is better than its own and free."""
    old = board.places[job.k]
    better = _better(night, job, old)
    if not better:
        return
    board.take(job)
    for lane, ranges in better:
        start = board.earliest(job, lane, ranges)
        if start is not None:
            board.put(job, lane, start)
            break
    else:
        board.put(job, *old)
    if any(setup is not None for setup in night.setups) and board.clashes():
        board.take(job)
        board.put(job, *old)


def _better(night: Night, job: Job, place: Place) -> list[tuple[int, list[tuple[int, int]]]]:
    """Lanes and ranges of starts that are better than a job's place, the best first."""
    rank = rank_of(job, place)
    previous = night.previous.get(job.k)
    found = [(lane, ranges) for tier, lane, ranges in job.tiers if tier < rank]
    if previous is not None and previous != place and rank_of(job, previous) <= rank:
        lane, start = previous
        if any(low <= start <= high for low, high in job.ranges.get(lane, ())):
            found.insert(
                0 if rank_of(job, previous) < rank else len(found), (lane, [(start, start)])
            )
    return found
