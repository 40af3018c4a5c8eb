"""Problems: every error as a JSON:API document. HTTP status codes are chosen here only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import orjson
from starlette.responses import Response

from api.document import MEDIA_TYPE, error, errors_document
from models.errors import TITLES, Fault, Reason

STATUS: Mapping[Reason, int] = {
    Reason.MALFORMED: 400,
    Reason.SCHEMA: 400,
    Reason.NOT_UTC: 400,
    Reason.END_BEFORE_START: 400,
    Reason.DURATION_MISMATCH: 400,
    Reason.OUTSIDE_LIMITS: 400,
    Reason.PRIORITY_NOT_ALLOWED: 403,
    Reason.NOT_ALLOWED: 403,
    Reason.UNKNOWN_INSTRUMENT: 404,
    Reason.UNKNOWN_EVENT: 404,
    Reason.OUTSIDE_NIGHT: 409,
    Reason.NO_DARKNESS: 409,
    Reason.IN_THE_PAST: 409,
    Reason.IN_MAINTENANCE: 409,
    Reason.CONFLICT: 409,
    Reason.NO_ROOM: 409,
    Reason.DEPENDENCY: 409,
    Reason.ID_CONFLICT: 409,
    Reason.NIGHT_FROZEN: 409,
    Reason.OVERLOADED: 503,
    Reason.TIMEOUT: 504,
}
"""The status of a request that is refused for one reason alone."""


class Problem(Exception):
    """A request ends with an error document.

    Parameters
    ----------
    status
        HTTP status code.
    errors
        JSON:API error objects, at least one.
    headers
        More response headers.
    meta
        The document's ``meta``.
    """

    def __init__(
        self,
        status: int,
        errors: Sequence[dict[str, Any]],
        *,
        headers: Mapping[str, str] | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.meta = meta
        super().__init__(f"{status}: {[entry.get('code') for entry in errors]}")

    def response(self) -> Response:
        """The HTTP response."""
        return Response(
            orjson.dumps(errors_document(self.errors, meta=self.meta)),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers=self.headers,
        )


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    title: str | None = None,
    source: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Problem:
    """A problem with one error, which needs no reason of contract.md."""
    return Problem(
        status,
        [
            error(
                status=status,
                code=code,
                title=title or HTTPStatus(status).phrase,
                detail=detail,
                source=source,
                meta=meta,
            )
        ],
        headers=headers,
    )


def refusal(
    reason: Reason,
    detail: str,
    *,
    source: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    status: int | None = None,
) -> Problem:
    """A problem with one error for one reason of contract.md."""
    return problem(
        status or STATUS[reason],
        reason.value,
        detail,
        title=TITLES[reason],
        source=source,
        headers=headers,
    )


def from_faults(
    faults: Sequence[Fault], *, status: int | None = None, meta: Mapping[str, Any] | None = None
) -> Problem:
    """A problem with an error for each fault.

    Parameters
    ----------
    faults
        What is wrong; pointers are those of the request document.
    status
        HTTP status of the whole and of each; by default by reason, and where these
        differ the first one.
    meta
        The document's ``meta``.
    """
    errors = error_objects(faults, status=status)
    return Problem(status or STATUS[faults[0].reason], errors, meta=meta)


def placed(fault: Fault, *, in_document: bool) -> Fault:
    """A scheduler's fault with a pointer into the request document, or none if there was none."""
    if not in_document:
        return fault.model_copy(update={"pointer": None})
    if fault.pointer is None:
        return fault
    parent = "/data" if fault.pointer in {"/id", "/type"} else "/data/attributes"
    return fault.model_copy(update={"pointer": f"{parent}{fault.pointer}"})


def error_objects(faults: Sequence[Fault], *, status: int | None = None) -> list[dict[str, Any]]:
    """An error object for each fault, with the HTTP status given or its reason's own."""
    errors = []
    for fault in faults:
        source = {
            name: value
            for name, value in (
                ("pointer", fault.pointer),
                ("parameter", fault.parameter),
                ("header", fault.header),
            )
            if value is not None
        }
        errors.append(
            error(
                status=status or STATUS[fault.reason],
                code=fault.reason.value,
                title=fault.title,
                detail=fault.detail,
                source=source,
                meta=fault.meta,
            )
        )
    return errors


def no_request() -> Response:
    """The answer to bytes that are no HTTP request: 400, with a request id of its own."""
    refused = problem(
        400,
        Reason.MALFORMED.value,
        "expected an HTTP/1.1 request, got bytes that are none",
        title=TITLES[Reason.MALFORMED],
        headers={"X-Request-ID": str(uuid4())},
    )
    return refused.response()


def late() -> Response:
    """The answer to a request whose headers do not arrive in time: 408."""
    refused = problem(
        408,
        "header-timeout",
        "expected all headers of the request sooner",
        headers={"X-Request-ID": str(uuid4())},
    )
    return refused.response()
