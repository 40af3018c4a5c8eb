"""Clients that are slow in sending or in taking are cut off; others do not notice."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.end_to_end.asking import Asker
from tests.end_to_end.nights import Night
from tests.end_to_end.sockets import exchange
from tests.end_to_end.system import System
from tests.end_to_end.witness import Witness

KEY = "X-API-Key: demo-owner\r\n"


@pytest.fixture(scope="module")
def hasty(system: System, witness: Witness) -> Iterator[Asker]:
    """An API with little patience."""
    url = system.add_api(BODY_TIMEOUT="0.5", HEADER_TIMEOUT="0.5", WRITE_TIMEOUT="1")
    system.wait_until_ready()
    asker = Asker(url, witness)
    yield asker
    asker.close()
    system.remove_api(url)


def connect(url: str) -> socket.socket:
    """A connection that takes as little as possible at once."""
    address = urlsplit(url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect((address.hostname, address.port))
    return connection


def test_a_slow_body_is_given_up(hasty: Asker, night: Night, witness: Witness) -> None:
    head = f"POST {night.events} HTTP/1.1\r\nHost: x\r\n{KEY}Content-Type: application/json\r\n"
    for rest in ("Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"):
        started = time.monotonic()
        answer = exchange(hasty.url, (head + rest).encode())
        assert answer is not None
        witness.look("POST", night.events, answer.status, answer.headers, answer.body)
        assert answer.status == 408
        assert json.loads(answer.body)["errors"][0]["code"] == "body-timeout"
        assert 0.4 < time.monotonic() - started < 3.0
    assert hasty.get("/v1/instrument").status_code == 200


@pytest.mark.parametrize(
    "sent", ["G", "GET /v1/instrument HTTP/1.1\r\n", f"GET / HTTP/1.1\r\n{KEY}"]
)
def test_headers_that_do_not_end(hasty: Asker, sent: str) -> None:
    started = time.monotonic()
    answer = exchange(hasty.url, sent.encode())
    assert answer is not None
    assert answer.status == 408
    assert json.loads(answer.body)["errors"][0]["code"] == "header-timeout"
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.headers["x-request-id"]
    assert 0.4 < time.monotonic() - started < 3.0


def test_headers_that_trickle_on_a_connection_in_use(hasty: Asker) -> None:
    with connect(hasty.url) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        sent = b"GET /health/live HTTP/1.1\r\nX-Much: "
        connection.settimeout(0.05)
        answer = b""
        while not answer and time.monotonic() - started < 5:
            connection.sendall(sent)
            sent = b"x"
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 408")
        assert 0.4 < time.monotonic() - started < 3.0


def test_a_client_that_takes_nothing_is_cut_off(hasty: Asker) -> None:
    request = f"GET /openapi.json HTTP/1.1\r\nHost: x\r\n{KEY}\r\n".encode()
    whole = len(hasty.get("/openapi.json").content)
    with connect(hasty.url) as connection:
        connection.sendall(request * 200)
        time.sleep(2.5)
        assert hasty.get("/v1/instrument").status_code == 200
        received = 0
        try:
            while some := connection.recv(65_536):
                received += len(some)
        except OSError:
            pass
    assert received < 200 * whole


def test_a_client_that_is_slow_but_takes_is_served(hasty: Asker) -> None:
    request = f"GET /openapi.json HTTP/1.1\r\nHost: x\r\n{KEY}Connection: close\r\n\r\n".encode()
    with connect(hasty.url) as connection:
        connection.sendall(request)
        received = b""
        while some := connection.recv(4096):
            received += some
            time.sleep(0.02)
    head, _, body = received.partition(b"\r\n\r\n")
    assert httpx.Headers([line.split(b": ", 1) for line in head.split(b"\r\n")[1:]])[
        "content-length"
    ] == str(len(body))
