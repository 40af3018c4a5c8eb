"""What the OpenAPI description says of version 2's events and of questions about them."""

from __future__ import annotations

from typing import Any

from api.document import JSONAPI
from api.operations import Json, content, document, errors, operation, reference, request_body
from api.v2.openapi.parameters import (
    ASKING,
    BAD_PARAMETER,
    BASE,
    BODY,
    EVENT,
    MATCH,
    NOT_FOUND,
    OTHER,
    OVERLOADED,
    READ,
    SLOW,
    SUBJECT,
    WRITE,
    conflict,
    invalid,
)

_FIXED: dict[str, Any] = {
    "type": "static",
    "id": EVENT,
    "attributes": {
        "start_time": "2026-11-21T18:42:24.000Z",
        "end_time": "2026-11-21T18:42:34.000Z",
        "zenith": "60.300",
        "azimuth": "284.000",
        "number_of_photos": 20,
        "priority": 3,
    },
}
_FLEXIBLE: dict[str, Any] = {
    "type": "static",
    "attributes": {
        "duration": 300,
        "windows": [
            {
                "start_time": "2026-11-21T19:00:00.000Z",
                "end_time": "2026-11-21T21:00:00.000Z",
            },
            {
                "start_time": "2026-11-22T02:00:00.000Z",
                "end_time": "2026-11-22T04:00:00.000Z",
                "preference": 1,
            },
        ],
        "zenith": "60.300",
        "azimuth": "284.000",
        "number_of_photos": 600,
        "on_conflict": "wait",
        "after": {"event": OTHER, "min_gap": 0, "max_gap": 3600},
    },
}
STORED = _FIXED | {
    "attributes": _FIXED["attributes"]
    | {
        "on_conflict": "reject",
        "state": "scheduled",
        "night": "2026-11-21",
        "owner": SUBJECT,
        "owner_name": "demo-owner",
        "created_at": "2026-11-21T09:00:00.000Z",
    },
    "links": {"self": f"{BASE}/events/{EVENT}"},
}
_WHOLE = STORED | {
    "meta": {
        "history": [
            {
                "state": "scheduled",
                "time": "2026-11-21T09:00:00.000Z",
                "cause": "accepted",
                "by": SUBJECT,
            }
        ]
    }
}


def _meta(status: str) -> Json:
    return {
        "status": status,
        "night": "2026-11-21",
        "revision": 7,
        "displaced": [],
        "scheduled": [],
        "moved": [],
    }


_IN_THE_WAY = f"1 scheduled event(s) of more worth are in the way: {OTHER}"
_REJECTED = conflict(
    "The event was not accepted; the reasons say why.", "conflict",
    "Events of more worth are in the way", _IN_THE_WAY,
    source={"pointer": "/data/attributes/start_time"}, meta={"events": [OTHER]},
)  # fmt: skip
_HIGH = {
    403: {
        "description": "The caller may not do this, or not with this priority.",
        "content": content(
            "Errors",
            errors(
                403, "priority-not-allowed", "The priority is above what the caller may ask",
                "expected a priority of at most 4, got 5",
                source={"pointer": "/data/attributes/priority"}, meta={"highest": 4},
            ),
        ),
    }
}  # fmt: skip
_INVALID = invalid("The document is at fault; all of its faults are named.")
_SUBMITTED = request_body(
    "EventRequestV2",
    {"fixed": {"data": _FIXED}, "flexible": {"data": _FLEXIBLE}},
    "What to observe, and when: a fixed event has `start_time` and `end_time`, a flexible one "
    "`duration` and `windows`.",
)

EVENTS: Json = {
    "list": operation(
        "listEventsV2", "events", "List events",
        "Events in whatever state, a page at a time. The `type` of each is its event type, such "
        "as `static`.",
        answer=(
            "A page of events.",
            "EventsV2",
            document([STORED], f"{BASE}/events?filter[state]=scheduled"),
        ),
        others=READ,
        parameters=(
            "state", "eventNight", "type", "owner", "from", "to", "series", "sort", "pageSize",
            "pageAfter", "fieldsEvents",
        ),
    ),
    "add": operation(
        "addEventV2", "events", "Ask for an event",
        "The event competes for its place with all others of the night: `added` if it has one, "
        "`waiting` if it is kept until there is room (`on_conflict: wait`), or 409 with the "
        "reasons. It may later be displaced by one of more worth; then it is kept, and scheduled "
        "again when there is room. The same `id` with the same content again gets the same answer.",
        answer=(
            "The event is scheduled, or waits.",
            "AddedV2",
            document(STORED, f"{BASE}/events/{EVENT}", _meta("added")),
        ),
        others=_INVALID | _REJECTED | WRITE | _HIGH | BODY,
        parameters=ASKING,
        body=_SUBMITTED,
        status=201,
    ),
    "read": operation(
        "readEventV2", "events", "Read one event",
        "One event in whatever state, with everything that became of it; also one that was "
        "rejected, with the reasons.",
        answer=("The event.", "EventDocumentV2", document(_WHOLE, f"{BASE}/events/{EVENT}")),
        others=READ,
        parameters=("fieldsEvents",),
    ),
    "change": operation(
        "changeEvent", "events", "Ask for an event otherwise",
        "Its owner and operators may. The attributes named replace those of the request, null "
        "leaves one out, and the whole is decided anew: if that is rejected, the event stays as "
        "it was.",
        answer=(
            "The event as it is now.",
            "ChangedV2",
            document(STORED, f"{BASE}/events/{EVENT}", _meta("changed")),
        ),
        others=_INVALID | _REJECTED | WRITE | _HIGH | BODY | MATCH,
        parameters=(*ASKING, "ifMatch"),
        body=request_body(
            "EventChangeV2",
            {
                "later": {
                    "data": {
                        "type": "static",
                        "id": EVENT,
                        "attributes": {
                            "start_time": "2026-11-21T20:00:00.000Z",
                            "end_time": "2026-11-21T20:00:10.000Z",
                        },
                    }
                }
            },
            "What differs.",
        ),
    ),
    "remove": operation(
        "removeEventV2", "events", "Take an event back",
        "Its owner and operators may. The night is planned anew, and what waits for room comes in.",
        answer=(
            "The event was taken back.",
            "RemovedV2",
            {"jsonapi": JSONAPI, "meta": _meta("removed")},
        ),
        others=WRITE
        | MATCH
        | BAD_PARAMETER
        | conflict(
            "The event was not taken back: it has begun, or its night is frozen.", "in-the-past",
            "The event starts in the past",
            "the event began at 2026-11-21T18:42:24.000Z; what has begun is kept as the record of "
            "the night",
        ),
        parameters=(*ASKING, "ifMatch"),
    ),
}  # fmt: skip

_ALTERNATIVE = {
    "kind": "start",
    "detail": "from 2026-11-21T18:43:00.000Z",
    "attributes": {
        "start_time": "2026-11-21T18:43:00.000Z",
        "end_time": "2026-11-21T18:43:10.000Z",
    },
    "displaces": [],
}
_WHY = {
    "reason": "conflict",
    "detail": _IN_THE_WAY,
    "events": [OTHER],
    "reasons": [
        {
            "code": "conflict",
            "title": "Events of more worth are in the way",
            "detail": _IN_THE_WAY,
            "meta": {"events": [OTHER]},
        }
    ],
}

EXAMPLES: Json = {
    "Feasibility": document(
        {
            "type": "feasibility",
            "id": OTHER,
            "attributes": {
                "accepted": False,
                "waits": False,
                "start_time": None,
                "end_time": None,
                "night": None,
                "displaces": [],
                "moves": [],
                "schedules": [],
                "alternatives": [_ALTERNATIVE],
                **_WHY,
            },
        },
        f"{BASE}/feasibility",
    ),
    "Explanation": document(
        {
            "type": "explanation",
            "id": EVENT,
            "attributes": {
                "state": "displaced",
                "start_time": None,
                "priority": 3,
                "seconds": 10.0,
                "alternatives": [_ALTERNATIVE],
                **_WHY,
            },
        },
        f"{BASE}/events/{EVENT}/explanation",
    ),
}

QUESTIONS: Json = {
    "try": operation(
        "readFeasibility", "events", "Ask what would become of an event",
        "The same document as for asking for the event; nothing is changed. The answer is what a "
        "submission at this moment would get, and the alternatives are true: each was tried.",
        answer=(
            "What would become of it.",
            "FeasibilityDocument",
            reference("examples", "Feasibility"),
        ),
        others=_INVALID
        | conflict(
            "The `type` is none of the instrument's event types.", "schema",
            "The request does not have the form expected",
            "expected one of scan, static for Fast Airglow Imager, Oberpfaffenhofen, got 'profile'",
            source={"pointer": "/data/type"},
        )
        | NOT_FOUND | SLOW | OVERLOADED | _HIGH | BODY,
        body=_SUBMITTED,
    ),
    "explain": operation(
        "readExplanation", "events", "Ask why an event is or is not scheduled",
        "In terms of reasons and of other events, with what else would make it fit.",
        answer=(
            "Why it is as it is.",
            "ExplanationDocument",
            reference("examples", "Explanation"),
        ),
        others=READ | OVERLOADED,
    ),
}  # fmt: skip
