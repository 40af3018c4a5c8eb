"""Every event is found by what it is, once, in the order asked for, page after page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidRequest
from models.event import Record, State
from models.paging import Order, Position, SortKey
from models.reading import EventFilter
from tests.contract.store.conftest import AnyReader, AnyStore, Clock
from tests.contract.store.nights import (
    DATE,
    DUSK,
    INSTRUMENT,
    accepted,
    after_dusk,
    block,
    change,
    fixed,
    flexible,
    write,
)

ORDERS = [f"{sign}{key}" for key in SortKey for sign in ("", "-")]
EVERYTHING = EventFilter()


async def pages(
    reader: AnyReader, *, sort: str, size: int, wanted: EventFilter = EVERYTHING
) -> AsyncIterator[Sequence[Record]]:
    """Page after page to the last."""
    after = None
    while True:
        page = await reader.find_events(INSTRUMENT, wanted, sort=sort, size=size, after=after)
        yield page.records
        after = page.after
        if after is None:
            return


async def every(
    reader: AnyReader, *, sort: str, size: int, wanted: EventFilter = EVERYTHING
) -> list[Record]:
    """Everything on all pages."""
    return [
        record
        async for page in pages(reader, sort=sort, size=size, wanted=wanted)
        for record in page
    ]


async def fill(store: AnyStore) -> list[Record]:
    """A night with events in several states, some of them alike."""
    placed = [fixed(minute, priority=1 + minute // 10 % 3) for minute in range(0, 100, 10)]
    moved = flexible(0, 300, priority=5)
    waiting = [flexible(5 * number, 300, priority=2) for number in range(5)]
    lost = [fixed(200, priority=4), fixed(200, priority=4)]
    records = [
        accepted(event).model_copy(
            update={
                "created_at": DUSK + timedelta(seconds=number // 3),
                "owner": f"owner {number % 2}",
            }
        )
        for number, event in enumerate([*placed, moved, lost[0]])
    ]
    records += [accepted(event, State.WAITING) for event in waiting]
    async with store.lead("faim") as desk:
        blocks = [*map(block, placed), block(moved, 150), block(lost[0])]
        await write(desk, blocks, new=records)
        await write(
            desk,
            [each for each in blocks if each.id not in {lost[0].id, placed[3].id}],
            new=[accepted(lost[1], State.DISPLACED)],
            changes=[change(lost[0], State.DELETED), change(placed[3], State.DISPLACED)],
        )
    return records


def values(records: Sequence[Record], key: SortKey) -> list[tuple[object, UUID]]:
    return [(key.of(record), record.event.id) for record in records]


@pytest.mark.asyncio
@pytest.mark.parametrize("sort", ORDERS)
async def test_every_event_comes_once_and_in_order(
    store: AnyStore, reader: AnyReader, sort: str
) -> None:
    await fill(store)
    order = Order.parse(sort)
    at_once = await every(reader, sort=sort, size=100)
    assert len(at_once) == 18
    found = values(at_once, order.key)
    assert found == sorted(found, reverse=order.descending)
    for size in (1, 2, 7, 17, 18):
        assert await every(reader, sort=sort, size=size) == at_once


@pytest.mark.asyncio
@pytest.mark.parametrize("sort", ORDERS)
async def test_nothing_is_missed_or_told_twice_while_others_come(
    store: AnyStore, reader: AnyReader, clock: Clock, sort: str
) -> None:
    await fill(store)
    before = await every(reader, sort=sort, size=100)
    told: list[Record] = []
    minute = 300
    async for page in pages(reader, sort=sort, size=4):
        told += page
        async with store.lead("faim") as desk:
            early, late = flexible(1, 400, priority=1), flexible(minute, 400, priority=5)
            stored = await reader.read_schedule(INSTRUMENT, DATE)
            assert stored is not None
            blocks = [*stored.blocks, block(late)]
            await write(desk, blocks, new=[accepted(early, State.WAITING), accepted(late)])
        minute += 10
        if len(told) > 60:
            break
    assert len({record.event.id for record in told}) == len(told)
    known = {record.event.id for record in before}
    assert [record for record in told if record.event.id in known] == before


@pytest.mark.asyncio
async def test_a_place_is_found_after_its_event_has_gone(
    store: AnyStore, reader: AnyReader
) -> None:
    events = [fixed(minute) for minute in (0, 10, 20)]
    async with store.lead("faim") as desk:
        await write(desk, map(block, events), new=map(accepted, events))
        wanted = EventFilter(states=(State.SCHEDULED,))
        page = await reader.find_events(INSTRUMENT, wanted, sort="start_time", size=2, after=None)
        left = [block(events[0]), block(events[2])]
        await write(desk, left, changes=[change(events[1], State.DELETED)])
    rest = await reader.find_events(INSTRUMENT, wanted, sort="start_time", size=2, after=page.after)
    assert [record.event.id for record in rest.records] == [events[2].id]
    assert rest.after is None


@pytest.mark.asyncio
@pytest.mark.parametrize("sort", ORDERS)
async def test_filters_leave_what_fits_them(store: AnyStore, reader: AnyReader, sort: str) -> None:
    await fill(store)
    everything = await every(reader, sort=sort, size=100)

    async def ids(**wanted: object) -> list[UUID]:
        found = await every(reader, sort=sort, size=3, wanted=EventFilter.model_validate(wanted))
        return [record.event.id for record in found]

    for states in (
        {State.SCHEDULED},
        {State.SCHEDULED, State.DONE},
        {State.WAITING, State.DELETED},
        {State.SCHEDULED, State.DISPLACED},
    ):
        assert await ids(states=tuple(states)) == [
            record.event.id for record in everything if record.state in states
        ]
    assert await ids(owners=("owner 1", "nobody", "\x00")) == [
        record.event.id for record in everything if record.owner == "owner 1"
    ]
    assert await ids(types=("static",)) == [record.event.id for record in everything]
    for none in ({"types": ("scan",)}, {"owners": ()}, {"states": ()}, {"series": uuid4()}):
        assert await ids(**none) == []
    for night, count in ((DATE, 18), (DATE + timedelta(days=1), 0), (date(1, 1, 1), 0)):
        assert len(await ids(night=night)) == count
    spans = [(30, 90), (30, None), (None, 90), (90, 30), (35, 35), (30, 30), (0, 5000)]
    for span in spans:
        start, end = (None if minute is None else after_dusk(minute) for minute in span)
        found = await ids(start=start, end=end)
        assert found == [
            record.event.id
            for record in everything
            if (start is None or record.event.latest > start)
            and (end is None or record.event.earliest < end)
        ]


@pytest.mark.asyncio
async def test_events_of_a_series_are_found(store: AnyStore, reader: AnyReader) -> None:
    series = uuid4()
    ours = fixed(0).model_copy(update={"series": series})
    other = fixed(10)
    async with store.lead("faim") as desk:
        await write(desk, map(block, [ours, other]), new=map(accepted, [ours, other]))
    (found,) = await every(reader, sort="priority", size=5, wanted=EventFilter(series=series))
    assert found.event == ours


@pytest.mark.asyncio
async def test_another_instrument_has_none_of_them(store: AnyStore, reader: AnyReader) -> None:
    await fill(store)
    for sort in ORDERS:
        page = await reader.find_events(uuid4(), EVERYTHING, sort=sort, size=5, after=None)
        assert (page.records, page.after) == ((), None)


@pytest.mark.asyncio
@pytest.mark.parametrize("sort", ["", "-", "--priority", "id", "start_time,priority", "Priority"])
async def test_order_that_there_is_not_is_refused(reader: AnyReader, sort: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await reader.find_events(INSTRUMENT, EVERYTHING, sort=sort, size=5, after=None)
    assert caught.value.faults[0].parameter == "sort"


@pytest.mark.asyncio
async def test_place_in_another_order_is_refused(reader: AnyReader) -> None:
    place = str(Position.of(accepted(fixed(0)), Order.parse("priority")))
    for sort in set(ORDERS) - {"priority"}:
        with pytest.raises(InvalidRequest) as caught:
            await reader.find_events(INSTRUMENT, EVERYTHING, sort=sort, size=5, after=place)
        assert caught.value.faults[0].parameter == "page[after]"
    page = await reader.find_events(INSTRUMENT, EVERYTHING, sort="priority", size=5, after=place)
    assert page.records == ()


@given(text=st.text() | st.text(alphabet="abcdefghIJKLMNOP0123456789-_=", max_size=220))
def test_a_text_that_nobody_gave_is_refused(text: str) -> None:
    for sort in ORDERS:
        with pytest.raises(InvalidRequest):
            Position.parse(text, Order.parse(sort))


@given(
    sort=st.sampled_from(ORDERS),
    value=st.datetimes(timezones=st.just(UTC)),
    priority=st.integers(1, 5),
    event=st.uuids(),
)
def test_a_place_is_read_as_it_was_written(
    sort: str, value: datetime, priority: int, event: UUID
) -> None:
    order = Order.parse(sort)
    place = Position(
        order=order, value=priority if order.key is SortKey.PRIORITY else value, event=event
    )
    assert Position.parse(str(place), order) == place
