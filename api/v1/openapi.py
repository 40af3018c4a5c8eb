"""What the OpenAPI description says of each of version 1's operations."""

from __future__ import annotations

from typing import Any

from api.document import MEDIA_TYPE
from api.operations import content, document, errors, operation, reference

Json = dict[Any, Any]

_EVENT = "022539c2-4717-49b7-834e-91b5cae9653c"
_OTHER = "3f2b1f0e-58a7-4f0e-8c1d-6a0f4b7d9e21"
_INSTRUMENT = "c7733ec3-a799-4c11-aa97-b344e60aafad"
_BASE = f"/v1/instrument/{_INSTRUMENT}"
_STATIC: Json = {
    "type": "static",
    "id": _EVENT,
    "attributes": {
        "start_time": "2026-11-21T18:42:24.913Z",
        "end_time": "2026-11-21T18:42:25.913Z",
        "zenith": "60.300",
        "azimuth": "284.000",
        "number_of_photos": 2,
    },
}
_SCAN: Json = {
    "type": "scan",
    "attributes": {
        "start_time": "2026-11-21T21:00:00.000Z",
        "end_time": "2026-11-21T21:02:03.000Z",
    },
}
_LINKED = _STATIC | {"links": {"self": f"{_BASE}/event/{_EVENT}"}}
_FILLER = _SCAN | {"id": _OTHER, "meta": {"filler": True}}
_NIGHT = {
    "instrument": _INSTRUMENT,
    "night": "2026-11-21",
    "dark": True,
    "dusk": "2026-11-21T15:58:12.000Z",
    "dawn": "2026-11-22T05:58:40.000Z",
    "revision": 7,
    "requested_seconds": 1.0,
    "filled_seconds": 50307.0,
    "idle_seconds": 120.0,
    "solver": {
        "status": "optimal",
        "objective": "weighted",
        "value": 4.0,
        "bound": 4.0,
        "gap": 0.0,
        "solve_milliseconds": 0.9,
    },
}


_NOT_MODIFIED: Json = {304: {"description": "The client has the newest already (If-None-Match)."}}
_BAD_PARAMETER: Json = {
    400: {
        "description": "A query parameter is unknown or malformed.",
        "content": content(
            "Errors",
            errors(
                400, "schema", "The request does not have the form expected",
                "expected a date such as 2026-11-21, got 'today'",
                source={"parameter": "filter[night]"},
            ),
        ),
    }
}  # fmt: skip
_NOT_FOUND: Json = {404: reference("responses", "NotFound")}
_READ: Json = _NOT_MODIFIED | _BAD_PARAMETER | _NOT_FOUND
_SLOW: Json = {504: reference("responses", "Timeout")}
_BODY: Json = {
    408: reference("responses", "BodyTimeout"),
    413: reference("responses", "TooLarge"),
    415: reference("responses", "UnsupportedMediaType"),
}
_WRITE: Json = (
    _NOT_FOUND
    | _SLOW
    | {
        403: reference("responses", "NotAllowed"),
        202: reference("responses", "Accepted"),
        429: reference("responses", "TooManyRequests"),
        503: reference("responses", "Overloaded"),
    }
)
_ASKING = ("prefer", "idempotencyKey")
_INVALID: Json = {
    400: {
        "description": "The document is at fault; all of its faults are named.",
        "content": content(
            "Errors",
            errors(
                400, "not-utc", "The time is not in UTC with the suffix Z",
                "expected UTC with the suffix Z, got the offset +00:00 in "
                "'2026-11-21T18:42:24+00:00'",
                source={"pointer": "/data/attributes/start_time"},
            ),
        ),
    }
}  # fmt: skip
_REJECTED: Json = {
    409: {
        "description": "The event was not added; the reasons say why.",
        "content": content(
            "Errors",
            errors(
                409, "conflict", "Events of more worth are in the way",
                f"1 scheduled event(s) of more worth are in the way: {_OTHER}",
                source={"pointer": "/data/attributes/start_time"}, meta={"events": [_OTHER]},
            )
            | {"meta": {"status": "Rejected"}},
        ),
    }
}  # fmt: skip
_NOT_REMOVED: Json = {
    409: {
        "description": "The event was not removed: it has begun, or is of another type.",
        "content": content(
            "Errors",
            errors(
                409, "in-the-past", "The event starts in the past",
                "the event began at 2026-11-21T18:42:24.913Z; what has begun is kept as the "
                "record of the night",
            )
            | {"meta": {"status": "Rejected"}},
        ),
    }
}  # fmt: skip


def _body(schema: str, examples: dict[str, Json], description: str) -> Json:
    entry = {
        "schema": reference("schemas", schema),
        "examples": {name: {"value": value} for name, value in examples.items()},
    }
    content = {MEDIA_TYPE: entry, "application/json": entry}
    return {"required": True, "description": description, "content": content}


LIST_INSTRUMENTS = operation(
    "listInstruments", "instruments", "List the instruments",
    "Ids, types and attributes of all instruments.",
    answer=(
        "All instruments.",
        "Instruments",
        document(
            [
                {
                    "type": "instrument",
                    "id": _INSTRUMENT,
                    "attributes": {
                        "name": "faim_oberpfaffenhofen",
                        "title": "Fast Airglow Imager, Oberpfaffenhofen",
                        "kind": "faim",
                        "site": {
                            "name": "Oberpfaffenhofen", "latitude": 48.087, "longitude": 11.28,
                        },
                        "solar_depression": 6.0,
                        "objective": "weighted",
                        "event_types": [{"type": "scan", "summary": "The whole sky in 123 s."}],
                        "filler": {"type": "scan", "duration": 123.0},
                    },
                    "links": {"schedule": f"{_BASE}/schedule", "events": f"{_BASE}/event"},
                }
            ],
            "/v1/instrument",
        ),
    ),
    others=_NOT_MODIFIED | _BAD_PARAMETER,
)  # fmt: skip
SCHEDULE = operation(
    "readSchedule", "schedule", "Read a night's schedule",
    "Everything the instrument does from dusk to dawn, in order, fillers included. By default the "
    "night in progress, else the next.",
    answer=(
        "The schedule.",
        "Schedule",
        document(
            [_LINKED | {"meta": {"filler": False}}, _FILLER],
            f"{_BASE}/schedule?filter[night]=2026-11-21",
            _NIGHT,
        ),
    ),
    others=_READ | _SLOW,
    parameters=("night",),
)  # fmt: skip
LIST_EVENTS = operation(
    "listEvents", "events", "List the scheduled events",
    "Every scheduled event, past nights too, without fillers, by start.",
    answer=(
        "The events.",
        "Events",
        document(
            [_LINKED | {"meta": {"state": "scheduled", "night": "2026-11-21"}}], f"{_BASE}/event"
        ),
    ),
    others=_READ | _SLOW,
    parameters=("from", "to"),
)  # fmt: skip
READ_EVENT = operation(
    "readEvent", "events", "Read one event",
    "One event in whatever state, with everything that became of it: an event that others "
    "displaced is kept, and scheduled again as soon as there is room.",
    answer=(
        "The event.",
        "EventDocument",
        document(
            _LINKED
            | {
                "meta": {
                    "state": "displaced",
                    "night": "2026-11-21",
                    "history": [
                        {
                            "state": "scheduled",
                            "time": "2026-11-21T09:00:00.000Z",
                            "cause": "accepted",
                        },
                        {
                            "state": "displaced",
                            "time": "2026-11-21T10:12:31.044Z",
                            "cause": f"displaced by {_OTHER}",
                        },
                    ],
                }
            },
            f"{_BASE}/event/{_EVENT}",
        ),
    ),
    others=_READ | _SLOW,
)  # fmt: skip
ADD_EVENT = operation(
    "addEvent", "events", "Ask for an event",
    "The event competes for its place with all others of the night. The answer is final for now: "
    "`Added`, or `Rejected` with the reasons and the events in the way. An event that was added "
    "may later be displaced by one of more worth; then it is kept, and scheduled again when there "
    "is room. The same `id` with the same content again gets the same answer.",
    answer=(
        "The event was added.",
        "Added",
        document(
            _LINKED,
            f"{_BASE}/event/{_EVENT}",
            {
                "status": "Added",
                "night": "2026-11-21",
                "revision": 7,
                "displaced": [],
                "scheduled": [],
            },
        ),
    ),
    others=_INVALID | _REJECTED | _WRITE | _BODY,
    parameters=_ASKING,
    body=_body(
        "EventRequest",
        {
            "static": {"data": _STATIC},
            "scan": {"data": _SCAN},
        },
        "What to observe, and when.",
    ),
)  # fmt: skip
_REMOVED = document(
    _LINKED,
    f"{_BASE}/event/{_EVENT}",
    {"status": "Removed", "night": "2026-11-21", "revision": 8, "displaced": [], "scheduled": []},
)
REMOVE_EVENT = operation(
    "removeEvent", "events", "Remove an event named by a document",
    "Its owner and operators may. The night is planned anew, and what waited for room comes in.",
    answer=("The event was removed.", "Removed", _REMOVED),
    others=_INVALID | _NOT_REMOVED | _WRITE | _BODY,
    parameters=_ASKING,
    body=_body(
        "EventIdentifier",
        {"static": {"data": {"type": "static", "id": _EVENT}}},
        "Which event.",
    ),
)  # fmt: skip
REMOVE_EVENT_BY_URL = operation(
    "removeEventByUrl", "events", "Remove an event named by its URL",
    "Its owner and operators may. The night is planned anew, and what waited for room comes in.",
    answer=("The event was removed.", "Removed", _REMOVED),
    others=_NOT_REMOVED | _BAD_PARAMETER | _WRITE,
    parameters=_ASKING,
)  # fmt: skip
