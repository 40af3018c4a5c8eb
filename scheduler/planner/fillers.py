"""Steady fillers: where as many fit, those that were there before stay.

The kernel puts fillers back to back from a gap's start. A new event in a gap
would so move every filler after it, although most could stay: requirement S10
asks that one change moves as little else as possible.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

Span = tuple[int, int]


def keep_steady(found: Sequence[Span], before: Sequence[Span], busy: Sequence[Span]) -> list[Span]:
    """Replace fillers by former ones in each gap that holds as many of these.

    Valid where no setup time is needed between a filler and its neighbours.

    Parameters
    ----------
    found
        The fillers as the kernel placed them, in order.
    before
        The former fillers, in order.
    busy
        What is not gap, in order: the spans of events and of blocked time, and an
        empty span at each end of the horizon.

    Returns
    -------
    list of Span
        As many fillers as before, in order.
    """
    kept: list[Span] = []
    starts = [start for start, _ in before]
    ends = [end for _, end in before]
    taken = 0
    for low, high in _gaps(busy):
        new = taken
        while new < len(found) and found[new][1] <= high:
            new += 1
        fresh = found[taken:new]
        taken = new
        old = before[bisect_left(starts, low) : bisect_right(ends, high)]
        kept.extend(old if len(old) >= len(fresh) else fresh)
    return kept


def _gaps(busy: Sequence[Span]) -> Iterator[Span]:
    """The gaps between neighbouring busy spans."""
    at = busy[0][1]
    for start, end in busy[1:]:
        if start > at:
            yield at, start
        at = max(at, end)
