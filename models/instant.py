"""Instants: reading and writing UTC times with millisecond precision.

All times of nightplan are UTC (requirement S4); a text that is not written
with the suffix ``Z`` is refused rather than converted (requirement E4).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from models.errors import Reason

UTC_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$"
"""Regular expression of an instant as users write it; part of the JSON Schemas."""

_PARTS = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.([0-9]+))?(Z|[+-]\d{2}:?\d{2}|)",
    re.ASCII,
)
MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotAnInstant(ValueError):
    """A text is not an instant in UTC.

    Parameters
    ----------
    reason
        ``not-utc`` where only the suffix is wrong, else ``schema``.
    detail
        What was expected and what came.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


def parse_instant(text: str) -> datetime:
    """Read an instant such as ``2022-02-16T18:42:24.913Z``.

    Parameters
    ----------
    text
        RFC 3339 date and time with the suffix ``Z`` and at most three decimals.

    Returns
    -------
    datetime
        Aware, in UTC, whole milliseconds.

    Raises
    ------
    NotAnInstant
        The text has another form, another offset, or names no real instant
        (24:00, a leap second, February 30).
    """
    match = _PARTS.fullmatch(text)
    if match is None:
        raise NotAnInstant(
            Reason.SCHEMA,
            f"expected a time such as 2022-02-16T18:42:24.913Z, got {_shown(text)}",
        )
    year, month, day, hour, minute, second, fraction, suffix = match.groups()
    if len(fraction or "") > 3:
        raise NotAnInstant(
            Reason.SCHEMA, f"expected at most three decimals of a second, got {_shown(text)}"
        )
    try:
        instant = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second),
            int((fraction or "0").ljust(3, "0")) * 1000, tzinfo=UTC,
        )  # fmt: skip
    except ValueError as error:
        raise NotAnInstant(
            Reason.SCHEMA, f"expected a real time, got {_shown(text)}: {error}"
        ) from None
    if suffix != "Z":
        offset = f"the offset {suffix}" if suffix else "no offset"
        raise NotAnInstant(
            Reason.NOT_UTC, f"expected UTC with the suffix Z, got {offset} in {_shown(text)}"
        )
    return instant


def format_instant(instant: datetime) -> str:
    """Write an instant with exactly three decimals and the suffix ``Z``.

    Parameters
    ----------
    instant
        Aware; anything finer than a millisecond is cut off.

    Returns
    -------
    str
        Such as ``2022-02-16T18:42:24.913Z``.

    Raises
    ------
    ValueError
        The instant is naive.
    """
    if instant.tzinfo is None:
        msg = f"expected an aware time, got the naive {instant.isoformat()}"
        raise ValueError(msg)
    utc = instant.astimezone(UTC)
    # strftime writes the year 1 as "1" on Linux: pad by hand.
    return (
        f"{utc.year:04d}-{utc.month:02d}-{utc.day:02d}T"
        f"{utc.hour:02d}:{utc.minute:02d}:{utc.second:02d}.{utc.microsecond // 1000:03d}Z"
    )


def to_milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z, exact for whole milliseconds."""
    return (instant - EPOCH) // MILLISECOND


def from_milliseconds(value: int) -> datetime:
    """The instant so many milliseconds after 1970-01-01T00:00:00Z."""
    return EPOCH + value * MILLISECOND


def _shown(text: str) -> str:
    """The text as an error quotes it: short and printable."""
    quoted = ascii(text)
    return quoted if len(quoted) <= 60 else f"{quoted[:57]}...'"
