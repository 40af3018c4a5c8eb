"""A night in progress: what has begun stays; only the time from now on is planned."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models.command import Command
from models.errors import Reason
from models.event import State
from models.outcome import Outcome, Status
from models.schedule import Block
from tests.unit.scheduler.service.world import (
    BOSS,
    DAWN,
    EVE,
    World,
    add,
    after_dusk,
    event,
    remove,
)

pytestmark = pytest.mark.asyncio

SCAN = timedelta(seconds=123)


@pytest.fixture
def world() -> World:
    return World()


def at(world: World, seconds: float) -> datetime:
    """Set the clock to so many seconds after dusk; gives the time."""
    world.clock.time = after_dusk(seconds)
    return world.clock.time


async def ask(world: World, command: Command) -> Outcome:
    """Let a command be decided; gives what came of it."""
    await world.run(command)
    return world.answers(command)[-1]


def begun(world: World, now: datetime) -> list[Block]:
    """The blocks that have begun."""
    return [block for block in world.schedule.blocks if block.start <= now]


def filler_at(world: World, seconds: float) -> Block:
    """The filler that runs then."""
    now = after_dusk(seconds)
    [found] = [block for block in world.schedule.blocks if block.start <= now < block.end]
    assert found.filler
    return found


async def test_what_has_begun_stays(world: World) -> None:
    ran, runs = event(600, 100), event(700, 100)
    await world.run(add(ran, by=EVE), add(runs, by=EVE))
    now = at(world, 750)
    before = begun(world, now)
    for start, seconds in ((760, 30), (740, 100), (790, 3000)):
        strong = event(start, seconds)
        outcome = await ask(world, add(strong, by=BOSS, at=now))
        assert outcome.status is Status.REJECTED
        assert world.states(runs) == [State.SCHEDULED]
    assert begun(world, now) == before
    # Directly after it there is room.
    outcome = await ask(world, add(event(800, 30), at=now))
    assert outcome.status is Status.ADDED
    assert outcome.displaced == ()


async def test_what_is_in_the_way_of_what_comes_is_named(world: World) -> None:
    runs = event(700, 100)
    await world.run(add(runs, by=EVE))
    outcome = await ask(world, add(event(760, 300), by=BOSS, at=at(world, 750)))
    [fault] = outcome.faults
    assert fault.reason is Reason.CONFLICT
    assert fault.meta["events"] == [str(runs.id)]


async def test_what_has_begun_cannot_be_removed(world: World) -> None:
    ran, runs, comes = event(600, 100), event(700, 100), event(900, 100)
    await world.run(add(ran), add(runs), add(comes))
    now = at(world, 700)
    for gone in (ran, runs):
        for caller in (BOSS, None):
            command = remove(gone, at=now) if caller is None else remove(gone, by=caller, at=now)
            outcome = await ask(world, command)
            assert [fault.reason for fault in outcome.faults] == [Reason.IN_THE_PAST]
    assert (await ask(world, remove(comes, at=now))).status is Status.REMOVED
    assert world.placed() == [ran.id, runs.id]


async def test_the_start_is_not_in_the_past(world: World) -> None:
    now = at(world, 1000)
    assert (await ask(world, add(event(1000, 10), at=now))).status is Status.ADDED
    outcome = await ask(world, add(event(999.999, 10), at=now))
    assert [fault.reason for fault in outcome.faults] == [Reason.IN_THE_PAST]


async def test_a_running_filler_is_kept(world: World) -> None:
    await world.run()
    now = at(world, 1000)
    running = filler_at(world, 1000)
    before = begun(world, now)
    after = (running.end - after_dusk(0)).total_seconds()
    assert (await ask(world, add(event(after, 10), at=now))).status is Status.ADDED
    assert (await ask(world, add(event(20_000, 10), at=now))).status is Status.ADDED
    assert begun(world, now) == before
    assert filler_at(world, 1000) == running


async def test_an_event_takes_the_time_of_a_running_filler(world: World) -> None:
    """S2: a filler never displaces a requested event."""
    await world.run()
    now = at(world, 1000)
    running = filler_at(world, 1000)
    before = begun(world, now)
    asked = event(1001, 10)
    assert (await ask(world, add(asked, by=EVE, at=now))).status is Status.ADDED
    assert world.placed() == [asked.id]
    assert begun(world, now) == before[:-1]
    assert running.id not in {block.id for block in world.schedule.blocks}


async def test_the_rest_of_the_night_is_filled(world: World) -> None:
    await world.run()
    first, gone = event(3000, 500), event(2000, 77)
    now = at(world, 1000)
    await world.run(add(first, at=now))
    await world.run(add(gone, at=now))
    now = at(world, 1500)
    await world.run(remove(gone, at=now))
    rest = [block for block in world.schedule.blocks if block.end > now]
    end = now
    for block in rest:
        assert block.start - end < SCAN
        end = block.end
    assert DAWN - end < SCAN


async def test_a_displaced_event_comes_back_only_for_what_is_left(world: World) -> None:
    early, late = event(1000, 100), event(5000, 100)
    strong = [event(1050, 100), event(5050, 100)]
    for weak in (early, late):
        await world.run(add(weak, by=EVE))
    for other in strong:
        await world.run(add(other, by=BOSS))
    assert (world.states(early)[-1], world.states(late)[-1]) == (State.DISPLACED,) * 2
    now = at(world, 1010)
    # Its start has passed: it cannot come back, and says so.
    outcome = await ask(world, remove(strong[0], by=BOSS, at=now))
    assert outcome.scheduled == ()
    assert world.states(early) == [State.SCHEDULED, State.DISPLACED, State.EXPIRED]
    outcome = await ask(world, remove(strong[1], by=BOSS, at=now))
    assert outcome.scheduled == (late.id,)


async def test_after_dawn_nothing_changes(world: World) -> None:
    ran = event(1000, 100)
    await world.run(add(ran))
    world.clock.time = DAWN + timedelta(hours=1)
    before = world.schedule
    outcome = await ask(world, add(event(2000, 10), at=world.clock.time))
    assert outcome.faults[0].reason is Reason.IN_THE_PAST
    outcome = await ask(world, remove(ran, at=world.clock.time))
    assert outcome.faults[0].reason is Reason.IN_THE_PAST
    assert world.schedule == before


async def test_the_last_filler_before_dawn_and_the_first_at_dusk(world: World) -> None:
    await world.run()
    assert world.schedule.blocks[0].start == after_dusk(0)
    assert DAWN - world.schedule.blocks[-1].end < SCAN
    now = at(world, 0)
    await world.run(add(event(0, 10), at=now))
    assert not world.schedule.blocks[0].filler
