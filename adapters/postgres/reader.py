"""What the sidecar reads; nothing here writes, and the session could not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres import rows, statements
from adapters.postgres.engine import DatabaseOptions, make_engine
from adapters.postgres.refusals import translated
from models.event import Record
from models.outcome import Outcome
from models.schedule import Schedule


class PostgresReader:
    """Reads of committed plans and events; what belongs together is read as of one moment.

    Every method raises :class:`models.errors.Unreachable` when the database does
    not answer in time.

    Parameters
    ----------
    options
        How to connect; ``read_only`` and a ``pool_size`` are expected.
    """

    def __init__(self, options: DatabaseOptions) -> None:
        self._engine = make_engine(options)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    async def probe(self) -> None:
        """Ask the database whether it is there and has the tables."""
        async with self._reading("probe") as connection:
            await connection.execute(statements.PROBE)

    async def find_revision(self, instrument: UUID, night: date) -> int | None:
        """The revision of a night's plan, without reading the plan; None for an unknown night."""
        given = {"instrument": instrument, "night": night}
        async with self._reading("find a revision") as connection:
            result = await connection.execute(statements.REVISION, given)
            revision: int | None = result.scalar_one_or_none()
        return revision

    async def read_schedule(self, instrument: UUID, night: date) -> Schedule | None:
        """A night's plan with its quality; None for a night that was never looked at."""
        given = {"instrument": instrument, "night": night}
        async with self._reading("read a schedule") as connection:
            result = await connection.execute(statements.FIND_NIGHT, given)
            row = result.mappings().one_or_none()
            if row is None:
                return None
            blocks = await connection.execute(statements.BLOCKS, given)
        return rows.schedule_of(row, rows.blocks_of(blocks))

    async def list_events(
        self,
        instrument: UUID,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[Record, ...]:
        """The events of an instrument that have their place, of past nights too, by start.

        Parameters
        ----------
        instrument
            Its id.
        start, end
            Only events that end after ``start`` and begin before ``end``.
        limit
            At most so many. As no two overlap, the next ones are those that end
            after the end of the last one given.
        """
        statement = statements.list_events(instrument, start, end, limit)
        found = await self._all("list events", statement, {})
        return rows.records_of(found)

    async def find_event(self, event: UUID) -> Record | None:
        """The stored event with this id, in whatever state, with its history."""
        async with self._reading("find an event") as connection:
            found = await connection.execute(statements.FIND_EVENT, {"event": event})
            records = rows.records_of(found)
            if not records:
                return None
            history = await connection.execute(statements.HISTORY, {"of_event": event})
        changes = tuple(map(rows.change_of, history.mappings()))
        return records[0].model_copy(update={"history": changes})

    async def find_outcome(self, command: UUID) -> Outcome | None:
        """What became of a command; None while nothing is known of it."""
        found = await self._all(
            "find an outcome", statements.FIND_OUTCOMES, {"commands": [command]}
        )
        return Outcome.model_validate(found[0].outcome) if found else None

    async def _all(
        self, doing: str, statement: Executable, given: Mapping[str, Any]
    ) -> Sequence[Row[Any]]:
        async with self._reading(doing) as connection:
            result = await connection.execute(statement, given)
            return result.all()

    @asynccontextmanager
    async def _reading(self, doing: str) -> AsyncIterator[AsyncConnection]:
        with translated(doing):
            async with self._engine.connect() as connection:
                yield connection
