"""Requests as bytes, for what no HTTP client would send."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """What came back: all of it, or nothing if the connection was closed without a word."""

    status: int
    headers: httpx.Headers
    body: bytes


def exchange(
    url: str, sent: bytes, *, half_closed: bool = False, seconds: float = 10.0
) -> RawAnswer | None:
    """Send bytes over a connection of their own and read the first answer.

    ``half_closed``: say after the bytes that no more will come.
    """
    address = urlsplit(url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 80), seconds) as connection:
        received = b""
        try:
            connection.sendall(sent)
            if half_closed:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            # The server has answered and closed before it got everything.
            half_closed = False
        try:
            while _wanted(received) > 0 and (some := connection.recv(65_536)):
                received += some
        except ConnectionResetError:
            pass
    return _parse(received) if received else None


def _wanted(received: bytes) -> int:
    """How many bytes the answer lacks; 1 where its headers are not complete."""
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return 1
    length = _headers(head).get("content-length")
    return 1 if length is None else int(length) - len(body)


def _parse(received: bytes) -> RawAnswer:
    head, _, body = received.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1]
    return RawAnswer(status=int(status), headers=_headers(head), body=body)


def _headers(head: bytes) -> httpx.Headers:
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return httpx.Headers([(name, value.strip()) for name, _, value in lines])
