"""Series over HTTP: asked for, read, changed and ended as one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.asking import EXTERNAL, OPERATOR, OWNER, VIEWER, Asker, Json, expect, static
from tests.end_to_end.nights import Night, Nights, text
from tests.end_to_end.system import wait_for

RULE = "/data/attributes/rule"


def series_of(night: Night) -> str:
    """The path of the series of a night's instrument."""
    return f"{night.instrument.replace('/v1/instrument', '/v2/instruments')}/series"


def coming(ask: Asker) -> Night:
    """A night some days ahead; series are asked for some weeks ahead only."""
    current = ask.get("/v1/instrument/faim_otlica/schedule").json()["meta"]["night"]
    day = datetime.fromisoformat(current).date() + timedelta(days=3)
    return Nights(ask.client).at(day, "9ac60a57-1193-474f-b3c9-30a6a067d563")


def send(
    ask: Asker, method: str, path: str, document: object = None, *, by: str = OWNER, **headers: str
) -> httpx.Response:
    """Any request with a document."""
    given = {"Content-Type": "application/vnd.api+json", **headers}
    content = None if document is None else json.dumps(document).encode()
    return ask.request(method, path, by=by, content=content, headers=given)


def document(night: Night, rule: str = "FREQ=DAILY;COUNT=3", start: float = 600) -> Json:
    """A series of short events."""
    event = static(night, start, 10)
    return {
        "data": {
            "type": "series",
            "id": str(uuid4()),
            "attributes": {
                "rule": rule,
                "event": {"type": "static", "attributes": event["attributes"]},
            },
        }
    }


def events(ask: Asker, night: Night, series: str, **query: str) -> list[Json]:
    """The series' events as they are listed."""
    path = series_of(night).replace("/series", "/events")
    response = ask.get(path, params={"filter[series]": series, **query})
    assert response.status_code == 200, response.text
    found: list[Json] = response.json()["data"]
    return found


def states(ask: Asker, night: Night, series: str) -> list[str]:
    """The states of its events, by time."""
    return [event["attributes"]["state"] for event in events(ask, night, series)]


def test_a_series_from_beginning_to_end(ask: Asker) -> None:
    night = coming(ask)
    asked = document(night)
    response = send(ask, "POST", series_of(night), asked)
    assert response.status_code == 201, response.text
    name = asked["data"]["id"]
    link = f"{series_of(night)}/{name}"
    assert response.headers["Location"] == link
    found: dict[str, Any] = response.json()["data"]
    assert found["attributes"]["rule"] == "FREQ=DAILY;COUNT=3"
    assert found["attributes"]["event"]["attributes"]["number_of_photos"] == 20
    wait_for(lambda: states(ask, night, name) == ["scheduled"] * 3, 10, "its events are scheduled")
    first = events(ask, night, name)[0]
    assert first["attributes"]["start_time"] == text(night.dusk + timedelta(seconds=600))
    assert first["attributes"]["series"] == name
    # The same again is the same.
    assert send(ask, "POST", series_of(night), asked).json() == response.json()
    read = ask.get(link, by=VIEWER)
    assert read.json()["data"] == found
    assert ask.get(link, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    assert name in [entry["id"] for entry in ask.get(series_of(night)).json()["data"]]
    # Each of its events is an event like any other.
    path = series_of(night).replace("/series", "/events")
    assert ask.request("DELETE", f"{path}/{first['id']}", by=OWNER).status_code == 200
    anew = {"data": {"type": "series", "id": name, "attributes": {"rule": "FREQ=DAILY;COUNT=2"}}}
    expect(send(ask, "PATCH", link, anew, by=EXTERNAL), 403, ("not-allowed", None))
    changed = send(ask, "PATCH", link, anew)
    assert changed.status_code == 200, changed.text
    assert changed.json()["meta"] == {"status": "changed"}
    wait_for(
        lambda: sorted(states(ask, night, name)) == ["deleted"] * 3 + ["scheduled"] * 2,
        10,
        "its events are those of the new rule",
    )
    expect(send(ask, "DELETE", link, by=EXTERNAL), 403, ("not-allowed", None))
    ended = send(ask, "DELETE", link, by=OPERATOR)
    assert (ended.status_code, ended.json()["meta"]) == (200, {"status": "removed"})
    wait_for(lambda: set(states(ask, night, name)) == {"deleted"}, 10, "its events are gone")
    assert ask.get(link).json()["data"]["attributes"]["ended_at"] is not None
    assert name not in [entry["id"] for entry in ask.get(series_of(night)).json()["data"]]
    expect(send(ask, "DELETE", link, by=OPERATOR), 404, ("unknown-event", None))


def test_faults_of_a_series_are_named_all_at_once(ask: Asker) -> None:
    night = coming(ask)
    asked = document(night)
    attributes = asked["data"]["attributes"]
    attributes["rule"] = 7
    attributes["often"] = True
    attributes["event"]["attributes"]["zenith"] = "95.000"
    attributes["event"]["attributes"]["priority"] = 5
    response = send(ask, "POST", series_of(night), asked)
    event = "/data/attributes/event/attributes"
    expect(
        response,
        400,
        ("schema", RULE),
        ("schema", "/data/attributes/often"),
        ("outside-limits", f"{event}/zenith"),
        ("priority-not-allowed", f"{event}/priority"),
        document=asked,
    )


@pytest.mark.parametrize("rule", ["FREQ=NEVER", "often", "FREQ=DAILY;COUNT=x"])
def test_a_rule_that_is_none(ask: Asker, rule: str) -> None:
    night = coming(ask)
    asked = document(night, rule)
    expect(send(ask, "POST", series_of(night), asked), 409, ("schema", RULE), document=asked)


def test_what_is_no_series(ask: Asker) -> None:
    night = coming(ask)
    asked = document(night)
    asked["data"]["type"] = "serial"
    expect(send(ask, "POST", series_of(night), asked), 409, ("schema", "/data/type"))
    expect(
        send(ask, "POST", series_of(night), {"data": {"type": "series"}}), 400, ("schema", "/data")
    )
    only_rule = {"data": {"type": "series", "attributes": {"rule": "FREQ=DAILY"}}}
    expect(send(ask, "POST", series_of(night), only_rule), 400, ("schema", "/data/attributes"))
    for unknown in (uuid4(), "something"):
        path = f"{series_of(night)}/{unknown}"
        expect(ask.get(path), 404, ("unknown-event", None))
        expect(send(ask, "DELETE", path), 404, ("unknown-event", None))
    expect(send(ask, "POST", series_of(night), asked, by=VIEWER), 403, ("not-allowed", None))
