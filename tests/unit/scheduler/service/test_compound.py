"""Maintenance, several changes at once, shares of a night, and nights whose plan is frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from models.command import Command, CommandKind, Part
from models.errors import Reason
from models.event import Event, OnConflict, State
from models.identity import Caller
from models.instrument import AfterCutOff, Instrument, Policy
from models.maintenance import Maintenance
from models.outcome import Outcome, Status
from models.window import Window
from tests.unit.scheduler.service.world import (
    ALICE,
    BOSS,
    DUSK,
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


def close(first: float, last: float, *, by: Caller = BOSS) -> Command:
    """A command to close the instrument, from and to so many seconds after dusk."""
    maintenance = Maintenance(
        id=uuid4(),
        instrument=FAIM.id,
        window=Window(start=after_dusk(first), end=after_dusk(last)),
        note="cleaning",
    )
    return command(CommandKind.CLOSE, by=by, id=maintenance.id, maintenance=maintenance)


def reopen(closing: Command, *, by: Caller = BOSS) -> Command:
    """A command to take a maintenance back."""
    return command(CommandKind.OPEN, by=by, maintenance_id=closing.id)


def together(*parts: Part, by: Caller = ALICE) -> Command:
    """A command that makes all of the parts or none."""
    first = parts[0]
    return command(
        first.kind, by=by, event=first.event, event_id=first.event_id, parts=parts
    )  # fmt: skip


def addition(asked: Event) -> Part:
    return Part(kind=CommandKind.ADD, event=asked, explicit_priority=True)


def removal(gone: Event) -> Part:
    return Part(kind=CommandKind.REMOVE, event_id=gone.id)


def reasons(outcome: Outcome) -> list[Reason]:
    """Why it was rejected."""
    return [fault.reason for fault in outcome.faults]


def busy(world: World, first: float, last: float) -> list[UUID]:
    """What is planned in a span, fillers too."""
    return [
        block.id
        for block in world.schedule.blocks
        if block.start < after_dusk(last) and block.end > after_dusk(first)
    ]


async def test_maintenance_displaces_and_gives_back(world: World) -> None:
    inside, movable, outside = event(1000, 100), flexible(100, (900, 5000)), event(5000, 50)
    for asked in (inside, movable, outside):
        await world.ask(wanted(asked))
    closing = close(900, 3000)
    closed = await world.ask(closing)
    assert (closed.status, closed.displaced) == (Status.CLOSED, (inside.id,))
    assert busy(world, 900, 3000) == []
    assert set(world.placed()) == {movable.id, outside.id}
    assert world.states(inside) == [State.SCHEDULED, State.DISPLACED]
    # The same again is the same; nothing comes into it.
    assert await world.ask(closing) == closed
    late = await world.ask(wanted(event(2000, 100)))
    assert reasons(late) == [Reason.IN_MAINTENANCE]
    opened = await world.ask(reopen(closing))
    assert (opened.status, opened.scheduled) == (Status.OPENED, (inside.id,))
    assert inside.id in world.placed()
    assert reasons(await world.ask(reopen(closing))) == [Reason.UNKNOWN_EVENT]


async def test_maintenance_tells_what_moves(world: World) -> None:
    movable = flexible(100, (900, 1000), (3000, 3500))
    await world.ask(wanted(movable))
    first = world.record(movable)
    assert first is not None
    assert first.start is not None
    offset = (first.start - DUSK).total_seconds()
    closed = await world.ask(close(offset - 10, offset + 50))
    assert (closed.status, closed.displaced, closed.moved) == (Status.CLOSED, (), (movable.id,))


async def test_maintenance_of_a_night_that_is_planned_later(world: World) -> None:
    day = 86400
    await world.ask(close(day + 100, day + 2000))
    asked = event(day + 200, 50)
    assert reasons(await world.ask(wanted(asked))) == [Reason.IN_MAINTENANCE]
    assert (await world.ask(wanted(event(day + 2500, 50)))).status is Status.ADDED


async def test_what_runs_when_the_instrument_is_closed_stays(world: World) -> None:
    runs = event(0, 500)
    await world.ask(wanted(runs))
    world.clock.time = after_dusk(100)
    closing = close(50, 1000).model_copy(update={"expires_at": after_dusk(200)})
    assert (await world.ask(closing)).displaced == ()
    assert world.placed() == [runs.id]
    assert len(busy(world, 500, 1000)) == 0


async def test_only_operators_close_and_open(world: World) -> None:
    assert reasons(await world.ask(close(0, 100, by=ALICE))) == [Reason.NOT_ALLOWED]
    closing = close(0, 100)
    await world.ask(closing)
    assert reasons(await world.ask(reopen(closing, by=ALICE))) == [Reason.NOT_ALLOWED]
    assert reasons(await world.ask(close(-90_000, -80_000))) == [Reason.IN_THE_PAST]
    assert reasons(await world.ask(close(0, 500 * 86400))) == [Reason.OUTSIDE_LIMITS]


async def test_all_or_none(world: World) -> None:
    kept, gone = event(0, 100), event(200, 100)
    for asked in (kept, gone):
        await world.ask(wanted(asked))
    before = world.schedule
    new, elsewhere = event(220, 50), event(86400, 50)
    weak = event(20, 10, priority=1)
    some = (removal(gone), addition(new), addition(elsewhere))
    bad = await world.ask(together(*some, addition(weak)))
    assert bad.status is Status.REJECTED
    assert [(f.reason, f.meta["operation"]) for f in bad.faults] == [(Reason.CONFLICT, 3)]
    assert world.schedule == before
    assert world.record(new) is None
    good = await world.ask(together(*some))
    assert good.status is Status.DONE
    assert [part.status for part in good.parts] == [Status.REMOVED, Status.ADDED, Status.ADDED]
    assert world.placed() == [kept.id, new.id]
    assert world.states(gone)[-1] is State.DELETED
    # An id that came in together with others is taken all the same.
    again = await world.ask(wanted(new))
    assert reasons(again) == [Reason.ID_CONFLICT]
    unknown = await world.ask(together(removal(event(0, 1)), addition(event(900, 10))))
    assert [(f.reason, f.meta["operation"]) for f in unknown.faults] == [(Reason.UNKNOWN_EVENT, 0)]


async def test_a_caller_s_share_of_a_night() -> None:
    policy = Policy(most_per_caller=timedelta(seconds=250))
    world = World(served=with_policy(policy))
    first = event(0, 200)
    await world.ask(wanted(first))
    refused = await world.ask(wanted(event(500, 100)))
    assert [(f.reason, f.meta["asked_seconds"]) for f in refused.faults] == [
        (Reason.OUTSIDE_LIMITS, 300.0)
    ]
    assert (await world.ask(wanted(event(500, 100), by=BOSS))).status is Status.ADDED
    await world.ask(remove(first))
    assert (await world.ask(wanted(event(500, 100, priority=1)))).status is not Status.ADDED
    assert (await world.ask(wanted(event(700, 250)))).status is Status.ADDED


def with_policy(policy: Policy) -> Instrument:
    """The FAIM, shared in another way."""
    return replace(FAIM, policy=policy)


async def test_after_its_cut_off_a_night_is_frozen() -> None:
    world = World(served=with_policy(Policy(after_cut_off=AfterCutOff.REFUSE)))
    kept, waits = event(0, 100), event(10, 10, priority=1)
    await world.ask(wanted(kept))
    await world.ask(wanted(waits.model_copy(update={"on_conflict": OnConflict.WAIT}), by=EVE))
    cut_off = world.served.policy.cut_off_of(DUSK)
    assert cut_off is not None
    world.clock.time = cut_off - timedelta(seconds=10)
    assert (await world.ask(wanted(event(300, 10), at=world.clock.time))).status is Status.ADDED
    world.clock.time = now = cut_off
    before = world.schedule
    for asked in (wanted(event(600, 10), at=now), remove(kept, at=now)):
        outcome = await world.ask(asked)
        assert [(f.reason, f.meta["revision"]) for f in outcome.faults] == [
            (Reason.NIGHT_FROZEN, before.revision)
        ]
    # The next night is not concerned.
    assert (await world.ask(wanted(event(86400, 10), at=now))).status is Status.ADDED
    world.clock.time = after_dusk(50)
    await world.run()
    assert world.schedule == before
    assert world.states(waits)[-1] is State.EXPIRED
    # An operator closes the instrument all the same.
    closing = close(3000, 4000).model_copy(update={"expires_at": after_dusk(90)})
    assert (await world.ask(closing)).status is Status.CLOSED
    assert busy(world, 3000, 4000) == []


async def test_a_cut_off_after_which_there_are_new_revisions() -> None:
    world = World()
    await world.ask(wanted(event(0, 100)))
    world.clock.time = now = after_dusk(-60)
    assert (await world.ask(wanted(event(300, 10), at=now))).status is Status.ADDED
