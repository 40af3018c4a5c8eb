"""Commands: the hash of what is asked, and what a command must name."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from models.command import Command, CommandKind
from models.errors import TITLES, Fault, InvalidRequest, Overloaded, Reason, Unreachable
from models.event import Event
from models.identity import Caller
from models.window import Window

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INSTRUMENT, EVENT = uuid4(), uuid4()


def event(**changes: Any) -> Event:
    window = Window(start=NOW, end=NOW + timedelta(seconds=123))
    fields = {
        "id": EVENT,
        "instrument": INSTRUMENT,
        "type": "scan",
        "duration_ms": 123_000,
        "windows": (window,),
        "priority": 3,
    }
    return Event(**{**fields, **changes})


def command(**changes: Any) -> Command:
    fields = {
        "id": EVENT,
        "kind": CommandKind.ADD,
        "instrument": INSTRUMENT,
        "caller": Caller(subject="anna", username="anna"),
        "event": event(),
        "issued_at": NOW,
        "expires_at": NOW + timedelta(seconds=5),
    }
    return Command(**{**fields, **changes})


def test_the_same_request_has_the_same_hash() -> None:
    again = command(issued_at=NOW + timedelta(hours=1), request_id="r", event=event(priority=5))
    assert again.body_hash == command().body_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"event": event(type="static")},
        {"event": event(attributes={"zenith": "1.000"})},
        {"caller": Caller(subject="ben", username="anna")},
        {"instrument": uuid4()},
        {"kind": CommandKind.REMOVE, "event": None, "event_id": EVENT},
    ],
)
def test_another_request_has_another_hash(changes: dict[str, Any]) -> None:
    assert command(**changes).body_hash != command().body_hash


def test_the_target_is_the_event_added_or_removed() -> None:
    assert command().target == EVENT
    other = UUID(int=1)
    assert command(kind=CommandKind.REMOVE, event=None, event_id=other).target == other


def test_a_command_names_what_it_is_about() -> None:
    with pytest.raises(ValidationError, match="names its event"):
        command(event=None)
    with pytest.raises(ValidationError, match="names its event_id"):
        command(kind=CommandKind.REMOVE, event=None)


def test_a_command_survives_its_journey_as_json() -> None:
    assert Command.model_validate_json(command().model_dump_json()) == command()


def test_every_reason_has_a_title() -> None:
    assert set(TITLES) == set(Reason)


def test_errors_carry_facts() -> None:
    assert Overloaded(0).retry_after == 1
    assert Unreachable("broker", "no answer in 1.5 s").part == "broker"
    fault = Fault(reason=Reason.SCHEMA, detail="expected this, got that")
    assert fault.title == TITLES[Reason.SCHEMA]
    assert InvalidRequest([fault]).faults == (fault,)
    with pytest.raises(ValueError, match="at least one fault"):
        InvalidRequest([])


@pytest.mark.parametrize("name", ["issued_at", "expires_at"])
def test_an_instant_must_be_one_in_utc_too(name: str) -> None:
    document = command().model_dump(mode="json")
    for instant in ("9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:00"):
        with pytest.raises(ValidationError):
            Command.model_validate({**document, name: instant})
