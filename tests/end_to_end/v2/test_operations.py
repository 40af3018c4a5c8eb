"""Atomic operations: all of them, or none; errors that point at their operation."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.asking import OPERATOR, OWNER, PARTNER, VIEWER, Asker, Json, changed, expect
from tests.end_to_end.nights import Night, Nights
from tests.end_to_end.v2.asking import add, base, events, flexible, post, read, send, state, static
from tests.end_to_end.witness import ATOMIC, MEDIA_TYPE

PATH = "/v2/operations"
MEMBER = "/atomic:operations"


def adding(night: Night, event: Json) -> Json:
    """An operation that asks for an event."""
    return {"op": "add", "href": events(night), "data": event}


def removing(night: Night, event: Json) -> Json:
    """An operation that takes an event back."""
    return {"op": "remove", "href": f"{events(night)}/{event['id']}"}


def operate(ask: Asker, *operations: object, by: str = OWNER, **headers: str) -> httpx.Response:
    """Send operations."""
    given = {"Content_Type": ATOMIC, "Accept": ATOMIC, **headers}
    document = {"atomic:operations": list(operations)}
    return send(ask, "POST", PATH, document, by=by, **given)


def test_all_of_them(ask: Asker, night: Night) -> None:
    old = static(night, 600, 100)
    add(ask, night, old)
    new, waiting = static(night, 650, 100), static(night, 660, 10, on_conflict="wait", priority=1)
    response = operate(ask, removing(night, old), adding(night, new), adding(night, waiting))
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == ATOMIC
    answer = response.json()
    statuses = [result["meta"]["status"] for result in answer["atomic:results"]]
    assert statuses == ["removed", "added", "waiting"]
    assert answer["atomic:results"][1]["data"]["id"] == new["id"]
    assert [state(ask, night, each) for each in (old, new, waiting)] == [
        "deleted", "scheduled", "waiting",
    ]  # fmt: skip
    assert answer["atomic:results"][1]["data"]["attributes"] == read(ask, night, new)["attributes"]


def test_or_none_of_them(ask: Asker, night: Night) -> None:
    strong, kept = static(night, 600, 100), static(night, 800, 10)
    add(ask, night, strong, by=OPERATOR)
    add(ask, night, kept)
    good, bad = static(night, 900, 10), static(night, 650, 10)
    response = operate(ask, adding(night, good), removing(night, kept), adding(night, bad))
    document = {
        "atomic:operations": [adding(night, good), removing(night, kept), adding(night, bad)]
    }
    [error] = expect(
        response, 409, ("conflict", f"{MEMBER}/2/data/attributes/start_time"), document=document
    )
    assert error["meta"]["events"] == [strong["id"]]
    assert state(ask, night, kept) == "scheduled"
    expect(ask.get(f"{events(night)}/{good['id']}"), 404, ("unknown-event", None))
    theirs = operate(ask, removing(night, strong), adding(night, good))
    expect(theirs, 403, ("not-allowed", f"{MEMBER}/0/href"))
    unknown = operate(ask, adding(night, good), removing(night, bad))
    expect(unknown, 404, ("unknown-event", f"{MEMBER}/1/href"))
    taken = operate(ask, adding(night, good), adding(night, changed(kept, zenith="1.000")))
    expect(taken, 409, ("id-conflict", f"{MEMBER}/1/data/id"))
    loose = flexible(night, 80, (610, 700))
    expect(operate(ask, adding(night, loose)), 409, ("no-room", f"{MEMBER}/0/data/attributes"))


def test_several_nights_at_once(ask: Asker, nights: Nights) -> None:
    first, second = nights.take(), nights.take()
    asked = [adding(night, static(night, 600, 10)) for night in (first, second)]
    assert operate(ask, *asked).status_code == 200
    for night, operation in zip((first, second), asked, strict=True):
        assert read(ask, night, operation["data"])["attributes"]["night"] == night.date


def test_a_hundred_at_once(ask: Asker, night: Night) -> None:
    asked = [adding(night, static(night, 100 + 20 * number, 10)) for number in range(100)]
    response = operate(ask, *asked)
    assert response.status_code == 200
    assert len(response.json()["atomic:results"]) == 100


def test_places_by_reference(ask: Asker, night: Night) -> None:
    event = static(night, 600, 10)
    place = {"type": "instruments", "id": base(night).split("/")[-1], "relationship": "events"}
    assert operate(ask, {"op": "add", "ref": place, "data": event}).status_code == 200
    wrong = {"op": "remove", "ref": {"type": "scan", "id": event["id"]}}
    expect(operate(ask, wrong), 409, ("schema", f"{MEMBER}/0/ref/type"))
    unknown = {"op": "remove", "ref": {"type": "static", "id": str(uuid4())}}
    expect(operate(ask, unknown), 404, ("unknown-event", f"{MEMBER}/0/ref/id"))
    right = {"op": "remove", "ref": {"type": "static", "id": event["id"]}}
    assert operate(ask, right).status_code == 200


def test_a_key_makes_them_safe_to_repeat(ask: Asker, night: Night) -> None:
    nameless = [
        {name: value for name, value in static(night, start, 10).items() if name != "id"}
        for start in (600, 700)
    ]
    key = str(uuid4())
    first = operate(ask, *(adding(night, each) for each in nameless), Idempotency_Key=key)
    assert first.status_code == 200, first.text
    again = operate(ask, *(adding(night, each) for each in nameless), Idempotency_Key=key)
    assert again.json() == first.json()
    taken = operate(ask, adding(night, static(night, 900, 10)), Prefer="respond-async")
    assert taken.status_code == 202
    command = ask.get(taken.headers["Content-Location"]).json()["data"]
    assert command["attributes"]["status"] in {"pending", "done"}


@pytest.mark.parametrize(
    ("operation", "faults"),
    [
        (5, [("schema", f"{MEMBER}/0")]),
        ({}, [("schema", f"{MEMBER}/0")]),
        ({"op": "update", "href": "/v2/x"}, [("schema", f"{MEMBER}/0/op")]),
        ({"op": ["add"]}, [("schema", f"{MEMBER}/0/op")]),
        ({"op": "add"}, [("schema", f"{MEMBER}/0"), ("schema", f"{MEMBER}/0")]),
        ({"op": "remove", "href": 5}, [("schema", f"{MEMBER}/0/href")]),
        ({"op": "remove", "href": "/v2/instruments/x/events"}, [("schema", f"{MEMBER}/0/href")]),
        ({"op": "remove", "href": "x", "ref": {}}, [("schema", f"{MEMBER}/0/href")]),
        ({"op": "remove", "ref": []}, [("schema", f"{MEMBER}/0/ref")]),
        (
            {"op": "remove", "ref": {"id": 5}},
            [("schema", f"{MEMBER}/0/ref"), ("schema", f"{MEMBER}/0/ref/id")],
        ),
        (
            {"op": "remove", "ref": {"type": "static", "id": "x"}},
            [("schema", f"{MEMBER}/0/ref/id")],
        ),
        (
            {"op": "add", "ref": {"type": "static", "id": "x"}, "data": {}},
            [("schema", f"{MEMBER}/0/ref")],
        ),
        (
            {"op": "remove", "href": "/v2/instruments/lidar_alomar/events/x"},
            [("schema", f"{MEMBER}/0/href")],
        ),
    ],
)
def test_operations_at_fault(ask: Asker, operation: object, faults: list[tuple[str, str]]) -> None:
    expect(operate(ask, operation), 400, *faults, document={"atomic:operations": [operation]})


def test_every_fault_of_all_of_them(ask: Asker, night: Night, nights: Nights) -> None:
    event = static(night, 600, 10)
    wrong = changed(event, zenith="80.000", colour="red")
    elsewhere = {**adding(night, event), "href": "/v2/instruments/lidar_alomar/events"}
    high = static(night, 700, 10, priority=5)
    asked = [
        adding(night, wrong), adding(night, high), elsewhere, {"op": "add", "href": events(night)},
        adding(night, {**event, "type": "profile"}),
    ]  # fmt: skip
    expect(
        operate(ask, *asked), 400,
        ("outside-limits", f"{MEMBER}/0/data/attributes/zenith"),
        ("schema", f"{MEMBER}/0/data/attributes/colour"),
        ("priority-not-allowed", f"{MEMBER}/1/data/attributes/priority"),
        ("schema", f"{MEMBER}/2/href"),
        ("schema", f"{MEMBER}/3"),
        ("schema", f"{MEMBER}/4/data/type"),
        document={"atomic:operations": asked},
    )  # fmt: skip
    only = operate(ask, adding(night, high))
    expect(only, 403, ("priority-not-allowed", f"{MEMBER}/0/data/attributes/priority"))
    typed = operate(ask, adding(night, {**event, "type": "profile"}))
    expect(typed, 409, ("schema", f"{MEMBER}/0/data/type"))
    nowhere = {**adding(night, event), "href": "/v2/instruments/moon/events"}
    expect(operate(ask, nowhere), 404, ("unknown-instrument", f"{MEMBER}/0/href"))
    twice = operate(ask, adding(night, event), adding(night, event))
    expect(twice, 400, ("schema", f"{MEMBER}/1/data/id"))
    again = operate(ask, adding(night, event), removing(night, event))
    expect(again, 400, ("schema", f"{MEMBER}/1/href"))


def test_documents_that_hold_none(ask: Asker) -> None:
    for document, pointer in (
        ([], "(root)"), ({}, "(root)"), ({"data": {}}, "(root)"),
        ({"atomic:operations": {}}, MEMBER), ({"atomic:operations": []}, MEMBER),
        ({"atomic:operations": [{}] * 1001}, MEMBER),
    ):  # fmt: skip
        response = send(ask, "POST", PATH, document, Content_Type=ATOMIC)
        expect(response, 400, ("schema", pointer), document=document)


def test_the_extension_is_spoken_here_and_only_here(ask: Asker, night: Night) -> None:
    asked = {"atomic:operations": [adding(night, static(night, 600, 10))]}
    for media_type in (MEDIA_TYPE, "application/json", f'{MEDIA_TYPE}; ext="https://example.org"'):
        refused = send(ask, "POST", PATH, asked, Content_Type=media_type)
        expect(refused, 415, ("unsupported-media-type", None))
    elsewhere = post(ask, night, static(night, 600, 10), Content_Type=ATOMIC)
    expect(elsewhere, 415, ("unsupported-media-type", None))
    expect(ask.get(events(night), headers={"Accept": ATOMIC}), 406, ("not-acceptable", None))
    strange = f'{MEDIA_TYPE}; ext="https://example.org"'
    refused = send(ask, "POST", PATH, asked, Content_Type=ATOMIC, Accept=strange)
    expect(refused, 406, ("not-acceptable", None))
    expect(operate(ask, by=VIEWER), 403, ("not-allowed", None))
    expect(ask.get(PATH), 405, ("method-not-allowed", None))
    partner = operate(ask, *asked["atomic:operations"], by=PARTNER)
    assert partner.status_code == 200
