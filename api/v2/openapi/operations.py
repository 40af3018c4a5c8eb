"""What the OpenAPI description says of version 2's atomic operations."""

from __future__ import annotations

from typing import Any

from api.document import JSONAPI, MEDIA_TYPE
from api.middleware import ATOMIC
from api.operations import Json, JsonApiResponse, content, described, errors, reference
from api.v2.openapi.events import STORED
from api.v2.openapi.parameters import ASKING, BASE, BODY, OTHER, WRITE, conflict

ANSWER_TYPE = f'{MEDIA_TYPE}; ext="{ATOMIC}"'
_ADDED: dict[str, Any] = {
    "type": "scan",
    "attributes": {
        "start_time": "2026-11-21T21:00:00.000Z",
        "end_time": "2026-11-21T21:02:03.000Z",
    },
}
_ASKED: Json = {
    "atomic:operations": [
        {"op": "remove", "href": f"{BASE}/events/{OTHER}"},
        {"op": "add", "href": f"{BASE}/events", "data": _ADDED},
    ]
}
EXAMPLES: Json = {
    "Operated": {
        "jsonapi": {**JSONAPI, "ext": [ATOMIC]},
        "atomic:results": [
            {"meta": {"status": "removed"}},
            {"data": STORED, "meta": {"status": "added"}},
        ],
        "meta": {
            "status": "done", "night": None, "revision": 0, "displaced": [], "scheduled": [],
            "moved": [],
        },
    }
}  # fmt: skip
_INVALID = {
    400: {
        "description": "Operations are at fault; all of their faults are named.",
        "content": content(
            "Errors",
            errors(
                400, "schema", "The request does not have the form expected",
                'expected "add" or "remove", got "update"',
                source={"pointer": "/atomic:operations/3/op"},
            ),
        ),
    }
}  # fmt: skip


class AtomicResponse(JsonApiResponse):
    """Names the media type of answers that are of the extension."""

    media_type = ANSWER_TYPE


OPERATIONS: Json = described(
    "operate", "events", "Make several changes, or none of them",
    "JSON:API's [atomic operations](https://jsonapi.org/ext/atomic/): up to 1000 additions and "
    "removals of events of one instrument. They are decided together; if one of them is rejected, "
    "nothing is changed, and each error points at its operation. `href` or `ref` names the place: "
    "for `add` the instrument's events (or `ref` with the type `instruments`, its id and the "
    "relationship `events`), for `remove` the event.",
    responses={
        200: {
            "description": "All of it was done.",
            "content": {
                ANSWER_TYPE: {
                    "schema": reference("schemas", "OperationResults"),
                    "examples": {"answer": reference("examples", "Operated")},
                }
            },
        }
    }
    | _INVALID
    | conflict(
        "Nothing was changed; the reasons say why.", "conflict",
        "Events of more worth are in the way",
        f"1 scheduled event(s) of more worth are in the way: {OTHER}",
        source={"pointer": "/atomic:operations/3/data/attributes/start_time"},
        meta={"events": [OTHER], "operation": 3},
    )
    | WRITE | BODY,
    parameters=ASKING,
    response_class=AtomicResponse,
    body={
        "required": True,
        "description": "The operations.",
        "content": {
            ANSWER_TYPE: {
                "schema": reference("schemas", "Operations"),
                "examples": {"replace": {"value": _ASKED}},
            }
        },
    },
)  # fmt: skip
