"""Series: asked for once, scheduled night by night, changed and ended as one."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from models.command import CommandKind
from models.errors import Reason
from models.event import Event, State
from models.identity import Caller
from models.outcome import Outcome, Status
from models.series import Series, occurrence_id
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
    remove,
    wanted,
)

pytestmark = pytest.mark.asyncio
A_DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return World()


def series(rule: str, template: Event | None = None) -> Series:
    """A series that begins with an event 1,000 s after dusk."""
    return Series(id=uuid4(), rule=rule, template=template or event(1000, 100))


async def begin(world: World, asked: Series, *, by: Caller = ALICE) -> Outcome:
    """Ask for a series, and let its events be decided."""
    outcome = await world.ask(command(CommandKind.REPEAT, id=asked.id, series=asked, by=by))
    await world.deliver()
    return outcome


def children(world: World, asked: Series) -> list[tuple[int, State, float]]:
    """The series' events: the night, counted from the first, the state, seconds after dusk."""
    found = [r for r in world.store.contents.events.values() if r.event.series == asked.id]
    found.sort(key=lambda record: record.event.earliest)
    return [
        (
            (record.night - DAY).days,
            record.state,
            (record.event.earliest - after_dusk(0)).total_seconds() % 86400,
        )
        for record in found
    ]


def live(world: World, asked: Series) -> list[int]:
    """The nights in which the series has an event that has its place."""
    return [day for day, state, _ in children(world, asked) if state is State.SCHEDULED]


async def test_one_event_a_night(world: World) -> None:
    asked = series("FREQ=DAILY;COUNT=4")
    outcome = await begin(world, asked)
    assert outcome.status is Status.REPEATED
    assert children(world, asked) == [(day, State.SCHEDULED, 1000.0) for day in range(4)]
    first = world.record(event(0, 1).model_copy(update={"id": occurrence_id(asked.id, 0, DAY)}))
    assert first is not None
    assert first.owner == ALICE.subject
    # Asked again, it is the same, and nothing is asked for twice.
    again = await world.ask(command(CommandKind.REPEAT, id=asked.id, series=asked))
    assert again == outcome
    await world.deliver()
    assert len(children(world, asked)) == 4


async def test_every_other_night_as_far_as_one_may_see(world: World) -> None:
    asked = series("FREQ=DAILY;INTERVAL=2")
    await begin(world, asked)
    reach = FAIM.policy.series_ahead.days
    assert live(world, asked) == list(range(0, reach + 1, 2))
    world.clock.time += 3 * A_DAY
    await world.run()
    await world.deliver()
    assert live(world, asked)[-1] == (reach + 3) // 2 * 2


async def test_several_a_night_are_one(world: World) -> None:
    asked = series("FREQ=HOURLY;COUNT=10")
    await begin(world, asked)
    assert live(world, asked) == [0]


async def test_an_event_for_which_there_is_no_room_waits_alone(world: World) -> None:
    strong = event(86400 + 1050, 500)
    await world.ask(wanted(strong.model_copy(update={"priority": 5}), by=BOSS))
    asked = series("FREQ=DAILY;COUNT=3")
    await begin(world, asked)
    assert [state for _, state, _ in children(world, asked)] == [
        State.SCHEDULED,
        State.WAITING,
        State.SCHEDULED,
    ]
    await world.ask(remove(strong, by=BOSS))
    assert live(world, asked) == [0, 1, 2]


async def test_a_series_is_ended_as_one(world: World) -> None:
    asked = series("FREQ=DAILY;COUNT=5")
    await begin(world, asked)
    world.clock.time = now = after_dusk(86400 + 1050)  # the second one runs
    refused = await world.ask(command(CommandKind.CEASE, series_id=asked.id, by=EVE, at=now))
    assert [fault.reason for fault in refused.faults] == [Reason.NOT_ALLOWED]
    outcome = await world.ask(command(CommandKind.CEASE, series_id=asked.id, at=now))
    assert outcome.status is Status.CEASED
    await world.deliver()
    assert live(world, asked) == [0, 1]
    assert [state for _, state, _ in children(world, asked)][2:] == [State.DELETED] * 3
    gone = await world.ask(command(CommandKind.CEASE, series_id=asked.id, at=now))
    assert [fault.reason for fault in gone.faults] == [Reason.UNKNOWN_EVENT]
    world.clock.time += 10 * A_DAY
    await world.run()
    await world.deliver()
    assert len(children(world, asked)) == 5


async def test_a_series_is_changed_as_one(world: World) -> None:
    asked = series("FREQ=DAILY;COUNT=3")
    await begin(world, asked)
    anew = asked.model_copy(update={"rule": "FREQ=DAILY;COUNT=2", "template": event(2000, 50)})
    outcome = await world.ask(command(CommandKind.REPEAT, series=anew))
    assert outcome.status is Status.REPEATED
    await world.deliver()
    states = children(world, asked)
    assert [(day, at) for day, state, at in states if state is State.SCHEDULED] == [
        (0, 2000.0),
        (1, 2000.0),
    ]
    assert sum(state is State.DELETED for _, state, _ in states) == 3
    refused = await world.ask(command(CommandKind.REPEAT, series=anew, by=EVE))
    assert [fault.reason for fault in refused.faults] == [Reason.NOT_ALLOWED]


@pytest.mark.parametrize(
    "rule", ["", "FREQ=NEVER", "often", "FREQ=DAILY;COUNT=x", "FREQ=DAILY;BYDAY=XX", "\x00"]
)
async def test_a_rule_that_is_none(world: World, rule: str) -> None:
    outcome = await begin(world, series(rule))
    assert [(f.reason, f.pointer) for f in outcome.faults] == [(Reason.SCHEMA, "/rule")]


async def test_a_rule_without_a_night(world: World) -> None:
    outcome = await begin(world, series("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1"))
    assert [fault.reason for fault in outcome.faults] == [Reason.OUTSIDE_LIMITS]
