"""What the sidecar reads; nothing here writes, and the session could not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Row
from sqlalchemy.exc import DBAPIError

from adapters.postgres import looking_back, rows, statements, summaries
from adapters.postgres.engine import DatabaseOptions, make_engine
from adapters.postgres.refusals import translated
from adapters.postgres.searching import search_events
from models.command import StoredCommand
from models.event import Record
from models.maintenance import MaintenanceRecord
from models.paging import Order, Position
from models.reading import EventFilter, EventPage, FeedEntry, NightSummary, StoredDownload
from models.schedule import Schedule, version_of
from models.series import SeriesRecord

MOST_REVISIONS = 2**31 - 1
"""No revision has a greater number."""
LAST_NUMBER = 2**63 - 1
"""No entry of the feed has a greater number."""


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
        await self._read("probe", statements.PROBE, {})

    async def find_version(self, instrument: UUID, night: date) -> str | None:
        """The version of a night's plan, without reading the plan; None for an unknown night."""
        given = {"instrument": instrument, "night": night}
        (found,) = await self._read("find a version", statements.VERSION, given)
        return version_of(found[0].revision, found[0].planned_at) if found else None

    async def read_schedule(self, instrument: UUID, night: date) -> Schedule | None:
        """A night's plan with its quality; None for a night that was never looked at."""
        given = {"instrument": instrument, "night": night}
        found, blocks = await self._read(
            "read a schedule", statements.FIND_NIGHT, given, statements.BLOCKS
        )
        return rows.schedule_of(found[0]._mapping, rows.blocks_of(blocks)) if found else None

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
        (found,) = await self._read("list events", statement, {})
        return rows.records_of(found)

    async def find_event(self, event: UUID) -> Record | None:
        """The stored event with this id, in whatever state, with its history."""
        given = {"event": event}
        found, history = await self._read(
            "find an event", statements.FIND_EVENT, given, statements.HISTORY
        )
        if not found:
            return None
        changes = tuple(rows.change_of(step._mapping) for step in history)
        return rows.records_of(found)[0].model_copy(update={"history": changes})

    async def find_command(self, command: UUID) -> StoredCommand | None:
        """A command and what became of it; None while the scheduler has not begun it."""
        given = {"command": command}
        (found,) = await self._read("find a command", statements.FIND_COMMAND, given)
        return StoredCommand.model_validate(rows.stored_command(found[0])) if found else None

    async def read_nights(
        self, instrument: UUID, start: date, end: date
    ) -> tuple[NightSummary, ...]:
        """The nights from one date to another, both included, that were ever looked at."""
        given = {"instrument": instrument, "first": start, "last": end}
        (found,) = await self._read("read nights", looking_back.NIGHTS, given)
        return summaries.nights_of(found)

    async def read_revision(self, instrument: UUID, night: date, revision: int) -> Schedule | None:
        """The plan that a night had in an earlier revision; None if it never had that.

        Its quality and its time are those it was first stored with.
        """
        if revision > MOST_REVISIONS:
            return None
        given = {"instrument": instrument, "night": night, "revision": revision}
        found, blocks = await self._read(
            "read a revision",
            looking_back.FIND_REVISION,
            given,
            looking_back.BLOCKS_OF_REVISION,
        )
        if not found:
            return None
        return rows.schedule_of(found[0]._mapping, summaries.blocks_of(blocks))

    async def find_events(
        self,
        instrument: UUID,
        wanted: EventFilter,
        *,
        sort: str,
        size: int,
        after: str | None,
    ) -> EventPage:
        """A page of events in whatever state.

        Raises
        ------
        models.errors.InvalidRequest
            There is no such order, or ``after`` is nothing that a page in it has said.
        """
        order = Order.parse(sort)
        place = None if after is None else Position.parse(after, order)
        # One more than wanted tells whether there is a next page.
        statement = search_events(instrument, wanted, order, size + 1, place)
        (found,) = await self._read("find events", statement, {})
        records = rows.records_of(found[:size])
        more = len(found) > size
        return EventPage(
            records=records, after=str(Position.of(records[-1], order)) if more else None
        )

    async def list_maintenance(
        self, instrument: UUID, start: datetime | None, end: datetime | None
    ) -> tuple[MaintenanceRecord, ...]:
        """Every maintenance that was not taken back, or those that meet a span, by start."""
        statement = looking_back.list_maintenance(instrument, start, end)
        (found,) = await self._read("list maintenance", statement, {})
        return tuple(rows.maintenance_of(row._mapping) for row in found)

    async def list_series(self, instrument: UUID) -> tuple[SeriesRecord, ...]:
        """Every series that goes on, oldest first."""
        given = {"instrument": instrument}
        (found,) = await self._read("list series", looking_back.LIST_SERIES, given)
        return tuple(rows.series_of(row._mapping) for row in found)

    async def find_series(self, instrument: UUID, series: UUID) -> SeriesRecord | None:
        """One series, also one that was ended."""
        given = {"instrument": instrument, "series": series}
        (found,) = await self._read("find a series", looking_back.FIND_SERIES, given)
        return rows.series_of(found[0]._mapping) if found else None

    async def find_maintenance(
        self, instrument: UUID, maintenance: UUID
    ) -> MaintenanceRecord | None:
        """One maintenance, also one that was taken back."""
        given = {"instrument": instrument, "maintenance": maintenance}
        (found,) = await self._read("find a maintenance", looking_back.FIND_MAINTENANCE, given)
        return rows.maintenance_of(found[0]._mapping) if found else None

    async def read_feed(
        self, instrument: UUID, after: int | None, size: int
    ) -> tuple[FeedEntry, ...]:
        """What happened after the entry with this number, in order; None: the last entry alone."""
        if after is None:
            statement, given = looking_back.LAST_OF_FEED, {"after": -1, "size": 1}
        else:
            statement, given = looking_back.FEED, {"after": min(after, LAST_NUMBER), "size": size}
        (found,) = await self._read("read the feed", statement, {"instrument": instrument, **given})
        return summaries.feed_of(found)

    async def list_downloads(self, instrument: UUID, night: date) -> tuple[StoredDownload, ...]:
        """Who got the plan of a night, oldest first."""
        given = {"instrument": instrument, "night": night}
        (found,) = await self._read("list downloads", looking_back.LIST_DOWNLOADS, given)
        return summaries.downloads_of(found)

    async def _read(
        self, doing: str, first: Executable, given: Mapping[str, Any], *others: Executable
    ) -> list[Sequence[Row[Any]]]:
        """Run statements as of one moment; the others only if the first finds something.

        A connection that died since its last use says nothing of the database:
        that is found out by a second try, with a new one.
        """
        with translated(doing):
            try:
                return await self._once(first, given, others)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            return await self._once(first, given, others)

    async def _once(
        self, first: Executable, given: Mapping[str, Any], others: Sequence[Executable]
    ) -> list[Sequence[Row[Any]]]:
        async with self._engine.connect() as connection:
            found = [(await connection.execute(first, given)).all()]
            for other in others:
                found.append((await connection.execute(other, given)).all() if found[0] else [])
        return found
