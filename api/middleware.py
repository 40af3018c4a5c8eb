"""Middleware: what holds for every request, whatever its URL.

In this order: a request id; health without authentication; who is asking; what
may be answered; HEAD as GET without its body; and every error as a JSON:API
document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.identity import identify, unauthenticated
from api.negotiation import check_accept
from api.problems import Problem, problem

log = structlog.get_logger(__name__)

MOST_HEADER_BYTES = 32_768
"""All headers of one request together, names and values; nothing in front limits them."""

ATOMIC = "https://jsonapi.org/ext/atomic"
EXTENSIONS = {"/v2/operations": ATOMIC}
"""Which JSON:API extension is spoken at which path."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,100}", re.ASCII)


class Surroundings:
    """Everything around the application proper; pure ASGI.

    Parameters
    ----------
    app
        The application.
    proofs
        The gateway's secrets that are valid at present.
    """

    def __init__(self, app: ASGIApp, *, proofs: Sequence[str]) -> None:
        self._app = app
        self._proofs = tuple(proofs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id, head=scope["method"] == "HEAD")
        scope["state"]["head"] = answer.head
        if answer.head:
            scope["method"] = "GET"
        started = perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._handle(scope, receive, answer)
            except Problem as refused:
                await refused.response()(scope, receive, answer)
            except Exception:
                log.exception("request failed", path=scope["path"])
                if answer.begun and not answer.complete:
                    raise
                if not answer.begun:
                    await failed(request_id).response()(scope, receive, answer)
            if not scope["path"].startswith("/health/"):
                caller = scope["state"].get("caller")
                log.info(
                    "request answered",
                    method=scope["method"],
                    path=scope["path"],
                    status=answer.status,
                    caller=caller.subject if caller else None,
                    duration_ms=round((perf_counter() - started) * 1000, 2),
                )

    async def _handle(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
            raise problem(
                431,
                "headers-too-large",
                f"expected headers of at most {MOST_HEADER_BYTES} bytes in all, got more",
                headers={"Connection": "close"},
            )
        if not scope["path"].startswith("/health/"):
            if refusal := scope["state"].get("refusal"):
                raise unauthenticated(refusal)
            scope["state"]["caller"] = identify(scope["headers"], self._proofs)
            extension = EXTENSIONS.get(scope["path"], "")
            check_accept(header_values(scope, b"accept"), extension)
        await self._app(scope, receive, answer)


def failed(request_id: str) -> Problem:
    """500: an error that is nightplan's own."""
    return problem(
        500,
        "internal",
        f"nightplan failed; the operators can find the cause by the request id {request_id}",
    )


class _Answer:
    """Passes a response on, with the headers that every response has."""

    def __init__(self, send: Send, request_id: str, *, head: bool) -> None:
        self._send = send
        self._request_id = request_id
        self.head = head
        self.begun = False
        self.complete = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            headers.append((b"x-request-id", self._request_id.encode()))
            headers.append((b"vary", b"Accept"))
            headers.append((b"x-content-type-options", b"nosniff"))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
            if self.head:
                message = {**message, "body": b""}
        await self._send(message)


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Every value of a header, in order, undecodable bytes as Latin-1."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _request_id(scope: Scope) -> str:
    """The caller's request id if it is a decent one, else a new one."""
    given = header_values(scope, b"x-request-id")
    if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]):
        return given[0]
    return str(uuid4())
