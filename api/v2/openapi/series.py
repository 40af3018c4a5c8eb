"""What the OpenAPI description says of version 2's series."""

from __future__ import annotations

from api.document import JSONAPI
from api.operations import Json, document, operation, reference, request_body
from api.v2.openapi.parameters import (
    ASKING,
    BAD_PARAMETER,
    BASE,
    BODY,
    OTHER,
    READ,
    SUBJECT,
    WRITE,
    conflict,
    invalid,
)

_LINK = f"{BASE}/series"
_ASKED: Json = {
    "rule": "FREQ=DAILY;COUNT=10",
    "event": {
        "type": "scan",
        "attributes": {
            "start_time": "2026-11-21T21:00:00.000Z",
            "end_time": "2026-11-21T21:02:03.000Z",
        },
    },
}
_STORED: Json = {
    "type": "series",
    "id": OTHER,
    "attributes": _ASKED
    | {
        "owner": SUBJECT,
        "owner_name": "demo-owner",
        "asked_until": "2026-12-26",
        "created_at": "2026-11-21T09:00:00.000Z",
        "ended_at": None,
    },
    "links": {"self": f"{_LINK}/{OTHER}"},
    "relationships": {"events": {"links": {"related": f"{BASE}/events?filter[series]={OTHER}"}}},
}
EXAMPLES: Json = {
    "SeriesList": document([_STORED], _LINK),
    "SeriesRead": document(_STORED, f"{_LINK}/{OTHER}"),
    "SeriesAdded": document(_STORED, f"{_LINK}/{OTHER}", {"status": "added"}),
    "SeriesChanged": document(_STORED, f"{_LINK}/{OTHER}", {"status": "changed"}),
}
_INVALID = invalid("The document is at fault; all of its faults are named.")
_REFUSED = conflict(
    "The series was not begun, or not changed.", "schema",
    "The request does not have the form expected",
    "expected a recurrence rule of RFC 5545 such as FREQ=DAILY;COUNT=10, got invalid 'FREQ': NEVER",
    source={"pointer": "/data/attributes/rule"},
)  # fmt: skip
_REUSED = conflict(
    "The idempotency key was used for something else.", "id-conflict",
    "The id is taken by another request",
    f"expected a new id or the same content as the first time, got other content for {OTHER}",
)  # fmt: skip

SERIES: Json = {
    "list": operation(
        "listSeries", "series", "List series", "Every series that goes on, oldest first.",
        answer=("The series.", "SeriesList", reference("examples", "SeriesList")),
        others=READ,
    ),
    "read": operation(
        "readSeries", "series", "Read one series",
        "One series, also one that was ended. Its events are listed by `filter[series]`.",
        answer=("The series.", "SeriesDocument", reference("examples", "SeriesRead")),
        others=READ,
    ),
    "add": operation(
        "addSeries", "series", "Ask for an event night after night",
        "`rule` is a recurrence rule of RFC 5545, in UTC, that begins with the event given; of "
        "several occurrences in one night the first counts. Each event is decided by itself, "
        "soon after the answer, and waits where there is no room. Events are asked for some weeks "
        "ahead, further ones as time goes by.",
        answer=(
            "The series was begun.",
            "SeriesDocument",
            reference("examples", "SeriesAdded"),
        ),
        others=_INVALID | _REFUSED | WRITE | BODY,
        parameters=ASKING,
        body=request_body(
            "SeriesRequest",
            {"scans": {"data": {"type": "series", "attributes": _ASKED}}},
            "What to observe, and in which nights.",
        ),
        status=201,
    ),
    "change": operation(
        "changeSeries", "series", "Ask for a series otherwise",
        "Its owner and operators may. What is not named stays; its events to come are taken back "
        "and asked for anew.",
        answer=(
            "The series as it is now.",
            "SeriesDocument",
            reference("examples", "SeriesChanged"),
        ),
        others=_INVALID | _REFUSED | WRITE | BODY,
        parameters=ASKING,
        body=request_body(
            "SeriesRequest",
            {
                "longer": {
                    "data": {
                        "type": "series",
                        "id": OTHER,
                        "attributes": {"rule": "FREQ=DAILY;COUNT=20"},
                    }
                }
            },
            "What differs.",
        ),
    ),
    "end": operation(
        "endSeries", "series", "End a series",
        "Its owner and operators may. Its events to come are taken back.",
        answer=("The series has ended.", "SeriesEnded", {"jsonapi": JSONAPI,
                "meta": {"status": "removed"}}),
        others=_REUSED | WRITE | BAD_PARAMETER,
        parameters=ASKING,
    ),
}  # fmt: skip
