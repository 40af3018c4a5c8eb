"""A night is locked, decided and written as one; what was written is what is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from models.errors import BrokenSchedule
from models.event import State
from models.exchange import NightUpdate
from models.schedule import Schedule
from tests.contract.store.conftest import AnyReader, AnyStore
from tests.contract.store.nights import (
    BRIGHT_NIGHT,
    DATE,
    DAWN,
    DUSK,
    INSTRUMENT,
    NIGHT,
    Desk,
    accepted,
    after_dusk,
    block,
    change,
    filler,
    fixed,
    flexible,
    update,
    write,
)

pytestmark = pytest.mark.asyncio


async def test_new_night_is_empty_and_has_the_horizon_given(store: AnyStore) -> None:
    async with store.lead("faim") as desk, desk.transaction() as work:
        state = await work.lock_night(INSTRUMENT, NIGHT)
    assert state.schedule.revision == 0
    assert state.schedule.blocks == ()
    assert state.schedule.quality is None
    assert (state.schedule.dusk, state.schedule.dawn) == (DUSK, DAWN)
    assert state.wanted == ()
    assert state.now.utcoffset() == timedelta(0)


async def test_night_without_darkness_has_no_horizon(store: AnyStore, reader: AnyReader) -> None:
    async with store.lead("faim") as desk, desk.transaction() as work:
        state = await work.lock_night(INSTRUMENT, BRIGHT_NIGHT)
        await work.save_night(update(state, []))
    schedule = await reader.read_schedule(INSTRUMENT, BRIGHT_NIGHT.date)
    assert schedule is not None
    assert (schedule.dusk, schedule.dawn) == (None, None)
    assert schedule.revision == 1


async def test_horizon_stays_as_it_was_first_stored(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        async with desk.transaction() as work:
            await work.lock_night(INSTRUMENT, NIGHT)
        moved = type(NIGHT)(
            site=NIGHT.site,
            date=NIGHT.date,
            depression=18.0,
            darkness=NIGHT.darkness,
            dusk=after_dusk(30),
            dawn=DAWN,
        )
        async with desk.transaction() as work:
            state = await work.lock_night(INSTRUMENT, moved)
    assert state.schedule.dusk == DUSK


async def test_what_was_saved_is_read_by_scheduler_and_sidecar(
    store: AnyStore, reader: AnyReader
) -> None:
    event, gap = fixed(10), filler(0)
    async with store.lead("faim") as desk:
        await write(desk, [gap, block(event)], new=[accepted(event)])
        async with desk.transaction() as work:
            state = await work.lock_night(INSTRUMENT, NIGHT)
    assert state.schedule.blocks == (gap, block(event))
    assert state.schedule.quality is not None
    assert state.schedule.quality.value == 7200
    (record,) = state.wanted
    assert record == accepted(event).model_copy(update={"start": after_dusk(10)})
    assert await reader.read_schedule(INSTRUMENT, DATE) == state.schedule
    assert await reader.find_version(INSTRUMENT, DATE) == state.schedule.version != "1-0"


async def test_transaction_sees_its_own_writes(store: AnyStore) -> None:
    event = fixed(10)
    async with store.lead("faim") as desk, desk.transaction() as work:
        before = await work.lock_night(INSTRUMENT, NIGHT)
        await work.save_night(update(before, [block(event)], added=[accepted(event)]))
        found = await work.find_event(event.id)
        again = await work.lock_night(INSTRUMENT, NIGHT)
    assert found is not None
    assert found.state is State.SCHEDULED
    assert again.schedule.blocks == (block(event),)


async def test_error_leaves_nothing_behind(store: AnyStore, reader: AnyReader) -> None:
    event = fixed(10)
    async with store.lead("faim") as desk:
        with pytest.raises(ZeroDivisionError):
            await write(desk, [block(event)], new=[accepted(event)], then=ZeroDivisionError())
        assert await reader.find_event(event.id) is None
        await write(desk, [block(event)], new=[accepted(event)])  # the desk is as good as before
    assert await reader.find_event(event.id) is not None


async def test_displaced_and_waiting_events_are_wanted_and_deleted_ones_are_not(
    store: AnyStore,
) -> None:
    kept, loses, waits, deleted = fixed(0), fixed(20), flexible(30, 60), fixed(40)
    async with store.lead("faim") as desk:
        first = [kept, loses, deleted]
        await write(desk, map(block, first), new=map(accepted, first))
        await write(
            desk,
            [block(kept)],
            new=[accepted(waits, State.WAITING)],
            changes=[change(loses, State.DISPLACED), change(deleted, State.DELETED)],
        )
        async with desk.transaction() as work:
            state = await work.lock_night(INSTRUMENT, NIGHT)
            gone = await work.find_event(deleted.id)
    assert {record.event.id: record.state for record in state.wanted} == {
        kept.id: State.SCHEDULED,
        loses.id: State.DISPLACED,
        waits.id: State.WAITING,
    }
    starts = {record.event.id: record.start for record in state.wanted}
    assert starts == {kept.id: after_dusk(0), loses.id: after_dusk(20), waits.id: None}
    assert gone is not None
    assert gone.state is State.DELETED


async def test_history_is_kept_in_order(store: AnyStore, reader: AnyReader) -> None:
    event = fixed(0)
    async with store.lead("faim") as desk:
        await write(desk, [block(event)], new=[accepted(event)])
        moved = change(event, State.DISPLACED, "a longer event took its place")
        await write(desk, [], changes=[moved])
    record = await reader.find_event(event.id)
    assert record is not None
    assert [step.state for step in record.history] == [State.SCHEDULED, State.DISPLACED]
    assert record.history[1].cause == "a longer event took its place"
    assert record.history[1].by == "5f0c6f3e-alice"
    assert record.state is State.DISPLACED


async def test_last_of_several_changes_in_one_transaction_counts(
    store: AnyStore, reader: AnyReader
) -> None:
    event = fixed(0)
    async with store.lead("faim") as desk:
        await write(desk, [], new=[accepted(event)], changes=[change(event, State.DISPLACED)])
    record = await reader.find_event(event.id)
    assert record is not None
    assert record.state is State.DISPLACED
    assert len(record.history) == 2


async def test_two_blocks_swap_places(store: AnyStore, reader: AnyReader) -> None:
    first, second = flexible(0, 60), flexible(0, 60)
    async with store.lead("faim") as desk:
        both = [accepted(first), accepted(second)]
        await write(desk, [block(first, 0), block(second, 10)], new=both)
        await write(desk, [block(first, 10), block(second, 0)])
    schedule = await reader.read_schedule(INSTRUMENT, DATE)
    assert schedule is not None
    assert [each.id for each in schedule.blocks] == [second.id, first.id]
    assert schedule.revision == 2


async def test_night_is_decided_by_one_at_a_time(store: AnyStore, reader: AnyReader) -> None:
    entered: list[str] = []
    first_is_in = asyncio.Event()

    async def decide(group: str, minute: float, wait: float) -> None:
        async with store.lead(group) as desk, desk.transaction() as work:
            state = await work.lock_night(INSTRUMENT, NIGHT)
            entered.append(group)
            first_is_in.set()
            await asyncio.sleep(wait)
            event = fixed(minute)
            blocks = [*state.schedule.blocks, block(event)]
            await work.save_night(update(state, blocks, added=[accepted(event)]))
            entered.append(group)

    slow = asyncio.create_task(decide("one", 0, 0.3))
    await first_is_in.wait()
    await asyncio.gather(slow, decide("other", 10, 0))
    assert entered == ["one", "one", "other", "other"]
    schedule = await reader.read_schedule(INSTRUMENT, DATE)
    assert schedule is not None
    assert len(schedule.blocks) == 2


async def test_time_is_that_of_the_lock_not_of_the_wait_for_it(store: AnyStore) -> None:
    times = []

    async def decide(group: str) -> None:
        async with store.lead(group) as desk, desk.transaction() as work:
            state = await work.lock_night(INSTRUMENT, NIGHT)
            times.append(state.now)
            await asyncio.sleep(0.1)
            times.append(await work.now())

    await asyncio.gather(decide("one"), decide("other"))
    assert times == sorted(times)


@pytest.mark.parametrize("swallow", [False, True])
async def test_overlap_is_refused_as_a_whole(
    store: AnyStore, reader: AnyReader, *, swallow: bool
) -> None:
    both = [fixed(0), fixed(5)]
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule):
            await write(desk, map(block, both), new=map(accepted, both), swallow=swallow)
        assert await reader.find_event(both[0].id) is None
        await write(desk, [block(both[0])], new=[accepted(both[0])])


@pytest.mark.parametrize("swallow", [False, True])
async def test_block_outside_its_night_is_refused_even_if_the_error_is_swallowed(
    store: AnyStore, reader: AnyReader, *, swallow: bool
) -> None:
    early, right = fixed(-5), fixed(0)
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule):
            await write(desk, [block(early)], new=[accepted(early)], swallow=swallow)
        assert await reader.find_event(early.id) is None
        await write(desk, [block(right)], new=[accepted(right)])


async def test_block_in_a_night_without_darkness_is_refused(store: AnyStore) -> None:
    async def write_bright() -> None:
        async with store.lead("faim") as desk, desk.transaction() as work:
            before = await work.lock_night(INSTRUMENT, BRIGHT_NIGHT)
            await work.save_night(update(before, [filler(0)]))

    with pytest.raises(BrokenSchedule):
        await write_bright()


async def test_scheduled_event_without_block_is_refused(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule, match="scheduled_event_has_block"):
            await write(desk, [], new=[accepted(fixed(0))])


async def test_block_of_an_event_that_is_not_scheduled_is_refused(store: AnyStore) -> None:
    event = fixed(0)
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule, match="block_of_scheduled_event"):
            await write(desk, [block(event)], new=[accepted(event, State.WAITING)])


async def test_block_of_an_unknown_event_is_refused(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule, match="block_is_event_or_filler"):
            await write(desk, [block(fixed(0))])


async def test_block_longer_than_its_event_is_refused(store: AnyStore) -> None:
    event = flexible(0, 60)
    longer = block(event).model_copy(update={"end": after_dusk(11)})
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule, match="block_event_shape"):
            await write(desk, [longer], new=[accepted(event)])


async def test_block_outside_its_events_windows_is_refused(store: AnyStore) -> None:
    event = fixed(0)
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule, match="block_inside_window"):
            await write(desk, [block(event, 1)], new=[accepted(event)])


async def test_changes_that_do_not_lead_to_the_plan_are_refused(store: AnyStore) -> None:
    event, gap = fixed(10), filler(0)
    async with store.lead("faim") as desk:
        await write(desk, [block(event), gap], new=[accepted(event)])
        with pytest.raises(BrokenSchedule, match="do not lead to the plan"):
            await save(desk, lambda plan: plan.model_copy(update={"blocks": (block(event),)}))


async def test_revision_never_goes_back(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        await write(desk, [filler(0)])
        with pytest.raises(BrokenSchedule, match="revision"):
            await save(desk, lambda plan: plan.model_copy(update={"revision": 0}))


async def test_night_that_was_never_locked_cannot_be_saved(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        await write(desk, [])
        with pytest.raises(BrokenSchedule, match="night is missing"):
            await save(desk, lambda plan: plan.model_copy(update={"night": date(2030, 1, 1)}))


async def test_change_of_an_unknown_event_is_refused(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        with pytest.raises(BrokenSchedule, match="state_change_event"):
            await write(desk, [], changes=[change(fixed(0), State.DELETED)])


async def test_id_of_another_event_is_refused(store: AnyStore) -> None:
    event = fixed(0)
    async with store.lead("faim") as desk:
        await write(desk, [block(event)], new=[accepted(event)])
        with pytest.raises(BrokenSchedule, match="event_pkey"):
            await write(desk, [block(event)], new=[accepted(event, State.WAITING)])


async def save(desk: Desk, altered: Callable[[Schedule], Schedule]) -> None:
    """Save the night's plan, altered, without any change of its blocks."""
    async with desk.transaction() as work:
        before = await work.lock_night(INSTRUMENT, NIGHT)
        await work.save_night(NightUpdate(schedule=altered(before.schedule)))
