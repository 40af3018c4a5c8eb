"""What the sidecar reads, from the store in memory."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from adapters.memory.rules import PLACED
from adapters.memory.store import MemoryStore
from adapters.memory.transaction import placed
from models.command import StoredCommand
from models.event import Record, State
from models.instant import MILLISECOND
from models.maintenance import MaintenanceRecord
from models.paging import Order, Position
from models.reading import EventFilter, EventPage, FeedEntry, NightSummary, StoredDownload
from models.schedule import Schedule
from models.series import SeriesRecord


class MemoryReader:
    """Reads of what is committed.

    Parameters
    ----------
    store
        The store that the scheduler writes.
    """

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def close(self) -> None:
        """Nothing to close."""

    async def probe(self) -> None:
        """Memory always answers."""

    async def find_version(self, instrument: UUID, night: date) -> str | None:
        """The version of a night's plan; None for an unknown night."""
        schedule = await self.read_schedule(instrument, night)
        return None if schedule is None else schedule.version

    async def read_schedule(self, instrument: UUID, night: date) -> Schedule | None:
        """A night's plan with its quality; None for a night that was never looked at."""
        return self._store.contents.nights.get((instrument, night))

    async def list_events(
        self,
        instrument: UUID,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[Record, ...]:
        """The events of an instrument that have their place, of past nights too, by start."""
        contents = self._store.contents
        found = []
        for record in contents.events.values():
            if record.event.instrument != instrument or record.state not in PLACED:
                continue
            record = placed(record, contents.nights)
            assert record.start is not None  # noqa: S101 - it has its place
            ends = record.start + record.event.duration
            if (start is None or ends > start) and (end is None or record.start < end):
                found.append((record.start, record))
        found.sort(key=lambda pair: pair[0])
        return tuple(record for _, record in found[:limit])

    async def find_event(self, event: UUID) -> Record | None:
        """The stored event with this id, in whatever state, with its history."""
        contents = self._store.contents
        record = contents.events.get(event)
        return None if record is None else placed(record, contents.nights, with_history=True)

    async def find_command(self, command: UUID) -> StoredCommand | None:
        """A command and what became of it; None while the scheduler has not begun it."""
        contents = self._store.contents
        asked = contents.commands.get(command)
        if asked is None:
            return None
        return StoredCommand(
            command=asked, outcome=contents.outcomes.get(command), now=self._store.clock()
        )

    async def read_nights(
        self, instrument: UUID, start: date, end: date
    ) -> tuple[NightSummary, ...]:
        """The nights from one date to another, both included, that were ever looked at."""
        plans = sorted(self._store.contents.nights.values(), key=lambda plan: plan.night)
        return tuple(
            self._summary(plan)
            for plan in plans
            if plan.instrument == instrument and start <= plan.night <= end
        )

    async def read_revision(self, instrument: UUID, night: date, revision: int) -> Schedule | None:
        """The plan that a night had in an earlier revision; None if it never had that."""
        found = self._store.contents.past.revisions.get((instrument, night, revision))
        return None if found is None else found.schedule

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
        place = None if after is None else _place(Position.parse(after, order))
        contents = self._store.contents
        found = [
            (_place(Position.of(record, order)), record)
            for record in (placed(each, contents.nights) for each in contents.events.values())
            if record.event.instrument == instrument and _matches(record, wanted)
        ]
        found.sort(key=lambda pair: pair[0], reverse=order.descending)
        if place is not None:
            found = [
                pair for pair in found if (pair[0] < place if order.descending else pair[0] > place)
            ]
        records = tuple(record for _, record in found[:size])
        if len(found) <= size:
            return EventPage(records=records)
        return EventPage(records=records, after=str(Position.of(records[-1], order)))

    async def list_maintenance(
        self, instrument: UUID, start: datetime | None, end: datetime | None
    ) -> tuple[MaintenanceRecord, ...]:
        """Every maintenance that was not taken back, or those that meet a span, by start."""
        found = [
            record
            for record in self._store.contents.maintenance.values()
            if record.maintenance.instrument == instrument
            and record.ended_at is None
            and (start is None or record.maintenance.window.end > start)
            and (end is None or record.maintenance.window.start < end)
        ]
        found.sort(key=lambda record: (record.maintenance.window.start, record.maintenance.id))
        return tuple(found)

    async def list_series(self, instrument: UUID) -> tuple[SeriesRecord, ...]:
        """Every series that goes on, oldest first."""
        found = [
            record
            for record in self._store.contents.series.values()
            if record.series.template.instrument == instrument and record.ended_at is None
        ]
        return tuple(sorted(found, key=lambda record: (record.created_at, record.series.id)))

    async def find_series(self, instrument: UUID, series: UUID) -> SeriesRecord | None:
        """One series, also one that was ended."""
        found = self._store.contents.series.get(series)
        if found is None or found.series.template.instrument != instrument:
            return None
        return found

    async def find_maintenance(
        self, instrument: UUID, maintenance: UUID
    ) -> MaintenanceRecord | None:
        """One maintenance, also one that was taken back."""
        found = self._store.contents.maintenance.get(maintenance)
        return None if found is None or found.maintenance.instrument != instrument else found

    async def read_feed(
        self, instrument: UUID, after: int | None, size: int
    ) -> tuple[FeedEntry, ...]:
        """What happened after the entry with this number, in order; None: the last entry alone."""
        feed = self._store.contents.past.feed.get(instrument, [])
        if after is None:
            return tuple(feed[-1:])
        return tuple(entry for entry in feed if entry.sequence > after)[:size]

    async def list_downloads(self, instrument: UUID, night: date) -> tuple[StoredDownload, ...]:
        """Who got the plan of a night, oldest first."""
        return tuple(
            StoredDownload(
                at=at,
                night=night,
                revision=note.download.revision,
                format=note.download.format,
                subject=note.caller.subject,
                username=note.caller.username,
            )
            for note, at in self._store.contents.downloads
            if note.download is not None
            and (note.instrument, note.download.night) == (instrument, night)
        )

    def _summary(self, plan: Schedule) -> NightSummary:
        contents = self._store.contents
        last = contents.past.revisions.get((plan.instrument, plan.night, plan.revision))
        return NightSummary(
            instrument=plan.instrument,
            night=plan.night,
            dusk=plan.dusk,
            dawn=plan.dawn,
            revision=plan.revision,
            quality=plan.quality,
            planned_at=plan.planned_at,
            requested_ms=plan.requested // MILLISECOND,
            filled_ms=plan.filled // MILLISECOND,
            idle_ms=0 if plan.planned_at is None else plan.idle // MILLISECOND,
            events=sum(not block.filler for block in plan.blocks),
            waiting=sum(
                record.state in {State.WAITING, State.DISPLACED}
                and (record.event.instrument, record.night) == (plan.instrument, plan.night)
                for record in contents.events.values()
            ),
            moved=0 if last is None else last.moved,
            displaced=0 if last is None else last.displaced,
        )


def _place(position: Position) -> tuple[datetime | int, UUID]:
    return position.value, position.event


def _matches(record: Record, wanted: EventFilter) -> bool:
    event = record.event
    return (
        (wanted.states is None or record.state in wanted.states)
        and (wanted.types is None or event.type in wanted.types)
        and (wanted.owners is None or record.owner in wanted.owners)
        and (wanted.night is None or record.night == wanted.night)
        and (wanted.start is None or event.latest > wanted.start)
        and (wanted.end is None or event.earliest < wanted.end)
        and (wanted.series is None or event.series == wanted.series)
    )
