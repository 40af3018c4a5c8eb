"""Plans as they were, what happened in order, maintenance and downloads: as written, so read."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.command import Command, CommandKind
from models.download import Download
from models.event import Event, State
from models.exchange import NightState, NightUpdate
from models.identity import Caller
from models.maintenance import Maintenance, MaintenanceRecord
from models.reading import FeedEntry
from models.schedule import Schedule
from models.window import Window
from tests.contract.store.conftest import AnyReader, AnyStore
from tests.contract.store.nights import (
    BRIGHT_NIGHT,
    DATE,
    INSTRUMENT,
    NIGHT,
    NOW,
    SUBJECT,
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

SLOTS, EVENTS = 6, 4
INSTRUMENTS = (UUID(int=number, version=4) for number in itertools.count(1))


@dataclass(frozen=True)
class Step:
    """What the night is to hold: which event in which slot, and in which slots a filler.

    ``kept``: fillers stay what they are where there was one; ``same``: the plan stays.
    """

    events: dict[int, int]
    fillers: frozenset[int]
    kept: bool
    same: bool


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Random lives of a night."""
    some = []
    for _ in range(draw(st.integers(1, 6))):
        slots = draw(st.permutations(range(SLOTS)))
        placed = draw(st.sets(st.integers(0, EVENTS - 1)))
        events = dict(zip(slots, sorted(placed), strict=False))
        free = [slot for slot in range(SLOTS) if slot not in events]
        fillers = draw(st.sets(st.sampled_from(free)))
        some.append(Step(events, frozenset(fillers), draw(st.booleans()), draw(st.booleans())))
    return some


class Life:
    """One night of an instrument of its own, and every plan that it had."""

    def __init__(self) -> None:
        self.instrument = next(INSTRUMENTS)
        self.events = [
            flexible(0, 10 * SLOTS, 5 + number).model_copy(update={"instrument": self.instrument})
            for number in range(EVENTS)
        ]
        self.plans: list[Schedule] = []
        self._placed: set[int] = set()
        self._known: set[int] = set()

    async def go_on(self, desk: Desk, step: Step) -> None:
        """Take one step."""
        async with desk.transaction() as work:
            state = await work.lock_night(self.instrument, NIGHT)
            if step.same and self.plans:
                await work.save_night(NightUpdate(schedule=state.schedule))
                return
            await work.save_night(self._update(state, step))

    def _update(self, state: NightState, step: Step) -> NightUpdate:
        blocks = [block(self.events[each], 10 * slot) for slot, each in step.events.items()]
        before = {each.start: each for each in state.schedule.blocks if each.filler}
        for slot in step.fillers:
            old = before.get(after_dusk(10 * slot))
            blocks.append(old if old is not None and step.kept else filler(10 * slot, 10))
        placed = set(step.events.values())
        changes = [change(self.events[n], State.SCHEDULED) for n in placed & self._known]
        changes += [change(self.events[n], State.DISPLACED) for n in self._placed - placed]
        added = [accepted(self.events[n]) for n in placed - self._known]
        self._placed, self._known = placed, self._known | placed
        found = update(state, blocks, added=added, changes=changes)
        counts = {"moved": len(placed), "displaced": len(changes)}
        return NightUpdate(
            schedule=found.schedule,
            added=found.added,
            changes=found.changes,
            removed_blocks=found.removed_blocks,
            added_blocks=found.added_blocks,
            **counts,
        )

    async def look(self, reader: AnyReader) -> None:
        """Remember the plan as it is now."""
        schedule = await reader.read_schedule(self.instrument, DATE)
        assert schedule is not None
        if not self.plans or self.plans[-1].revision < schedule.revision:
            self.plans.append(schedule)
        else:
            assert schedule == self.plans[-1]


@given(life=steps())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_every_plan_is_found_again_as_it_was(
    store: AnyStore, reader: AnyReader, life: list[Step]
) -> None:
    night = Life()
    async with store.lead("faim") as desk:
        for step in life:
            await night.go_on(desk, step)
            await night.look(reader)
    for plan in night.plans:
        found = await reader.read_revision(night.instrument, DATE, plan.revision)
        assert found == plan
    assert [plan.revision for plan in night.plans] == list(range(1, len(night.plans) + 1))
    for unknown in (0, len(night.plans) + 1, 2**40):
        assert await reader.read_revision(night.instrument, DATE, unknown) is None
    feed = await reader.read_feed(night.instrument, 0, 1000)
    assert [entry.revision for entry in feed if entry.kind == "revised"] == [
        plan.revision for plan in night.plans
    ]


async def test_plan_of_a_night_that_nobody_knows_is_not_found(reader: AnyReader) -> None:
    assert await reader.read_revision(INSTRUMENT, DATE, 1) is None
    assert await reader.read_nights(INSTRUMENT, DATE, DATE) == ()
    assert await reader.read_feed(INSTRUMENT, None, 1) == ()
    assert await reader.read_feed(INSTRUMENT, 0, 5) == ()
    assert await reader.list_downloads(INSTRUMENT, DATE) == ()


async def test_a_night_is_summed_up(store: AnyStore, reader: AnyReader) -> None:
    stays, loses, waits = fixed(0), fixed(20), flexible(30, 60)
    async with store.lead("faim") as desk:
        await write(desk, [block(stays), block(loses)], new=[accepted(stays), accepted(loses)])
        async with desk.transaction() as work:
            state = await work.lock_night(INSTRUMENT, NIGHT)
            found = update(
                state,
                [block(stays), filler(10, 3)],
                added=[accepted(waits, State.WAITING)],
                changes=[change(loses, State.DISPLACED)],
            )
            await work.save_night(
                NightUpdate(
                    schedule=found.schedule,
                    added=found.added,
                    changes=found.changes,
                    removed_blocks=found.removed_blocks,
                    added_blocks=found.added_blocks,
                    moved=4,
                    displaced=1,
                )
            )
        async with desk.transaction() as work:
            await work.lock_night(INSTRUMENT, BRIGHT_NIGHT)
    schedule = await reader.read_schedule(INSTRUMENT, DATE)
    assert schedule is not None
    bright, dark = await reader.read_nights(INSTRUMENT, BRIGHT_NIGHT.date, DATE)
    assert (dark.night, dark.dusk, dark.dawn) == (DATE, schedule.dusk, schedule.dawn)
    assert (dark.revision, dark.planned_at, dark.quality) == (
        2,
        schedule.planned_at,
        schedule.quality,
    )
    assert (dark.requested_ms, dark.filled_ms) == (600_000, 180_000)
    assert dark.idle_ms == (14 * 60 - 13) * 60_000
    assert (dark.events, dark.waiting, dark.moved, dark.displaced) == (1, 2, 4, 1)
    assert (bright.night, bright.dusk, bright.dawn) == (BRIGHT_NIGHT.date, None, None)
    assert (bright.revision, bright.planned_at, bright.quality) == (0, None, None)
    assert (bright.idle_ms, bright.events, bright.waiting) == (0, 0, 0)
    assert await reader.read_nights(INSTRUMENT, DATE + timedelta(1), date(2099, 1, 1)) == ()
    assert await reader.read_nights(uuid4(), BRIGHT_NIGHT.date, DATE) == ()


async def live(store: AnyStore) -> list[Event]:
    """A few transactions in two instruments' nights."""
    events = [fixed(minute) for minute in (0, 10, 20, 30)]
    async with store.lead("faim") as desk:
        for number in range(len(events)):
            now = events[: number + 1]
            await write(desk, map(block, now), new=[accepted(events[number])])
            await Life().go_on(desk, Step({0: 0, 1: 1}, frozenset({2}), kept=False, same=False))
        await write(
            desk,
            map(block, events[:2]),
            changes=[change(events[2], State.DELETED), change(events[3], State.DISPLACED)],
        )
    return events


async def test_feed_tells_everything_in_order(store: AnyStore, reader: AnyReader) -> None:
    events = await live(store)
    feed = await reader.read_feed(INSTRUMENT, 0, 100)
    numbers = [entry.sequence for entry in feed]
    assert numbers == sorted(set(numbers))
    told = [(entry.kind, entry.event, entry.state, entry.revision) for entry in feed]
    first = [
        step
        for number, event in enumerate(events, 1)
        for step in (
            ("event", event.id, State.SCHEDULED, None),
            ("revised", None, None, number),
        )
    ]
    assert told == [
        *first,
        ("event", events[2].id, State.DELETED, None),
        ("event", events[3].id, State.DISPLACED, None),
        ("revised", None, None, 5),
    ]
    assert {entry.night for entry in feed} == {DATE}
    (one,) = [entry for entry in feed if entry.state is State.DELETED]
    assert (one.at, one.cause, one.by) == (NOW, "as asked", SUBJECT)
    schedule = await reader.read_schedule(INSTRUMENT, DATE)
    assert schedule is not None
    assert feed[-1].at == schedule.planned_at


async def test_feed_goes_on_after_any_entry(store: AnyStore, reader: AnyReader) -> None:
    await live(store)
    feed = await reader.read_feed(INSTRUMENT, 0, 100)
    assert await reader.read_feed(INSTRUMENT, None, 100) == feed[-1:]
    for number, entry in enumerate(feed):
        assert await reader.read_feed(INSTRUMENT, entry.sequence, 100) == feed[number + 1 :]
        assert await reader.read_feed(INSTRUMENT, entry.sequence, 2) == feed[number + 1 :][:2]
    for beyond in (feed[-1].sequence + 10**6, 2**70):
        assert await reader.read_feed(INSTRUMENT, beyond, 5) == ()


async def test_feed_has_nothing_of_what_was_taken_back(store: AnyStore, reader: AnyReader) -> None:
    kept, lost = fixed(0), fixed(10)
    async with store.lead("faim") as desk:
        await write(desk, [block(kept)], new=[accepted(kept)])
        before: Sequence[FeedEntry] = await reader.read_feed(INSTRUMENT, 0, 100)
        with pytest.raises(ZeroDivisionError):
            await write(
                desk, [block(kept), block(lost)], new=[accepted(lost)], then=ZeroDivisionError()
            )
    assert await reader.read_feed(INSTRUMENT, 0, 100) == before
    assert await reader.read_revision(INSTRUMENT, DATE, 2) is None


def closed(start: float, end: float) -> MaintenanceRecord:
    """A maintenance between two minutes after dusk."""
    window = Window(start=after_dusk(start), end=after_dusk(end))
    asked = Maintenance(id=uuid4(), instrument=INSTRUMENT, window=window, note="mirror")
    return MaintenanceRecord(
        maintenance=asked, owner=SUBJECT, owner_name="alice", created_at=NOW, ended_at=None
    )


async def test_maintenance_is_listed_until_it_is_taken_back(
    store: AnyStore, reader: AnyReader
) -> None:
    late, early, gone = closed(60, 90), closed(0, 30), closed(10, 70)
    ended = gone.model_copy(update={"ended_at": NOW + timedelta(seconds=1)})
    async with store.lead("faim") as desk:
        for record in (late, early, gone, ended):
            async with desk.transaction() as work:
                await work.save_maintenance(record)
    assert await reader.list_maintenance(INSTRUMENT, None, None) == (early, late)
    for start, end, found in (
        (30, None, (late,)),
        (29, None, (early, late)),
        (None, 60, (early,)),
        (30, 60, ()),
        (29, 61, (early, late)),
    ):
        span = [None if minute is None else after_dusk(minute) for minute in (start, end)]
        assert await reader.list_maintenance(INSTRUMENT, *span) == found
    assert await reader.list_maintenance(uuid4(), None, None) == ()
    for record in (late, ended):
        known = record.maintenance.id
        assert await reader.find_maintenance(INSTRUMENT, known) == record
        assert await reader.find_maintenance(uuid4(), known) is None
    assert await reader.find_maintenance(INSTRUMENT, uuid4()) is None


async def test_who_got_a_plan_is_told_in_order(store: AnyStore, reader: AnyReader) -> None:
    def note(night: date, revision: int, form: str) -> Command:
        return Command(
            id=uuid4(),
            kind=CommandKind.DOWNLOAD,
            instrument=INSTRUMENT,
            caller=Caller(subject=SUBJECT, username="alice", groups=frozenset()),
            download=Download(night=night, revision=revision, format=form),
            issued_at=NOW,
            expires_at=NOW + timedelta(days=1),
        )

    async with store.lead("faim") as desk:
        for night, revision, form in (
            (DATE, 2, "txt"),
            (DATE, 1, "ics"),
            (date(2027, 1, 1), 1, ""),
        ):
            async with desk.transaction() as work:
                await work.save_download(note(night, revision, form))
    first, second = await reader.list_downloads(INSTRUMENT, DATE)
    assert (first.revision, first.format, first.night) == (2, "txt", DATE)
    assert (first.subject, first.username) == (SUBJECT, "alice")
    assert (second.revision, second.format) == (1, "ics")
    assert first.at < second.at
    assert await reader.list_downloads(uuid4(), DATE) == ()
