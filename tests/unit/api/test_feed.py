"""Who follows an instrument gets everything once, in order, wherever it begins."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from api import feed as module
from api.feed import Feed
from models.errors import Overloaded, Unreachable
from models.reading import FeedEntry

pytestmark = pytest.mark.asyncio
INSTRUMENT = uuid4()


def entry(sequence: int) -> FeedEntry:
    """One entry."""
    return FeedEntry(
        sequence=sequence,
        kind="revised",
        night=date(2026, 11, 21),
        at=datetime(2026, 11, 21, tzinfo=UTC),
        revision=sequence,
    )


class Reader:
    """Has entries, and counts how often it is asked."""

    def __init__(self, count: int) -> None:
        self.entries = [entry(7 * number) for number in range(1, count + 1)]
        self.asked = 0
        self.down = False

    async def read_feed(
        self, instrument: UUID, after: int | None, size: int
    ) -> Sequence[FeedEntry]:
        self.asked += 1
        if self.down:
            raise Unreachable("sidecar", "down")
        if after is None:
            return self.entries[-1:]
        return [each for each in self.entries if each.sequence > after][:size]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything small and soon."""
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(module, "REMEMBERED", 8)


async def take(feed: Feed, sequence: int, count: int) -> list[int]:
    """So many entries after one, as they come."""
    found: list[int] = []
    stream = feed.follow(INSTRUMENT, sequence, 5.0)
    async with asyncio.timeout(5):
        async for entries in stream:
            found += [each.sequence for each in entries]
            if len(found) >= count:
                break
    await stream.aclose()  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("behind", [0, 1, 4, 5, 6, 20])
async def test_everything_after_a_place_comes_once_and_in_order(behind: int) -> None:
    reader = Reader(20)
    feed = Feed(reader, asyncio.Event(), most=10)  # type: ignore[arg-type]
    begin = 7 * (20 - behind)
    task = asyncio.create_task(take(feed, begin, behind + 6))
    for number in range(21, 27):
        await asyncio.sleep(0.005)
        reader.entries.append(entry(7 * number))
    assert await task == [7 * number for number in range(20 - behind + 1, 27)]
    await feed.close()


async def test_several_follow_from_several_places() -> None:
    reader = Reader(30)
    feed = Feed(reader, asyncio.Event(), most=10)  # type: ignore[arg-type]
    places = [30, 0, 17, 29]
    tasks = [asyncio.create_task(take(feed, 7 * place, 40 - place)) for place in places]
    for number in range(31, 41):
        await asyncio.sleep(0.004)
        reader.entries.append(entry(7 * number))
    for place, task in zip(places, tasks, strict=True):
        assert await task == [7 * number for number in range(place + 1, 41)]
    await feed.close()


async def test_nobody_asks_when_nobody_follows() -> None:
    reader = Reader(3)
    feed = Feed(reader, asyncio.Event(), most=10)  # type: ignore[arg-type]
    assert await take(feed, 0, 3) == [7, 14, 21]
    await asyncio.sleep(0.02)
    asked = reader.asked
    await asyncio.sleep(0.05)
    assert reader.asked == asked


async def test_it_goes_on_when_the_sidecar_is_back() -> None:
    reader = Reader(3)
    feed = Feed(reader, asyncio.Event(), most=10)  # type: ignore[arg-type]
    task = asyncio.create_task(take(feed, 21, 1))
    await asyncio.sleep(0.02)
    reader.down = True
    await asyncio.sleep(0.05)
    reader.entries.append(entry(28))
    reader.down = False
    assert await task == [28]


async def test_streams_end_with_the_process_and_show_that_they_live() -> None:
    stop = asyncio.Event()
    feed = Feed(Reader(1), stop, most=1)  # type: ignore[arg-type]
    stream = feed.follow(INSTRUMENT, 7, 0.02)
    assert await anext(stream) == []
    with pytest.raises(Overloaded):
        await feed.begin(INSTRUMENT, None)
    asyncio.get_running_loop().call_later(0.03, stop.set)
    async with asyncio.timeout(1):
        async for entries in stream:
            assert entries == []


async def test_where_a_stream_begins() -> None:
    feed = Feed(Reader(3), asyncio.Event(), most=1)  # type: ignore[arg-type]
    assert await feed.begin(INSTRUMENT, None) == 21
    assert await feed.begin(INSTRUMENT, 14) == 14
    assert await feed.begin(INSTRUMENT, 10**12) == 21  # of another database
    assert await Feed(Reader(0), asyncio.Event(), most=1).begin(INSTRUMENT, None) == 0  # type: ignore[arg-type]
