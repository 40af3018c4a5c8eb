"""Maintenance: what it displaces, what comes back, and who may set it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.end_to_end.asking import OPERATOR, OWNER, VIEWER, Asker, Json, expect
from tests.end_to_end.nights import Night
from tests.end_to_end.v2.asking import (
    add,
    base,
    explanation,
    feasibility,
    flexible,
    post,
    read,
    send,
    state,
    static,
)


def closed(night: Night, start: float, end: float, note: str = "Cleaning") -> Json:
    """A request to close the instrument, from and to so many seconds after dusk."""
    return {
        "type": "maintenance",
        "id": str(uuid4()),
        "attributes": {
            "start_time": night.after_dusk(start),
            "end_time": night.after_dusk(end),
            "note": note,
        },
    }


def close(ask: Asker, night: Night, asked: Json, *, by: str = OPERATOR) -> Json:
    """Close the instrument; gives the answer."""
    response = send(ask, "POST", f"{base(night)}/maintenance", {"data": asked}, by=by)
    assert response.status_code == 201, response.text
    assert response.headers["Location"] == f"{base(night)}/maintenance/{asked['id']}"
    found: Json = response.json()
    return found


def test_what_is_in_the_way_is_displaced_and_comes_back(ask: Asker, night: Night) -> None:
    fixed, loose = static(night, 600, 100), flexible(night, 100, (600, 800), (3000, 3200, 1))
    add(ask, night, fixed)
    add(ask, night, loose)
    asked = closed(night, 500, 2000)
    answer = close(ask, night, asked)
    assert answer["meta"]["status"] == "closed"
    assert answer["meta"]["displaced"] == [fixed["id"]]
    found = answer["data"]["attributes"]
    assert {name: found[name] for name in asked["attributes"]} == asked["attributes"]
    assert (found["owner_name"], found["ended_at"]) == (OPERATOR, None)
    assert state(ask, night, fixed) == "displaced"
    assert read(ask, night, loose)["attributes"]["start_time"] >= night.after_dusk(3000)
    assert explanation(ask, night, fixed)["reason"] == "in-maintenance"
    schedule = ask.schedule(night)["data"]
    start, end = night.after_dusk(500), night.after_dusk(2000)
    assert all(
        block["attributes"]["end_time"] <= start or block["attributes"]["start_time"] >= end
        for block in schedule
    )
    tried = static(night, 1000, 10)
    assert feasibility(ask, night, tried)["reason"] == "in-maintenance"
    expect(post(ask, night, tried), 409, ("in-maintenance", "/data/attributes/start_time"))
    # The same again is the same request.
    assert close(ask, night, asked) == answer
    url = f"{base(night)}/maintenance/{asked['id']}"
    assert ask.get(url, by=VIEWER).json()["data"] == answer["data"]
    listed = ask.get(f"{base(night)}/maintenance", params={"filter[from]": start})
    assert answer["data"] in listed.json()["data"]
    opened = ask.request("DELETE", url, by=OPERATOR)
    assert opened.status_code == 200
    assert opened.json()["meta"]["status"] == "opened"
    assert opened.json()["meta"]["scheduled"] == [fixed["id"]]
    assert state(ask, night, fixed) == "scheduled"
    assert ask.get(url).json()["data"]["attributes"]["ended_at"]
    listed = ask.get(f"{base(night)}/maintenance", params={"filter[from]": start})
    assert asked["id"] not in {each["id"] for each in listed.json()["data"]}
    expect(ask.request("DELETE", url, by=OPERATOR), 404, ("unknown-event", None))


def test_only_operators_close_and_open(ask: Asker, night: Night) -> None:
    path = f"{base(night)}/maintenance"
    asked = closed(night, 500, 600)
    for caller in (OWNER, VIEWER):
        expect(send(ask, "POST", path, {"data": asked}, by=caller), 403, ("not-allowed", None))
        url = f"{path}/{asked['id']}"
        expect(ask.request("DELETE", url, by=caller), 403, ("not-allowed", None))
    expect(ask.get(f"{path}/{asked['id']}"), 404, ("unknown-event", None))
    expect(ask.get(f"{path}/x"), 404, ("unknown-event", None))
    expect(ask.request("DELETE", f"{path}/x", by=OPERATOR), 404, ("unknown-event", None))


@pytest.mark.parametrize(
    ("change", "status", "faults"),
    [
        ({"end_time": None}, 400, [("schema", "/data/attributes/end_time")]),
        ({"start_time": "2027-01-01"}, 400, [("schema", "/data/attributes/start_time")]),
        (
            {"start_time": "2027-01-01T00:00:00+00:00", "colour": "red", "note": 5},
            400,
            [
                ("not-utc", "/data/attributes/start_time"),
                ("schema", "/data/attributes/colour"),
                ("schema", "/data/attributes/note"),
            ],
        ),
        (
            {"end_time": "2020-01-01T00:00:00Z"},
            400,
            [("end-before-start", "/data/attributes/end_time")],
        ),
        (
            {"start_time": "2020-01-01T00:00:00Z", "end_time": "2020-01-02T00:00:00Z"},
            409,
            [("in-the-past", "/data/attributes/end_time")],
        ),
        (
            {"end_time": "2099-01-01T00:00:00Z"},
            409,
            [("outside-limits", "/data/attributes/end_time")],
        ),
    ],
)
def test_documents_at_fault(
    ask: Asker, night: Night, change: Json, status: int, faults: list[tuple[str, str]]
) -> None:
    asked = closed(night, 500, 600)
    document = {"data": {**asked, "attributes": {**asked["attributes"], **change}}}
    answer = send(ask, "POST", f"{base(night)}/maintenance", document, by=OPERATOR)
    expect(answer, status, *faults, document=document)


def test_other_documents_at_fault(ask: Asker, night: Night) -> None:
    path = f"{base(night)}/maintenance"
    asked = closed(night, 500, 600)
    nothing = {"data": {"type": "maintenance", "attributes": {}}}
    expect(
        send(ask, "POST", path, nothing, by=OPERATOR), 400,
        ("schema", "/data/attributes"), ("schema", "/data/attributes"), document=nothing,
    )  # fmt: skip
    other = {"data": {**asked, "type": "static"}}
    expect(send(ask, "POST", path, other, by=OPERATOR), 409, ("schema", "/data/type"))
    for wrong, place in (([], "(root)"), ({}, "(root)"), ({"data": []}, "/data")):
        expect(send(ask, "POST", path, wrong, by=OPERATOR), 400, ("schema", place))
    close(ask, night, asked)
    again = {"data": closed(night, 700, 800) | {"id": asked["id"]}}
    expect(send(ask, "POST", path, again, by=OPERATOR), 409, ("id-conflict", "/data/id"))
    response = ask.get(path, params={"filter[from]": "x", "filter[to]": "y"})
    expect(response, 400, ("schema", None), ("schema", None))
