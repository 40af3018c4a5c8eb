"""The HTTP connection: uvicorn's, with an answer in our own form and an end to patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

IDLE = 75.0
"""Seconds that a connection may stand open without a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a client is waited for.

    Parameters
    ----------
    headers
        Longest time from the first byte of a request to the end of its headers, in seconds.
    writing
        Longest time in which a client takes nothing of an answer that waits for
        it, in seconds.
    """

    headers: float = 10.0
    writing: float = 30.0


class PatientProtocol(HttpToolsProtocol):
    """A connection that ends when its client is too slow, or sends what is no request.

    The class's own three attributes say how; see :func:`make_protocol`.
    """

    no_request: Callable[[], Response]
    late: Callable[[], Response]
    patience: Patience

    _reading: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Expect a request before long."""
        super().connection_made(transport)
        self._reading = self.loop.call_later(IDLE, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_reading_clock()
        self._stop_writing_clock()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Expect all headers in time."""
        self._stop_reading_clock()
        self._reading = self.loop.call_later(self.patience.headers, self._give_up)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Leave the body to the application."""
        self._stop_reading_clock()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Expect the client to take something."""
        super().pause_writing()
        self._stop_writing_clock()
        self._writing = self.loop.call_later(self.patience.writing, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken something."""
        self._stop_writing_clock()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's name and form
        """Answer bytes that are no request."""
        self._stop_reading_clock()
        self._say(b"400 Bad Request", self.no_request())

    def _give_up(self) -> None:
        # An answer to a request before this one may still be on its way.
        if self.cycle is None or self.cycle.response_complete:
            self._say(b"408 Request Timeout", self.late())
        else:
            self.transport.close()

    def _say(self, status: bytes, answer: Response) -> None:
        lines = [b"HTTP/1.1 ", status, b"\r\n"]
        for name, value in (*answer.raw_headers, (b"connection", b"close")):
            lines += [name, b": ", value, b"\r\n"]
        self.transport.write(b"".join((*lines, b"\r\n", bytes(answer.body))))
        self.transport.close()

    def _stop_reading_clock(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _stop_writing_clock(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None


def make_protocol(
    no_request: Callable[[], Response], late: Callable[[], Response], patience: Patience
) -> type[HttpToolsProtocol]:
    """A protocol class for uvicorn.

    Parameters
    ----------
    no_request
        Makes the answer to bytes that are no HTTP request.
    late
        Makes the answer to a request whose headers do not arrive in time.
    patience
        How long clients are waited for.
    """
    own = {
        "no_request": staticmethod(no_request),
        "late": staticmethod(late),
        "patience": patience,
    }
    return type("Protocol", (PatientProtocol,), own)
