"""Requests that are hostile below the document: sizes, lengths, headers, URLs, bytes."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator

import pytest

from tests.end_to_end.asking import OWNER, Asker, expect, static
from tests.end_to_end.nights import OBERPFAFFENHOFEN, Night, Nights
from tests.end_to_end.sockets import RawAnswer, exchange
from tests.end_to_end.witness import Witness

MIB = 1_048_576
PATH = f"/v1/instrument/{OBERPFAFFENHOFEN}/event".encode()
CHUNKED = b"Transfer-Encoding: chunked\r\n"
HEAD = b"Host: nightplan\r\nX-API-Key: demo-owner\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def night(nights: Nights) -> Night:
    """One night for all."""
    return nights.take()


@pytest.fixture(scope="module")
def good_times() -> Iterator[float]:
    """Starts, in seconds after dusk."""
    return iter(range(1000, 30_000))


@pytest.fixture(autouse=True)
def _is_served_next(ask: Asker, night: Night, good_times: Iterator[float]) -> Iterator[None]:
    """A good request after each bad one."""
    yield
    ask.add(night, static(night, next(good_times), 1))


def post(headers: bytes, body: bytes = b"") -> bytes:
    """A POST as it stands on the wire."""
    return b"POST " + PATH + b" HTTP/1.1\r\n" + HEAD + headers + b"\r\n" + body


def chunked(body: bytes, size: int = 65_536) -> bytes:
    """A body in chunks, without a length."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def seen(witness: Witness, answer: RawAnswer | None, method: str = "POST") -> RawAnswer:
    """An answer that the API itself gave: a document like all others."""
    assert answer is not None
    witness.look(method, PATH.decode(), answer.status, answer.headers, answer.body)
    return answer


def code_of(answer: RawAnswer) -> str:
    """The code of the only error."""
    [error] = json.loads(answer.body)["errors"]
    code: str = error["code"]
    return code


def padded(night: Night, start: float, size: int) -> bytes:
    """A good document, as large as wanted by blanks."""
    return json.dumps({"data": static(night, start, 1)}).encode().ljust(size)


def test_one_mebibyte_is_taken_and_one_byte_more_is_not(ask: Asker, night: Night) -> None:
    assert ask.send_raw("POST", night, padded(night, 600, MIB)).status_code == 200
    expect(ask.send_raw("POST", night, padded(night, 610, MIB + 1)), 413, ("too-large", None))


def test_chunks_without_a_length(ask: Asker, night: Night, witness: Witness) -> None:
    small = padded(night, 620, 1000)
    answer = seen(witness, exchange(ask.url, post(CHUNKED, chunked(small))))
    assert answer.status == 200
    tiny = padded(night, 630, 400)
    answer = seen(witness, exchange(ask.url, post(CHUNKED, chunked(tiny, 1))))
    assert answer.status == 200
    large = padded(night, 640, MIB + 1)
    answer = seen(witness, exchange(ask.url, post(CHUNKED, chunked(large))))
    assert (answer.status, code_of(answer)) == (413, "too-large")


@pytest.mark.parametrize("length", [MIB + 1, 10_000_000, 2**40])
def test_a_length_that_is_too_much(ask: Asker, witness: Witness, length: int) -> None:
    started = time.monotonic()
    answer = seen(witness, exchange(ask.url, post(b"Content-Length: %d\r\n" % length, b"{}")))
    # Refused by its length, without waiting for the rest.
    assert (answer.status, code_of(answer)) == (413, "too-large")
    assert time.monotonic() - started < 2.0


def test_ten_megabytes_with_and_without_a_length(ask: Asker, witness: Witness) -> None:
    body = b" " * 10_000_000
    for headers, sent in (
        (b"Content-Length: 10000000\r\n", body),
        (CHUNKED, chunked(body)),
    ):
        # A client that only writes may find the connection closed before it reads.
        answer = exchange(ask.url, post(headers, sent))
        if answer is not None:
            seen(witness, answer)
            assert (answer.status, code_of(answer)) == (413, "too-large")


def test_a_compressed_body_is_no_json(ask: Asker, night: Night) -> None:
    body = gzip.compress(b'{"data": {}}')
    response = ask.send_raw("POST", night, body, **{"Content-Encoding": "gzip"})
    expect(response, 400, ("malformed", None))


def test_a_bomb_is_not_unpacked(ask: Asker, night: Night) -> None:
    body = gzip.compress(b" " * 100_000_000)
    response = ask.send_raw("POST", night, body, **{"Content-Encoding": "gzip"})
    expect(response, 400, ("malformed", None))


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        post(b"Content-Length: -1\r\n", b"{}"), post(b"Content-Length: ten\r\n", b"{}"),
        post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{} "),
        post(b"Content-Length: 99999999999999999999999\r\n", b"{}"),
        post(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", chunked(b"{}")),
        post(CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"),
        post(b"Transfer-Encoding: gzip\r\n", b"{}"), post(b"X-A: a\x00b\r\nContent-Length: 0\r\n"),
        post(b"X-A: a\r\n b\r\nContent-Length: 0\r\n"), b"GET  HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"get /v1/instrument HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"BREW /v1/instrument HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /v1/instrument/\xff\xfe HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    ],
    ids=lambda value: repr(value)[-40:],
)  # fmt: skip
def test_what_is_no_http_is_answered_with_400(ask: Asker, sent: bytes) -> None:
    answer = exchange(ask.url, sent)
    assert answer is not None
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.headers["x-request-id"]
    (error,) = json.loads(answer.body)["errors"]
    assert (error["status"], error["code"]) == ("400", "malformed")


def test_more_than_the_length_says(ask: Asker, witness: Witness) -> None:
    answer = exchange(ask.url, post(b"Content-Length: 2\r\n", b"{}garbage\r\n\r\n"))
    assert answer is not None
    assert answer.status == 400


def test_less_than_the_length_says(ask: Asker) -> None:
    started = time.monotonic()
    sent = post(b"Content-Length: 200\r\n", b'{"data": {}}')
    answer = exchange(ask.url, sent, half_closed=True)
    assert answer is None or answer.status == 400
    assert time.monotonic() - started < 5.0


@pytest.mark.parametrize(
    "headers",
    [
        b"X-A: " + b"a" * 40_000 + b"\r\n",
        b"X-A: " + b"a" * 10_000_000 + b"\r\n",
        b"".join(b"X-A%d: a\r\n" % number for number in range(10_000)),
        b"Cookie: a=b\r\n" * 10_000,
        b"Accept: " + b"text/html;" * 10_000 + b"\r\n",
        b"If-None-Match: " + b'"a",' * 20_000 + b"\r\n",
    ],
    ids=lambda value: repr(value)[:20],
)
def test_headers_without_end(ask: Asker, witness: Witness, headers: bytes) -> None:
    sent = b"GET " + PATH + b" HTTP/1.1\r\n" + HEAD + headers + b"\r\n"
    answer = seen(witness, exchange(ask.url, sent), "GET")
    assert (answer.status, code_of(answer)) == (431, "headers-too-large")


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/%00", 404, "not-found"), ("/v1/instrument/%00", 404, "not-found"),
        ("/v1/instrument/%ff/event", 404, "unknown-instrument"),
        ("/v1/instrument/%zz/event", 404, "unknown-instrument"),
        ("/v1/instrument/%c0%ae%c0%ae/event", 404, "unknown-instrument"),
        ("/v1/instrument/%2e%2e/event", 404, "unknown-instrument"),
        ("/v1/instrument/%F0%9F%8C%8C/event", 404, "unknown-instrument"),
        ("/v1/instrument/" + "a" * 20_000 + "/event", 404, "unknown-instrument"),
        ("//v1/instrument", 404, "not-found"), ("//", 404, "not-found"),
        ("/v1//instrument", 404, "not-found"), ("/v1/../v1/instrument", 404, "not-found"),
        ("/v1/./instrument", 404, "not-found"), ("/v1/instrument/", 404, "not-found"),
        ("/V1/instrument", 404, "not-found"), ("/v1/instrument;a=b", 404, "not-found"),
        ("/v1/instrument%2f" + OBERPFAFFENHOFEN + "/event", None, None),
        (f"/v1/instrument/{OBERPFAFFENHOFEN}/event/%00", 404, "unknown-event"),
        (f"/v1/instrument/{OBERPFAFFENHOFEN}/event/%ff", 404, "unknown-event"),
        (f"/v1/instrument/{OBERPFAFFENHOFEN}/event/..", 404, "unknown-event"),
        (f"/v1/instrument/{OBERPFAFFENHOFEN}/event/" + "٣" * 36, 404, "unknown-event"),
        (f"/v1/instrument/{OBERPFAFFENHOFEN}%00/event", 404, "unknown-instrument"),
        ("/v1/instrument?%00=%ff", 400, "schema"), ("/v1/instrument?&&&=", 400, "schema"),
        ("/v1/instrument?" + "a=1&" * 5000, 400, "schema"), ("*", 404, "not-found"),
        ("/internal/instruments", 404, "not-found"), ("/metrics", 404, "not-found"),
        ("/docs", 404, "not-found"), ("/favicon.ico", 404, "not-found"),
    ],
    ids=lambda value: repr(value)[:50],
)  # fmt: skip
def test_targets(
    ask: Asker, witness: Witness, target: str, status: int | None, code: str | None
) -> None:
    sent = b"GET %b HTTP/1.1\r\n%b\r\n" % (target.encode("utf-8", "replace"), HEAD)
    if not target.isascii():
        sent = b"GET %b HTTP/1.1\r\n%b\r\n" % (target.replace("٣", "%D9%A3").encode(), HEAD)
    answer = exchange(ask.url, sent)
    assert answer is not None
    if status is None:
        # An encoded slash is a slash or not; it never is a fault of ours.
        assert answer.status in {200, 404}
        return
    path = "/unknown" if code == "not-found" else target
    witness.look("GET", path, answer.status, answer.headers, answer.body)
    assert answer.status == status
    errors = json.loads(answer.body)["errors"]
    assert {error["code"] for error in errors} == {code}
    assert all(len(error["detail"]) < 500 for error in errors)


@pytest.mark.parametrize("name", ["TRACE", "CONNECT", "PROPFIND", "OPTIONS", "PUT", "PATCH"])
def test_other_methods(ask: Asker, night: Night, name: str) -> None:
    response = ask.request(name, night.events, by=OWNER)
    expect(response, 405, ("method-not-allowed", None))
    assert response.headers["Allow"] == "DELETE, GET, HEAD, POST"


def test_strange_headers_are_ignored(ask: Asker, witness: Witness) -> None:
    for headers in (
        b"X-Request-ID: \xff\xfe\r\n",
        b"X-Request-ID: a\r\nX-Request-ID: b\r\n",
        b"X-Request-ID: " + b"a" * 5000 + b"\r\n",
        b"X-Forwarded-For: \xff\r\nForwarded: for=_\r\n",
        b"Range: bytes=0-1\r\n",
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: a\r\n",
        b"X-HTTP-Method-Override: DELETE\r\n",
        b"Expect: 200-ok\r\n",
    ):
        sent = b"GET " + PATH + b" HTTP/1.1\r\n" + HEAD + headers + b"\r\n"
        answer = seen(witness, exchange(ask.url, sent), "GET")
        assert answer.status == 200
        assert answer.headers["x-request-id"].isascii()
        assert len(answer.headers["x-request-id"]) <= 100


def test_a_decent_request_id_comes_back(ask: Asker) -> None:
    response = ask.request("GET", "/v1/none", by=OWNER, headers={"X-Request-ID": "my-request:1"})
    assert response.headers["X-Request-ID"] == "my-request:1"
