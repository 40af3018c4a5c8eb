"""A night's schedule as an iCalendar (RFC 5545), which calendars can subscribe to.

Times of iCalendar are whole seconds: a start and an end are cut off to them, and the
exact ones stand in the description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar

from models.event import Record
from models.instant import format_instant
from models.instrument import Instrument
from models.schedule import Schedule

PRODUCT = "-//nightplan//nightplan 2//EN"


def write_calendar(instrument: Instrument, schedule: Schedule, lost: Iterable[Record]) -> bytes:
    """The calendar of one night; equal plans give equal bytes.

    Parameters
    ----------
    instrument
        Whose.
    schedule
        What it does.
    lost
        Events that have no place in the night any more; those that have are left out.
    """
    found = icalendar.Calendar()
    found.add("PRODID", PRODUCT)
    found.add("VERSION", "2.0")
    found.add("CALSCALE", "GREGORIAN")
    found.add("METHOD", "PUBLISH")
    found.add("NAME", f"{instrument.title}, {schedule.night}")
    found.add("X-WR-CALNAME", f"{instrument.title}, {schedule.night}")
    planned_at = schedule.planned_at or schedule.dusk or datetime(1970, 1, 1, tzinfo=UTC)
    there = set()
    for block in schedule.blocks:
        there.add(block.id)
        entry = _entry(
            instrument, block.id, block.type, block.start, block.end, block.attributes,
            planned_at, schedule.revision,
        )  # fmt: skip
        entry.add("STATUS", "CONFIRMED")
        entry.add("TRANSP", "TRANSPARENT" if block.filler else "OPAQUE")
        found.add_component(entry)
    for record in sorted(lost, key=lambda record: str(record.event.id)):
        event = record.event
        if event.id not in there:
            start = record.start or event.earliest
            entry = _entry(
                instrument, event.id, event.type, start, start + event.duration, event.attributes,
                planned_at, schedule.revision,
            )  # fmt: skip
            entry.add("STATUS", "CANCELLED")
            entry.add("TRANSP", "TRANSPARENT")
            found.add_component(entry)
    written: bytes = found.to_ical()
    return written


def _entry(
    instrument: Instrument,
    identifier: UUID,
    kind: str,
    start: datetime,
    end: datetime,
    attributes: Mapping[str, Any],
    planned_at: datetime,
    revision: int,
) -> icalendar.Event:
    entry = icalendar.Event()
    first = start.replace(microsecond=0)
    entry.add("UID", f"{identifier}@nightplan")
    entry.add("SEQUENCE", revision)
    entry.add("DTSTAMP", planned_at.replace(microsecond=0))
    entry.add("DTSTART", first)
    entry.add("DTEND", max(end.replace(microsecond=0), first + timedelta(seconds=1)))
    entry.add("SUMMARY", f"{kind} ({instrument.title})")
    own = [f"{name}: {value}" for name, value in attributes.items()]
    exact = f"{format_instant(start)} to {format_instant(end)}"
    entry.add("DESCRIPTION", "\n".join([exact, *own]))
    entry.add("LOCATION", instrument.site.name)
    entry.add("GEO", (instrument.site.latitude, instrument.site.longitude))
    entry.add("CATEGORIES", [kind])
    return entry
