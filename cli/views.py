"""Views: events and schedules as rows for a terminal and lines for a pipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.output import Column, Row

TIMES = ("start_time", "end_time")

EVENT_COLUMNS = (
    Column(title="Night"),
    Column(title="Start"),
    Column(title="Seconds", right=True),
    Column(title="Type"),
    Column(title="Id"),
    Column(title="Attributes", folds=True),
)

BLOCK_COLUMNS = (
    Column(title="Start"),
    Column(title="Seconds", right=True),
    Column(title="Type"),
    Column(title="Id"),
    Column(title="Attributes", folds=True),
)


def event_row(resource: Mapping[str, Any]) -> Row:
    """An event; in a pipe: start, end, type, id, night, state, attributes."""
    attributes = resource.get("attributes", {})
    meta = resource.get("meta", {})
    start, end = (str(attributes.get(name, "-")) for name in TIMES)
    kind, identifier = str(resource.get("type")), str(resource.get("id"))
    night, state = str(meta.get("night", "-")), str(meta.get("state", "-"))
    return Row(
        shown=[night, clock_time(start), seconds_between(start, end), kind, identifier,
               " ".join(own_values(attributes))],
        plain=[start, end, kind, identifier, night, state, own_text(attributes)],
    )  # fmt: skip


def block_row(resource: Mapping[str, Any]) -> Row:
    """A block; in a pipe: start, end, type, ``event`` or ``filler``, id, attributes."""
    attributes = resource.get("attributes", {})
    filler = is_filler(resource)
    start, end = (str(attributes.get(name, "-")) for name in TIMES)
    kind, identifier = str(resource.get("type")), str(resource.get("id"))
    return Row(
        shown=[clock_time(start), seconds_between(start, end), kind,
               "filler" if filler else identifier, " ".join(own_values(attributes))],
        plain=[start, end, kind, "filler" if filler else "event", identifier,
               own_text(attributes)],
        style="dim" if filler else "",
    )  # fmt: skip


def night_line(meta: Mapping[str, Any], name: str) -> str:
    """One line about a night as a whole."""
    title = f"{name}, night {meta.get('night')}, revision {meta.get('revision')}"
    if not meta.get("dark", True):
        return f"{title}: no darkness"
    parts = ", ".join(
        f"{word} {float(meta.get(f'{word}_seconds') or 0):g} s"
        for word in ("requested", "filled", "idle")
    )
    solver = meta.get("solver")
    status = f", {solver['status']}" if isinstance(solver, dict) and "status" in solver else ""
    return f"{title}: {meta.get('dusk')} to {meta.get('dawn')}; {parts}{status}"


def is_filler(resource: Mapping[str, Any]) -> bool:
    """Whether nobody asked for a block."""
    return bool(resource.get("meta", {}).get("filler"))


def own(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The type's own attributes: all but the times."""
    return {name: value for name, value in attributes.items() if name not in TIMES}


def own_values(attributes: Mapping[str, Any]) -> Sequence[str]:
    """The values of the type's own attributes."""
    return [str(value) for value in own(attributes).values()]


def own_text(attributes: Mapping[str, Any]) -> str:
    """The type's own attributes as ``name=value``, separated by blanks."""
    return " ".join(f"{name}={value}" for name, value in own(attributes).items())


def clock_time(instant: str) -> str:
    """The time of day of an instant, without a fraction that is zero."""
    return instant.partition("T")[2].removesuffix("Z").removesuffix(".000") or instant


def seconds_between(start: str, end: str) -> str:
    """How long something lasts, in seconds."""
    from models.instant import NotAnInstant, parse_instant

    try:
        return f"{(parse_instant(end) - parse_instant(start)).total_seconds():g}"
    except NotAnInstant:
        return "-"
