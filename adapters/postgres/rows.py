"""Between rows of the database and the nouns of :mod:`models`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, RowMapping

from models.command import Command
from models.event import Event, Record, State, StateChange
from models.instant import MILLISECOND
from models.maintenance import Maintenance, MaintenanceRecord
from models.outcome import Outcome
from models.schedule import Block, Schedule
from models.series import SeriesRecord
from models.window import Window

Given = dict[str, Any]
"""The values of one row to insert, by column."""

# Hundreds of rows are read for every decision: pydantic takes them all in one go.
_RECORDS = TypeAdapter(tuple[Record, ...])
_BLOCKS = TypeAdapter(tuple[Block, ...])
_CLOSED = TypeAdapter(tuple[Maintenance, ...])


def to_milliseconds(span: timedelta) -> int:
    """A span in whole milliseconds; anything finer is cut off."""
    return span // MILLISECOND


def records_of(found: Iterable[Any]) -> tuple[Record, ...]:
    """Stored events, without their history; ``start_time`` is its block's, if it has one."""
    return _RECORDS.validate_python([_record(row) for row in found])


def change_of(row: RowMapping) -> StateChange:
    """One step of an event's history."""
    return StateChange(
        event=row["event"], state=row["state"], at=row["at"], cause=row["cause"], by=row["by"]
    )


def blocks_of(found: Iterable[Any]) -> tuple[Block, ...]:
    """Blocks; ``type`` and ``attributes`` are their event's or, in a filler, its own."""
    return _BLOCKS.validate_python(
        [
            {
                "id": identity,
                "type": type_name,
                "start": start,
                "end": end,
                "attributes": attributes,
                "filler": event is None,
            }
            for identity, event, start, end, type_name, attributes in found
        ]
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
        planned_at=row["planned_at"],
    )


def event_row(record: Record, state: State) -> Given:
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
        **_conditions(event),
        "series": event.series,
    }


def changed_row(record: Record, state: State) -> Given:
    """What an event that was asked for anew becomes."""
    row = event_row(record, state)
    kept = ("id", "instrument", "owner", "owner_name", "created_at", "series")
    return {"changed": record.event.id} | {
        f"new_{name}": value for name, value in row.items() if name not in kept
    }


def _conditions(event: Event) -> Given:
    return {
        "on_conflict": event.on_conflict.value,
        "after": None if event.after is None else event.after.model_dump(mode="json"),
        "together_with": event.together_with,
    }


def maintenance_row(record: MaintenanceRecord) -> Given:
    """A maintenance to insert."""
    asked = record.maintenance
    return {
        "id": asked.id,
        "instrument": asked.instrument,
        "start_time": asked.window.start,
        "end_time": asked.window.end,
        "note": storable(asked.note),
        "owner": storable(record.owner),
        "owner_name": storable(record.owner_name),
        "created_at": record.created_at,
        "ended_at": record.ended_at,
    }


def maintenance_of(row: RowMapping) -> MaintenanceRecord:
    """A maintenance as stored."""
    return MaintenanceRecord(
        maintenance=Maintenance(
            id=row["id"],
            instrument=row["instrument"],
            window=Window(start=row["start_time"], end=row["end_time"]),
            note=row["note"],
        ),
        owner=row["owner"],
        owner_name=row["owner_name"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )


def series_row(record: SeriesRecord) -> Given:
    """A series to insert, or to put in the place of what it was."""
    return {
        "id": record.series.id,
        "instrument": record.series.template.instrument,
        "series": record.series.model_dump(mode="json"),
        "caller": record.caller.model_dump(mode="json"),
        "generation": record.generation,
        "horizon": record.horizon,
        "created_at": record.created_at,
        "ended_at": record.ended_at,
    }


def series_of(row: RowMapping) -> SeriesRecord:
    """A series as stored."""
    names = ("series", "caller", "generation", "horizon", "created_at", "ended_at")
    return SeriesRecord.model_validate({name: row[name] for name in names})


def download_row(note: Command) -> Given:
    """A download to insert."""
    download = note.download
    assert download is not None  # noqa: S101 - by the note's own check
    return {
        "instrument": note.instrument,
        "night": download.night,
        "revision": download.revision,
        "format": download.format,
        "subject": storable(note.caller.subject),
        "username": storable(note.caller.username),
        "request_id": storable(note.request_id),
    }


def closed_of(found: Any) -> tuple[Maintenance, ...]:
    """When an instrument is closed, as aggregated with its night."""
    return _CLOSED.validate_python(found or [])


def change_row(change: StateChange) -> Given:
    """A step of an event's history to insert."""
    return change.model_dump(mode="python")


def storable(text: str) -> str:
    """A text that only tells what was asked, without U+0000, which PostgreSQL cannot keep."""
    return text.replace("\x00", "\ufffd")


def command_row(command: Command, outcome: Outcome) -> Given:
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
        "expires_at": command.expires_at,
        "key": command.key,
    }


def stored_command(row: Row[Any]) -> Given:
    """A command with its outcome, as read."""
    return {"command": row.body, "outcome": row.outcome, "now": row.now}


def audit_row(command: Command, outcome: Outcome) -> Given:
    """What the audit trail keeps of a decision."""
    return {
        "at": outcome.decided_at,
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


def _record(row: Row[Any]) -> Given:
    start = row.start_time
    span = row.latest - row.earliest
    if start is None and len(row.windows) == 1 and span == row.duration_ms * MILLISECOND:
        start = row.earliest  # a fixed event can run at no other time
    return {
        "event": {
            "id": row.id,
            "instrument": row.instrument,
            "type": row.type,
            "duration_ms": row.duration_ms,
            "windows": row.windows,
            "attributes": row.attributes,
            "priority": row.priority,
            "on_conflict": row.on_conflict,
            "after": row.after,
            "together_with": row.together_with,
            "series": row.series,
        },
        "night": row.night,
        "owner": row.owner,
        "owner_name": row.owner_name,
        "state": row.state,
        "start": start,
        "created_at": row.created_at,
    }
