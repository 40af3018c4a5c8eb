"""Alternatives: what else might be accepted of an event for which there is no room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.event import Event
from models.exchange import NightState
from models.instant import MILLISECOND, format_instant
from models.instrument import Instrument
from models.window import Window

MOST_TRIED = 6
"""Gaps that are tried, those nearest to what was asked first."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An event like the one that was asked for, which may be accepted instead.

    Parameters
    ----------
    kind
        ``start``, ``duration`` or ``priority``: what is different.
    detail
        The difference, for people.
    attributes
        The members of the request's attributes that differ; None: to be left out.
    event
        The event.
    most
        How many of this kind are worth telling.
    """

    kind: str
    detail: str
    attributes: Mapping[str, Any]
    event: Event
    most: int = 1


def candidates(
    instrument: Instrument, state: NightState, event: Event, priority_cap: int
) -> Iterator[Candidate]:
    """Events to try, the smallest differences first.

    Parameters
    ----------
    instrument, state
        The night.
    event
        What was asked for.
    priority_cap
        The highest priority that the caller may ask.
    """
    yield from _shorter(instrument, state, event)
    yield from _elsewhere(instrument, state, event)
    for priority in range(event.priority + 1, priority_cap + 1):
        yield Candidate(
            kind="priority",
            detail=f"with priority {priority}",
            attributes={"priority": priority},
            event=event.model_copy(update={"priority": priority}),
        )


def _elsewhere(instrument: Instrument, state: NightState, event: Event) -> Iterator[Candidate]:
    """The same event at other times, in gaps between requested events."""
    asked = event.earliest
    starts = {
        min(max(asked, low), high - event.duration)
        for low, high in _gaps(instrument, state)
        if high - low >= event.duration
    }
    for start in sorted(starts, key=lambda start: (abs(start - asked), start))[:MOST_TRIED]:
        if start == asked and event.fixed:
            continue
        end = start + event.duration
        yield Candidate(
            kind="start",
            detail=f"from {format_instant(start)}",
            attributes=_times(event, start, end),
            event=event.model_copy(update={"windows": (Window(start=start, end=end),)}),
            most=2,
        )


def _shorter(instrument: Instrument, state: NightState, event: Event) -> Iterator[Candidate]:
    """The same event, shorter, in what is free of the time asked for."""
    shorten = instrument.event_types[event.type].shorten
    if shorten is None:
        return
    free = [
        (max(low, window.start), min(high, window.end))
        for window in event.windows
        for low, high in _gaps(instrument, state)
        if low < window.end and window.start < high
    ]
    for low, high in sorted(free, key=lambda span: span[0] - span[1]):
        found = shorten(event.attributes, min(high - low, event.duration - MILLISECOND))
        if found is None:
            continue
        duration, own = found
        end = low + duration
        short = (event.duration - duration).total_seconds()
        changed = {name: value for name, value in own.items() if event.attributes[name] != value}
        yield Candidate(
            kind="duration",
            detail=f"shorter by {short:g} s, from {format_instant(low)}",
            attributes={**_times(event, low, end), **changed},
            event=event.model_copy(
                update={
                    "windows": (Window(start=low, end=end),),
                    "duration_ms": duration // MILLISECOND,
                    "attributes": own,
                }
            ),
        )


def _times(event: Event, start: datetime, end: datetime) -> dict[str, Any]:
    times: dict[str, Any] = {
        "start_time": format_instant(start),
        "end_time": format_instant(end),
    }
    return times if event.fixed else {**times, "duration": None, "windows": None}


def _gaps(instrument: Instrument, state: NightState) -> Iterator[Span]:
    """Where no requested event and no maintenance is, from now on."""
    schedule = state.schedule
    if schedule.dusk is None or schedule.dawn is None:
        return
    busy = [(block.start, block.end) for block in schedule.blocks if not block.filler]
    busy += [(closed.window.start, closed.window.end) for closed in state.closed]
    at = max(schedule.dusk + instrument.warm_up, _next_millisecond(state.now))
    for start, end in (*sorted(busy), (schedule.dawn, schedule.dawn)):
        if start > at:
            yield at, min(start, schedule.dawn)
        at = max(at, end)


def _next_millisecond(instant: datetime) -> datetime:
    """The instant, a second later, in whole milliseconds: time passes until it is asked for."""
    later = instant + timedelta(seconds=1)
    return later.replace(microsecond=later.microsecond // 1000 * 1000)
