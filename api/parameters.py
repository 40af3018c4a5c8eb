"""What the OpenAPI description says of parameters that several operations have."""

from __future__ import annotations

from typing import Any

from models.instant import UTC_PATTERN

Json = dict[str, Any]

IN_PATHS: Json = {
    "instrument_id": {
        "description": "Id of the instrument, as GET /v1/instrument lists it; its name will do.",
        "example": "c7733ec3-a799-4c11-aa97-b344e60aafad",
    },
    "event_id": {
        "description": "Id of the event, a UUID of version 4.",
        "example": "022539c2-4717-49b7-834e-91b5cae9653c",
    },
    "series_id": {
        "description": "Id of the series, a UUID of version 4.",
        "example": "3f2b1f0e-58a7-4f0e-8c1d-6a0f4b7d9e21",
    },
    "command_id": {
        "description": "Id of the command, as Content-Location names it.",
        "example": "022539c2-4717-49b7-834e-91b5cae9653c",
    },
}
"""What is said of the parameters in paths, by name."""

_TIME: Json = {
    "type": "string",
    "anyOf": [{"format": "date"}, {"format": "date-time", "pattern": UTC_PATTERN}],
}

PARAMETERS: Json = {
    "night": {
        "name": "filter[night]",
        "in": "query",
        "required": False,
        "description": "The date of the night's dusk; by default the night in progress, else "
        "the next.",
        "schema": {"type": "string", "format": "date", "pattern": "^(19|20)"},
        "example": "2026-11-21",
    },
    "from": {
        "name": "filter[from]",
        "in": "query",
        "required": False,
        "description": "Only events that end after this instant (or midnight UTC of this date).",
        "schema": _TIME,
        "example": "2026-11-21T12:00:00Z",
    },
    "to": {
        "name": "filter[to]",
        "in": "query",
        "required": False,
        "description": "Only events that start before this instant (or midnight UTC of this date).",
        "schema": _TIME,
        "example": "2026-11-22",
    },
    "prefer": {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": "`respond-async` (RFC 7240): the answer is 202 as soon as the request is "
        "safely on its way, and `Content-Location` names where to learn what became of it; "
        "`respond-async, wait=2` waits so many seconds for the outcome first.",
        "schema": {"type": "string"},
        "example": "respond-async",
    },
    "idempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Makes a request safe to repeat that names no id of its own: the same key "
        "with the same content gets the same answer and has no further effect; with other "
        "content, 409 `id-conflict`. 1 to 255 visible ASCII characters, each caller's own.",
        "schema": {"type": "string", "pattern": '^([!-~]{1,255}|"[!-~]{1,255}")$'},
        "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
    },
}
