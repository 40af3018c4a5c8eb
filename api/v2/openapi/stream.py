"""What the OpenAPI description says of version 2's streams."""

from __future__ import annotations

from starlette.responses import Response

from api.operations import Json, reference
from api.v2.openapi.parameters import BAD_PARAMETER, EVENT, INSTRUMENT, NOT_FOUND, SLOW, SUBJECT

_EXAMPLE = f"""retry: 2000

id: 4711
event: scheduled
data: {{"instrument":"{INSTRUMENT}","night":"2026-11-21","time":"2026-11-21T09:00:00.000Z",\
"event":"{EVENT}","cause":"accepted","by":"{SUBJECT}"}}

id: 4712
event: revised
data: {{"instrument":"{INSTRUMENT}","night":"2026-11-21","time":"2026-11-21T09:00:00.000Z",\
"revision":7}}

"""


class EventStream(Response):
    """Names the media type of a stream."""

    media_type = "text/event-stream"


STREAM: Json = {
    "operation_id": "readStream",
    "tags": ["schedule"],
    "summary": "Follow an instrument",
    "description": "Server-sent events, in the order in which things happened: `revised` (a night "
    "has a new plan), and `scheduled`, `displaced`, `waiting`, `deleted`, `expired` (an event is "
    "in that state now). It begins with what happens from now on, or after the event that "
    "`Last-Event-ID` names, without loss. It may end at any time: connect again with the last id.",
    "response_model": None,
    "response_class": EventStream,
    "responses": {
        200: {
            "description": "The stream.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        503: reference("responses", "Overloaded"),
    }
    | BAD_PARAMETER
    | NOT_FOUND
    | SLOW,
    "openapi_extra": {
        "parameters": [reference("parameters", name) for name in ("lastEventId", "lastEvent")]
    },
}

STREAM_PARAMETERS: Json = {
    "lastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The id of the last event that was seen.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "example": "4711",
    },
    "lastEvent": {
        "name": "last-event-id",
        "in": "query",
        "required": False,
        "description": "The same, for clients that cannot send the header.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "example": "4711",
    },
}
