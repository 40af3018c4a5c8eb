"""Rules that instruments of any kind share: order of times, limits of angles and durations."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from models.errors import Fault, Reason
from models.instant import format_instant
from models.instrument import Attributes, Check

SECOND = timedelta(seconds=1)


def ends_after_start(attributes: Attributes) -> Fault | None:
    """The end lies after the start."""
    start, end = attributes["start_time"], attributes["end_time"]
    if end > start:
        return None
    return Fault(
        reason=Reason.END_BEFORE_START,
        detail=f"expected an end_time after {format_instant(start)}, got {format_instant(end)}",
        pointer="/end_time",
    )


ENDS_AFTER_START = Check(rule="E4", fields=("start_time", "end_time"), find=ends_after_start)


def within_limits(rule: str, field: str, lowest: Decimal, highest: Decimal) -> Check:
    """The rule that an angle lies between two others, both allowed.

    Parameters
    ----------
    rule
        The rule's name.
    field
        The attribute, a decimal number as text.
    lowest, highest
        In degrees.
    """

    def find(attributes: Attributes) -> Fault | None:
        value = attributes[field]
        if lowest <= Decimal(value) <= highest:
            return None
        return Fault(
            reason=Reason.OUTSIDE_LIMITS,
            detail=f"expected {field} from {lowest} to {highest} degrees, got {value}",
            pointer=f"/{field}",
        )

    return Check(rule=rule, fields=(field,), find=find)


def lasts(rule: str, shortest: timedelta, longest: timedelta) -> Check:
    """The rule that an event lasts at least and at most so long.

    It is silent where the end is not after the start; that is another rule's matter.

    Parameters
    ----------
    rule
        The rule's name.
    shortest, longest
        Both allowed; equal for an event of exactly one duration.
    """
    expected = (
        f"exactly {seconds(shortest)}"
        if shortest == longest
        else f"{seconds(shortest)} to {seconds(longest)}"
    )

    def find(attributes: Attributes) -> Fault | None:
        start, end = attributes["start_time"], attributes["end_time"]
        length = end - start
        if length <= timedelta(0) or shortest <= length <= longest:
            return None
        nearest = shortest if length < shortest else longest
        return Fault(
            reason=Reason.DURATION_MISMATCH,
            detail=f"expected a duration of {expected}, got {seconds(length)}"
            + _remedy(start, nearest),
            pointer="/end_time",
        )

    return Check(rule=rule, fields=("start_time", "end_time"), find=find)


def seconds(duration: timedelta) -> str:
    """A duration as errors quote it, such as ``123 s`` or ``0.5 s``."""
    return f"{duration / SECOND:.3f}".rstrip("0").rstrip(".") + " s"


def _remedy(start: datetime, duration: timedelta) -> str:
    """Which end would do, where the calendar has it."""
    try:
        return f"; the end_time {format_instant(start + duration)} would do"
    except OverflowError:
        return ""
