"""Asking the API over HTTP, and saying what is expected of the answer."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx

from tests.end_to_end.nights import Night
from tests.end_to_end.witness import Witness

Json = dict[str, Any]

OPERATOR = "demo-operator"
OWNER = "demo-owner"
PARTNER = "demo-partner"
EXTERNAL = "demo-external"
VIEWER = "demo-viewer"
PRIORITY = {OPERATOR: 5, OWNER: 4, PARTNER: 3, EXTERNAL: 2}
"""What an event of each caller is worth a second (requirement S5)."""


class Asker:
    """One API, asked by whoever is named; every answer passes the witness.

    Parameters
    ----------
    url
        The API's URL.
    witness
        Looks at every answer.
    """

    def __init__(self, url: str, witness: Witness) -> None:
        self.url = url
        self.client = httpx.Client(
            base_url=url,
            timeout=15.0,
            trust_env=False,
            event_hooks={"response": [witness]},
            limits=httpx.Limits(max_connections=50),
        )

    def close(self) -> None:
        """Let go of all connections."""
        self.client.close()

    def get(self, path: str, *, by: str = OWNER, **options: Any) -> httpx.Response:
        """Read something."""
        return self.request("GET", path, by=by, **options)

    def post(self, night: Night, event: Json, *, by: str = OWNER) -> httpx.Response:
        """Submit an event (a resource object) to the night's instrument."""
        return self.send("POST", night, {"data": event}, by=by)

    def remove(self, night: Night, event: Json | str, *, by: str = OWNER) -> httpx.Response:
        """Remove an event by its URL."""
        identifier = event if isinstance(event, str) else event["id"]
        return self.request("DELETE", f"{night.events}/{identifier}", by=by)

    def send(
        self, method: str, night: Night, document: object, *, by: str = OWNER
    ) -> httpx.Response:
        """Send any document to the night's instrument."""
        return self.send_raw(method, night, json.dumps(document).encode(), by=by)

    def send_raw(
        self, method: str, night: Night, body: Any, *, by: str = OWNER, **headers: str
    ) -> httpx.Response:
        """Send any bytes to the night's instrument."""
        given = {"Content-Type": "application/vnd.api+json", **headers}
        return self.request(method, night.events, by=by, content=body, headers=given)

    def request(
        self,
        method: str,
        path: str,
        *,
        by: str | None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Any request."""
        key = {} if by is None else {"X-API-Key": by}
        return self.client.request(method, path, headers={**key, **(headers or {})}, **options)

    def add(self, night: Night, event: Json, *, by: str = OWNER) -> Json:
        """Submit an event that must be added; gives the answer's ``meta``."""
        response = self.post(night, event, by=by)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert answer["meta"]["status"] == "Added"
        assert answer["data"]["id"] == event["id"]
        assert answer["data"]["type"] == event["type"]
        meta: Json = answer["meta"]
        return meta

    def schedule(self, night: Night) -> Json:
        """The night's schedule."""
        response = self.get(f"{night.instrument}/schedule", params={"filter[night]": night.date})
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    def event(self, night: Night, identifier: str) -> Json:
        """One event as stored, with its history."""
        response = self.get(f"{night.events}/{identifier}")
        assert response.status_code == 200, response.text
        found: Json = response.json()["data"]
        return found


def static(night: Night, start: float, seconds: float, **attributes: object) -> Json:
    """A static event, so many seconds after dusk, with a new id."""
    own = {"zenith": "60.300", "azimuth": "284.000", "number_of_photos": round(seconds * 2)}
    return _event("static", night, start, seconds, {**own, **attributes})


def scan(night: Night, start: float, seconds: float = 123, **attributes: object) -> Json:
    """A scan, so many seconds after dusk, with a new id."""
    return _event("scan", night, start, seconds, attributes)


def _event(kind: str, night: Night, start: float, seconds: float, own: Json) -> Json:
    times = {"start_time": night.after_dusk(start), "end_time": night.after_dusk(start + seconds)}
    return {"type": kind, "id": str(uuid4()), "attributes": {**times, **own}}


def without(event: Json, *names: str) -> Json:
    """The event without some of its attributes."""
    kept = {name: value for name, value in event["attributes"].items() if name not in names}
    return {**event, "attributes": kept}


def changed(event: Json, **attributes: object) -> Json:
    """The event with some of its attributes changed or added."""
    return {**event, "attributes": {**event["attributes"], **attributes}}


def expect(
    response: httpx.Response, status: int, *faults: tuple[str, str | None], document: object = None
) -> list[Json]:
    """Fail unless the answer has this status and exactly these faults, in any order.

    Each fault is a code and the pointer where it is, or None for none; every
    pointer must lead to something in the request ``document``.
    """
    assert response.status_code == status, response.text
    errors: list[Json] = response.json()["errors"]
    found = sorted((error["code"], pointer_of(error) or "-") for error in errors)
    assert found == sorted((code, pointer or "-") for code, pointer in faults), response.text
    if document is not None:
        for error in errors:
            pointer = pointer_of(error)
            if pointer is not None:
                look_up(document, pointer)
    return errors


def pointer_of(error: Json) -> str | None:
    """Where an error is; "(root)" for the document as a whole."""
    pointer: str | None = error.get("source", {}).get("pointer")
    return "(root)" if pointer == "" else pointer


def look_up(document: object, pointer: str) -> object:
    """What a JSON Pointer (RFC 6901) leads to; fails if that is nothing."""
    value: Any = document
    if pointer == "(root)":
        return value
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value
