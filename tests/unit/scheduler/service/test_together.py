"""Events on two instruments that start at the same time or not at all."""

from __future__ import annotations

import pytest

from models.command import CommandKind
from models.errors import Reason
from models.event import Event, OnConflict, State
from models.outcome import Status
from tests.unit.scheduler.service.world import (
    BOSS,
    DAY,
    FAIM,
    World,
    command,
    event,
    flexible,
    instrument,
    wanted,
)

pytestmark = pytest.mark.asyncio
OTLICA = instrument("faim_otlica")


@pytest.fixture
def world() -> World:
    return World(FAIM_NOON, FAIM, OTLICA)


FAIM_NOON = World().clock.time


def there(asked: Event, **more: object) -> Event:
    """The same event on the other instrument."""
    return Event.model_validate(
        {**asked.model_dump(), "instrument": OTLICA.id, "id": flexible(1, (0, 2)).id, **more}
    )


def starts(world: World) -> dict[object, object]:
    """Start by event, on both instruments."""
    return {
        block.id: block.start
        for served in (FAIM, OTLICA)
        for block in world.store.contents.nights[served.id, DAY].blocks
        if not block.filler
    }


async def test_both_start_at_the_same_time(world: World) -> None:
    one = flexible(100, (2000, 4000))
    await world.ask(wanted(one))
    # Where the other stands, something is in the way of the first one's start.
    busy = there(event(2000, 300))
    await world.ask(wanted(busy, served=OTLICA))
    other = there(one, together_with=one.id)
    outcome = await world.ask(wanted(other, served=OTLICA))
    assert outcome.status is Status.ADDED
    assert outcome.moved == (one.id,)
    found = starts(world)
    assert found[one.id] == found[other.id]
    assert set(found) == {one.id, other.id, busy.id}


async def test_if_one_is_displaced_the_other_is_too_and_both_come_back(world: World) -> None:
    one = event(2000, 100)
    other = there(one, together_with=one.id)
    await world.ask(wanted(one))
    assert (await world.ask(wanted(other, served=OTLICA))).status is Status.ADDED
    strong = event(2050, 200)
    outcome = await world.ask(wanted(strong.model_copy(update={"priority": 5}), by=BOSS))
    assert set(outcome.displaced) == {one.id, other.id}
    assert world.states(other) == [State.SCHEDULED, State.DISPLACED]
    removal = command(CommandKind.REMOVE, event_id=strong.id, by=BOSS)
    assert set((await world.ask(removal)).scheduled) == {one.id, other.id}
    assert starts(world)[one.id] == starts(world)[other.id]


async def test_both_are_worth_what_they_are_worth_together(world: World) -> None:
    one = event(2000, 100)
    other = there(one, together_with=one.id)
    await world.ask(wanted(one))
    await world.ask(wanted(other, served=OTLICA))
    # More than one of the two, less than both.
    middle = event(2050, 150)
    outcome = await world.ask(wanted(middle))
    assert [fault.reason for fault in outcome.faults] == [Reason.CONFLICT]
    assert set(starts(world)) == {one.id, other.id}


async def test_without_the_other_there_is_none(world: World) -> None:
    one = event(2000, 100)
    other = there(one, together_with=one.id)
    refused = await world.ask(wanted(other, served=OTLICA))
    assert [fault.reason for fault in refused.faults] == [Reason.DEPENDENCY]
    waits = there(one, together_with=one.id, on_conflict=OnConflict.WAIT)
    assert (await world.ask(wanted(waits, served=OTLICA))).status is Status.WAITING
    assert set((await world.ask(wanted(one))).scheduled) == {waits.id}
    removal = command(CommandKind.REMOVE, event_id=one.id)
    assert (await world.ask(removal)).displaced == (waits.id,)
    assert starts(world) == {}


async def test_a_question_about_two_changes_neither(world: World) -> None:
    one = flexible(100, (2000, 4000))
    await world.ask(wanted(one))
    before = starts(world)
    other = there(one, together_with=one.id)
    question = command(CommandKind.TRY, event=other, served=OTLICA, explicit_priority=True)
    outcome = await world.ask(question)
    assert outcome.answer["accepted"] is True
    assert starts(world) == before
    assert (await world.ask(wanted(other, served=OTLICA))).status is Status.ADDED
