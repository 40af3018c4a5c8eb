"""The scheduler's store in memory; it forgets everything with the process."""

from __future__ import annotations

import asyncio
from collections import ChainMap, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from adapters.memory.past import Past
from adapters.memory.transaction import MemoryTransaction
from models.command import Command
from models.event import Record, State
from models.exchange import Attempt, Message, Stored
from models.maintenance import MaintenanceRecord
from models.outcome import Outcome
from models.schedule import Schedule
from models.series import SeriesRecord


@dataclass(kw_only=True)
class Contents:
    """Everything that is committed.

    Parameters
    ----------
    nights
        Each night's plan, by instrument and date.
    events
        Every event with its history.
    outcomes
        By command.
    commands
        Every command that was begun.
    attempts
        By command, while it has no outcome.
    maintenance
        By id.
    downloads
        Each note of one, and when it was kept; oldest first.
    past
        Every plan that there was, and what happened.
    outbox
        By scheduling group, oldest first.
    audit
        Every decision, oldest first.
    """

    nights: dict[tuple[UUID, date], Schedule] = field(default_factory=dict)
    events: dict[UUID, Record] = field(default_factory=dict)
    outcomes: dict[UUID, Outcome] = field(default_factory=dict)
    commands: dict[UUID, Command] = field(default_factory=dict)
    attempts: dict[UUID, int] = field(default_factory=dict)
    maintenance: dict[UUID, MaintenanceRecord] = field(default_factory=dict)
    series: dict[UUID, SeriesRecord] = field(default_factory=dict)
    downloads: list[tuple[Command, datetime]] = field(default_factory=list)
    past: Past = field(default_factory=Past)
    outbox: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    audit: list[tuple[Command, Outcome]] = field(default_factory=list)


class MemoryStore:
    """The database, as the scheduler sees it, without a database.

    Parameters
    ----------
    clock
        Gives the present time, aware UTC.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.contents = Contents()
        self.night_locks: dict[tuple[UUID, date], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._group_locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._messages = 0

    @asynccontextmanager
    async def lead(self, group: str) -> AsyncIterator[MemoryDesk]:
        """Wait until nobody else may write the group, then hold that right."""
        async with self._group_locks[group]:
            yield MemoryDesk(self, group)

    def post(self, group: str, messages: Sequence[Message]) -> None:
        """Put messages into a group's outbox."""
        for message in messages:
            self._messages += 1
            self.contents.outbox[group].append(Stored(number=self._messages, message=message))


class MemoryDesk:
    """The writer's place for one group.

    Parameters
    ----------
    store
        Where everything is kept.
    group
        The scheduling group.
    """

    def __init__(self, store: MemoryStore, group: str) -> None:
        self._store = store
        self._group = group
        self._busy = asyncio.Lock()

    async def count_attempts(self, commands: Sequence[Command]) -> Mapping[UUID, Attempt]:
        """Count the first try of each command that is neither decided nor expired."""
        latest: dict[UUID, Command] = {}
        for command in sorted(commands, key=lambda command: command.expires_at):
            latest[command.id] = command
        # Seen before any of them is kept, as one statement of the database sees it.
        taken = {command.id: self._key_taken_by(command) for command in latest.values()}
        return {command.id: self._count(command, taken[command.id]) for command in latest.values()}

    def _count(self, command: Command, key_taken_by: UUID | None) -> Attempt:
        contents = self._store.contents
        outcome = contents.outcomes.get(command.id)
        expired = command.expires_at <= self._store.clock()
        before = count = contents.attempts.get(command.id, 0)
        if outcome is None and key_taken_by is None:
            contents.commands.setdefault(command.id, command)
            if not expired:
                count = max(1, before)
            contents.attempts[command.id] = count
        return Attempt(
            count=count,
            outcome=outcome,
            expired=expired,
            key_taken_by=key_taken_by,
            before=before,
        )

    async def count_again(self, command: UUID) -> int:
        """Count a further try of an undecided command and give their number."""
        contents = self._store.contents
        if command not in contents.attempts or command in contents.outcomes:
            return 0
        contents.attempts[command] += 1
        return contents.attempts[command]

    def _key_taken_by(self, command: Command) -> UUID | None:
        contents = self._store.contents
        return next(
            (
                other.id
                for other in contents.commands.values()
                if command.key is not None
                and other.key == command.key
                and other.id != command.id
                and (other.id in contents.outcomes or other.expires_at > self._store.clock())
            ),
            None,
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryTransaction]:
        """Begin a unit of work; kept on leaving, forgotten on an error.

        Raises
        ------
        models.errors.BrokenSchedule
            A rule stands against it; nothing is kept.
        """
        contents = self._store.contents
        async with self._busy, AsyncExitStack() as locks:
            work = MemoryTransaction(
                nights=ChainMap({}, contents.nights),
                events=ChainMap({}, contents.events),
                outcomes=ChainMap({}, contents.outcomes),
                maintenance=ChainMap({}, contents.maintenance),
                series=ChainMap({}, contents.series),
                clock=self._store.clock,
                lock=lambda night: locks.enter_async_context(self._store.night_locks[night]),
            )
            yield work
            work.check()
            for command, _ in work.decided:
                if command.id not in contents.outcomes:
                    contents.commands[command.id] = command
            contents.nights.update(work.nights.maps[0])
            contents.events.update(work.events.maps[0])
            contents.outcomes.update(work.outcomes.maps[0])
            contents.maintenance.update(work.maintenance.maps[0])
            contents.series.update(work.series.maps[0])
            contents.downloads.extend((note, self._store.clock()) for note in work.downloads)
            for schedule, saved in work.saved:
                contents.past.add(schedule, saved)
            contents.audit.extend(work.decided)
            self._store.post(self._group, work.messages)

    async def read_outbox(self, limit: int) -> Sequence[Stored]:
        """The group's unpublished messages, oldest first."""
        return self._store.contents.outbox[self._group][:limit]

    async def clear_outbox(self, numbers: Sequence[int]) -> None:
        """Forget messages that were published."""
        gone = frozenset(numbers)
        outbox = self._store.contents.outbox
        outbox[self._group] = [kept for kept in outbox[self._group] if kept.number not in gone]

    async def find_unplanned(
        self, nights: Sequence[tuple[UUID, date]]
    ) -> Sequence[tuple[UUID, date]]:
        """Those of the nights given that have no plan yet, in the order given."""
        plans = self._store.contents.nights
        return [night for night in nights if night not in plans or plans[night].revision == 0]

    async def find_overdue(self, instruments: Sequence[UUID]) -> Sequence[tuple[UUID, date]]:
        """Nights in which an event still waits although its latest start has passed."""
        now = self._store.clock()
        return sorted(
            {
                (record.event.instrument, record.night)
                for record in self._store.contents.events.values()
                if record.state in {State.WAITING, State.DISPLACED}
                and record.event.instrument in instruments
                and record.event.latest - record.event.duration < now
            },
            key=lambda night: (night[1], night[0]),
        )

    async def was_decided_before(self, instruments: Sequence[UUID], instant: datetime) -> bool:
        """Whether a command about one of these instruments was decided before an instant."""
        return any(
            command.instrument in instruments and outcome.decided_at < instant
            for command, outcome in self._store.contents.audit
        )
