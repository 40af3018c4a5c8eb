"""What the API asks of version 2's reads comes to the archive and back unchanged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from adapters.http import sidecar as line
from adapters.http.sidecar import SidecarReader
from adapters.memory.reader import MemoryReader
from adapters.memory.store import MemoryStore
from instruments import discover
from models.command import Command, CommandKind
from models.download import Download
from models.errors import InvalidRequest, Unreachable
from models.event import Event, Record, State, StateChange
from models.exchange import NightUpdate
from models.identity import Caller
from models.maintenance import Maintenance, MaintenanceRecord
from models.night import find_night
from models.reading import EventFilter
from models.schedule import Block
from models.window import Window
from sidecar.app import build_app
from sidecar.nights import MOST_NIGHTS

pytestmark = pytest.mark.asyncio

FAIM = next(each for each in discover() if each.name == "faim_oberpfaffenhofen")
LIDAR = next(each for each in discover() if each.name == "lidar_alomar")
DATE = date(2026, 11, 21)
NIGHT = find_night(FAIM.site, DATE, FAIM.depression)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OWNERS = ("Ørsted & co", "a=b,c", "somebody")


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW


def record(number: int) -> Record:
    """One of many events of a minute each."""
    assert NIGHT.dusk is not None
    start = NIGHT.dusk + timedelta(minutes=number)
    event = Event(
        id=uuid4(),
        instrument=FAIM.id,
        type="static",
        duration_ms=60_000,
        windows=(Window(start=start, end=start + timedelta(minutes=1)),),
        attributes={"zenith": "1.000", "azimuth": "2.000", "number_of_photos": 2},
        priority=1 + number % 5,
        series=UUID(int=number % 2, version=4),
    )
    return Record(
        event=event,
        night=DATE,
        owner=OWNERS[number % 3],
        owner_name="Somebody",
        state=State.SCHEDULED,
        start=start,
        created_at=NOW + timedelta(microseconds=number),
    )


def block_of(each: Record) -> Block:
    """The block of an event."""
    event = each.event
    return Block(
        id=event.id,
        type=event.type,
        start=event.earliest,
        end=event.latest,
        attributes=event.attributes,
    )


RECORDS = tuple(record(number) for number in range(23))


@pytest_asyncio.fixture
async def archive() -> MemoryReader:
    """A night that grew in two revisions, a maintenance that was taken back, a download."""
    store = MemoryStore(lambda: NOW)
    caller = Caller(subject="s", username="S", groups=frozenset())
    async with store.lead("faim") as desk:
        for number, some in enumerate((RECORDS[:20], RECORDS[20:])):
            async with desk.transaction() as work:
                state = await work.lock_night(FAIM.id, NIGHT)
                blocks = tuple(block_of(each) for each in some)
                changed = {
                    "revision": number + 1,
                    "blocks": (*state.schedule.blocks, *blocks),
                }
                changes = tuple(
                    StateChange(
                        event=each.event.id, state=each.state, at=NOW, cause="as asked", by="s"
                    )
                    for each in some
                )
                await work.save_night(
                    NightUpdate(
                        schedule=state.schedule.model_copy(update=changed),
                        added=some,
                        changes=changes,
                        added_blocks=blocks,
                    )
                )
        async with desk.transaction() as work:
            for each in MAINTENANCE:
                await work.save_maintenance(each)
            await work.save_maintenance(MAINTENANCE[1].model_copy(update={"ended_at": NOW}))
            note = Command(
                id=uuid4(),
                kind=CommandKind.DOWNLOAD,
                instrument=FAIM.id,
                caller=caller,
                download=Download(night=DATE, revision=1, format="ics"),
                issued_at=NOW,
                expires_at=NOW,
            )
            await work.save_download(note)
    return MemoryReader(store)


MAINTENANCE = tuple(
    MaintenanceRecord(
        maintenance=Maintenance(
            id=uuid4(),
            instrument=FAIM.id,
            window=Window(start=NOW + timedelta(days=n), end=NOW + timedelta(days=n, hours=1)),
            note="mirror",
        ),
        owner="s",
        owner_name="S",
        created_at=NOW,
    )
    for n in (5, 1, 2)
)


@pytest_asyncio.fixture
async def reader(
    archive: MemoryReader, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SidecarReader]:
    """The API's reader over the sidecar's application, which pages often."""
    monkeypatch.setattr(line, "PAGE", 7)
    transport = httpx.ASGITransport(app=build_app(archive=archive, clock=Clock()))
    found = SidecarReader("http://sidecar", timeout=2.0, transport=transport)
    yield found
    await found.close()


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(),
        EventFilter(states=(State.SCHEDULED, State.WAITING)),
        EventFilter(states=(State.DELETED,)),
        EventFilter(owners=OWNERS[:2], types=("static", "scan")),
        EventFilter(owners=()),
        EventFilter(night=DATE, series=UUID(int=1, version=4)),
        EventFilter(night=DATE + timedelta(days=1)),
        EventFilter(start=RECORDS[3].start, end=RECORDS[9].start),
    ],
)
@pytest.mark.parametrize("sort", ["start_time", "-created_at", "priority"])
@pytest.mark.parametrize("size", [1, 7, 8, 100])
async def test_events_are_those_of_the_archive(
    reader: SidecarReader, archive: MemoryReader, wanted: EventFilter, sort: str, size: int
) -> None:
    after = None
    while True:
        asked = {"sort": sort, "size": size, "after": after}
        page = await reader.find_events(FAIM.id, wanted, **asked)
        assert page == await archive.find_events(FAIM.id, wanted, **asked)
        after = page.after
        if after is None:
            return


@pytest.mark.parametrize(
    ("sort", "after", "parameter"),
    [("start_time", "nonsense", "page[after]"), ("colour", None, "sort")],
)
async def test_what_the_archive_refuses_is_refused(
    reader: SidecarReader, sort: str, after: str | None, parameter: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await reader.find_events(FAIM.id, EventFilter(), sort=sort, size=5, after=after)
    (fault,) = caught.value.faults
    assert fault.parameter == parameter


async def test_nights_are_filled_in(reader: SidecarReader, archive: MemoryReader) -> None:
    first, last = DATE - timedelta(days=150), DATE + timedelta(days=300)
    nights = await reader.read_nights(FAIM.id, first, last)
    assert [each.night for each in nights] == [first + timedelta(days=n) for n in range(451)]
    planned = [each for each in nights if each.revision]
    assert tuple(planned) == await archive.read_nights(FAIM.id, first, last)
    unplanned = nights[0]
    night = find_night(FAIM.site, first, FAIM.depression)
    assert (unplanned.dusk, unplanned.dawn) == (night.dusk, night.dawn)
    assert (unplanned.quality, unplanned.planned_at, unplanned.events) == (None, None, 0)


async def test_a_night_without_darkness_has_no_dusk(reader: SidecarReader) -> None:
    (night,) = await reader.read_nights(LIDAR.id, date(2027, 6, 21), date(2027, 6, 21))
    assert (night.dusk, night.dawn, night.revision) == (None, None, 0)


async def test_nights_that_nobody_can_tell_are_left_out(reader: SidecarReader) -> None:
    for day in (date.min, date(1899, 12, 31), date(2100, 1, 1), date.max):
        assert list(await reader.read_nights(FAIM.id, day, day)) == []
    assert list(await reader.read_nights(FAIM.id, DATE, DATE - timedelta(days=1))) == []
    (last,) = await reader.read_nights(FAIM.id, date(2099, 12, 31), date(2100, 1, 5))
    assert last.night == date(2099, 12, 31)


async def test_old_plans_are_read_and_unknown_ones_are_not(
    reader: SidecarReader, archive: MemoryReader
) -> None:
    for revision, count in ((1, 20), (2, 23)):
        found = await reader.read_revision(FAIM.id, DATE, revision)
        assert found is not None
        assert found == await archive.read_revision(FAIM.id, DATE, revision)
        assert len(found.blocks) == count
    for night, revision in ((DATE, 0), (DATE, 3), (DATE, 2**40), (date.max, 1)):
        assert await reader.read_revision(FAIM.id, night, revision) is None
    assert await reader.read_revision(uuid4(), DATE, 1) is None


async def test_maintenance_is_read(reader: SidecarReader, archive: MemoryReader) -> None:
    listed = await reader.list_maintenance(FAIM.id, None, None)
    assert tuple(listed) == (MAINTENANCE[2], MAINTENANCE[0])
    start, end = NOW + timedelta(days=2), NOW + timedelta(days=3)
    assert list(await reader.list_maintenance(FAIM.id, start, end)) == [MAINTENANCE[2]]
    gone = await reader.find_maintenance(FAIM.id, MAINTENANCE[1].maintenance.id)
    assert gone == MAINTENANCE[1].model_copy(update={"ended_at": NOW})
    assert await reader.find_maintenance(LIDAR.id, MAINTENANCE[0].maintenance.id) is None
    assert await reader.find_maintenance(FAIM.id, uuid4()) is None


async def test_feed_goes_on_where_it_was_left(reader: SidecarReader, archive: MemoryReader) -> None:
    everything = await archive.read_feed(FAIM.id, 0, 1000)
    assert len(everything) == 25
    for size in (1, 6, 7, 8, 14, 100):
        for after in (0, 1, 13, 24, 25, 1000):
            expected = await archive.read_feed(FAIM.id, after, size)
            assert tuple(await reader.read_feed(FAIM.id, after, size)) == expected
        assert tuple(await reader.read_feed(FAIM.id, None, size)) == everything[-1:]
    assert list(await reader.read_feed(LIDAR.id, None, 5)) == []


async def test_downloads_are_told(reader: SidecarReader) -> None:
    (one,) = await reader.list_downloads(FAIM.id, DATE)
    assert (one.at, one.night, one.revision, one.format) == (NOW, DATE, 1, "ics")
    assert (one.subject, one.username) == ("s", "S")
    assert list(await reader.list_downloads(FAIM.id, DATE + timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nights", 422),
        ("nights?from=2026-11-21&to=tomorrow", 422),
        (f"nights?from=2026-01-01&to={date(2026, 1, 1) + timedelta(days=MOST_NIGHTS)}", 400),
        (f"nights?from=2026-01-01&to={date(2026, 1, 1) + timedelta(days=MOST_NIGHTS - 1)}", 200),
        ("nights/2026-11-21/revisions/9", 404),
        ("nights/2026-11-21/revisions/x", 422),
        ("nights/2026-11-31/downloads", 422),
        ("nights/2026-11-21/downloads", 200),
        ("events/search", 200),
        ("events/search?state=lost", 422),
        ("events/search?from=2026-11-21T00:00:00", 422),
        ("events/search?size=0", 422),
        ("events/search?size=100000", 422),
        ("events/search?sort=id", 400),
        ("events/search?after=x", 400),
        ("maintenance?to=never", 422),
        ("maintenance/x", 422),
        (f"maintenance/{UUID(int=0)}", 404),
        ("feed?after=-1", 422),
        ("feed?size=0", 422),
        ("feed", 200),
    ],
)
async def test_status_of_a_request(archive: MemoryReader, path: str, status: int) -> None:
    transport = httpx.ASGITransport(app=build_app(archive=archive, clock=Clock()))
    async with httpx.AsyncClient(transport=transport, base_url="http://sidecar") as client:
        found = await client.get(f"/internal/instruments/{FAIM.id}/{path}")
        assert found.status_code == status, found.text
        nowhere = await client.get(f"/internal/instruments/{UUID(int=1)}/{path}")
        assert nowhere.status_code in {404, 422}


async def test_a_refusal_that_says_nothing_is_none() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(400, text="who are you?"))
    reader = SidecarReader("http://sidecar", timeout=2.0, transport=transport)
    with pytest.raises(Unreachable):
        await reader.find_events(FAIM.id, EventFilter(), sort="priority", size=5, after=None)
    await reader.close()
