"""Events that may run at several times, wait for room, come after others, or are asked for anew."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from models.command import CommandKind
from models.errors import Reason
from models.event import After, Event, OnConflict, State
from models.outcome import Outcome, Status
from models.window import Window
from tests.unit.scheduler.service.world import (
    ALICE,
    BOSS,
    DAY,
    EVE,
    FAIM,
    World,
    after_dusk,
    command,
    event,
    flexible,
    remove,
    wanted,
)

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


def reasons(outcome: Outcome) -> list[Reason]:
    """Why it was rejected."""
    return [fault.reason for fault in outcome.faults]


def start(world: World, asked: Event) -> float | None:
    """When an event runs, in seconds after dusk."""
    found = next((block for block in world.schedule.blocks if block.id == asked.id), None)
    return None if found is None else (found.start - after_dusk(0)).total_seconds()


async def change(world: World, asked: Event, **more: object) -> Outcome:
    """Ask for an event anew."""
    new = Event.model_validate({**asked.model_dump(), **more})
    given = {"event": new, "explicit_priority": True, "by": more.get("by", ALICE)}
    return await world.ask(command(CommandKind.CHANGE, **given))


async def test_a_flexible_event_makes_room_by_moving(world: World) -> None:
    movable = flexible(100, (0, 400))
    first = await world.ask(wanted(movable))
    assert (first.status, first.start) == (Status.ADDED, after_dusk(start(world, movable) or 0))
    # The only second that is left for it is at the end.
    fixed = event(0, 300)
    outcome = await world.ask(wanted(fixed))
    assert outcome.status is Status.ADDED
    assert outcome.displaced == ()
    assert start(world, movable) == 300
    assert world.placed() == [fixed.id, movable.id]


async def test_the_window_that_is_liked_best_is_taken_while_it_is_free(world: World) -> None:
    asked = flexible(100, (0, 100, 1), (1000, 1100, 0))
    await world.ask(wanted(asked))
    assert start(world, asked) == 1000
    strong = event(1000, 100, priority=5)
    outcome = await world.ask(wanted(strong, by=BOSS))
    assert outcome.moved == (asked.id,)
    assert start(world, asked) == 0


async def test_windows_of_another_night_are_refused(world: World) -> None:
    asked = flexible(100, (0, 1000), (86400, 87400))
    outcome = await world.ask(wanted(asked))
    assert [(f.reason, f.pointer) for f in outcome.faults] == [
        (Reason.OUTSIDE_NIGHT, "/windows/1/start_time")
    ]


async def test_an_event_that_waits_comes_in_when_there_is_room(world: World) -> None:
    strong = event(0, 100)
    await world.ask(wanted(strong))
    waits = event(50, 20, priority=1).model_copy(update={"on_conflict": OnConflict.WAIT})
    outcome = await world.ask(wanted(waits, by=EVE))
    assert (outcome.status, reasons(outcome)) == (Status.WAITING, [Reason.CONFLICT])
    assert world.states(waits) == [State.WAITING]
    gone = await world.ask(remove(strong))
    assert gone.scheduled == (waits.id,)
    assert world.states(waits) == [State.WAITING, State.SCHEDULED]
    assert start(world, waits) == 50


async def test_what_waits_may_be_removed_and_expires(world: World) -> None:
    await world.ask(wanted(event(0, 100)))
    first, second = (
        event(50, 20, priority=1).model_copy(update={"on_conflict": OnConflict.WAIT})
        for _ in range(2)
    )
    for waits in (first, second):
        await world.ask(wanted(waits, by=EVE))
    assert (await world.ask(remove(first, by=EVE))).status is Status.REMOVED
    assert world.states(first) == [State.WAITING, State.DELETED]
    world.clock.time = after_dusk(60)
    await world.run()
    assert world.states(second) == [State.WAITING, State.EXPIRED]


async def test_an_event_after_another(world: World) -> None:
    first = event(1000, 100)
    then = flexible(
        50, (0, 5000), after=After(event=first.id, min_gap_ms=30_000, max_gap_ms=60_000)
    )
    outcome = await world.ask(wanted(then))
    assert reasons(outcome) == [Reason.DEPENDENCY]
    await world.ask(wanted(first))
    then = then.model_copy(update={"id": uuid4()})
    assert (await world.ask(wanted(then))).status is Status.ADDED
    assert 1130 <= (start(world, then) or 0) <= 1160
    # Without the first, the second has no place; with it again, it has.
    gone = await world.ask(remove(first))
    assert gone.displaced == (then.id,)
    assert world.states(then)[-1] is State.DISPLACED
    again = first.model_copy(update={"id": uuid4()})
    await world.ask(wanted(again))
    assert world.states(then)[-1] is State.DISPLACED


async def test_an_event_may_wait_for_the_one_that_it_comes_after(world: World) -> None:
    first = event(1000, 100)
    then = flexible(50, (0, 5000), after=After(event=first.id), on_conflict=OnConflict.WAIT)
    assert (await world.ask(wanted(then))).status is Status.WAITING
    outcome = await world.ask(wanted(first))
    assert outcome.scheduled == (then.id,)
    assert (start(world, then) or 0) >= 1100


async def test_events_cannot_come_after_one_another(world: World) -> None:
    one, other = uuid4(), uuid4()
    first = flexible(50, (0, 5000), id=one, after=After(event=other), on_conflict=OnConflict.WAIT)
    await world.ask(wanted(first))
    second = flexible(50, (0, 5000), id=other, after=After(event=one))
    outcome = await world.ask(wanted(second))
    assert [(f.reason, f.pointer) for f in outcome.faults] == [(Reason.DEPENDENCY, "/after/event")]
    itself = flexible(50, (0, 500), id=(own := uuid4()), after=After(event=own))
    assert reasons(await world.ask(wanted(itself))) == [Reason.DEPENDENCY]


async def test_an_event_after_one_that_has_run(world: World) -> None:
    first = event(0, 100)
    await world.ask(wanted(first))
    world.clock.time = after_dusk(150)
    now = world.clock.time
    then = flexible(50, (0, 5000), after=After(event=first.id, min_gap_ms=200_000))
    assert (await world.ask(wanted(then, at=now))).status is Status.ADDED
    assert (start(world, then) or 0) >= 300
    late = flexible(50, (0, 5000), after=After(event=first.id, max_gap_ms=10_000))
    assert (await world.ask(wanted(late, at=now))).status is Status.REJECTED


async def test_an_event_is_asked_for_anew(world: World) -> None:
    asked = event(100, 50)
    await world.ask(wanted(asked))
    window = Window(start=after_dusk(500), end=after_dusk(600))
    outcome = await change(world, asked, windows=[window], duration_ms=100_000)
    assert (outcome.status, outcome.start) == (Status.CHANGED, after_dusk(500))
    assert (start(world, asked), world.states(asked)) == (500, [State.SCHEDULED] * 2)
    record = world.record(asked)
    assert record is not None
    assert record.event.duration_ms == 100_000


async def test_what_is_not_accepted_leaves_the_event_as_it_was(world: World) -> None:
    strong, asked = event(500, 100, priority=5), event(100, 50)
    await world.ask(wanted(strong, by=BOSS))
    await world.ask(wanted(asked))
    before = world.schedule
    window = Window(start=after_dusk(510), end=after_dusk(560))
    outcome = await change(world, asked, windows=[window])
    assert (outcome.status, reasons(outcome)) == (Status.REJECTED, [Reason.CONFLICT])
    assert world.schedule == before
    assert world.states(asked) == [State.SCHEDULED]
    # Unless it would rather wait.
    outcome = await change(world, asked, windows=[window], on_conflict=OnConflict.WAIT)
    assert outcome.status is Status.WAITING
    assert world.states(asked) == [State.SCHEDULED, State.WAITING]
    await world.ask(remove(strong, by=BOSS))
    assert start(world, asked) == 510


async def test_an_event_moves_to_another_night(world: World) -> None:
    asked, waits = event(100, 50), event(110, 20, priority=1)
    await world.ask(wanted(asked))
    await world.ask(wanted(waits.model_copy(update={"on_conflict": OnConflict.WAIT}), by=EVE))
    day = timedelta(days=1)
    window = Window(start=after_dusk(600) + day, end=after_dusk(650) + day)
    outcome = await change(world, asked, windows=[window])
    assert (outcome.status, outcome.night) == (Status.CHANGED, DAY + day)
    assert outcome.scheduled == (waits.id,)
    assert world.placed() == [waits.id]
    there = world.store.contents.nights[FAIM.id, DAY + day]
    assert [block.id for block in there.blocks if not block.filler] == [asked.id]
    record = world.record(asked)
    assert record is not None
    assert record.night == DAY + day


async def test_only_its_owner_and_operators_change_an_event(world: World) -> None:
    asked = event(100, 50)
    await world.ask(wanted(asked))
    anew = asked.model_copy(update={"priority": 1})
    for by, status in ((EVE, Status.REJECTED), (BOSS, Status.CHANGED)):
        outcome = await world.ask(command(CommandKind.CHANGE, event=anew, by=by))
        assert outcome.status is status
    record = world.record(asked)
    assert record is not None
    assert record.owner == ALICE.subject
    unknown = event(700, 10)
    assert reasons(await change(world, unknown)) == [Reason.UNKNOWN_EVENT]
