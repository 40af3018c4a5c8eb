"""The gaps of an instrument and the fillers that go into them.

A gap lies between neighbouring tasks, blocked spans and the ends of the horizon. Fillers stand
back to back from its start. With setup times a filler needs its own setup after what is before
it and before what comes after it, another filler included; a setup may lie in a blocked span.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scheduler.kernel.problem import Instrument

Span = tuple[int, int]
Busy = tuple[int, int, int]
"""Start, end and class of a placed task."""


def merged(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Join overlapping and touching spans and cut them to a horizon.

    Parameters
    ----------
    spans
        In any order.
    start, end
        The horizon.
    """
    found: list[Span] = []
    for low, high in sorted(spans):
        low, high = max(low, start), min(high, end)
        if low >= high:
            continue
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def free_spans(instrument: Instrument) -> list[Span]:
    """Return the horizon without the blocked spans, in order."""
    found, at = [], instrument.start
    for low, high in merged(instrument.blocked, instrument.start, instrument.end):
        if low > at:
            found.append((at, low))
        at = high
    if instrument.end > at:
        found.append((at, instrument.end))
    return found


def fill(instrument: Instrument, busy: Sequence[Busy]) -> list[Span]:
    """Place as many fillers as each gap holds.

    Parameters
    ----------
    instrument
        Its filler, setup and free time; without a filler nothing is placed.
    busy
        The placed tasks, in order of start.
    """
    if instrument.filler is None:
        return []
    if instrument.setup is None and not instrument.blocked:
        return _fill_plain(instrument, busy, instrument.filler.duration)
    return _fill_any(instrument, busy)


def _fill_plain(instrument: Instrument, busy: Sequence[Busy], size: int) -> list[Span]:
    """Fill a night without blocked spans and setup times."""
    found: list[Span] = []
    at = instrument.start
    for start, end, _ in busy:
        while at + size <= start:
            found.append((at, at + size))
            at += size
        at = max(at, end)
    while at + size <= instrument.end:
        found.append((at, at + size))
        at += size
    return found


def _fill_any(instrument: Instrument, busy: Sequence[Busy]) -> list[Span]:
    """Fill any night: walk through free spans and tasks together."""
    if instrument.filler is None:
        return []
    size, own = instrument.filler.duration, instrument.filler.task_class or 0
    setup = instrument.setup
    free = free_spans(instrument)
    found: list[Span] = []
    ready, k = instrument.start, 0
    for index in range(len(busy) + 1):
        last = index == len(busy)
        limit = instrument.end
        if not last:
            limit = busy[index][0] - (setup[own][busy[index][2]] if setup else 0)
        while k < len(free) and free[k][0] + size <= limit:
            at = max(ready, free[k][0])
            if at + size > free[k][1]:
                k += 1
                continue
            if at + size > limit:
                break
            found.append((at, at + size))
            ready = at + size + (setup[own][own] if setup else 0)
        if not last:
            ready = busy[index][1] + (setup[busy[index][2]][own] if setup else 0)
    return found
