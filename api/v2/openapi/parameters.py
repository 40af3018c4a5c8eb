"""Parameters and answers that several of version 2's operations have."""

from __future__ import annotations

from api.operations import Json, content, errors, reference

INSTRUMENT = "c7733ec3-a799-4c11-aa97-b344e60aafad"
EVENT = "022539c2-4717-49b7-834e-91b5cae9653c"
OTHER = "3f2b1f0e-58a7-4f0e-8c1d-6a0f4b7d9e21"
SUBJECT = "5b0c1f0e-6a51-4a39-8d3c-0f6a3a1de002"
BASE = f"/v2/instruments/{INSTRUMENT}"


def _query(name: str, description: str, example: str, **schema: object) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


IN_PATHS: Json = {
    "maintenance_id": {"description": "Id of the maintenance.", "example": OTHER},
    "night": {
        "description": "The date of the night's dusk; `current` for the night in progress, else "
        "the next.",
        "example": "2026-11-21",
    },
}
"""What is said of the parameters in paths, by name."""

PARAMETERS: Json = {
    "state": _query(
        "filter[state]", "Only events in one of these states, separated by commas.",
        "scheduled,waiting",
    ),
    "type": _query(
        "filter[type]", "Only events of one of these types, separated by commas.", "static"
    ),
    "owner": _query(
        "filter[owner]",
        "Only events of one of these consumers (ids), separated by commas; `me` is the caller.",
        "me",
    ),
    "series": _query("filter[series]", "Only occurrences of this series.", OTHER, format="uuid"),
    "eventNight": _query(
        "filter[night]", "Only events of the night with this date; `current` for the current one.",
        "2026-11-21",
    ),
    "sort": _query(
        "sort", "`start_time`, `created_at` or `priority`, with `-` before it for the other "
        "direction. By default `start_time`; an event that has no place stands where its first "
        "window begins.", "-created_at",
    ),
    "pageSize": _query("page[size]", "Most entries in one answer.", "100")
    | {"schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}, "example": 100},
    "pageAfter": _query(
        "page[after]", "Where the page begins; taken from the link `next`.",
        "eyJzb3J0Ijoic3RhcnRfdGltZSJ9",
    ),
    "fieldsEvents": _query(
        "fields[events]", "Only these attributes of each event, separated by commas. With an "
        "event type instead of `events` it is for events of that type alone.",
        "state,start_time",
    ),
    "fieldsInstruments": _query(
        "fields[instruments]", "Only these fields, separated by commas.", "title,policy"
    ),
    "fieldsNights": _query(
        "fields[nights]", "Only these attributes, separated by commas.", "night,dusk,dawn"
    ),
    "nightFrom": _query(
        "filter[from]", "The first night's date; by default the current night's.", "2026-11-21",
        format="date",
    ),
    "nightTo": _query(
        "filter[to]", "The last night's date; by default a week later.", "2026-11-28",
        format="date",
    ),
    "nightAfter": _query(
        "page[after]", "Where the page begins; taken from the link `next`.", "2026-11-24"
    ),
    "revision": _query("filter[revision]", "The number of an earlier revision.", "6")
    | {"schema": {"type": "integer", "minimum": 0}, "example": 6},
    "ifMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The event's ETag: the request is refused with 412 if the event has "
        "changed since that was read.",
        "schema": {"type": "string"},
        "example": '"0c1f1b0e5a2d4c7f8e9a0b1c2d3e4f50"',
    },
}  # fmt: skip

NOT_MODIFIED: Json = {304: {"description": "The client has the newest already (If-None-Match)."}}
BAD_PARAMETER: Json = {400: reference("responses", "BadParameter")}
NOT_FOUND: Json = {404: reference("responses", "NotFound")}
SLOW: Json = {504: reference("responses", "Timeout")}
OVERLOADED: Json = {
    429: reference("responses", "TooManyRequests"),
    503: reference("responses", "Overloaded"),
}
READ: Json = NOT_MODIFIED | BAD_PARAMETER | NOT_FOUND | SLOW
BODY: Json = {
    408: reference("responses", "BodyTimeout"),
    413: reference("responses", "TooLarge"),
    415: reference("responses", "UnsupportedMediaType"),
}
NOT_ALLOWED: Json = {403: reference("responses", "NotAllowed")}
WRITE: Json = (
    NOT_FOUND | SLOW | OVERLOADED | NOT_ALLOWED | {202: reference("responses", "Accepted")}
)
MATCH: Json = {412: reference("responses", "PreconditionFailed")}
ASKING = ("prefer", "idempotencyKey")

RESPONSES: Json = {
    "PreconditionFailed": {
        "description": "The event has changed since its ETag was read.",
        "content": content(
            "Errors",
            errors(
                412, "precondition-failed", "Precondition Failed",
                "expected the ETag that the event has now in If-Match; it has changed since it was "
                "read",
                source={"header": "If-Match"},
            ),
        ),
    },
}  # fmt: skip


def invalid(description: str) -> Json:
    """The answer 400 to a document at fault."""
    return {
        400: {
            "description": description,
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


def conflict(description: str, code: str, title: str, detail: str, **more: object) -> Json:
    """The answer 409 with one reason."""
    example = errors(409, code, title, detail, **more) | {"meta": {"status": "rejected"}}
    return {409: {"description": description, "content": content("Errors", example)}}
