"""Final: the database in the end, read directly, and whether anything is still to be done."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

from models.event import Record
from models.outcome import Outcome
from tests.faults.history import Final, StoredBlock, StoredNight
from tests.faults.nights import present

_NIGHTS = "SELECT instrument, night, dusk, dawn, revision FROM night"
_EVENTS = """
    SELECT event.*, block.start_time FROM event LEFT JOIN block ON block.event = event.id
    ORDER BY event.created_at, event.id"""
_CHANGES = "SELECT event, state, at, cause, by FROM state_change ORDER BY sequence"
_BLOCKS = """
    SELECT id, instrument, night, start_time AS start, end_time AS "end", event FROM block
    ORDER BY instrument, start_time"""
_OUTCOMES = "SELECT outcome FROM command WHERE outcome IS NOT NULL ORDER BY decided_at"
_UNDECIDED = "SELECT id FROM command WHERE outcome IS NULL"
_OUTBOX = "SELECT count(*) FROM outbox"


async def read_final(url: str) -> Final:
    """Everything that is stored, in one snapshot."""
    connection = await asyncpg.connect(url, timeout=5, command_timeout=30)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return Final(
                at=present(),
                nights=tuple(StoredNight(**row) for row in await connection.fetch(_NIGHTS)),
                events=await _records(connection),
                blocks=tuple(StoredBlock(**row) for row in await connection.fetch(_BLOCKS)),
                outcomes=tuple(
                    Outcome.model_validate_json(row["outcome"])
                    for row in await connection.fetch(_OUTCOMES)
                ),
                undecided=tuple(row["id"] for row in await connection.fetch(_UNDECIDED)),
                outbox=await connection.fetchval(_OUTBOX),
            )
    finally:
        await connection.close(timeout=5)


async def outbox_is_empty(url: str) -> bool:
    """Whether every message has left; False also where the database does not answer."""
    try:
        connection = await asyncpg.connect(url, timeout=2, command_timeout=2)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    try:
        return bool(await connection.fetchval(_OUTBOX) == 0)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return False
    finally:
        await connection.close(timeout=2)


async def _records(connection: Any) -> tuple[Record, ...]:
    changes: dict[Any, list[dict[str, Any]]] = {}
    for row in await connection.fetch(_CHANGES):
        changes.setdefault(row["event"], []).append(dict(row))
    return tuple(
        Record.model_validate(
            {
                "event": {
                    "id": row["id"],
                    "instrument": row["instrument"],
                    "type": row["type"],
                    "duration_ms": row["duration_ms"],
                    "windows": json.loads(row["windows"]),
                    "attributes": json.loads(row["attributes"]),
                    "priority": row["priority"],
                },
                "night": row["night"],
                "owner": row["owner"],
                "owner_name": row["owner_name"],
                "state": row["state"],
                "start": row["start_time"],
                "created_at": row["created_at"],
                "history": changes.get(row["id"], []),
            }
        )
        for row in await connection.fetch(_EVENTS)
    )
