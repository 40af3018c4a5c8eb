"""What the OpenAPI description says of version 2's maintenance."""

from __future__ import annotations

from typing import Any

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

_LINK = f"{BASE}/maintenance"
_ASKED: dict[str, Any] = {
    "start_time": "2026-11-21T12:00:00.000Z",
    "end_time": "2026-11-22T12:00:00.000Z",
    "note": "New filter wheel",
}
_STORED = {
    "type": "maintenance",
    "id": OTHER,
    "attributes": _ASKED
    | {
        "owner": SUBJECT,
        "owner_name": "demo-operator",
        "created_at": "2026-11-20T09:00:00.000Z",
        "ended_at": None,
    },
    "links": {"self": f"{_LINK}/{OTHER}"},
}


def _meta(status: str) -> Json:
    return {
        "status": status, "night": None, "revision": 0, "displaced": [], "scheduled": [],
        "moved": [],
    }  # fmt: skip


EXAMPLES: Json = {
    "MaintenanceList": document([_STORED], _LINK),
    "MaintenanceDocument": document(_STORED, f"{_LINK}/{OTHER}"),
    "Closed": document(_STORED, f"{_LINK}/{OTHER}", _meta("closed")),
    "Opened": {"jsonapi": JSONAPI, "meta": _meta("opened")},
}
MAINTENANCE: Json = {
    "list": operation(
        "listMaintenance", "maintenance", "List maintenance",
        "Every maintenance that was not taken back, by start.",
        answer=("Maintenance.", "MaintenanceList", reference("examples", "MaintenanceList")),
        others=READ,
        parameters=("from", "to"),
    ),
    "read": operation(
        "readMaintenance", "maintenance", "Read one maintenance",
        "Also one that was taken back: it has `ended_at`.",
        answer=("It.", "MaintenanceDocument", reference("examples", "MaintenanceDocument")),
        others=READ,
    ),
    "close": operation(
        "closeInstrument", "maintenance", "Close an instrument",
        "Operators may. Nothing is scheduled in the span; events in the way are displaced, and "
        "wait for room elsewhere or for the maintenance to be taken back.",
        answer=("The instrument is closed then.", "Closed", reference("examples", "Closed")),
        others=invalid("The document is at fault; all of its faults are named.")
        | conflict(
            "The instrument was not closed.", "in-the-past", "The event starts in the past",
            "expected an end after 2026-11-22T13:00:00.000Z (now), got 2026-11-22T12:00:00.000Z",
            source={"pointer": "/data/attributes/end_time"},
        )
        | WRITE | BODY,
        parameters=ASKING,
        body=request_body(
            "MaintenanceRequest",
            {"day": {"data": {"type": "maintenance", "attributes": _ASKED}}},
            "When, and what for.",
        ),
        status=201,
    ),
    "open": operation(
        "openInstrument", "maintenance", "Take a maintenance back",
        "Operators may. What waits for room comes in.",
        answer=("It was taken back.", "Opened", reference("examples", "Opened")),
        others=WRITE | BAD_PARAMETER
        | conflict(
            "The `Idempotency-Key` belongs to another request.", "id-conflict",
            "The id is taken by another request",
            "expected the key of no other request, got that of another one",
            source={"header": "Idempotency-Key"},
        ),
        parameters=ASKING,
    ),
}  # fmt: skip
