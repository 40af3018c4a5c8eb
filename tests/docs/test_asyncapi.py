"""openapi/asyncapi.json: is up to date, is AsyncAPI 3.1, and describes the messages really sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import jsonschema
import pytest

from adapters.kafka.dispatcher import _message as command_message
from instruments import discover
from models.command import Command, CommandKind
from models.event import Event, State
from models.exchange import Message, Received
from models.identity import Caller, Group
from models.outcome import Change, Outcome, Status
from models.topic import TOPICS
from models.window import Window
from scheduler.service.messages import change_message, dead_letter, outcome_message
from tools.asyncapi import TARGET, generate

DOCUMENT: dict[str, Any] = json.loads(TARGET.read_text(encoding="utf-8"))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INSTRUMENT = discover()[0]
ONE = UUID("022539c2-4717-49b7-834e-91b5cae9653c")
EVENT = Event(
    id=ONE,
    instrument=INSTRUMENT.id,
    type="static",
    duration_ms=1000,
    windows=(Window(start=NOW, end=NOW + timedelta(seconds=1)),),
    attributes={"zenith": "60.300"},
    priority=2,
)
COMMAND = Command(
    id=ONE,
    kind=CommandKind.ADD,
    instrument=INSTRUMENT.id,
    caller=Caller(subject="somebody", username="somebody", groups=frozenset({Group.EXTERNAL})),
    event=EVENT,
    issued_at=NOW,
    expires_at=NOW + timedelta(seconds=2),
    request_id="a-request",
)
OUTCOME = Outcome(
    command=ONE, body_hash=COMMAND.body_hash, status=Status.ADDED, event=EVENT, decided_at=NOW
)
CHANGE = Change(
    instrument=INSTRUMENT.id,
    night=date(2026, 11, 21),
    revision=2,
    event=ONE,
    state=State.SCHEDULED,
    at=NOW,
    cause="accepted",
    by="somebody",
)
GROUP = INSTRUMENT.group
LETTER = dead_letter(GROUP, Received(value=b"no JSON", offset=7), "no command", NOW, None)
SENT: Mapping[str, Message] = {
    "command": command_message(COMMAND, GROUP),
    "outcome": outcome_message(GROUP, OUTCOME, {"solve": 1.5}, "a-request"),
    "change": change_message(GROUP, CHANGE, "a-request"),
    "deadLetter": LETTER,
}


def references(value: Any) -> Iterator[str]:
    """Every ``$ref`` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


def resolve(reference: str) -> Any:
    """What a reference into the document points at."""
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_the_committed_description_is_the_generated_one() -> None:
    assert TARGET.read_text(encoding="utf-8") == generate(), "run python -m tools.asyncapi"


def test_it_has_the_structure_of_asyncapi_3() -> None:
    assert DOCUMENT["asyncapi"] == "3.1.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    known = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations",
             "components"}  # fmt: skip
    assert DOCUMENT.keys() <= known
    for server in DOCUMENT["servers"].values():
        assert {"host", "protocol"} <= server.keys()
    for channel in DOCUMENT["channels"].values():
        assert channel["messages"]
        assert all(entry.keys() == {"$ref"} for entry in channel["messages"].values())


def test_operations_use_messages_of_their_own_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/")


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        assert resolve(reference) is not None, reference


def test_it_describes_every_topic() -> None:
    described = {
        channel["address"]: channel["bindings"]["kafka"]["partitions"]
        for channel in DOCUMENT["channels"].values()
    }
    assert described == dict(TOPICS)


@pytest.mark.parametrize("name", SENT)
def test_messages_go_where_the_description_says(name: str) -> None:
    [channel] = [entry for entry in DOCUMENT["channels"].values() if name in entry["messages"]]
    assert SENT[name].topic == channel["address"]
    assert SENT[name].key == GROUP.name


@pytest.mark.parametrize("name", SENT)
def test_headers_are_the_described_ones(name: str) -> None:
    schema = DOCUMENT["components"]["messages"][name]["headers"]
    jsonschema.validate(dict(SENT[name].headers), schema)
    assert SENT[name].headers.keys() == schema["properties"].keys()


@pytest.mark.parametrize("name", ["command", "outcome", "change"])
def test_values_are_the_described_ones(name: str) -> None:
    payload = DOCUMENT["components"]["messages"][name]["payload"]
    schema = {**payload, "components": DOCUMENT["components"]}
    value = json.loads(SENT[name].value)
    jsonschema.validate(value, schema)
    value.pop("instrument", None)
    value.pop("command", None)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, schema)
