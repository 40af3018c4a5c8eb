"""Version 2 and documents that nobody should send: every fault is named, with its place."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.asking import OWNER, VIEWER, Asker, Json, expect
from tests.end_to_end.nights import LIDAR, Night, Nights
from tests.end_to_end.system import System
from tests.end_to_end.v2.asking import base, change, events, flexible, post, send, static
from tests.end_to_end.witness import Witness

A = "/data/attributes"
ID = str(uuid4())


@pytest.mark.parametrize(
    ("attributes", "faults"),
    [
        ({"duration": 0}, [("schema", f"{A}/duration")]),
        ({"duration": -5}, [("schema", f"{A}/duration")]),
        ({"duration": "10"}, [("schema", f"{A}/duration")]),
        ({"duration": True}, [("schema", f"{A}/duration")]),
        ({"duration": 10.0005}, [("schema", f"{A}/duration")]),
        ({"duration": 1e300}, [("schema", f"{A}/duration")]),
        ({"duration": None}, [("schema", A)]),
        ({"windows": None}, [("schema", A)]),
        ({"windows": []}, [("schema", f"{A}/windows")]),
        ({"windows": {}}, [("schema", f"{A}/windows")]),
        ({"windows": [{}] * 101}, [("schema", f"{A}/windows")]),
        ({"windows": [5]}, [("schema", f"{A}/windows/0")]),
        ({"windows": [{}]}, [("schema", f"{A}/windows/0")] * 2),
        (
            {"windows": [{"start_time": "x", "end_time": 5, "preference": -1, "kind": 1}]},
            [
                ("schema", f"{A}/windows/0/start_time"), ("schema", f"{A}/windows/0/end_time"),
                ("schema", f"{A}/windows/0/preference"), ("schema", f"{A}/windows/0/kind"),
            ],
        ),
        (
            {"windows": [{"start_time": "2027-03-01T20:00:00+01:00",
                          "end_time": "2027-03-01T19:00:00Z"}]},
            [("not-utc", f"{A}/windows/0/start_time")],
        ),
        (
            {"windows": [
                {"start_time": "2027-03-01T20:00:00Z", "end_time": "2027-03-01T19:00:00Z"},
                {"start_time": "2027-03-01T20:00:00Z", "end_time": "2027-03-01T20:00:01Z"},
            ]},
            [("end-before-start", f"{A}/windows/0/end_time"),
             ("duration-mismatch", f"{A}/windows/1/end_time")],
        ),
        ({"number_of_photos": 19}, [("duration-mismatch", f"{A}/number_of_photos")]),
        ({"number_of_photos": "20", "zenith": "80.000"},
         [("schema", f"{A}/number_of_photos"), ("outside-limits", f"{A}/zenith")]),
        ({"start_time": "2027-03-01T20:00:00Z"},
         [("schema", f"{A}/duration"), ("schema", f"{A}/windows"), ("schema", A)]),
        ({"priority": 0}, [("schema", f"{A}/priority")]),
        ({"priority": 6}, [("schema", f"{A}/priority")]),
        ({"priority": "3"}, [("schema", f"{A}/priority")]),
        ({"priority": True}, [("schema", f"{A}/priority")]),
        ({"priority": 2.0}, [("schema", f"{A}/priority")]),
        ({"on_conflict": "fight"}, [("schema", f"{A}/on_conflict")]),
        ({"on_conflict": ["wait"]}, [("schema", f"{A}/on_conflict")]),
        ({"after": ID}, [("schema", f"{A}/after")]),
        ({"after": {}}, [("schema", f"{A}/after")]),
        ({"after": {"event": None}}, [("schema", f"{A}/after/event")]),
        (
            {"after": {"event": "x", "min_gap": -1, "max_gap": "y", "gap": 1}},
            [("schema", f"{A}/after/event"), ("schema", f"{A}/after/min_gap"),
             ("schema", f"{A}/after/max_gap"), ("schema", f"{A}/after/gap")],
        ),
        ({"after": {"event": ID, "min_gap": 10, "max_gap": 5}},
         [("schema", f"{A}/after/max_gap")]),
        ({"together_with": 5}, [("schema", f"{A}/together_with")]),
        ({"together_with": "x"}, [("schema", f"{A}/together_with")]),
        ({"priorty": 3, "a/b~c": 1}, [("schema", f"{A}/priorty"), ("schema", f"{A}/a~1b~0c")]),
    ],
)  # fmt: skip
def test_attributes_at_fault(
    ask: Asker, night: Night, attributes: Json, faults: list[tuple[str, str]]
) -> None:
    event = flexible(night, 10, (600, 900))
    document = {"data": {**event, "attributes": {**event["attributes"], **attributes}}}
    for path in (events(night), f"{base(night)}/feasibility"):
        expect(send(ask, "POST", path, document), 400, *faults, document=document)


def test_neither_fixed_nor_flexible(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    for times in (("start_time", "end_time"), ()):
        kept = {n: v for n, v in event["attributes"].items() if n not in times or not times}
        for name in ("start_time", "end_time"):
            kept.pop(name, None)
        document = {"data": {**event, "attributes": kept}}
        expect(send(ask, "POST", events(night), document), 400, ("schema", A), document=document)
    only = {**event, "attributes": {**event["attributes"], "end_time": None}}
    expect(post(ask, night, only), 400, ("schema", f"{A}/end_time"))


@pytest.mark.parametrize(
    ("document", "status", "faults"),
    [
        ([], 400, [("schema", "(root)")]),
        ({}, 400, [("schema", "(root)")]),
        ({"data": None}, 400, [("schema", "/data")]),
        ({"data": []}, 400, [("schema", "/data")]),
        ({"data": {}}, 400, [("schema", "/data"), ("schema", "/data")]),
        (
            {"data": {"type": 5, "id": "x", "attributes": []}}, 400,
            [("schema", "/data/type"), ("schema", "/data/id"), ("schema", "/data/attributes")],
        ),
        ({"data": {"type": "profile", "attributes": {}}}, 409, [("schema", "/data/type")]),
        (
            {"data": {"type": "profile", "id": 5, "attributes": {}}}, 400,
            [("schema", "/data/type"), ("schema", "/data/id")],
        ),
        ({"data": {"type": "", "attributes": {}}}, 409, [("schema", "/data/type")]),
    ],
)  # fmt: skip
def test_documents_at_fault(
    ask: Asker, night: Night, document: Any, status: int, faults: list[tuple[str, str]]
) -> None:
    for path in (events(night), f"{base(night)}/feasibility"):
        expect(send(ask, "POST", path, document), status, *faults, document=document)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"data": NaN}', b'{"data": {}, "data": {}}', b"[" * 100, b"null" * 9],
)
def test_bytes_that_are_no_document(ask: Asker, night: Night, body: bytes) -> None:
    given = {"Content-Type": "application/json"}
    for method, path in (
        ("POST", events(night)), ("POST", f"{base(night)}/feasibility"),
        ("PATCH", f"{events(night)}/{ID}"),
    ):  # fmt: skip
        response = ask.request(method, path, by=OWNER, content=body, headers=given)
        assert response.status_code == 400, response.text
        assert {error["code"] for error in response.json()["errors"]} == {"malformed"}


def test_statuses_of_every_writing_url(ask: Asker, night: Night, system: System) -> None:
    document = {"data": static(night, 600, 10)}
    big = {"data": {**document["data"], "attributes": {"note": "x" * 1_100_000}}}
    one = f"{events(night)}/{document['data']['id']}"
    for method, path in (
        ("POST", events(night)), ("POST", f"{base(night)}/feasibility"), ("PATCH", one),
        ("POST", f"{base(night)}/maintenance"),
    ):  # fmt: skip
        by = "demo-operator"
        expect(
            send(ask, method, path, document, by=by, Content_Type="text/plain"), 415,
            ("unsupported-media-type", None),
        )  # fmt: skip
        expect(send(ask, method, path, big, by=by), 413, ("too-large", None))
        expect(send(ask, method, path, document, by=VIEWER), 403, ("not-allowed", None))
        accept = {"Accept": "application/vnd.api+json; charset=utf-8"}
        expect(send(ask, method, path, document, **accept), 406, ("not-acceptable", None))
        expect(send(ask, method, f"{path}?x=1", document, by=by), 400, ("schema", None))
        elsewhere = path.replace(base(night), "/v2/instruments/moon")
        expect(send(ask, method, elsewhere, document, by=by), 404, ("unknown-instrument", None))
    expect(ask.request("PUT", one, by=OWNER), 405, ("method-not-allowed", None))
    expect(ask.request("DELETE", f"{one}?x=1", by=OWNER), 400, ("schema", None))
    for identifier in ("x", "0" * 36, "%00", "ü"):
        expect(ask.get(f"{events(night)}/{identifier}"), 404, ("unknown-event", None))
        expect(ask.get(f"{events(night)}/{identifier}/explanation"), 404, ("unknown-event", None))
        nobody = {"type": "static", "id": ID}
        path = f"{events(night)}/{identifier}"
        expect(send(ask, "PATCH", path, {"data": nobody}), 404, ("unknown-event", None))
        expect(ask.request("DELETE", path, by=OWNER), 404, ("unknown-event", None))


def test_changes_are_merged_before_they_are_judged(ask: Asker, night: Night) -> None:
    event = flexible(night, 10, (600, 900), on_conflict="wait", priority=2)
    assert post(ask, night, event).status_code == 201
    shorter = change(ask, night, event, duration=5)
    expect(shorter, 400, ("duration-mismatch", A))
    both = change(ask, night, event, duration=5, number_of_photos=10)
    assert both.status_code == 200, both.text
    found = both.json()["data"]["attributes"]
    assert (found["duration"], found["priority"], found["on_conflict"]) == (5, 2, "wait")
    again = change(ask, night, event, on_conflict=None, after=None)
    assert again.json()["data"]["attributes"]["on_conflict"] == "reject"
    expect(change(ask, night, event, zenith=None), 400, ("schema", f"{A}/zenith"))
    expect(change(ask, night, event, colour="red"), 400, ("schema", f"{A}/colour"))


def test_a_flexible_scan_and_a_flexible_profile(ask: Asker, night: Night, nights: Nights) -> None:
    window = flexible(night, 1, (600, 900))["attributes"]["windows"]
    scan = {"type": "scan", "id": str(uuid4()), "attributes": {"duration": 100, "windows": window}}
    [error] = expect(post(ask, night, scan), 400, ("duration-mismatch", f"{A}/duration"))
    assert "end_time" not in error["detail"]
    scan["attributes"]["duration"] = 123
    assert post(ask, night, scan).status_code == 201
    dark = nights.take(LIDAR)
    own = {"zenith": "10.000", "azimuth": "10.000", "mode": "wind"}
    windows = flexible(dark, 1, (1200, 9000), (9500, 12000, 2))["attributes"]["windows"]
    profile = {
        "type": "profile", "id": str(uuid4()),
        "attributes": {"duration": 1000, "windows": windows, **own},
    }  # fmt: skip
    assert post(ask, dark, profile).status_code == 201


def test_a_slow_body_is_given_up(system: System, witness: Witness, night: Night) -> None:
    url = system.add_api(BODY_TIMEOUT="0.3", CALLER_BURST="1", CALLER_RATE="0.1")
    system.wait_until_ready()
    hasty = Asker(url, witness)

    def slowly() -> Any:
        yield b"{"
        time.sleep(0.8)
        yield b"}"

    try:
        given = {"Content-Type": "application/json"}
        for path in (events(night), f"{base(night)}/feasibility"):
            late = hasty.request("POST", path, by=OWNER, content=slowly(), headers=given)
            expect(late, 408, ("body-timeout", None))
        document = json.dumps({"data": static(night, 600, 10)}).encode()
        path = f"{base(night)}/feasibility"
        answers = [
            hasty.request("POST", path, by=OWNER, content=document, headers=given) for _ in range(2)
        ]
        assert answers[0].status_code == 200
        expect(answers[1], 429, ("too-many-requests", None))
    finally:
        hasty.close()
        system.remove_api(url)
