"""The OpenAPI description: generated from the routes and the instruments, committed, drift-tested.

``python -m api.generate`` writes openapi/api.json anew.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.document import MEDIA_TYPE
from api.operations import reference
from api.parameters import IN_PATHS, PARAMETERS
from api.v1 import schemas as v1
from api.v2 import openapi as v2_operations
from api.v2 import schemas as v2
from api.v2.openapi import EXAMPLE as COMMAND
from instruments import discover
from models.errors import TITLES, Reason

TITLE = "nightplan"
VERSION = "1.0.0"
SUMMARY = "Plans the nights of instruments that watch the sky."
DESCRIPTION = """
nightplan takes competing requests for instruments that watch the night sky, finds the best
possible night, proves how good it is, fills every gap, and hands the instrument its plan.

**A first request.** List the instruments, take an `id`, ask for an event in a coming night, and
read the schedule:

    curl -H "X-API-Key: $KEY" https://…/v1/instrument
    curl -H "X-API-Key: $KEY" -H "Content-Type: application/vnd.api+json" \\
         --data @event.json https://…/v1/instrument/{id}/event
    curl -H "X-API-Key: $KEY" https://…/v1/instrument/{id}/schedule

All documents are [JSON:API 1.1](https://jsonapi.org/format/1.1/). All times are UTC with the
suffix `Z`. Wrong input is answered with **all** of its faults at once: `code` for programs,
`detail` for people, `source.pointer` for the place.

**Submitting again is safe.** Send the same `id` with the same content as often as you like: the
answer is the same as the first time. After a 504, do just that, or ask at the URL in its
`Content-Location` what became of the request. `Idempotency-Key` does the same for requests that
name no id.
"""

CONTACT = {
    "name": "nightplan",
    "url": "https://nightplan.example/",
    "email": "operators@nightplan.example",
}
LICENSE = {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}

Json = dict[str, Any]


def describe(app: FastAPI) -> Json:
    """The whole OpenAPI 3.1 document.

    Parameters
    ----------
    app
        The application with its routes.
    """
    if app.openapi_schema:
        return app.openapi_schema
    found = get_openapi(
        title=TITLE,
        version=VERSION,
        summary=SUMMARY,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[
            {"name": "instruments", "description": "What can be asked for."},
            {"name": "schedule", "description": "What an instrument does in a night."},
            {"name": "events", "description": "Requests for instrument time."},
            {"name": "maintenance", "description": "When instruments are closed."},
            {"name": "series", "description": "Requests that recur, night after night."},
            {"name": "commands", "description": "What became of requests."},
        ],
        servers=[{"url": "/", "description": "This server."}],
    )
    # Given to FastAPI, an address of mail would need one more library.
    found["info"] |= {"contact": CONTACT, "license": LICENSE}
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"] |= COMMON_RESPONSES
            operation["responses"] = dict(sorted(operation["responses"].items()))
            for parameter in operation.get("parameters", ()):
                parameter |= (IN_PATHS | v2_operations.IN_PATHS).get(parameter.get("name"), {})
    found["components"] = {
        "schemas": dict(sorted(_schemas().items())),
        "parameters": PARAMETERS | v2_operations.PARAMETERS,
        "responses": RESPONSES | v2_operations.RESPONSES,
        "examples": {name: {"value": value} for name, value in v2_operations.EXAMPLES.items()},
        "securitySchemes": {
            "apiKey": {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-Key",
                "description": "Checked by the gateway, which tells nightplan who is asking.",
            }
        },
    }
    found["security"] = [{"apiKey": []}]
    app.openapi_schema = found
    return found


def _error_response(description: str, status: int, code: str, title: str, detail: str) -> Json:
    example = {
        "jsonapi": {"version": "1.1"},
        "errors": [
            {
                "id": "7f9c24e5-2f1c-4b6e-9d59-0c8b3b6f1a11",
                "status": str(status),
                "code": code,
                "title": title,
                "detail": detail,
            }
        ],
    }
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": reference("schemas", "Errors"), "example": example}},
    }


def _by_reason(description: str, status: int, reason: Reason, detail: str) -> Json:
    return _error_response(description, status, reason.value, TITLES[reason], detail)


RESPONSES: Json = {
    "Unauthenticated": _error_response(
        "No valid API key.", 401, "unauthenticated", "Unauthorized",
        "expected a request that comes through the gateway",
    ),
    "NotAllowed": _by_reason(
        "The caller may not do this.", 403, Reason.NOT_ALLOWED,
        "expected the event's owner or an operator; this event belongs to somebody else",
    ),
    "NotFound": _by_reason(
        "No such URL, instrument or event.", 404, Reason.UNKNOWN_INSTRUMENT,
        "expected the id of an instrument as GET /v1/instrument lists them, got 'faim'",
    ),
    "MethodNotAllowed": _error_response(
        "The URL has no such method.", 405, "method-not-allowed", "Method Not Allowed",
        "expected one of DELETE, GET, HEAD, POST, got PUT",
    ),
    "NotAcceptable": _error_response(
        "Every JSON:API media type accepted has parameters.", 406, "not-acceptable",
        "Not Acceptable", "expected application/vnd.api+json without parameters",
    ),
    "BodyTimeout": _error_response(
        "The body did not arrive in time.", 408, "body-timeout", "Request Timeout",
        "expected the whole body within 10 s",
    ),
    "TooLarge": _error_response(
        "The body is larger than 1 MiB.", 413, "too-large", "Content Too Large",
        "expected a body of at most 1048576 bytes, got more",
    ),
    "UnsupportedMediaType": _error_response(
        "The body is neither JSON:API nor JSON.", 415, "unsupported-media-type",
        "Unsupported Media Type",
        "expected the Content-Type application/vnd.api+json or application/json, got 'text/plain'",
    ),
    "TooManyRequests": _error_response(
        "The caller asks for more than one caller may; see Retry-After.", 429,
        "too-many-requests", "Too Many Requests",
        "expected at most 100 requests a second of one caller in the long run, 2000 at once; try "
        "again in 1 s",
    ),
    "UnknownCommand": _error_response(
        "Nothing is known of such a command.", 404, "unknown-command", "Not Found",
        "nothing is known of a command with the id '022539c2-4717-49b7-834e-91b5cae9653c': it was "
        "never sent, or never reached the scheduler",
    ),
    "BadParameter": _by_reason(
        "A query parameter is unknown or malformed.", 400, Reason.SCHEMA,
        "expected no parameter but: none",
    ),
    "Accepted": {
        "description": "The request is safely on its way (`Prefer: respond-async`).",
        "headers": {
            "Content-Location": {
                "description": "Where to learn what became of it.",
                "schema": {"type": "string"},
            }
        },
        "content": {
            MEDIA_TYPE: {
                "schema": reference("schemas", "CommandDocument"),
                "example": {
                    "jsonapi": {"version": "1.1"},
                    "links": COMMAND["links"],
                    "data": COMMAND
                    | {
                        "attributes": COMMAND["attributes"]
                        | {"status": "pending", "decided_at": None, "night": None, "revision": None}
                    },
                },
            }
        },
    },
    "HeadersTooLarge": _error_response(
        "The request's headers are larger than 32 KiB.", 431, "headers-too-large",
        "Request Header Fields Too Large",
        "expected headers of at most 32768 bytes in all, got more",
    ),
    "Internal": _error_response(
        "nightplan failed.", 500, "internal", "Internal Server Error",
        "nightplan failed; the operators can find the cause by the request id",
    ),
    "Overloaded": _by_reason(
        "More requests wait than can be answered in time; see Retry-After.", 503,
        Reason.OVERLOADED, "too many requests are waiting; try again in 3 s",
    ),
    "Timeout": _by_reason(
        "A part did not answer in time. Send the request again with the same id, or ask at "
        "`Content-Location` what became of it.", 504,
        Reason.TIMEOUT, "scheduler did not answer in time; what became of the request is unknown",
    ),
}  # fmt: skip

COMMON_RESPONSES: Json = {
    "401": reference("responses", "Unauthenticated"),
    "405": reference("responses", "MethodNotAllowed"),
    "406": reference("responses", "NotAcceptable"),
    "431": reference("responses", "HeadersTooLarge"),
    "500": reference("responses", "Internal"),
}


def _schemas() -> Json:
    """Every schema: the generic documents, and the events of every instrument."""
    return v1.generic_schemas() | v1.event_schemas(discover()) | v2.schemas(discover())
