"""Random histories of adding and removing: what must hold of every night, after every step."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from models.event import WANTED, Event, Record, State
from models.identity import Caller
from models.schedule import Block, verify
from tests.unit.scheduler.planner.oracle import Span, best_worth
from tests.unit.scheduler.service.world import (
    ALICE,
    BOSS,
    DAWN,
    DAY,
    DUSK,
    EVE,
    FAIM,
    World,
    add,
    after_dusk,
    event,
    remove,
)

SCAN = timedelta(seconds=123)
MILLISECOND = timedelta(milliseconds=1)

callers = st.sampled_from([ALICE, BOSS, EVE])
# Starts and durations on a coarse grid, so that events touch, coincide and tie.
starts = st.integers(0, 20).map(lambda number: number * 25.0)
lengths = st.integers(1, 8).map(lambda number: number * 25.0)
additions = st.tuples(starts, lengths, callers)
steps = st.one_of(additions, st.integers(0, 30))
"""Add an event (start, duration, who), or remove the n-th one there was."""


class History:
    """A world, the events it has been asked for, and what must hold of it."""

    def __init__(self) -> None:
        self.world = World()
        self.asked: list[tuple[Event, Caller]] = []

    async def take(self, step: tuple[float, float, Caller] | int) -> None:
        """Carry out one step and look at what it has done."""
        now = self.world.clock()
        if isinstance(step, tuple):
            start, seconds, caller = step
            new = event(start, seconds, priority=caller.priority_cap)
            self.asked.append((new, caller))
            await self.world.run(add(new, by=caller, at=now))
        elif self.asked:
            gone, caller = self.asked[step % len(self.asked)]
            await self.world.run(remove(gone, by=caller, at=now))

    def check(self) -> None:
        """Everything that always holds; the store itself refuses inconsistent changes."""
        schedule = self.world.schedule
        verify(schedule)
        for block in schedule.blocks:
            assert DUSK <= block.start < block.end <= DAWN
        for one, other in pairwise(schedule.blocks):
            assert one.end <= other.start
        placed = set(self.world.placed())
        for asked, _ in self.asked:
            record = self.world.record(asked)
            if record is None:
                assert asked.id not in placed
                continue
            assert (record.state is State.SCHEDULED) == (asked.id in placed)
            assert record.history[-1].state is record.state
            assert record.history[0].state is State.SCHEDULED
            for step, after in pairwise(record.history):
                assert step.state is not after.state
                assert step.at <= after.at

    def check_best(self) -> None:
        """The plan is worth as much as any of the events wanted could be."""
        wanted = []
        for record in self.world.store.contents.events.values():
            if record.state in WANTED and record.night == DAY:
                start = (record.event.earliest - DUSK) // MILLISECOND
                length = record.event.duration_ms
                worth = length * record.event.priority
                wanted.append(Span(start=start, end=start + length, worth=worth))
        quality = self.world.schedule.quality
        assert quality is not None
        assert quality.status == "optimal"
        assert quality.value == quality.bound == best_worth(wanted)
        placed = {record.event.id: record.event for record in self._scheduled()}
        assert quality.value == sum(each.duration_ms * each.priority for each in placed.values())

    def check_filled(self) -> None:
        """No gap from now on could hold a scan."""
        end = max(DUSK, self.world.clock())
        for block in self.world.schedule.blocks:
            if block.end > end:
                assert block.start - end < SCAN
                end = block.end
        assert DAWN - end < SCAN

    def _scheduled(self) -> list[Record]:
        records = self.world.store.contents.events.values()
        return [record for record in records if record.state is State.SCHEDULED]


@settings(deadline=None, max_examples=60)
@given(st.lists(steps, max_size=14))
def test_before_the_night(history: list[tuple[float, float, Caller] | int]) -> None:
    async def live() -> None:
        found = History()
        for step in history:
            await found.take(step)
            if found.asked:
                found.check()
                found.check_best()
                found.check_filled()

    asyncio.run(live())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(steps, st.integers(0, 5)), max_size=14))
def test_while_the_night_goes_by(
    history: list[tuple[tuple[float, float, Caller] | int, int]],
) -> None:
    """Time passes between the steps, 25 s at a time; what has begun never changes again."""

    async def live() -> None:
        found = History()
        found.world.clock.time = after_dusk(-25)
        ran: dict[UUID, Block] = {}
        for step, ticks in history:
            found.world.clock.time += ticks * timedelta(seconds=25)
            await found.take(step)
            if (FAIM.id, DAY) not in found.world.store.contents.nights:
                continue
            found.check()
            found.check_filled()
            now = found.world.clock()
            blocks = {block.id: block for block in found.world.schedule.blocks}
            over = {key: block for key, block in ran.items() if block.end <= now}
            assert all(blocks.get(key) == block for key, block in over.items())
            running = [block for block in ran.values() if block.end > now and not block.filler]
            assert all(blocks.get(block.id) == block for block in running)
            ran = {key: block for key, block in blocks.items() if block.start <= now}

    asyncio.run(live())


@settings(deadline=None, max_examples=40)
@given(st.lists(additions, min_size=1, max_size=12))
def test_all_at_once(wanted: list[tuple[float, float, Caller]]) -> None:
    """One plan for a batch: the best of all that were asked, whatever their order."""

    async def live() -> None:
        found = History()
        commands = []
        for start, seconds, caller in wanted:
            new = event(start, seconds, priority=caller.priority_cap)
            found.asked.append((new, caller))
            commands.append(add(new, by=caller))
        await found.world.run(*commands)
        found.check()
        found.check_best()
        spans = []
        for new, _ in found.asked:
            start = (new.earliest - DUSK) // MILLISECOND
            worth = new.duration_ms * new.priority
            spans.append(Span(start=start, end=start + new.duration_ms, worth=worth))
        quality = found.world.schedule.quality
        assert quality is not None
        assert quality.value == best_worth(spans)

    asyncio.run(live())
