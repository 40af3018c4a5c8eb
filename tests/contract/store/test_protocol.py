"""Commands are counted, decided once and published from the outbox; one leads at a time."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from models.command import Command, CommandKind
from models.errors import Fault, Reason
from models.event import State
from models.identity import Caller, Group
from models.outcome import Outcome, Status
from models.series import Series, SeriesRecord
from tests.contract.store.conftest import AnyReader, AnyStore
from tests.contract.store.nights import (
    DATE,
    INSTRUMENT,
    NIGHT,
    NOW,
    Desk,
    accepted,
    add,
    added,
    after_dusk,
    block,
    filler,
    fixed,
    flexible,
    message,
    update,
    write,
)

pytestmark = pytest.mark.asyncio


async def fail_after_saving(desk: Desk, command: Command) -> None:
    """A transaction that has written an outcome and a message, and fails."""
    async with desk.transaction() as work:
        await work.save_outcomes([(command, added(command))], [message(b"1")])
        raise ZeroDivisionError


async def test_outcome_is_stored_as_it_was_given(store: AnyStore, reader: AnyReader) -> None:
    command = add(fixed(0))
    fault = Fault(
        reason=Reason.CONFLICT,
        detail="expected room, got an event of more worth",
        pointer="/data/attributes/start_time",
        meta={"events": [str(uuid4())]},
    )
    outcome = added(command).model_copy(
        update={"status": Status.REJECTED, "faults": (fault,), "displaced": (uuid4(),)}
    )
    async with store.lead("faim") as desk:
        async with desk.transaction() as work:
            await work.save_outcomes([(command, outcome)], [])
            own = await work.find_outcomes([command.id])
        async with desk.transaction() as work:
            found = await work.find_outcomes([command.id, uuid4()])
    assert own == found == {command.id: outcome}
    stored = await reader.find_command(command.id)
    assert stored is not None
    assert (stored.command, stored.outcome) == (command, outcome)
    assert await reader.find_command(uuid4()) is None


async def test_numbers_of_any_length_are_kept(store: AnyStore) -> None:
    event = fixed(0).model_copy(update={"attributes": {"number_of_photos": 10**30}})
    command = add(event)
    async with store.lead("faim") as desk:
        await desk.count_attempts([command])
        async with desk.transaction() as work:
            await work.save_outcomes([(command, added(command))], [])
        async with desk.transaction() as work:
            found = await work.find_outcomes([command.id])
    assert found[command.id].body_hash == command.body_hash


async def test_whatever_a_header_says_is_kept_or_marked(store: AnyStore) -> None:
    odd = dataclasses.replace(message(b"1"), headers={"nightplan_request_id": "a\x00b"})
    async with store.lead("faim") as desk:
        async with desk.transaction() as work:
            await work.save_outcomes([], [odd])
        [stored] = await desk.read_outbox(10)
    assert stored.message.headers["nightplan_request_id"] in {"a\x00b", "a\ufffdb"}


async def test_first_outcome_stays_and_shows_that_another_body_was_meant(
    store: AnyStore, reader: AnyReader
) -> None:
    first = add(fixed(0))
    other = add(fixed(30), id=first.id)
    async with store.lead("faim") as desk:
        for command in (first, other):
            async with desk.transaction() as work:
                await work.save_outcomes([(command, added(command))], [])
        attempts = await desk.count_attempts([other])
    outcome = attempts[first.id].outcome
    assert outcome is not None
    assert outcome.body_hash == first.body_hash != other.body_hash
    stored = await reader.find_command(first.id)
    assert stored is not None
    assert (stored.command, stored.outcome) == (first, outcome)


async def test_attempts_count_until_there_is_an_outcome(store: AnyStore) -> None:
    command = add(fixed(0))
    async with store.lead("faim") as desk:
        for before in (0, 1):
            attempt = (await desk.count_attempts([command]))[command.id]
            assert (attempt.count, attempt.before, attempt.outcome) == (1, before, None)
        assert [await desk.count_again(command.id) for _ in range(2)] == [2, 3]
        async with desk.transaction() as work:
            await work.save_outcomes([(command, added(command))], [])
        for _ in range(2):
            attempt = (await desk.count_attempts([command]))[command.id]
            assert (attempt.count, attempt.before) == (3, 3)
            assert attempt.outcome == added(command)
        assert await desk.count_again(command.id) == 0
        assert await desk.count_again(uuid4()) == 0


async def test_no_try_of_an_expired_command_is_counted(store: AnyStore) -> None:
    expired = add(fixed(0)).model_copy(update={"expires_at": datetime(2001, 1, 1, tzinfo=UTC)})
    async with store.lead("faim") as desk:
        for _ in range(2):
            attempt = (await desk.count_attempts([expired]))[expired.id]
            assert (attempt.count, attempt.expired) == (0, True)
        again = expired.model_copy(update={"expires_at": datetime(2199, 1, 1, tzinfo=UTC)})
        both = (await desk.count_attempts([expired, again]))[expired.id]
        assert (both.count, both.expired, both.outcome) == (1, False, None)


async def test_attempts_survive_a_rollback(store: AnyStore) -> None:
    command = add(fixed(0))
    async with store.lead("faim") as desk:
        await desk.count_attempts([command])
        with pytest.raises(ZeroDivisionError):
            await fail_after_saving(desk, command)
        attempt = (await desk.count_attempts([command]))[command.id]
    assert (attempt.count, attempt.before) == (1, 1)
    assert attempt.outcome is None


async def test_id_twice_in_one_batch_counts_once(store: AnyStore) -> None:
    command = add(fixed(0))
    same_id = add(fixed(30), id=command.id)
    async with store.lead("faim") as desk:
        attempts = await desk.count_attempts([command, same_id, command, add(fixed(60))])
    assert len(attempts) == 2
    assert attempts[command.id].count == 1


async def test_many_commands_are_counted_and_decided_together(store: AnyStore) -> None:
    commands = [add(fixed(minute)) for minute in range(0, 800, 2)]
    async with store.lead("faim") as desk:
        assert len(await desk.count_attempts(commands)) == 400
        async with desk.transaction() as work:
            messages = [message(str(number).encode()) for number in range(400)]
            await work.save_outcomes([(each, added(each)) for each in commands], messages)
            found = await work.find_outcomes([each.id for each in commands])
        assert len(found) == 400
        values = [int(stored.message.value) for stored in await desk.read_outbox(1000)]
    assert values == list(range(400))


async def test_nothing_asked_is_nothing_answered(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        assert await desk.count_attempts([]) == {}
        assert list(await desk.find_unplanned([])) == []
        assert list(await desk.find_overdue([])) == []
        await desk.clear_outbox([])
        async with desk.transaction() as work:
            assert await work.find_outcomes([]) == {}
            await work.save_outcomes([], [])
            assert await work.find_event(uuid4()) is None


@pytest.mark.parametrize(
    "text", ["nul \x00", "lone \\ud800", "\u2028 ☃ 𝄞", "'; DROP TABLE event;--"]
)
async def test_any_text_can_be_rejected_and_remembered(store: AnyStore, text: str) -> None:
    event = fixed(0).model_copy(update={"attributes": {"zenith": text}})
    caller = Caller(subject=text, username=text, groups=frozenset({Group.PARTNER}))
    command = add(event, request_id=text, caller=caller)
    outcome = added(command).model_copy(update={"status": Status.REJECTED})
    async with store.lead("faim") as desk:
        await desk.count_attempts([command])
        async with desk.transaction() as work:
            await work.save_outcomes([(command, outcome)], [message(text.encode())])
        assert (await desk.count_attempts([command]))[command.id].outcome == outcome


async def test_removal_is_kept_like_an_addition(store: AnyStore) -> None:
    command = Command(
        id=uuid4(),
        kind=CommandKind.REMOVE,
        instrument=INSTRUMENT,
        caller=Caller(subject="somebody", username="somebody"),
        event_id=uuid4(),
        event_type="static",
        issued_at=NOW,
        expires_at=NOW,
    )
    outcome = Outcome(
        command=command.id,
        body_hash=command.body_hash,
        status=Status.REJECTED,
        decided_at=NOW,
    )
    async with store.lead("faim") as desk:
        await desk.count_attempts([command])
        async with desk.transaction() as work:
            await work.save_outcomes([(command, outcome)], [])
            assert await work.find_outcomes([command.id]) == {command.id: outcome}


async def test_outbox_keeps_order_until_cleared(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        for values in ((b"1", b"2"), (b"3",)):
            async with desk.transaction() as work:
                await work.save_outcomes([], [message(value) for value in values])
        stored = await desk.read_outbox(10)
        assert [each.message for each in stored] == [message(b"1"), message(b"2"), message(b"3")]
        assert [each.message.value for each in await desk.read_outbox(2)] == [b"1", b"2"]
        await desk.clear_outbox([stored[0].number, stored[1].number])
        assert await desk.read_outbox(10) == [stored[2]]


async def test_outbox_belongs_to_its_group(store: AnyStore) -> None:
    async with store.lead("faim") as desk, desk.transaction() as work:
        await work.save_outcomes([], [message(b"1")])
    async with store.lead("lidar") as desk:
        assert list(await desk.read_outbox(10)) == []
    async with store.lead("faim") as desk:  # and the next leader of the group finds it
        assert len(await desk.read_outbox(10)) == 1


async def test_message_of_a_failed_transaction_is_not_sent(store: AnyStore) -> None:
    async with store.lead("faim") as desk:
        with pytest.raises(ZeroDivisionError):
            await fail_after_saving(desk, add(fixed(0)))
        assert list(await desk.read_outbox(10)) == []


async def test_night_is_unplanned_until_it_has_a_plan(store: AnyStore) -> None:
    asked = [(INSTRUMENT, DATE), (INSTRUMENT, DATE + timedelta(days=1))]
    async with store.lead("faim") as desk:
        assert list(await desk.find_unplanned(asked)) == asked
        async with desk.transaction() as work:
            await work.lock_night(INSTRUMENT, NIGHT)
        assert list(await desk.find_unplanned(asked)) == asked
        async with desk.transaction() as work:
            before = await work.lock_night(INSTRUMENT, NIGHT)
            await work.save_night(update(before, [filler(0)]))
        assert list(await desk.find_unplanned(asked)) == asked[1:]


async def test_night_is_overdue_while_an_event_waits_that_cannot_start_any_more(
    store: AnyStore,
) -> None:
    night = type(NIGHT)(
        site=NIGHT.site,
        date=DATE - timedelta(days=3650),
        depression=NIGHT.depression,
        darkness=NIGHT.darkness,
        dusk=after_dusk(-3650 * 1440),
        dawn=after_dusk(-3650 * 1440 + 840),
    )
    past = accepted(flexible(-3650 * 1440, -3650 * 1440 + 60), State.WAITING)
    future = accepted(flexible(3650 * 1440, 3650 * 1440 + 60), State.WAITING)
    async with store.lead("faim") as desk:
        for horizon, record in ((night, past), (NIGHT, future)):
            async with desk.transaction() as work:
                before = await work.lock_night(INSTRUMENT, horizon)
                stored = record.model_copy(update={"night": horizon.date})
                await work.save_night(update(before, [], added=[stored]))
        assert list(await desk.find_overdue([INSTRUMENT])) == [(INSTRUMENT, night.date)]
        assert list(await desk.find_overdue([uuid4()])) == []


async def test_one_leads_a_group_at_a_time_and_the_next_takes_over(store: AnyStore) -> None:
    order = []

    async def lead(name: str) -> None:
        async with store.lead("faim") as desk:
            order.append(f"{name} in")
            await desk.read_outbox(1)
            await asyncio.sleep(0.2)
            order.append(f"{name} out")

    await asyncio.gather(lead("a"), lead("b"), lead("c"))
    assert [entry.split()[1] for entry in order] == ["in", "out"] * 3


async def test_groups_are_led_side_by_side(store: AnyStore) -> None:
    async with store.lead("faim") as one, store.lead("lidar") as other:
        assert list(await one.read_outbox(1)) == list(await other.read_outbox(1)) == []


async def test_waiting_to_lead_can_be_given_up(store: AnyStore) -> None:
    async def wait() -> None:
        async with store.lead("faim"):
            pytest.fail("led by two")

    async with store.lead("faim") as desk:
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert list(await desk.read_outbox(1)) == []
    async with store.lead("faim"):
        pass


async def test_events_are_listed_by_start_and_span(store: AnyStore, reader: AnyReader) -> None:
    events = [fixed(minute) for minute in (40, 0, 20)]
    async with store.lead("faim") as desk, desk.transaction() as work:
        before = await work.lock_night(INSTRUMENT, NIGHT)
        waits = accepted(flexible(0, 60), State.WAITING)
        blocks = [*map(block, events), filler(11)]
        new = [*map(accepted, events), waits]
        await work.save_night(update(before, blocks, added=new))

    async def starts(start: float | None, end: float | None) -> list[float]:
        found = await reader.list_events(
            INSTRUMENT,
            None if start is None else after_dusk(start),
            None if end is None else after_dusk(end),
        )
        zero = after_dusk(0)
        return [(each.start - zero) / timedelta(minutes=1) for each in found if each.start]

    assert await starts(None, None) == [0, 20, 40]
    assert await starts(10, None) == [20, 40]  # the first ends where the span begins
    assert await starts(9.9, None) == [0, 20, 40]
    assert await starts(None, 20) == [0]
    assert await starts(None, 20.1) == [0, 20]
    assert await starts(25, 26) == [20]
    assert await reader.list_events(uuid4()) == ()
    (first,) = await reader.list_events(INSTRUMENT, limit=1)
    rest = await reader.list_events(INSTRUMENT, first.event.latest, limit=5)
    assert [each.start for each in (first, *rest)] == [after_dusk(at) for at in (0, 20, 40)]


@pytest.mark.parametrize("year", [1, 9999])
async def test_any_span_can_be_asked_for(reader: AnyReader, year: int) -> None:
    instant = datetime(year, 1, 1, tzinfo=UTC)
    assert await reader.list_events(INSTRUMENT, instant, instant) == ()
    assert await reader.find_version(INSTRUMENT, instant.date()) is None


async def test_reader_knows_nothing_of_what_is_not_there(reader: AnyReader) -> None:
    await reader.probe()
    assert await reader.find_version(INSTRUMENT, DATE) is None
    assert await reader.read_schedule(INSTRUMENT, DATE) is None
    assert await reader.find_event(uuid4()) is None


async def test_a_command_is_known_from_its_first_count_on(
    store: AnyStore, reader: AnyReader
) -> None:
    command = add(fixed(0))
    late = add(fixed(20), expires_at=NOW - timedelta(days=9000))
    async with store.lead("faim") as desk:
        await desk.count_attempts([command, late])
        for asked in (command, late):
            stored = await reader.find_command(asked.id)
            assert stored is not None
            assert (stored.command, stored.outcome) == (asked, None)
        # What had expired was not counted, and can be asked for again.
        again = late.model_copy(update={"expires_at": command.expires_at})
        assert (await desk.count_attempts([again]))[late.id].count == 1


async def test_a_key_belongs_to_the_first_command_that_came_with_it(store: AnyStore) -> None:
    key = uuid4()
    first, second, other = add(fixed(0), key=key), add(fixed(20), key=key), add(fixed(40))
    async with store.lead("faim") as desk:
        assert (await desk.count_attempts([first]))[first.id].key_taken_by is None
        found = await desk.count_attempts([second, other])
        assert found[second.id].key_taken_by == first.id
        assert found[second.id].count == 0
        assert found[other.id].key_taken_by is None
        async with desk.transaction() as work:
            await work.save_outcomes([(first, added(first))], [])
        found = await desk.count_attempts([first, second])
        assert (found[first.id].key_taken_by, found[first.id].outcome) == (None, added(first))
        assert found[second.id].key_taken_by == first.id


async def test_a_key_is_free_again_when_its_command_came_to_nothing(store: AnyStore) -> None:
    key = uuid4()
    late = add(fixed(0), key=key, expires_at=NOW - timedelta(days=9000))
    second = add(fixed(20), key=key)
    async with store.lead("faim") as desk:
        assert (await desk.count_attempts([late]))[late.id].expired
        found = (await desk.count_attempts([second]))[second.id]
    assert (found.key_taken_by, found.count) == (None, 1)


async def test_whether_anything_was_decided_before_an_instant(store: AnyStore) -> None:
    command = add(fixed(0))
    outcome = added(command)
    later = outcome.decided_at + timedelta(microseconds=1)
    async with store.lead("faim") as desk:
        assert not await desk.was_decided_before([INSTRUMENT], later)
        await desk.count_attempts([command])
        assert not await desk.was_decided_before([INSTRUMENT], later)
        async with desk.transaction() as work:
            await work.save_outcomes([(command, outcome)], [])
        assert await desk.was_decided_before([uuid4(), INSTRUMENT], later)
        assert not await desk.was_decided_before([INSTRUMENT], outcome.decided_at)
        assert not await desk.was_decided_before([uuid4()], later)


async def test_series_are_kept_and_what_became_of_them(store: AnyStore, reader: AnyReader) -> None:
    event = fixed(0)
    series = Series(id=uuid4(), rule="FREQ=DAILY", template=event)
    record = SeriesRecord(series=series, caller=add(event).caller, created_at=NOW, horizon=DATE)
    async with store.lead("faim") as desk:
        async with desk.transaction() as work:
            await work.save_series(record)
            assert await work.find_series(series.id) == record
            assert await work.find_series(uuid4()) is None
            assert await work.find_series_to_extend(INSTRUMENT, DATE) == []
            later = DATE + timedelta(days=1)
            assert await work.find_series_to_extend(INSTRUMENT, later) == [record]
            assert await work.find_series_to_extend(uuid4(), later) == []
        assert list(await reader.list_series(INSTRUMENT)) == [record]
        ended = record.model_copy(update={"ended_at": NOW, "generation": 1})
        async with desk.transaction() as work:
            await work.save_series(ended)
            assert await work.find_series_to_extend(INSTRUMENT, later) == []
    assert list(await reader.list_series(INSTRUMENT)) == []
    assert await reader.find_series(INSTRUMENT, series.id) == ended
    assert await reader.find_series(uuid4(), series.id) is None


async def test_the_events_of_a_series(store: AnyStore) -> None:
    series = uuid4()
    first, second, other = (
        fixed(minute).model_copy(update={"series": owner})
        for minute, owner in ((0, series), (20, series), (40, None))
    )
    async with store.lead("faim") as desk:
        events = (first, second, other)
        await write(desk, map(block, events), new=map(accepted, events))
        async with desk.transaction() as work:
            found = await work.find_events_of(series, NOW)
            assert [record.event for record in found] == [first, second]
            late = await work.find_events_of(series, after_dusk(15))
            assert [record.event for record in late] == [second]
