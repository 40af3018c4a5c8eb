"""One unit of work of the scheduler, in memory."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

from adapters.memory.rules import check_delta, check_night
from models.command import Command
from models.errors import BrokenSchedule, NightplanError
from models.event import WANTED, Record
from models.exchange import Message, NightState, NightUpdate
from models.maintenance import Maintenance, MaintenanceRecord
from models.night import Night
from models.outcome import Outcome
from models.schedule import Schedule
from models.series import SeriesRecord

Key = tuple[UUID, date]


class MemoryTransaction:
    """What is written goes into the first map of each chain; the store keeps it at the end.

    Parameters
    ----------
    nights, events, outcomes
        What is committed, under an empty map for what is new.
    clock
        Gives the present time.
    lock
        Waits for a night and keeps it locked until the transaction ends.
    """

    def __init__(
        self,
        *,
        nights: ChainMap[Key, Schedule],
        events: ChainMap[UUID, Record],
        outcomes: ChainMap[UUID, Outcome],
        maintenance: ChainMap[UUID, MaintenanceRecord],
        series: ChainMap[UUID, SeriesRecord],
        clock: Callable[[], datetime],
        lock: Callable[[Key], Awaitable[object]],
    ) -> None:
        self.nights = nights
        self.events = events
        self.outcomes = outcomes
        self.maintenance = maintenance
        self.series = series
        self.downloads: list[Command] = []
        self.saved: list[tuple[Schedule, NightUpdate]] = []
        self.decided: list[tuple[Command, Outcome]] = []
        self.messages: list[Message] = []
        self._clock = clock
        self._lock = lock
        self._locked: set[Key] = set()
        self._failure: NightplanError | None = None

    async def lock_night(self, instrument: UUID, night: Night) -> NightState:
        """Lock a night, made if missing, and read all that deciding needs."""
        key = (instrument, night.date)
        if key not in self._locked:
            await self._lock(key)
            self._locked.add(key)
        if key not in self.nights:
            self.nights[key] = Schedule(
                instrument=instrument,
                night=night.date,
                dusk=night.dusk,
                dawn=night.dawn,
                revision=0,
                quality=None,
                blocks=(),
            )
        wanted = [record for record in self._records(key) if record.state in WANTED]
        wanted.sort(key=lambda record: (record.created_at, record.event.id))
        return NightState(
            now=self._clock(),
            schedule=self.nights[key],
            wanted=tuple(placed(record, self.nights) for record in wanted),
            closed=self._closed(self.nights[key]),
            linked=any(
                record.event.together_with is not None
                and record.night == night.date
                and record.state in WANTED
                for record in self.events.values()
            ),
        )

    async def now(self) -> datetime:
        """The present time."""
        return self._clock()

    async def find_event(self, event: UUID) -> Record | None:
        """The stored event with this id, in whatever state, without its history."""
        record = self.events.get(event)
        return None if record is None else placed(record, self.nights)

    async def find_events(self, events: Sequence[UUID]) -> Mapping[UUID, Record]:
        """The stored events with these ids, in whatever state, without their history."""
        return {
            event: placed(self.events[event], self.nights)
            for event in events
            if event in self.events
        }

    async def find_outcomes(self, commands: Sequence[UUID]) -> Mapping[UUID, Outcome]:
        """The stored outcomes of those commands that have been decided."""
        return {command: self.outcomes[command] for command in commands if command in self.outcomes}

    async def save_night(self, update: NightUpdate) -> None:
        """Write a night's changes.

        Raises
        ------
        BrokenSchedule
            The changes do not lead to the plan given, or an id is taken.
        """
        with self._doing():
            schedule = update.schedule
            key = (schedule.instrument, schedule.night)
            before = self.nights.get(key)
            if before is None or before.revision > schedule.revision:
                msg = f"the night is missing, or its revision is above {schedule.revision}"
                raise BrokenSchedule([msg])
            gone = frozenset(update.removed_blocks)
            kept = [block for block in before.blocks if block.id not in gone]
            check_delta(schedule, [*kept, *update.added_blocks])
            for record in update.added:
                if record.event.id in self.events:
                    raise BrokenSchedule([f"event_pkey: the id {record.event.id} is taken"])
                self.events[record.event.id] = record.model_copy(update={"history": ()})
            for record in update.changed:
                history = self.events[record.event.id].history
                self.events[record.event.id] = record.model_copy(update={"history": history})
            for change in update.changes:
                if change.event not in self.events:
                    raise BrokenSchedule([f"state_change_event: {change.event} is unknown"])
                record = self.events[change.event]
                history = (*record.history, change)
                changed = {"state": change.state, "history": history}
                self.events[change.event] = record.model_copy(update=changed)
            ordered = tuple(sorted(schedule.blocks, key=lambda block: block.start))
            self.nights[key] = schedule.model_copy(
                update={
                    "dusk": before.dusk,
                    "dawn": before.dawn,
                    "blocks": ordered,
                    "planned_at": before.planned_at
                    if before.revision == schedule.revision and before.planned_at
                    else self._clock(),
                }
            )
            self.saved.append((self.nights[key], update))

    async def find_nights(self, instrument: UUID, start: datetime, end: datetime) -> Sequence[date]:
        """The nights of an instrument that meet a span, of those ever planned."""
        return sorted(
            schedule.night
            for schedule in self.nights.values()
            if schedule.instrument == instrument
            and schedule.dusk is not None
            and schedule.dawn is not None
            and schedule.dawn > start
            and schedule.dusk < end
        )

    async def find_maintenance(self, maintenance: UUID) -> MaintenanceRecord | None:
        """A maintenance as stored."""
        return self.maintenance.get(maintenance)

    async def save_maintenance(self, record: MaintenanceRecord) -> None:
        """Write a maintenance, or that it was taken back."""
        with self._doing():
            known = self.maintenance.get(record.maintenance.id)
            if record.ended_at is None and known is not None:
                raise BrokenSchedule(["maintenance_pkey: a maintenance's id is used once"])
            self.maintenance[record.maintenance.id] = record

    async def find_series(self, series: UUID) -> SeriesRecord | None:
        """A series as stored."""
        return self.series.get(series)

    async def find_series_to_extend(self, instrument: UUID, until: date) -> Sequence[SeriesRecord]:
        """The series that go on and whose events up to a night were not all asked for."""
        return [
            record
            for record in self.series.values()
            if record.series.template.instrument == instrument
            and record.ended_at is None
            and record.horizon is not None
            and record.horizon < until
        ]

    async def find_events_of(self, series: UUID, after: datetime) -> Sequence[Record]:
        """A series' events that are wanted and may end after an instant."""
        found = [
            placed(record, self.nights)
            for record in self.events.values()
            if record.event.series == series
            and record.state in WANTED
            and record.event.latest > after
        ]
        return sorted(found, key=lambda record: record.event.earliest)

    async def save_series(self, record: SeriesRecord) -> None:
        """Write a series, or what became of it."""
        self.series[record.series.id] = record

    async def save_download(self, note: Command) -> None:
        """Write that somebody has got a plan."""
        self.downloads.append(note)

    def _closed(self, schedule: Schedule) -> tuple[Maintenance, ...]:
        if schedule.dusk is None or schedule.dawn is None:
            return ()
        return tuple(
            record.maintenance
            for record in self.maintenance.values()
            if record.ended_at is None
            and record.maintenance.instrument == schedule.instrument
            and record.maintenance.window.start < schedule.dawn
            and record.maintenance.window.end > schedule.dusk
        )

    async def save_outcomes(
        self, decided: Sequence[tuple[Command, Outcome]], messages: Sequence[Message]
    ) -> None:
        """Write outcomes with their commands, the audit trail and the outbox."""
        with self._doing():
            for command, outcome in decided:
                self.outcomes.setdefault(command.id, outcome)
            self.decided.extend(decided)
            self.messages.extend(messages)

    def check(self) -> None:
        """Refuse to be committed if anything in it breaks a rule.

        Raises
        ------
        BrokenSchedule
            With every violation found, or the first error that came before.
        """
        if self._failure is not None:
            raise self._failure
        for key in self.nights.maps[0]:
            check_night(self.nights[key], self._records(key))

    def _records(self, key: Key) -> Iterator[Record]:
        for record in self.events.values():
            if (record.event.instrument, record.night) == key:
                yield record

    @contextmanager
    def _doing(self) -> Iterator[None]:
        """Remember the first error: there is nothing left to commit after it."""
        if self._failure is not None:
            raise self._failure
        try:
            yield
        except NightplanError as failure:
            self._failure = failure
            raise


def placed(record: Record, nights: Mapping[Key, Schedule], *, with_history: bool = False) -> Record:
    """An event with its start: its block's, or the only one a fixed event can have."""
    schedule = nights.get((record.event.instrument, record.night))
    starts = {block.id: block.start for block in schedule.blocks} if schedule else {}
    start = starts.get(record.event.id)
    if start is None and record.event.fixed:
        start = record.event.earliest
    history = record.history if with_history else ()
    return record.model_copy(update={"start": start, "history": history})
