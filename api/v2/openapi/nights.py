"""What the OpenAPI description says of version 2's instruments, nights and schedules."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.operations import Json, content, described, document, operation, reference
from api.v2.openapi.parameters import BASE, EVENT, INSTRUMENT, NOT_ALLOWED, OTHER, READ, SUBJECT

_NIGHT = f"{BASE}/nights/2026-11-21"
_SPAN: dict[str, Any] = {
    "night": "2026-11-21",
    "dark": True,
    "dusk": "2026-11-21T15:58:12.000Z",
    "dawn": "2026-11-22T05:58:40.000Z",
    "revision": 7,
    "planned_at": "2026-11-21T14:21:07.331Z",
    "solver": {
        "status": "optimal",
        "objective": "weighted",
        "value": 30.0,
        "bound": 30.0,
        "gap": 0.0,
        "solve_milliseconds": 0.9,
    },
    "requested_seconds": 10.0,
    "filled_seconds": 50307.0,
    "idle_seconds": 111.0,
}
_STATIC: dict[str, Any] = {
    "type": "static",
    "id": EVENT,
    "attributes": {
        "start_time": "2026-11-21T18:42:24.000Z",
        "end_time": "2026-11-21T18:42:34.000Z",
        "zenith": "60.300",
        "azimuth": "284.000",
        "number_of_photos": 20,
    },
    "meta": {"filler": False},
    "links": {"self": f"{BASE}/events/{EVENT}"},
}
_SCAN: dict[str, Any] = {
    "type": "scan",
    "id": OTHER,
    "attributes": {
        "start_time": "2026-11-21T18:42:34.000Z",
        "end_time": "2026-11-21T18:44:37.000Z",
    },
    "meta": {"filler": True},
}
_DOWNLOADED = {
    "type": "downloads",
    "id": "faim_oberpfaffenhofen.2026-11-21.1",
    "attributes": {
        "time": "2026-11-21T15:00:01.204Z",
        "revision": 7,
        "format": "txt",
        "subject": SUBJECT,
        "username": "demo-operator",
    },
}

_INSTRUMENT: Json = {
    "type": "instruments",
    "id": INSTRUMENT,
    "attributes": {
        "name": "faim_oberpfaffenhofen",
        "title": "Fast Airglow Imager, Oberpfaffenhofen",
        "kind": "faim",
        "site": {"name": "Oberpfaffenhofen", "latitude": 48.087, "longitude": 11.28},
        "solar_depression": 6.0,
        "scheduling_group": "faim",
        "warm_up_seconds": 0.0,
        "event_types": [{"type": "scan", "summary": "The whole sky in 123 s.", "schema": {}}],
        "filler": {"type": "scan", "duration": 123.0},
        "policy": {
            "objective": "weighted",
            "look_ahead_seconds": 316224000.0,
            "cut_off": "15:00:00Z",
            "after_cut_off": "revise",
            "most_seconds_per_caller": None,
        },
    },
    "links": {"self": BASE, "stream": f"{BASE}/stream"},
    "relationships": {"nights": {"links": {"related": f"{BASE}/nights"}}},
}
_ONE_NIGHT: Json = {
    "type": "nights",
    "id": "faim_oberpfaffenhofen.2026-11-21",
    "attributes": _SPAN
    | {
        "cut_off": "2026-11-21T15:00:00.000Z",
        "events": 1,
        "waiting": 0,
        "moved": 0,
        "displaced": 0,
    },
    "links": {"self": _NIGHT, "schedule": f"{_NIGHT}/schedule"},
}
EXAMPLES: Json = {
    "InstrumentsV2": document([_INSTRUMENT], "/v2/instruments"),
    "InstrumentDocumentV2": document(_INSTRUMENT, BASE),
    "Nights": document([_ONE_NIGHT], f"{BASE}/nights"),
    "NightDocument": document(_ONE_NIGHT, _NIGHT),
}
_SCHEDULE = document([_STATIC, _SCAN], f"{_NIGHT}/schedule", {"instrument": INSTRUMENT} | _SPAN)
_TEXTS = {
    "text/plain": "# nightplan faim_oberpfaffenhofen 2026-11-21 revision 7 dusk "
    "2026-11-21T15:58:12.000Z dawn 2026-11-22T05:58:40.000Z\n"
    f"2026-11-21T18:42:24.000Z 2026-11-21T18:42:34.000Z static 60.300 284.000 20 {EVENT}\n",
    "text/csv": "start_time,end_time,seconds,type,id,filler,zenith,azimuth,number_of_photos\r\n"
    f"2026-11-21T18:42:24.000Z,2026-11-21T18:42:34.000Z,10.000,static,{EVENT},false,60.300,"
    "284.000,20\r\n",
    "text/calendar": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//nightplan//nightplan 2//EN\r\n"
    f"BEGIN:VEVENT\r\nUID:{EVENT}@nightplan\r\nDTSTAMP:20261121T142107Z\r\n"
    "DTSTART:20261121T184224Z\r\nDTEND:20261121T184234Z\r\nSEQUENCE:7\r\nSTATUS:CONFIRMED\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n",
}
_OLD = (
    "`filter[revision]` gives the plan that the night had then. A download by an operator is "
    "recorded."
)


def _text(media_type: str) -> Json:
    return {media_type: {"schema": {"type": "string"}, "example": _TEXTS[media_type]}}


class PlainText(Response):
    """Names the media type of a plan as text."""

    media_type = "text/plain"


class Csv(Response):
    """Names the media type of a plan as a table."""

    media_type = "text/csv"


class Calendar(Response):
    """Names the media type of a plan as a calendar."""

    media_type = "text/calendar"


def _export(name: str, kind: type[Response], summary: str, description: str) -> Json:
    assert kind.media_type is not None  # noqa: S101 - by the classes above
    return described(
        name, "schedule", summary, f"{description} {_OLD}",
        responses={200: {"description": "The plan.", "content": _text(kind.media_type)}} | READ,
        parameters=("revision",),
        response_class=kind,
    )  # fmt: skip


NIGHTS: Json = {
    "instruments": operation(
        "listInstrumentsV2", "instruments", "List the instruments",
        "All instruments, how each is shared and what it can run.",
        answer=("All instruments.", "InstrumentsV2", reference("examples", "InstrumentsV2")),
        others={name: READ[name] for name in (304, 400)},
        parameters=("fieldsInstruments",),
    ),
    "instrument": operation(
        "readInstrument", "instruments", "Read one instrument",
        "How it is shared, what it can run, and where its nights, events and so on are.",
        answer=(
            "The instrument.",
            "InstrumentDocumentV2",
            reference("examples", "InstrumentDocumentV2"),
        ),
        others={name: READ[name] for name in (304, 400, 404)},
        parameters=("fieldsInstruments",),
    ),
    "nights": operation(
        "listNights", "schedule", "List nights",
        "When each is dark, and how good its plan is. By default the current night and the next "
        "seven.",
        answer=("Nights by date.", "Nights", reference("examples", "Nights")),
        others=READ,
        parameters=("nightFrom", "nightTo", "pageSize", "nightAfter", "fieldsNights"),
    ),
    "night": operation(
        "readNight", "schedule", "Read one night",
        "When it is dark, and how good its plan is.",
        answer=("The night.", "NightDocument", reference("examples", "NightDocument")),
        others=READ,
        parameters=("fieldsNights",),
    ),
    "any": described(
        "readScheduleV2", "schedule", "Read a night's schedule",
        "Everything the instrument does from dusk to dawn, in order, fillers included, in the "
        f"form that `Accept` names. {_OLD}",
        responses={
            200: {
                "description": "The schedule.",
                "content": content("ScheduleV2", _SCHEDULE)
                | _text("text/plain") | _text("text/csv") | _text("text/calendar"),
            }
        } | READ,
        parameters=("revision",),
    ),
    "json": operation(
        "readScheduleJson", "schedule", "Read a night's schedule as JSON",
        f"Everything the instrument does from dusk to dawn, in order, fillers included. {_OLD}",
        answer=("The schedule.", "ScheduleV2", _SCHEDULE),
        others=READ,
        parameters=("revision",),
    ),
    "txt": _export(
        "readScheduleText", PlainText, "Read a night's plan as text",
        "One line for each block, which the controller executes at its start; lines that begin "
        "with # are comments.",
    ),
    "csv": _export(
        "readScheduleCsv", Csv, "Read a night's plan as a table",
        "One line for each block, one column for each attribute (RFC 4180).",
    ),
    "ics": _export(
        "readScheduleCalendar", Calendar, "Read a night's plan as a calendar",
        "iCalendar (RFC 5545): UIDs stay, SEQUENCE is the revision, an event that lost its place "
        "is CANCELLED, fillers are TRANSPARENT.",
    ),
    "downloads": operation(
        "listDownloads", "schedule", "List who got a night's plan",
        "Which operator got which revision in which form, oldest first. For operators.",
        answer=("The downloads.", "Downloads", document([_DOWNLOADED], f"{_NIGHT}/downloads")),
        others=READ | NOT_ALLOWED,
    ),
}  # fmt: skip
