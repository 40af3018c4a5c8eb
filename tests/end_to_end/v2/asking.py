"""Asking version 2 over HTTP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx

from tests.end_to_end.asking import OWNER, Asker, Json, static
from tests.end_to_end.nights import Night


def base(night: Night) -> str:
    """The path of the night's instrument in version 2."""
    return night.instrument.replace("/v1/instrument/", "/v2/instruments/")


def events(night: Night) -> str:
    """The path of the instrument's events."""
    return f"{base(night)}/events"


def send(
    ask: Asker, method: str, path: str, document: object, *, by: str = OWNER, **headers: str
) -> httpx.Response:
    """Send any document; names of headers have underscores for hyphens."""
    given = {"Content-Type": "application/vnd.api+json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return ask.request(method, path, by=by, content=json.dumps(document).encode(), headers=given)


def post(
    ask: Asker, night: Night, event: Json, *, by: str = OWNER, **headers: str
) -> httpx.Response:
    """Ask for an event (a resource object)."""
    return send(ask, "POST", events(night), {"data": event}, by=by, **headers)


def add(ask: Asker, night: Night, event: Json, *, by: str = OWNER, status: str = "added") -> Json:
    """Ask for an event that must be accepted; gives the answer's document."""
    response = post(ask, night, event, by=by)
    assert response.status_code == 201, response.text
    found: Json = response.json()
    assert found["meta"]["status"] == status
    assert response.headers["Location"] == f"{events(night)}/{found['data']['id']}"
    assert found["data"]["links"] == {"self": response.headers["Location"]}
    assert found["links"] == found["data"]["links"]
    return found


def change(
    ask: Asker, night: Night, event: Json, *, by: str = OWNER, headers: Json | None = None,
    **attributes: object,
) -> httpx.Response:  # fmt: skip
    """Ask for an event otherwise."""
    document = {"data": {"type": event["type"], "id": event["id"], "attributes": attributes}}
    path = f"{events(night)}/{event['id']}"
    return send(ask, "PATCH", path, document, by=by, **(headers or {}))


def remove(
    ask: Asker, night: Night, event: Json, *, by: str = OWNER, **headers: str
) -> httpx.Response:
    """Take an event back."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask.request("DELETE", f"{events(night)}/{event['id']}", by=by, headers=given)


def read(ask: Asker, night: Night, event: Json | str) -> Json:
    """An event's resource, with its history."""
    identifier = event if isinstance(event, str) else event["id"]
    response = ask.get(f"{events(night)}/{identifier}")
    assert response.status_code == 200, response.text
    found: Json = response.json()["data"]
    return found


def state(ask: Asker, night: Night, event: Json | str) -> str:
    """An event's state."""
    found: str = read(ask, night, event)["attributes"]["state"]
    return found


def feasibility(ask: Asker, night: Night, event: Json, *, by: str = OWNER) -> Json:
    """What would become of an event."""
    response = send(ask, "POST", f"{base(night)}/feasibility", {"data": event}, by=by)
    assert response.status_code == 200, response.text
    data = response.json()["data"]
    assert data["type"] == "feasibility"
    found: Json = data["attributes"]
    return found


def explanation(ask: Asker, night: Night, event: Json, *, by: str = OWNER) -> Json:
    """Why an event is or is not scheduled."""
    response = ask.get(f"{events(night)}/{event['id']}/explanation", by=by)
    assert response.status_code == 200, response.text
    data = response.json()["data"]
    assert (data["type"], data["id"]) == ("explanation", event["id"])
    found: Json = data["attributes"]
    return found


def flexible(night: Night, seconds: float, *windows: Sequence[float], **attributes: object) -> Json:
    """A flexible static event; windows are seconds after dusk, from and to."""
    own: dict[str, Any] = {
        "duration": seconds,
        "windows": [
            {
                "start_time": night.after_dusk(window[0]),
                "end_time": night.after_dusk(window[1]),
                **({"preference": int(window[2])} if len(window) > 2 else {}),
            }
            for window in windows
        ],
        "zenith": "60.300",
        "azimuth": "284.000",
        "number_of_photos": round(seconds * 2),
    }
    return {"type": "static", "id": str(uuid4()), "attributes": {**own, **attributes}}


__all__ = [
    "add", "base", "change", "events", "explanation", "feasibility", "flexible", "post", "read",
    "remove", "send", "state", "static",
]  # fmt: skip
