"""A question gets the answer that a submission would get, and what it proposes is true."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.command import CommandKind
from models.event import WANTED, Event, OnConflict, State
from models.identity import Caller
from models.instant import MILLISECOND, format_instant, parse_instant
from models.outcome import Outcome, Status
from models.schedule import verify
from models.window import Window
from scheduler.kernel import Instrument, Problem, Task
from scheduler.kernel import Window as Span
from tests.kernel_support.oracle import brute_force
from tests.unit.scheduler.service.world import (
    ALICE,
    BOSS,
    DAWN,
    DAY,
    DUSK,
    EVE,
    FAIM,
    World,
    command,
    event,
    flexible,
    remove,
    wanted,
)

callers = st.sampled_from([ALICE, BOSS, EVE])
starts = st.integers(0, 16).map(lambda number: number * 25.0)
lengths = st.integers(1, 6).map(lambda number: number * 25.0)
slacks = st.integers(0, 8).map(lambda number: number * 25.0)
Ask = tuple[float, float, float, int, Caller, bool]
asks = st.tuples(starts, lengths, slacks, st.integers(1, 5), callers, st.booleans())
"""Earliest start, duration, slack of the window, priority, who, whether it would rather wait."""


def make(ask: Ask) -> tuple[Event, Caller]:
    """An event, fixed or flexible, and who asks for it."""
    start, seconds, slack, priority, caller, waits = ask
    more: dict[str, Any] = {
        "priority": min(priority, caller.priority_cap),
        "on_conflict": OnConflict.WAIT if waits else OnConflict.REJECT,
    }
    if slack:
        return flexible(seconds, (start, start + seconds + slack), **more), caller
    return event(start, seconds).model_copy(update=more), caller


async def grow(before: list[Ask], gone: list[int]) -> tuple[World, list[tuple[Event, Caller]]]:
    """A world in which these were asked for, and some of them removed again."""
    world = World()
    asked = [make(ask) for ask in before]
    await world.run(*(wanted(new, by=caller) for new, caller in asked))
    if asked:
        await world.run(*(remove(asked[number % len(asked)][0], by=BOSS) for number in gone))
    return world, asked


def question(asked: Event, caller: Caller) -> Any:
    """What would become of an event."""
    return command(CommandKind.TRY, event=asked, by=caller, explicit_priority=True)


def changed(asked: Event, attributes: dict[str, Any]) -> Event:
    """The event as an alternative says it should be asked for."""
    if "priority" in attributes:
        return asked.model_copy(update={"id": uuid4(), "priority": attributes["priority"]})
    start, end = (parse_instant(attributes[name]) for name in ("start_time", "end_time"))
    own = {name: attributes[name] for name in asked.attributes if name in attributes}
    return asked.model_copy(
        update={
            "id": uuid4(),
            "windows": (Window(start=start, end=end),),
            "duration_ms": (end - start) // MILLISECOND,
            "attributes": {**asked.attributes, **own},
        }
    )


def agree(answer: dict[str, Any], outcome: Outcome, asked: Event) -> None:
    """Fail unless a question's answer says what a submission got."""
    assert answer["accepted"] == (outcome.status is Status.ADDED)
    assert answer["waits"] == (outcome.status is Status.WAITING)
    assert answer["displaces"] == [str(other) for other in outcome.displaced]
    assert answer["moves"] == [str(other) for other in outcome.moved]
    assert answer["reason"] == (outcome.faults[0].reason.value if outcome.faults else None)
    if outcome.start is None:
        assert answer["start_time"] is answer["end_time"] is None
    else:
        assert answer["start_time"] == format_instant(outcome.start)
        assert answer["end_time"] == format_instant(outcome.start + asked.duration)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=st.lists(asks, max_size=8), gone=st.lists(st.integers(0, 9), max_size=2), ask=asks)
def test_what_would_become_of_an_event(before: list[Ask], gone: list[int], ask: Ask) -> None:
    async def run() -> None:
        world, _ = await grow(before, gone)
        asked, caller = make(ask)
        stored = world.store.contents.nights.copy(), world.store.contents.events.copy()
        found = await world.ask(question(asked, caller))
        assert found.status is Status.ANSWERED
        assert (world.store.contents.nights, world.store.contents.events) == stored
        assert len(world.store.contents.commands) == len(world.store.contents.outcomes)
        for other in found.answer["alternatives"][:2]:
            instead = changed(asked, other["attributes"])
            again = await world.ask(question(instead, caller))
            assert again.answer["accepted"], other
            assert again.answer["displaces"] == other["displaces"]
        agree(dict(found.answer), await world.ask(wanted(asked, by=caller)), asked)

    asyncio.run(run())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=st.lists(asks, min_size=2, max_size=8), ask=asks)
def test_an_alternative_is_accepted(before: list[Ask], ask: Ask) -> None:
    async def run() -> None:
        world, _ = await grow(before, [])
        asked, caller = make(ask)
        found = await world.ask(question(asked, caller))
        if found.answer["alternatives"]:
            first = found.answer["alternatives"][0]
            outcome = await world.ask(wanted(changed(asked, first["attributes"]), by=caller))
            assert outcome.status is Status.ADDED
            assert [str(other) for other in outcome.displaced] == first["displaces"]

    asyncio.run(run())


def best(events: list[Event]) -> int:
    """The best worth of all that is wanted, by trying every order."""

    def offset(instant: Any) -> int:
        return (instant - DUSK) // timedelta(seconds=1)

    tasks = tuple(
        Task(
            id=str(one.id),
            duration=one.duration_ms // 1000,
            windows={
                "opn": tuple(Span(start=offset(w.start), end=offset(w.end)) for w in one.windows)
            },
            priority=one.priority,
        )
        for one in events
    )
    served = {"opn": Instrument(start=0, end=offset(DAWN))}
    found = brute_force(Problem(instruments=served, tasks=tasks, objective="weighted"))
    assert isinstance(found, int)
    return found * 1000


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    before=st.lists(asks, min_size=1, max_size=7),
    gone=st.lists(st.integers(0, 9), min_size=1, max_size=3),
)
def test_after_deletions_all_that_is_wanted_has_its_best_schedule(
    before: list[Ask], gone: list[int]
) -> None:
    async def run() -> None:
        world, _ = await grow(before, gone)
        schedule = world.schedule
        verify(schedule)
        records = [r for r in world.store.contents.events.values() if r.state in WANTED]
        placed = {block.id: block for block in schedule.blocks if not block.filler}
        assert {r.event.id for r in records if r.state is State.SCHEDULED} == set(placed)
        worth = sum(r.event.duration_ms * r.event.priority for r in records if r.event.id in placed)
        assert worth == best([record.event for record in records])
        assert schedule.quality is not None
        assert (schedule.quality.value, schedule.quality.status) == (worth, "optimal")
        # What waits fits nowhere beside what is scheduled.
        for record in records:
            if record.event.id not in placed:
                assert not fits(record.event, [(b.start, b.end) for b in placed.values()])

    asyncio.run(run())


def fits(asked: Event, busy: list[tuple[Any, Any]]) -> bool:
    """Whether an event has room beside what is busy."""
    for window in asked.windows:
        at = max(window.start, DUSK)
        for start, end in (*sorted(busy), (window.end, window.end)):
            if min(start, window.end) - at >= asked.duration:
                return True
            at = max(at, end)
    return False


async def explain(world: World, identifier: UUID) -> dict[str, Any]:
    """Why an event is or is not scheduled."""
    outcome = await world.ask(command(CommandKind.EXPLAIN, event_id=identifier, by=EVE))
    assert outcome.status is Status.ANSWERED
    return dict(outcome.answer)


def test_why_an_event_is_not_scheduled() -> None:
    async def run() -> None:
        world = World()
        weak, strong = event(0, 100), event(50, 200)
        await world.ask(wanted(weak))
        await world.ask(wanted(strong.model_copy(update={"priority": 5}), by=BOSS))
        found = await explain(world, weak.id)
        assert (found["state"], found["reason"]) == ("displaced", "conflict")
        assert found["events"] == [str(strong.id)]
        assert [other["kind"] for other in found["alternatives"]][:1] == ["duration"]
        assert (await explain(world, strong.id))["reason"] is None
        await world.ask(remove(weak))
        assert (await explain(world, weak.id))["state"] == "deleted"
        unknown = await world.ask(command(CommandKind.EXPLAIN, event_id=uuid4()))
        assert unknown.status is Status.REJECTED
        assert world.schedule.night == DAY
        assert world.served is FAIM

    asyncio.run(run())
