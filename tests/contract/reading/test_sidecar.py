"""What the API reads is what the archive holds, page after page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.http.sidecar import PAGE, SidecarReader
from instruments import discover
from models.command import Command, CommandKind, StoredCommand
from models.errors import Unreachable
from models.event import Event, Record, State
from models.identity import Caller
from models.reading import Unchanged, Versioned
from models.schedule import Block, Schedule
from models.window import Window
from sidecar.app import build_app
from sidecar.last_plans import LastPlans, keep_fresh

pytestmark = pytest.mark.asyncio

INSTRUMENT = discover()[0]
DUSK = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
NIGHT = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def record(number: int) -> Record:
    """One of many events of a second each, back to back."""
    start = DUSK + timedelta(seconds=number)
    event = Event(
        id=uuid4(),
        instrument=INSTRUMENT.id,
        type="static",
        duration_ms=1000,
        windows=(Window(start=start, end=start + timedelta(seconds=1)),),
        attributes={"zenith": "1.000", "azimuth": "2.000", "number_of_photos": 2},
        priority=3,
    )
    return Record(
        event=event,
        night=NIGHT,
        owner="somebody",
        owner_name="Somebody",
        state=State.SCHEDULED,
        start=start,
        created_at=DUSK,
    )


class Archive:
    """Holds a few things, and counts how often it is asked for a whole schedule."""

    def __init__(self, records: Sequence[Record] = (), schedule: Schedule | None = None) -> None:
        self.records = records
        self.schedule = schedule
        self.schedules_read = 0
        self.commands: dict[UUID, StoredCommand] = {}
        self.down = False

    async def find_version(self, instrument: UUID, night: date) -> str | None:
        if self.down:
            raise Unreachable("database", "down")
        return self.schedule.version if self.schedule and night == NIGHT else None

    async def read_schedule(self, instrument: UUID, night: date) -> Schedule | None:
        self.schedules_read += 1
        return self.schedule if night == NIGHT else None

    async def list_events(
        self,
        instrument: UUID,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[Record]:
        found = [
            entry
            for entry in self.records
            if (start is None or entry.event.latest > start)
            and (end is None or entry.event.earliest < end)
        ]
        return found[:limit]

    async def find_event(self, event: UUID) -> Record | None:
        return next((entry for entry in self.records if entry.event.id == event), None)

    async def find_command(self, command: UUID) -> StoredCommand | None:
        return self.commands.get(command)

    async def probe(self) -> None:
        return


class Clock:
    """Stands still, unless it is set."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def uptime(self) -> float:
        return (self.time - NOW).total_seconds()


def reader_of(
    archive: Archive, clock: Clock | None = None, plans: LastPlans | None = None
) -> SidecarReader:
    """The API's reader over the sidecar's application, without a network."""
    clock = clock or Clock()
    app = build_app(archive=archive, clock=clock, plans=plans or LastPlans(uptime=clock.uptime))
    transport = httpx.ASGITransport(app=app)
    return SidecarReader("http://sidecar", timeout=2.0, transport=transport)


def plan(*blocks: Block) -> Schedule:
    """Tonight's plan."""
    return Schedule(
        instrument=INSTRUMENT.id,
        night=NIGHT,
        dusk=DUSK,
        dawn=DUSK + timedelta(hours=13),
        revision=3,
        quality=None,
        blocks=blocks,
    )


def block(start: int, end: int) -> Block:
    """A block from and to so many seconds after dusk."""
    return Block(
        id=uuid4(),
        type="scan",
        start=DUSK + timedelta(seconds=start),
        end=DUSK + timedelta(seconds=end),
        filler=True,
    )


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE + 7])
async def test_every_event_comes_once_and_in_order(count: int) -> None:
    records = [record(number) for number in range(count)]
    reader = reader_of(Archive(records))
    assert list(await reader.read_events(INSTRUMENT.id, None, None)) == records
    await reader.close()


async def test_events_of_a_span_are_those_that_overlap_it() -> None:
    records = [record(number) for number in range(10)]
    reader = reader_of(Archive(records))
    found = await reader.read_events(
        INSTRUMENT.id, DUSK + timedelta(seconds=2.5), DUSK + timedelta(seconds=5)
    )
    assert list(found) == records[2:5]
    await reader.close()


async def test_a_schedule_that_the_caller_has_is_not_read_again() -> None:
    archive = Archive(schedule=plan(block(0, 123)))
    reader = reader_of(archive)
    first = await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    assert isinstance(first, Versioned)
    assert first.schedule == archive.schedule
    again = await reader.read_schedule(INSTRUMENT.id, None, ["other", first.tag])
    assert again == Unchanged(tag=first.tag)
    assert archive.schedules_read == 1
    await reader.close()


async def test_a_schedule_that_overlaps_itself_is_not_served() -> None:
    reader = reader_of(Archive(schedule=plan(block(0, 123), block(122, 245))))
    with pytest.raises(Unreachable):
        await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    await reader.close()


async def test_a_night_that_nobody_has_planned_is_empty() -> None:
    reader = reader_of(Archive())
    found = await reader.read_schedule(INSTRUMENT.id, date(2027, 1, 1), [])
    assert isinstance(found, Versioned)
    assert found.schedule.blocks == ()
    assert found.schedule.revision == 0
    assert found.schedule.dusk is not None
    await reader.close()


async def test_a_database_that_is_down_is_said_to_be() -> None:
    archive = Archive()
    archive.down = True
    reader = reader_of(archive)
    with pytest.raises(Unreachable) as caught:
        await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    assert caught.value.part == "sidecar"
    await reader.close()


async def test_while_the_database_is_away_the_last_plan_is_served_with_its_age() -> None:
    archive, clock = Archive(schedule=plan(block(0, 123))), Clock()
    reader = reader_of(archive, clock)
    first = await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    assert isinstance(first, Versioned)
    assert first.age == 0
    # That it was still the newest a minute later is remembered too.
    clock.time = NOW + timedelta(seconds=60)
    assert await reader.read_schedule(INSTRUMENT.id, NIGHT, [first.tag]) == Unchanged(tag=first.tag)
    archive.down = True
    clock.time = NOW + timedelta(seconds=90)
    again = await reader.read_schedule(INSTRUMENT.id, None, [])
    assert again == Versioned(schedule=first.schedule, tag=first.tag, age=30)
    assert await reader.read_schedule(INSTRUMENT.id, NIGHT, [first.tag]) == Unchanged(
        tag=first.tag, age=30
    )
    with pytest.raises(Unreachable):  # a night that was never read is not made up
        await reader.read_schedule(INSTRUMENT.id, NIGHT + timedelta(days=1), [])
    archive.down = False
    newest = await reader.read_schedule(INSTRUMENT.id, None, [first.tag])
    assert newest == Unchanged(tag=first.tag)
    await reader.close()


async def test_the_current_night_is_remembered_even_if_nobody_asked_for_it() -> None:
    archive, clock, plans = Archive(schedule=plan(block(0, 123))), Clock(), LastPlans()
    refreshing = asyncio.create_task(keep_fresh(plans, archive, clock, [INSTRUMENT]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    refreshing.cancel()
    await asyncio.wait({refreshing})
    archive.down = True
    reader = reader_of(archive, clock, plans)
    found = await reader.read_schedule(INSTRUMENT.id, None, [])
    assert isinstance(found, Versioned)
    assert (found.schedule, found.age) == (archive.schedule, 1)
    await reader.close()


class SlowArchive(Archive):
    """Takes five and a half seconds for a schedule."""

    def __init__(self, schedule: Schedule, clock: Clock) -> None:
        super().__init__(schedule=schedule)
        self._clock = clock

    async def read_schedule(self, instrument: UUID, night: date) -> Schedule | None:
        self._clock.time += timedelta(seconds=5.5)
        return await super().read_schedule(instrument, night)


@pytest.mark.parametrize("asked", [False, True])
async def test_a_plan_is_as_old_as_the_question_for_it(asked: bool) -> None:
    clock = Clock()
    plans = LastPlans(uptime=clock.uptime)
    archive = SlowArchive(plan(block(0, 123)), clock)
    reader = reader_of(archive, clock, plans)
    if asked:
        await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    else:
        refreshing = asyncio.create_task(keep_fresh(plans, archive, clock, [INSTRUMENT]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        refreshing.cancel()
        await asyncio.wait({refreshing})
    archive.down = True
    found = await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    assert found.age == 6
    await reader.close()


async def test_ages_do_not_depend_on_the_time_of_day() -> None:
    archive, clock, uptime = Archive(schedule=plan(block(0, 123))), Clock(), [100.0]
    clock.time += timedelta(hours=10)
    reader = reader_of(archive, clock, LastPlans(uptime=lambda: uptime[0]))
    await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    archive.down = True
    clock.time = NOW
    uptime[0] += 30
    assert (await reader.read_schedule(INSTRUMENT.id, NIGHT, [])).age == 30
    await reader.close()


async def test_a_plan_of_the_same_revision_after_a_restore_has_another_tag() -> None:
    first = plan(block(0, 123)).model_copy(update={"planned_at": DUSK})
    second = first.model_copy(update={"planned_at": DUSK + timedelta(hours=1)})
    assert first.revision == second.revision
    archive = Archive(schedule=first)
    reader = reader_of(archive)
    found = await reader.read_schedule(INSTRUMENT.id, NIGHT, [])
    archive.schedule = second
    again = await reader.read_schedule(INSTRUMENT.id, NIGHT, [found.tag])
    assert isinstance(again, Versioned)
    assert again.schedule == second
    assert again.tag != found.tag
    await reader.close()


async def test_a_command_is_read_with_what_became_of_it() -> None:
    event = record(0).event
    command = Command(
        id=event.id,
        kind=CommandKind.ADD,
        instrument=INSTRUMENT.id,
        caller=Caller(subject="somebody", username="Somebody", groups=frozenset()),
        event=event,
        issued_at=NOW,
        expires_at=NOW + timedelta(seconds=2),
    )
    archive = Archive()
    archive.commands[command.id] = StoredCommand(command=command, outcome=None, now=NOW)
    reader = reader_of(archive)
    assert await reader.read_command(command.id) == archive.commands[command.id]
    assert await reader.read_command(uuid4()) is None
    await reader.close()


async def test_a_connection_that_is_reset_as_it_is_made_is_no_surprise() -> None:
    def reset(_: httpx.Request) -> httpx.Response:
        msg = "'NoneType' object has no attribute 'getpeername'"
        raise AttributeError(msg)

    reader = SidecarReader("http://sidecar", timeout=2.0, transport=httpx.MockTransport(reset))
    assert not await reader.ready()
    with pytest.raises(Unreachable):
        await reader.read_event(INSTRUMENT.id, uuid4())
    await reader.close()
