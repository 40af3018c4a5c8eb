"""Documents that no friend would send: each gets its exact 4xx, and the next request is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.asking import Asker, changed, expect, static
from tests.end_to_end.nights import Night, Nights

ATTRIBUTES = "/data/attributes"
START, END = f"{ATTRIBUTES}/start_time", f"{ATTRIBUTES}/end_time"
ZENITH, AZIMUTH = f"{ATTRIBUTES}/zenith", f"{ATTRIBUTES}/azimuth"
PHOTOS = f"{ATTRIBUTES}/number_of_photos"
WHOLE = None
"""No pointer: the text as such cannot be read."""


@pytest.fixture(scope="module")
def night(nights: Nights) -> Night:
    """One night for all."""
    return nights.take()


@pytest.fixture(autouse=True)
def _is_served_next(ask: Asker, night: Night, good_times: Iterator[float]) -> Iterator[None]:
    """A good request after each bad one."""
    yield
    ask.add(night, static(night, next(good_times), 1))


@pytest.fixture(scope="module")
def good_times() -> Iterator[float]:
    """Starts, in seconds after dusk."""
    return iter(range(1000, 30_000))


def with_text(night: Night, name: str, literal: bytes) -> bytes:
    """A good document in which one attribute is any text."""
    event = changed(static(night, 600, 10), **{name: "HERE"})
    return json.dumps({"data": event}).encode().replace(b'"HERE"', literal)


def nested(levels: int) -> bytes:
    """A list in a list in a list."""
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        (b"NaN", "malformed"), (b"Infinity", "malformed"), (b"-Infinity", "malformed"),
        (b"1e999", "malformed"), (b"-1e999", "malformed"), (b"1" + b"0" * 400, "malformed"),
        (b"-" + b"9" * 5000, "malformed"), (b"0." + b"1" * 500, "malformed"),
        (b"1" + b"0" * 300, "schema"), (b"18446744073709551616", "schema"),
        (b"9007199254740993", "schema"), (b"-1", "schema"), (b"-0", "schema"), (b"0", "schema"),
        (b"true", "schema"), (b"false", "schema"), (b"null", "schema"), (b'"20"', "schema"),
        (b"20.0", "schema"), (b"2e1", "schema"), (b"2E+1", "schema"), (b"200e-1", "schema"),
        (b"1e-999", "schema"), (b"[20]", "schema"), (b'{"number": 20}', "schema"),
        (nested(50), "schema"), (b"[" + b"0," * 50_000 + b"0]", "schema"),
        (b"{" + b",".join(b'"%d":0' % number for number in range(20_000)) + b"}", "schema"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_numbers(ask: Asker, night: Night, literal: bytes, code: str) -> None:
    body = with_text(night, "number_of_photos", literal)
    expect(ask.send_raw("POST", night, body), 400, (code, PHOTOS))


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        (rb'"\ud800"', "malformed"), (rb'"60.300\udfff"', "malformed"),
        (rb'"\ude00\ud83d"', "malformed"), (rb'"\ud83d\ude00"', "schema"),
        (rb'"60.300\u0000"', "schema"), (rb'"\u0000"', "schema"), (rb'"60\u002e300\n"', "schema"),
        (b'"' + b"6" * 500_000 + b'"', "schema"), (b"60.300", "schema"), (b"6030e-2", "schema"),
        (rb'"<script>alert(1)</script>"', "schema"), (rb"\"'; DROP TABLE event; --\"", None),
        (rb'"../../etc/passwd"', "schema"), (rb'"${jndi:ldap://x}"', "schema"),
        (rb'"%00%ff"', "schema"), ('"\u202e00.06"'.encode(), "schema"),
        ('"\ufeff60.300"'.encode(), "schema"), ("\"60.300\u0301\"".encode(), "schema"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_texts(ask: Asker, night: Night, literal: bytes, code: str | None) -> None:
    body = with_text(night, "zenith", literal)
    fault = ("malformed", WHOLE) if code is None else (code, ZENITH)
    expect(ask.send_raw("POST", night, body), 400, fault)


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        (b'"0001-01-01T00:00:00Z"', "duration-mismatch"),
        (b'"9999-12-31T23:59:59.999Z"', "end-before-start"),
        (b'"0000-01-01T00:00:00Z"', "schema"), (b'"2027-03-01T23:59:60Z"', "schema"),
        (b'"2027-03-01T24:00:00Z"', "schema"), (b'"2027-02-30T20:00:00Z"', "schema"),
        (b'"2027-03-01T20:00:00"', "not-utc"), (b'"2027-03-01T20:00:00+00:00"', "not-utc"),
        (b'"2027-03-01T20:00:00z"', "schema"), (b'"2027-03-01t20:00:00Z"', "schema"),
        (b'"2027-03-01T20:00:00.0001Z"', "schema"), (b'"+02027-03-01T20:00:00Z"', "schema"),
        (b"1803931200", "schema"), (b"NaN", "malformed"),
    ],
    ids=repr,
)  # fmt: skip
def test_start_times(ask: Asker, night: Night, literal: bytes, code: str) -> None:
    body = with_text(night, "start_time", literal)
    pointer = {"duration-mismatch": PHOTOS, "end-before-start": END}.get(code, START)
    expect(ask.send_raw("POST", night, body), 400, (code, pointer))


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:10Z", "in-the-past"),
        ("1899-12-31T20:00:00Z", "1899-12-31T20:00:10Z", "in-the-past"),
        ("9999-12-31T23:59:49.999Z", "9999-12-31T23:59:59.999Z", "outside-limits"),
        ("2099-12-31T20:00:00Z", "2099-12-31T20:00:10Z", "outside-limits"),
    ],
)
def test_times_at_the_ends_of_the_calendar(
    ask: Asker, night: Night, start: str, end: str, reason: str
) -> None:
    event = changed(static(night, 600, 10), start_time=start, end_time=end)
    expect(ask.post(night, event), 409, (reason, START), document={"data": event})


def test_the_longest_time_there_is(ask: Asker, night: Night) -> None:
    times = {"start_time": "0001-01-01T00:00:00Z", "end_time": "9999-12-31T23:59:59.999Z"}
    document = {"data": changed(static(night, 600, 10), **times)}
    expect(ask.send("POST", night, document), 400, ("duration-mismatch", PHOTOS), document=document)
    scan = {"type": "scan", "attributes": times}
    expect(ask.send("POST", night, {"data": scan}), 400, ("duration-mismatch", END))


GOOD = b'{"data": {"type": "static", "id": "022539c2-4717-49b7-834e-91b5cae9653c"}}'


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "malformed", WHOLE), (b" \r\n\t ", "malformed", WHOLE),
        (b"\x00", "malformed", WHOLE), (b"\x00" * 1000, "malformed", WHOLE),
        (b"\xef\xbb\xbf" + GOOD, "malformed", WHOLE), (b"\xef\xbb\xbf", "malformed", WHOLE),
        (GOOD.decode().encode("utf-16"), "malformed", WHOLE),
        (GOOD.decode().encode("utf-16-le"), "malformed", WHOLE),
        (GOOD.decode().encode("utf-16-be"), "malformed", WHOLE),
        (GOOD.decode().encode("utf-32"), "malformed", WHOLE),
        (b'{"data": "\xff"}', "malformed", WHOLE), (b'{"data": "\xc0\x80"}', "malformed", WHOLE),
        (b'{"data": "\xed\xa0\x80"}', "malformed", WHOLE),
        (b'{"data": "\xe2\x82', "malformed", WHOLE),
        (b'{"data": "a\x00b"}', "malformed", WHOLE), (b'{"data": "a\nb"}', "malformed", WHOLE),
        (GOOD[:-1], "malformed", WHOLE), (GOOD + b"}", "malformed", WHOLE),
        (GOOD + GOOD, "malformed", WHOLE), (GOOD + b"\x00", "malformed", WHOLE),
        (b"{'data': {}}", "malformed", WHOLE), (b'{"data": {},}', "malformed", WHOLE),
        (b'{"data": {}} // end', "malformed", WHOLE), (b"{data: {}}", "malformed", WHOLE),
        (b'{"data": 01}', "malformed", WHOLE), (b'{"data": +1}', "malformed", WHOLE),
        (b'{"data": .5}', "malformed", WHOLE), (b'{"data": 0x10}', "malformed", WHOLE),
        (b'{"data": "\\x41"}', "malformed", WHOLE), (b'{"data": "\\u00g0"}', "malformed", WHOLE),
        (b"data=1&type=static", "malformed", WHOLE), (b"<data/>", "malformed", WHOLE),
        (b"undefined", "malformed", WHOLE), (b"NULL", "malformed", WHOLE),
        (nested(65), "malformed", WHOLE), (nested(10_000), "malformed", WHOLE),
        (nested(500_000), "malformed", WHOLE), (b"[" * 1_000_000, "malformed", WHOLE),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "malformed", WHOLE),
        (b'"' * 1_000_001, "malformed", WHOLE), (b'"' + b"\\" * 1_000_000, "malformed", WHOLE),
        (nested(64), "schema", "(root)"), (b"NaN", "malformed", "(root)"),
        (b"1" * 5000, "malformed", "(root)"), (b"-Infinity", "malformed", "(root)"),
        (b'"\\ud800"', "malformed", "(root)"), (b'{"\\ud800": 1}', "malformed", "(root)"),
        (b'{"data": {}, "data": {}}', "malformed", "/data"),
        (b'{"x": [[{"a": 1, "a": 2}]]}', "malformed", "/x/0/0/a"),
        (b'{"a/b": {"~": 1e999}}', "malformed", "/a~1b/~0"),
        (b'{"data": {"__proto__": 1}}', "missing", "/data"),
        (b'{"data": {"type": [], "id": "022539c2-4717-49b7-834e-91b5cae9653c", "attributes": {}}}',
         "schema", "/data/type"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_bodies(
    ask: Asker, night: Night, method: str, body: bytes, code: str, pointer: str | None
) -> None:
    faults = [(code, pointer)]
    if code == "missing":
        # Type and attributes of a new event; type and id of one that is to be removed.
        faults = [("schema", pointer)] * 2
    expect(ask.send_raw(method, night, body), 400, *faults)


def test_every_repeated_key_is_named(ask: Asker, night: Night) -> None:
    body = with_text(night, "zenith", b'"60.300", "zenith": "60.300", "azimuth": "0.000"')
    body = body.replace(b'{"type"', b'{"type": "scan", "type"')
    faults = [("malformed", "/data/type"), ("malformed", ZENITH), ("malformed", AZIMUTH)]
    expect(ask.send_raw("POST", night, body), 400, *faults)


def test_at_most_fifty_unreadable_values_are_named(ask: Asker, night: Night) -> None:
    body = b'{"data": [' + b"NaN," * 5000 + b"NaN]}"
    pointers = [("malformed", f"/data/{number}") for number in range(50)]
    expect(ask.send_raw("POST", night, body), 400, *pointers)


def test_a_hundred_thousand_attributes(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    event["attributes"] |= {f"{number:05d}": 0 for number in range(95_000)}
    body = json.dumps({"data": event}, separators=(",", ":")).encode()
    assert 900_000 < len(body) < 1_048_576
    response = ask.send_raw("POST", night, body)
    assert response.status_code == 400
    errors = response.json()["errors"]
    assert {error["code"] for error in errors} == {"schema"}
    assert len(errors) == 101
    assert sum(error["source"]["pointer"] == ATTRIBUTES for error in errors) == 1
    assert "94900" in "".join(error["detail"] for error in errors)


@pytest.mark.parametrize(
    ("name", "value", "status", "pointer"),
    [
        ("type", "s" * 500_000, 409, "/data/type"),
        ("type", "static\x00", 409, "/data/type"),
        ("type", 7, 400, "/data/type"),
        ("type", None, 400, "/data/type"),
        ("id", "0" * 500_000, 400, "/data/id"),
        ("id", "\x00", 400, "/data/id"),
        ("id", 10**300, 400, "/data/id"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_members_of_the_resource(
    ask: Asker, night: Night, name: str, value: Any, status: int, pointer: str
) -> None:
    document = {"data": {**static(night, 600, 10), name: value}}
    response = ask.send("POST", night, document)
    errors = expect(response, status, ("schema", pointer), document=document)
    assert len(errors[0]["detail"]) < 500


def test_long_and_strange_names_of_attributes(ask: Asker, night: Night) -> None:
    for name, pointer in (
        ("n" * 100_000, ATTRIBUTES),
        ("\x00", f"{ATTRIBUTES}/\x00"),
        ("__class__", f"{ATTRIBUTES}/__class__"),
        ("~1", f"{ATTRIBUTES}/~01"),
    ):
        document = {"data": static(night, 600, 10, **{name: 1})}
        [error] = expect(
            ask.send("POST", night, document), 400, ("schema", pointer), document=document
        )
        assert len(error["detail"]) < 500


def test_members_that_jsonapi_does_not_know_are_ignored(ask: Asker, night: Night) -> None:
    event = {**static(night, 600, 1), "links": {}, "meta": {"a": 1}, "colour": [None]}
    document = {
        "data": event,
        "jsonapi": {"version": "1.1"},
        "meta": {},
        "more": nested(3).decode(),
    }
    assert ask.send("POST", night, document).status_code == 200
