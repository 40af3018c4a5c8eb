"""Between rows of the database and the nouns of :mod:`models`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from models.command import Command
from models.event import Event, Record, State, StateChange
from models.instant import MILLISECOND
from models.outcome import Outcome
from models.schedule import Block, Schedule

Row = dict[str, Any]


def to_milliseconds(span: timedelta) -> int:
    """A span in whole milliseconds; anything finer is cut off."""
    return span // MILLISECOND


def record_of(row: RowMapping) -> Record:
    """A stored event, without its history; ``start_time`` is its block's, if it has one."""
    event = Event(
        id=row["id"],
        instrument=row["instrument"],
        type=row["type"],
        duration_ms=row["duration_ms"],
        windows=row["windows"],
        attributes=row["attributes"],
        priority=row["priority"],
    )
    start: datetime | None = row["start_time"]
    if start is None and event.fixed:
        start = event.earliest
    return Record(
        event=event,
        night=row["night"],
        owner=row["owner"],
        owner_name=row["owner_name"],
        state=row["state"],
        start=start,
        created_at=row["created_at"],
    )


def change_of(row: RowMapping) -> StateChange:
    """One step of an event's history."""
    return StateChange(
        event=row["event"], state=row["state"], at=row["at"], cause=row["cause"], by=row["by"]
    )


def block_of(row: RowMapping) -> Block:
    """A block; ``type`` and ``attributes`` are its event's or, in a filler, its own."""
    return Block(
        id=row["id"],
        type=row["type"],
        start=row["start_time"],
        end=row["end_time"],
        attributes=row["attributes"],
        filler=row["event"] is None,
    )


def schedule_of(row: RowMapping, blocks: tuple[Block, ...]) -> Schedule:
    """A night's plan."""
    return Schedule(
        instrument=row["instrument"],
        night=row["night"],
        dusk=row["dusk"],
        dawn=row["dawn"],
        revision=row["revision"],
        quality=row["quality"],
        blocks=blocks,
    )


def event_row(record: Record, state: State) -> Row:
    """An event to insert, in the state that it ends the transaction with."""
    event = record.event
    return {
        "id": event.id,
        "instrument": event.instrument,
        "night": record.night,
        "type": event.type,
        "duration_ms": event.duration_ms,
        "windows": [window.model_dump(mode="json") for window in event.windows],
        "earliest": event.earliest,
        "latest": event.latest,
        "attributes": dict(event.attributes),
        "priority": event.priority,
        "owner": record.owner,
        "owner_name": record.owner_name,
        "state": state,
        "created_at": record.created_at,
    }


def change_row(change: StateChange) -> Row:
    """A step of an event's history to insert."""
    return change.model_dump(mode="python")


def storable(text: str) -> str:
    """A text that only tells what was asked, without U+0000, which PostgreSQL cannot keep."""
    return text.replace("\x00", "\ufffd")


def command_row(command: Command, outcome: Outcome) -> Row:
    """A command with its outcome."""
    return {
        "id": command.id,
        "kind": command.kind,
        "instrument": command.instrument,
        "event": command.target,
        "subject": storable(command.caller.subject),
        "body_hash": command.body_hash,
        "body": command.model_dump(mode="json"),
        "outcome": outcome.model_dump(mode="json"),
        "decided_at": outcome.decided_at,
    }


def audit_row(command: Command, outcome: Outcome) -> Row:
    """What the audit trail keeps of a decision."""
    return {
        "command": command.id,
        "kind": command.kind,
        "instrument": command.instrument,
        "event": command.target,
        "subject": storable(command.caller.subject),
        "username": storable(command.caller.username),
        "groups": sorted(command.caller.groups),
        "request_id": storable(command.request_id),
        "body_hash": command.body_hash,
        "status": outcome.status,
        "reasons": [fault.reason for fault in outcome.faults],
    }
