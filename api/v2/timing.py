"""When an event may run: two times (fixed), or a duration and windows (flexible)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.resource_objects import kind_of, schema_fault
from instruments.quoting import point, quote
from models.errors import Fault, Reason
from models.instant import MILLISECOND, NotAnInstant, format_instant, parse_instant
from models.window import Window

TIMES = ("start_time", "end_time")
FLEXIBLE = ("duration", "windows")
LONGEST_SECONDS = 86_400
"""No night is longer, and no gap between two events of one night."""
MOST_WINDOWS = 100
LEAST_LIKED = 1000
"""The greatest number of a preference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flexible:
    """What a flexible event asks for."""

    duration_ms: int
    windows: tuple[Window, ...]

    @property
    def example(self) -> dict[str, str]:
        """Times at which it might run, by which the type's own attributes can be judged."""
        start = self.windows[0].start
        end = start + self.duration_ms * MILLISECOND
        return {"start_time": format_instant(start), "end_time": format_instant(end)}


def is_flexible(attributes: Mapping[str, Any]) -> bool:
    """Whether a duration or windows are named; null counts as not named."""
    return any(attributes.get(name) is not None for name in FLEXIBLE)


def is_fixed(attributes: Mapping[str, Any]) -> bool:
    """Whether a start or an end is named; null counts as not named."""
    return any(attributes.get(name) is not None for name in TIMES)


def read_flexible(attributes: Mapping[str, Any], faults: list[Fault]) -> Flexible | None:
    """The duration and the windows; None, with more faults, if anything is wrong with them.

    Pointers are relative to the attributes.
    """
    before = len(faults)
    faults += [
        schema_fault("", f'expected the attribute "{name}", which is missing')
        for name in FLEXIBLE
        if attributes.get(name) is None
    ]
    duration_ms = None
    if attributes.get("duration") is not None:
        duration_ms = read_seconds(attributes["duration"], "/duration", faults, least=1)
    windows = None
    if attributes.get("windows") is not None:
        windows = _read_windows(attributes["windows"], duration_ms, faults)
    if len(faults) > before or duration_ms is None or windows is None:
        return None
    return Flexible(duration_ms=duration_ms, windows=windows)


def read_seconds(value: object, pointer: str, faults: list[Fault], *, least: int) -> int | None:
    """A number of seconds as whole milliseconds, from ``least`` of them to a whole day's."""
    expected = (
        f"expected a number of seconds from {least / 1000:g} to {LONGEST_SECONDS}, with at most "
        "three decimals"
    )
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(schema_fault(pointer, f"{expected}, got {kind_of(value)}"))
        return None
    # The shortest text that is this number: 0.1 is a tenth, not what is nearest to it.
    exact = Decimal(str(value)) * 1000 if abs(value) <= LONGEST_SECONDS else None
    if exact is None or exact != exact.to_integral_value() or exact < least:
        faults.append(schema_fault(pointer, f"{expected}, got {quote(value)}"))
        return None
    return int(exact)


def _read_windows(
    value: object, duration_ms: int | None, faults: list[Fault]
) -> tuple[Window, ...] | None:
    expected = f"expected a list of 1 to {MOST_WINDOWS} windows"
    if not isinstance(value, list):
        faults.append(schema_fault("/windows", f"{expected}, got {kind_of(value)}"))
        return None
    if not 1 <= len(value) <= MOST_WINDOWS:
        faults.append(schema_fault("/windows", f"{expected}, got {len(value)}"))
        return None
    found = [
        _read_window(entry, f"/windows/{number}", duration_ms, faults)
        for number, entry in enumerate(value)
    ]
    return tuple(window for window in found if window is not None)


def _read_window(
    entry: object, pointer: str, duration_ms: int | None, faults: list[Fault]
) -> Window | None:
    if not isinstance(entry, dict):
        faults.append(schema_fault(pointer, f"expected an object, got {kind_of(entry)}"))
        return None
    before = len(faults)
    faults += [
        schema_fault(
            pointer + point([name]),
            f"expected only start_time, end_time and preference, got {quote(name)}",
        )
        for name in [name for name in entry if name not in {*TIMES, "preference"}][:10]
    ]
    start, end = (read_instant(entry, name, pointer, faults) for name in TIMES)
    preference = entry.get("preference", 0)
    if (
        isinstance(preference, bool)
        or not isinstance(preference, int)
        or not 0 <= preference <= LEAST_LIKED
    ):
        faults.append(
            schema_fault(
                f"{pointer}/preference",
                f"expected an integer from 0 (liked best) to {LEAST_LIKED}, got "
                f"{quote(preference)}",
            )
        )
    if start is not None and end is not None:
        _check_length(start, end, duration_ms, f"{pointer}/end_time", faults)
    if len(faults) > before or start is None or end is None:
        return None
    return Window(start=start, end=end, preference=preference)


def read_instant(
    members: Mapping[str, Any], name: str, pointer: str, faults: list[Fault]
) -> datetime | None:
    """A member of an object that is an instant; ``pointer`` is the object's."""
    if name not in members:
        faults.append(schema_fault(pointer, f'expected the member "{name}", which is missing'))
        return None
    value = members[name]
    if not isinstance(value, str):
        detail = f"expected a time such as 2022-02-16T18:42:24.913Z, got {kind_of(value)}"
        faults.append(schema_fault(f"{pointer}/{name}", detail))
        return None
    try:
        return parse_instant(value)
    except NotAnInstant as error:
        faults.append(Fault(reason=error.reason, detail=error.detail, pointer=f"{pointer}/{name}"))
        return None


def _check_length(
    start: datetime, end: datetime, duration_ms: int | None, pointer: str, faults: list[Fault]
) -> None:
    if end <= start:
        faults.append(
            Fault(
                reason=Reason.END_BEFORE_START,
                detail=f"expected an end_time after {format_instant(start)}, got "
                f"{format_instant(end)}",
                pointer=pointer,
            )
        )
    elif duration_ms is not None and end - start < duration_ms * MILLISECOND:
        faults.append(
            Fault(
                reason=Reason.DURATION_MISMATCH,
                detail=f"expected a window of at least the duration, {duration_ms / 1000:g} s, got "
                f"{(end - start).total_seconds():g} s",
                pointer=pointer,
            )
        )
