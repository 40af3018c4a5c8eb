"""Exports: a night's schedule as files for people's and instruments' programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson
from starlette.requests import Request

from api.document import MEDIA_TYPE, Json, document, resource
from api.middleware import header_values
from api.negotiation import read_ranges
from api.v1.resources import schedule_meta
from api.v2.resources import event_link, instrument_link
from instruments.schemas import schema_of
from models.instant import format_instant
from models.instrument import Instrument
from models.plan_text import write_plan
from models.schedule import Block, Schedule

TIMES = ("start_time", "end_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One form in which a schedule is served.

    Parameters
    ----------
    ending
        Of its URL, without the point.
    media_type
        As in ``Accept``.
    content_type
        As in ``Content-Type``.
    write
        Makes it of a schedule; None: more than the schedule is needed.
    """

    ending: str
    media_type: str
    content_type: str
    write: Callable[[Instrument, Schedule], bytes] | None


def night_link(instrument: Instrument, night: object) -> str:
    """The URL of one night."""
    return f"{instrument_link(instrument)}/nights/{night}"


def write_json(instrument: Instrument, schedule: Schedule) -> bytes:
    """The JSON:API document of a schedule: its blocks in order, fillers included."""
    meta = schedule_meta(instrument, schedule)
    planned = schedule.planned_at
    meta["planned_at"] = format_instant(planned) if planned else None
    link = f"{night_link(instrument, schedule.night)}/schedule"
    blocks = [_block_resource(instrument, block) for block in schedule.blocks]
    return orjson.dumps(document(blocks, link=link, meta=meta))


def _block_resource(instrument: Instrument, block: Block) -> Json:
    return resource(
        block.type,
        str(block.id),
        {
            "start_time": format_instant(block.start),
            "end_time": format_instant(block.end),
            **block.attributes,
        },
        meta={"filler": block.filler},
        link=None if block.filler else event_link(instrument, block.id),
    )


def write_text(instrument: Instrument, schedule: Schedule) -> bytes:
    """The plan that the instrument's controller executes line by line."""
    return write_plan(instrument, schedule).encode()


def write_csv(instrument: Instrument, schedule: Schedule) -> bytes:
    """A table (RFC 4180) with a line for each block and a column for each attribute."""
    own = list(
        dict.fromkeys(
            name
            for event_type in instrument.event_types.values()
            for name in schema_of(event_type)["properties"]
            if name not in TIMES
        )
    )
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow([*TIMES, "seconds", "type", "id", "filler", *own])
    for block in schedule.blocks:
        table.writerow(
            [
                format_instant(block.start),
                format_instant(block.end),
                f"{block.duration.total_seconds():.3f}",
                block.type,
                block.id,
                "true" if block.filler else "false",
                *(block.attributes.get(name, "") for name in own),
            ]
        )
    return text.getvalue().encode()


JSON = Format(ending="json", media_type=MEDIA_TYPE, content_type=MEDIA_TYPE, write=write_json)
TEXT = Format(
    ending="txt",
    media_type="text/plain",
    content_type="text/plain; charset=utf-8",
    write=write_text,
)
CSV = Format(
    ending="csv",
    media_type="text/csv",
    content_type="text/csv; charset=utf-8; header=present",
    write=write_csv,
)
CALENDAR = Format(
    ending="ics",
    media_type="text/calendar",
    content_type="text/calendar; charset=utf-8",
    write=None,
)
FORMATS: Sequence[Format] = (JSON, TEXT, CSV, CALENDAR)


def choose(request: Request) -> Format:
    """The form that a client likes best, by ``Accept``; JSON where it does not matter."""
    ranges = read_ranges(header_values(request.scope, b"accept"))

    def liking(one: Format) -> float:
        return max((q for media_type, q in ranges if media_type == one.media_type), default=0.0)

    best = max(FORMATS, key=liking)
    return best if liking(best) > 0 else JSON
