"""Where a job may start on a lane, seen from a moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from scheduler.kernel.night import Range


def first_from(ranges: Sequence[Range], moment: int) -> int | None:
    """First allowed start at or after a moment."""
    if len(ranges) == 1:
        low, high = ranges[0]
        return None if moment > high else max(low, moment)
    i = bisect_left(ranges, moment, key=lambda r: r[1])
    return None if i == len(ranges) else max(ranges[i][0], moment)


def last_until(ranges: Sequence[Range], moment: int) -> int | None:
    """Last allowed start at or before a moment."""
    if len(ranges) == 1:
        low, high = ranges[0]
        return None if moment < low else min(high, moment)
    i = bisect_right(ranges, moment, key=lambda r: r[0]) - 1
    return None if i < 0 else min(ranges[i][1], moment)
