"""What the API reads is what the archive holds, page after page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.http.sidecar import PAGE, SidecarReader
from instruments import discover
from models.errors import Unreachable
from models.event import Event, Record, State
from models.reading import Unchanged, Versioned
from models.schedule import Block, Schedule
from models.window import Window
from sidecar.app import build_app

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
        self.down = False

    async def find_revision(self, instrument: UUID, night: date) -> int | None:
        if self.down:
            raise Unreachable("database", "down")
        return self.schedule.revision if self.schedule and night == NIGHT else None

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

    async def probe(self) -> None:
        return


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW


def reader_of(archive: Archive) -> SidecarReader:
    """The API's reader over the sidecar's application, without a network."""
    transport = httpx.ASGITransport(app=build_app(archive=archive, clock=Clock()))
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
