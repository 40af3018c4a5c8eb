"""Real answers of every kind, judged by the validator of documents that others wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from uuid import uuid4

import pytest

from tests.end_to_end.asking import EXTERNAL, VIEWER, Asker, Json, changed, scan, static
from tests.end_to_end.nights import Night
from tests.end_to_end.system import ROOT
from tests.end_to_end.v2.asking import base, events, flexible, send

MODULES = ROOT / ".cache" / "validators" / "node_modules"
FOLDER = ROOT / "tools" / "validators"


@pytest.fixture(scope="session", autouse=True)
def _validators() -> None:
    """Skip, loudly, where the validators are missing."""
    if shutil.which("node") and (MODULES / "jsonapi-validator").is_dir():
        return
    said = "the validators are not installed: make validators"
    if os.environ.get("NIGHTPLAN_REQUIRE_NODE"):
        pytest.fail(said)
    pytest.skip(said)


def judged(documents: Json) -> Json:
    """What jsonapi-validator says of each document that is at fault."""
    done = subprocess.run(
        ["node", str(FOLDER / "jsonapi.cjs")],
        input=json.dumps(documents).encode(),
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        check=True,
    )
    found: Json = json.loads(done.stdout)
    return found


def version_1(ask: Asker, night: Night) -> Json:
    """A document of every kind that version 1 has, by name."""
    event = static(night, 600, 10)
    away = str(uuid4())
    unlike = changed(static(night, 700, 10), zenith="1", colour="red")
    return {
        "instruments": ask.get("/v1/instrument").json(),
        "added": ask.post(night, event).json(),
        "rejected": ask.post(night, static(night, 605, 10), by=EXTERNAL).json(),
        "other content": ask.post(night, changed(event, zenith="10.000")).json(),
        "faults": ask.post(night, unlike).json(),
        "malformed": ask.send_raw("POST", night, b"{").json(),
        "unsupported": ask.send_raw("POST", night, b"{}", **{"Content-Type": "text/xml"}).json(),
        "wrong type": ask.post(night, {**event, "type": "profile"}).json(),
        "not allowed": ask.post(night, event, by=VIEWER).json(),
        "schedule": ask.schedule(night),
        "events": ask.get(night.events).json(),
        "event": ask.get(f"{night.events}/{event['id']}").json(),
        "parameter": ask.get("/v1/instrument", params={"colour": "red"}).json(),
        "unknown event": ask.get(f"{night.events}/{away}").json(),
        "unknown URL": ask.get("/v1/nothing").json(),
        "method": ask.request("PUT", night.events, by=VIEWER).json(),
        "no key": ask.request("GET", "/v1/instrument", by=None).json(),
        "unacceptable": ask.get(
            "/v1/instrument", headers={"Accept": "application/vnd.api+json; charset=utf-8"}
        ).json(),
        "command": ask.get(f"/v2/commands/{event['id']}").json(),
        "unknown command": ask.get(f"/v2/commands/{away}").json(),
        "removed": ask.remove(night, event).json(),
    }


def version_2(ask: Asker, night: Night) -> Json:
    """A document of every kind that events have in version 2, by name."""
    event = scan(night, 600)
    identified = f"{events(night)}/{event['id']}"
    moved = {**event, "attributes": {"priority": 3}}
    loose = flexible(night, 10, (1000, 2000))
    long = flexible(night, 500, (600, 700))
    return {
        "added": send(ask, "POST", events(night), {"data": event}).json(),
        "flexible": send(ask, "POST", events(night), {"data": loose}).json(),
        "faults": send(ask, "POST", events(night), {"data": long}).json(),
        "changed": send(ask, "PATCH", identified, {"data": moved}).json(),
        "events": ask.get(events(night), params={"page[size]": "1"}).json(),
        "fields": ask.get(events(night), params={"fields[events]": "state"}).json(),
        "nothing": ask.get(events(night), params={"filter[night]": "2001-01-01"}).json(),
        "event": ask.get(identified).json(),
        "parameter": ask.get(events(night), params={"sort": "colour"}).json(),
        "explanation": ask.get(f"{identified}/explanation").json(),
        "feasible": send(ask, "POST", f"{base(night)}/feasibility", {"data": loose}).json(),
        "not feasible": send(
            ask, "POST", f"{base(night)}/feasibility", {"data": scan(night, 650)}, by=EXTERNAL
        ).json(),
        "series": ask.get(f"{base(night)}/series").json(),
        "async": send(
            ask, "POST", events(night), {"data": scan(night, 3000)}, Prefer="respond-async"
        ).json(),
        "conflict": send(ask, "PATCH", identified, {"data": {**moved, "id": str(uuid4())}}).json(),
        "removed": ask.request("DELETE", identified, by="demo-owner").json(),
    }


def test_every_document_of_version_1(ask: Asker, night: Night) -> None:
    assert judged(version_1(ask, night)) == {}


def test_every_document_of_version_2(ask: Asker, night: Night) -> None:
    assert judged(version_2(ask, night)) == {}


def test_every_collection_of_version_2(ask: Asker, night: Night) -> None:
    """Every GET of the description that names no single thing."""
    described: Json = ask.get("/openapi.json").json()["paths"]
    paths = [
        path.replace("{instrument_id}", base(night).rpartition("/")[2])
        for path, operations in described.items()
        if path.startswith("/v2/") and "get" in operations
    ]
    documents = {}
    for path in paths:
        if "{" not in path and not path.endswith("/stream"):
            response = ask.get(path)
            assert response.status_code == 200, response.text
            documents[path] = response.json()
    assert judged(documents) == {}


def test_the_validator_notices() -> None:
    documents = {
        "good": {"data": {"type": "a", "id": "1"}},
        "a number as id": {"data": {"type": "a", "id": 1}},
        "both": {"data": None, "errors": []},
        "one more member": {"data": None, "more": 1},
        "status": {"errors": [{"status": 400}]},
    }
    assert set(judged(documents)) == set(documents) - {"good"}
