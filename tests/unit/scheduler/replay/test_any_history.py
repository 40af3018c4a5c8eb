"""Random histories, lost at any moment: the replay leads to what there was, from any backup."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory.store import Contents
from models.command import Command
from models.event import Event, State
from models.identity import Caller
from models.schedule import verify
from tests.unit.scheduler.replay.past import Past, Restored, everything
from tests.unit.scheduler.service.world import (
    ALICE,
    BOSS,
    EVE,
    NOON,
    Died,
    add,
    after_dusk,
    event,
    remove,
)

callers = st.sampled_from([ALICE, BOSS, EVE])
starts = st.integers(0, 20).map(lambda number: number * 25.0)
lengths = st.integers(1, 8).map(lambda number: number * 25.0)
steps = st.one_of(st.tuples(starts, lengths, callers), st.integers(0, 30))
"""Add an event (start, duration, who), or remove the n-th one there was."""
batches = st.lists(st.tuples(st.lists(steps, max_size=4), st.integers(0, 5)), max_size=8)
"""What comes together, and how many times 25 s pass before it."""
Batches = list[tuple[list[tuple[float, float, Caller] | int], int]]


class History:
    """A past, with a backup taken after each batch.

    Parameters
    ----------
    started
        Seconds after dusk at which it begins.
    """

    def __init__(self, started: float) -> None:
        self.past = Past(after_dusk(started))
        self.backups: list[Contents] = []
        self.asked: list[tuple[Event, Caller]] = []
        self.removals: list[Command] = []

    async def live(self, history: Batches) -> None:
        """Let it all happen, in a night that was planned before."""
        await self.past.run()
        self.backups.append(self.past.snapshot())
        for taken, ticks in history:
            self.past.clock.time += ticks * timedelta(seconds=25)
            commands = []
            for step in taken:
                if isinstance(step, tuple):
                    start, seconds, caller = step
                    new = event(start, seconds, priority=caller.priority_cap)
                    self.asked.append((new, caller))
                    commands.append(add(new, by=caller, at=self.past.clock.time))
                elif self.asked:
                    gone, caller = self.asked[step % len(self.asked)]
                    commands.append(remove(gone, by=caller, at=self.past.clock.time))
                    self.removals.append(commands[-1])
            await self.past.run(*commands)
            self.backups.append(self.past.snapshot())


@settings(deadline=None, max_examples=40)
@given(history=batches, started=st.sampled_from([-3600.0, -25.0]))
def test_from_every_backup(history: Batches, started: float) -> None:
    async def live() -> None:
        found = History(started)
        await found.live(history)
        wanted = everything(found.past.store.contents)
        for backup in found.backups:
            restored = Restored(found.past, backup)
            report = await restored.run(since=NOON)
            assert everything(restored.store.contents) == wanted
            assert report.differing == []

    asyncio.run(live())


@settings(deadline=None, max_examples=25)
@given(history=batches, deaths=st.lists(st.integers(0, 3), max_size=4))
def test_killed_and_run_again(history: Batches, deaths: list[int]) -> None:
    """It dies after so many batches, again and again; then it is left to finish."""

    async def live() -> None:
        found = History(-25.0)
        await found.live(history)
        restored = Restored(found.past, found.backups[0])
        for batches_done in deaths:
            restored.store.survive = batches_done
            try:
                await restored.run(since=NOON)
            except Died:
                continue
        restored.store.survive = None
        await restored.run(since=NOON)
        assert everything(restored.store.contents) == everything(found.past.store.contents)

    asyncio.run(live())


@settings(deadline=None, max_examples=40)
@given(history=batches, number=st.integers(0, 30))
def test_without_any_removal(history: Batches, number: int) -> None:
    """Whatever else comes out differently is told, and the plan breaks no rule."""

    async def live() -> None:
        found = History(-25.0)
        await found.live(history)
        outcomes = found.past.store.contents.outcomes
        decided = [each for each in found.removals if each.id in outcomes]
        if not decided:
            return
        wrong = decided[number % len(decided)]
        restored = Restored(found.past, found.backups[0])
        report = await restored.run(since=NOON, leave_out=[wrong.id])
        contents = restored.store.contents
        assert set(contents.outcomes) == set(outcomes) - {wrong.id}
        different = {each.command.id for each in report.differing}
        for key, outcome in contents.outcomes.items():
            assert (outcome != outcomes[key]) == (key in different)
        for schedule in contents.nights.values():
            verify(schedule)
            placed = {block.id for block in schedule.blocks if not block.filler}
            scheduled = {
                record.event.id
                for record in contents.events.values()
                if record.state is State.SCHEDULED
            }
            assert placed == scheduled

    asyncio.run(live())
