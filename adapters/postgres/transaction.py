"""One unit of work of the scheduler, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres import rows, statements
from adapters.postgres.refusals import translated
from adapters.postgres.tables import AUDIT, DOWNLOAD, EVENT, MAINTENANCE, OUTBOX, STATE_CHANGE
from models.command import Command
from models.errors import BrokenSchedule, NightplanError
from models.event import Record, State
from models.exchange import Message, NightState, NightUpdate
from models.maintenance import MaintenanceRecord
from models.night import Night
from models.outcome import Outcome
from models.schedule import Block, Schedule
from models.series import SeriesRecord


class PostgresTransaction:
    """Everything in it is committed together, or nothing is.

    Parameters
    ----------
    connection
        The writer's only connection, no transaction begun.
    group
        The scheduling group whose outbox it fills.
    """

    def __init__(self, connection: AsyncConnection, group: str) -> None:
        self._connection = connection
        self._group = group
        self.failure: NightplanError | None = None
        """Why it cannot be committed any more."""

    async def lock_night(self, instrument: UUID, night: Night) -> NightState:
        """Lock a night's row, made if missing, and read all that deciding needs."""
        key = {"instrument": instrument, "night": night.date}
        with self._doing("lock a night"):
            row = await self._one(statements.LOCK_NIGHT, key)
            if row is None:
                horizon = {"dusk": night.dusk, "dawn": night.dawn}
                await self._connection.execute(statements.CREATE_NIGHT, {**key, **horizon})
                row = await self._one(statements.LOCK_NIGHT, key)
            wanted = await self._connection.execute(statements.WANTED, key)
            blocks = await self._connection.execute(statements.BLOCKS, key)
        assert row is not None  # noqa: S101 - made just now, and nights are never deleted
        return NightState(
            now=row["now"],
            schedule=rows.schedule_of(row, rows.blocks_of(blocks)),
            wanted=rows.records_of(wanted),
            closed=rows.closed_of(row["closed"]),
            linked=row["linked"],
        )

    async def now(self) -> datetime:
        """The database's clock."""
        with self._doing("ask for the time"):
            result = await self._connection.execute(statements.NOW)
        time: datetime = result.scalar_one()
        return time

    async def find_event(self, event: UUID) -> Record | None:
        """The stored event with this id, in whatever state, without its history."""
        with self._doing("find an event"):
            found = await self._connection.execute(statements.FIND_EVENT, {"event": event})
        return next(iter(rows.records_of(found)), None)

    async def find_events(self, events: Sequence[UUID]) -> Mapping[UUID, Record]:
        """The stored events with these ids, in whatever state, without their history."""
        if not events:
            return {}
        with self._doing("find events"):
            given = {"events": list(events)}
            found = await self._connection.execute(statements.FIND_EVENTS, given)
        return {record.event.id: record for record in rows.records_of(found)}

    async def find_outcomes(self, commands: Sequence[UUID]) -> Mapping[UUID, Outcome]:
        """The stored outcomes of those commands that have been decided."""
        if not commands:
            return {}
        with self._doing("find outcomes"):
            result = await self._connection.execute(
                statements.FIND_OUTCOMES, {"commands": list(commands)}
            )
        return {row.id: Outcome.model_validate(row.outcome) for row in result}

    async def save_night(self, update: NightUpdate) -> None:
        """Write a night's changes: what is gone, what is new, and the new revision.

        Raises
        ------
        BrokenSchedule
            The database refused it, or what it now has is not the plan given.
        """
        with self._doing("save a night"):
            if update.removed_blocks:
                ids = list(update.removed_blocks)
                await self._connection.execute(statements.DELETE_BLOCKS, {"ids": ids})
            await self._save_events(update)
            if update.added_blocks:
                given = _block_arrays(update.schedule, update.added_blocks)
                await self._connection.execute(statements.INSERT_BLOCKS, given)
            sums = await self._connection.execute(statements.REVISE_NIGHT, _revision(update))
            _compare(update.schedule, sums.scalar_one_or_none())

    async def find_nights(self, instrument: UUID, start: datetime, end: datetime) -> Sequence[date]:
        """The nights of an instrument that meet a span, of those ever planned."""
        given = {"instrument": instrument, "start": start, "end": end}
        with self._doing("find nights"):
            found = await self._connection.execute(statements.NIGHTS_WITHIN, given)
        return [row.night for row in found]

    async def find_maintenance(self, maintenance: UUID) -> MaintenanceRecord | None:
        """A maintenance as stored."""
        with self._doing("find a maintenance"):
            row = await self._one(statements.FIND_MAINTENANCE, {"maintenance": maintenance})
        return None if row is None else rows.maintenance_of(row)

    async def save_maintenance(self, record: MaintenanceRecord) -> None:
        """Write a maintenance, or that it was taken back."""
        with self._doing("save a maintenance"):
            if record.ended_at is None:
                row = rows.maintenance_row(record)
                await self._connection.execute(insert(MAINTENANCE), row)
            else:
                given = {"maintenance": record.maintenance.id, "at": record.ended_at}
                await self._connection.execute(statements.END_MAINTENANCE, given)

    async def find_series(self, series: UUID) -> SeriesRecord | None:
        """A series as stored."""
        with self._doing("find a series"):
            row = await self._one(statements.FIND_SERIES, {"series": series})
        return None if row is None else rows.series_of(row)

    async def find_series_to_extend(self, instrument: UUID, until: date) -> Sequence[SeriesRecord]:
        """The series that go on and whose events up to a night were not all asked for."""
        given = {"instrument": instrument, "until": until}
        with self._doing("find series to extend"):
            found = await self._connection.execute(statements.SERIES_TO_EXTEND, given)
        return [rows.series_of(row) for row in found.mappings()]

    async def find_events_of(self, series: UUID, after: datetime) -> Sequence[Record]:
        """A series' events that are wanted and may end after an instant."""
        given = {"series": series, "after": after}
        with self._doing("find the events of a series"):
            found = await self._connection.execute(statements.OF_SERIES, given)
        return rows.records_of(found)

    async def save_series(self, record: SeriesRecord) -> None:
        """Write a series, or what became of it."""
        with self._doing("save a series"):
            await self._connection.execute(statements.SAVE_SERIES, rows.series_row(record))

    async def save_download(self, note: Command) -> None:
        """Write that somebody has got a plan."""
        with self._doing("save a download"):
            await self._connection.execute(insert(DOWNLOAD), rows.download_row(note))

    async def save_outcomes(
        self, decided: Sequence[tuple[Command, Outcome]], messages: Sequence[Message]
    ) -> None:
        """Write outcomes with their commands, the audit trail and the outbox."""
        with self._doing("save outcomes"):
            if decided:
                await self._connection.execute(
                    statements.SAVE_OUTCOME, [rows.command_row(*pair) for pair in decided]
                )
                await self._connection.execute(
                    insert(AUDIT), [rows.audit_row(*pair) for pair in decided]
                )
            if messages:
                await self._connection.execute(
                    insert(OUTBOX), [self._outbox_row(message) for message in messages]
                )

    async def _save_events(self, update: NightUpdate) -> None:
        """Insert what was accepted in its final state, move the others to theirs."""
        states: dict[UUID, State] = {change.event: change.state for change in update.changes}
        if update.added:
            added = [
                rows.event_row(record, states.pop(record.event.id, record.state))
                for record in update.added
            ]
            await self._connection.execute(insert(EVENT), added)
        if update.changed:
            changed = [
                rows.changed_row(record, states.pop(record.event.id, record.state))
                for record in update.changed
            ]
            await self._connection.execute(statements.CHANGE_EVENT, changed)
        if states:
            moved = [{"changed": event, "new_state": state} for event, state in states.items()]
            await self._connection.execute(statements.SET_STATE, moved)
        if update.changes:
            history = [rows.change_row(change) for change in update.changes]
            await self._connection.execute(insert(STATE_CHANGE), history)

    def _outbox_row(self, message: Message) -> rows.Given:
        return {
            "scheduling_group": self._group,
            "topic": message.topic,
            "partition": message.partition,
            "key": message.key,
            "headers": {name: rows.storable(text) for name, text in message.headers.items()},
            "value": message.value,
        }

    async def _one(self, statement: Any, given: Mapping[str, Any]) -> Any:
        result = await self._connection.execute(statement, given)
        return result.mappings().one_or_none()

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        """Translate errors; after the first one there is nothing left to commit."""
        if self.failure is not None:
            raise self.failure
        try:
            with translated(what, writing=True):
                yield
        except NightplanError as failure:
            self.failure = failure
            raise


def _block_arrays(schedule: Schedule, blocks: Sequence[Block]) -> dict[str, Any]:
    """Blocks to insert, column by column."""
    return {
        "instrument": schedule.instrument,
        "night": schedule.night,
        "dusk": schedule.dusk,
        "dawn": schedule.dawn,
        "ids": [block.id for block in blocks],
        "starts": [block.start for block in blocks],
        "ends": [block.end for block in blocks],
        "durations": [rows.to_milliseconds(block.duration) for block in blocks],
        "fillers": [block.filler for block in blocks],
        "types": [block.type for block in blocks],
        "attributes": [orjson.dumps(dict(block.attributes)).decode() for block in blocks],
    }


def _revision(update: NightUpdate) -> dict[str, Any]:
    schedule, quality = update.schedule, update.schedule.quality
    added = [block.model_dump(mode="json") for block in update.added_blocks]
    return {
        "removed": list(update.removed_blocks),
        "added": orjson.dumps(added).decode(),
        "moved": update.moved,
        "displaced": update.displaced,
        "instrument": schedule.instrument,
        "night": schedule.night,
        "revision": schedule.revision,
        "quality": None if quality is None else quality.model_dump_json(),
        "requested_ms": rows.to_milliseconds(schedule.requested),
        "filled_ms": rows.to_milliseconds(schedule.filled),
        "idle_ms": rows.to_milliseconds(schedule.idle),
    }


def _compare(schedule: Schedule, sums: Sequence[int] | None) -> None:
    """Refuse a change that does not lead to the plan that was verified."""
    if sums is None:
        msg = f"the night is missing, or its revision is above {schedule.revision}"
        raise BrokenSchedule([msg])
    planned = [
        len(schedule.blocks),
        rows.to_milliseconds(schedule.requested),
        rows.to_milliseconds(schedule.filled),
    ]
    if list(sums) != planned:
        names = "blocks, requested ms and filled ms"
        msg = f"the changes do not lead to the plan: {names} are {list(sums)}, planned {planned}"
        raise BrokenSchedule([msg])
