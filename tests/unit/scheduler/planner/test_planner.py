"""The planner: events, an instrument and a night become a problem, and a plan comes back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments import find
from models.errors import Reason
from models.event import Event
from models.instrument import Instrument, Policy
from models.night import find_night
from models.schedule import Block, Objective, Schedule
from models.window import Window
from scheduler.planner import Plan, Planner

DAY = date(2026, 11, 21)
SECOND = timedelta(seconds=1)


def instrument(name: str) -> Instrument:
    """An instrument by its name."""
    found = find(name)
    assert found is not None
    return found


FAIM, LIDAR = instrument("faim_oberpfaffenhofen"), instrument("lidar_alomar")


def empty(served: Instrument, day: date = DAY) -> Schedule:
    """The night before anything is planned."""
    night = find_night(served.site, day, served.depression)
    return Schedule(
        instrument=served.id, night=day, dusk=night.dusk, dawn=night.dawn, revision=0,
        quality=None, blocks=(),
    )  # fmt: skip


FAIM_NIGHT, LIDAR_NIGHT = empty(FAIM), empty(LIDAR)
assert FAIM_NIGHT.dusk is not None
assert LIDAR_NIGHT.dusk is not None
DUSK, LIDAR_DUSK = FAIM_NIGHT.dusk, LIDAR_NIGHT.dusk
BEFORE = DUSK - timedelta(hours=5)


def plan(
    events: Sequence[Event], *, served: Instrument = FAIM, before: Schedule | None = None,
    now: datetime = BEFORE,
) -> Plan:  # fmt: skip
    """The plan of a night."""
    planner = Planner(served, new_id=uuid4, time_limit=1.0)
    return planner.plan(before=before or empty(served), events=events, now=now)


def static(start: float, seconds: float, priority: int = 3, dusk: datetime = DUSK) -> Event:
    """A fixed event of the FAIM, so many seconds after dusk."""
    window = Window(start=dusk + start * SECOND, end=dusk + (start + seconds) * SECOND)
    return Event(
        id=uuid4(), instrument=FAIM.id, type="static", duration_ms=round(seconds * 1000),
        windows=(window,), priority=priority,
        attributes={"zenith": "60.300", "azimuth": "0.000", "number_of_photos": 1},
    )  # fmt: skip


def profile(
    start: float,
    seconds: float,
    mode: str = "wind",
    azimuth: str = "90.000",
    zenith: str = "20.000",
) -> Event:
    """A fixed event of the lidar, so many seconds after dusk."""
    window = Window(start=LIDAR_DUSK + start * SECOND, end=LIDAR_DUSK + (start + seconds) * SECOND)
    return Event(
        id=uuid4(), instrument=LIDAR.id, type="profile", duration_ms=round(seconds * 1000),
        windows=(window,), priority=3,
        attributes={"zenith": zenith, "azimuth": azimuth, "mode": mode},
    )  # fmt: skip


def as_schedule(served: Instrument, found: Plan) -> Schedule:
    """The plan as it is stored."""
    return empty(served).model_copy(update={"blocks": found.blocks, "revision": 1})


def test_every_objective() -> None:
    """One long event of priority 1 against two short ones of priority 5 and 4."""
    long, first, second = static(0, 400, 1), static(0, 100, 5), static(200, 100, 4)
    best = {
        Objective.DURATION: ({long.id}, 400_000),
        Objective.WEIGHTED: ({first.id, second.id}, 900_000),
        Objective.PRIORITY: ({first.id, second.id}, (100_000, 100_000, 0, 0, 0)),
    }
    for objective, (placed, value) in best.items():
        served = dataclasses.replace(FAIM, policy=Policy(objective=objective))
        found = plan([long, first, second], served=served)
        assert found.scheduled == placed
        assert found.quality.objective is objective
        assert found.quality.value == found.quality.bound == value
        assert found.quality.status == "optimal"


def test_why_an_event_is_left_out() -> None:
    kept, out, apart = static(100, 200, 5), static(150, 100, 3), static(1000, 10)
    found = plan([kept, out, apart])
    assert set(found.left_out) == {out.id}
    assert found.left_out[out.id].reason is Reason.CONFLICT
    assert found.left_out[out.id].in_the_way == (kept.id,)
    outside = static(-100, 50)
    assert plan([outside]).left_out[outside.id].reason is Reason.OUTSIDE_NIGHT


def test_blocks_say_what_the_events_said() -> None:
    asked = static(100.001, 200.5)
    found = plan([asked])
    [block] = [block for block in found.blocks if not block.filler]
    assert (block.id, block.type, block.attributes) == (asked.id, "static", asked.attributes)
    assert (block.start, block.end) == (asked.earliest, asked.latest)


def test_fillers_keep_their_ids_and_their_place() -> None:
    asked = static(1000, 100)
    first = plan([asked])
    assert plan([asked], before=as_schedule(FAIM, first)).blocks == first.blocks
    # Two scans make room for an event that takes their time, and no other moves.
    new = static(1100 + 50 * 123, 246)
    again = plan([asked, new], before=as_schedule(FAIM, first))
    lost = [block for block in first.blocks if block not in again.blocks]
    assert [block.filler for block in lost] == [True, True]
    assert len({block.id for block in again.blocks}) == len(again.blocks)


def test_a_night_without_darkness() -> None:
    asked = static(0, 10)
    dark = empty(FAIM).model_copy(update={"dusk": None, "dawn": None})
    found = plan([asked], before=dark)
    assert found.blocks == ()
    assert found.left_out[asked.id].reason is Reason.NO_DARKNESS


def test_after_dawn_all_stays() -> None:
    before = as_schedule(FAIM, plan([static(0, 10)]))
    assert before.dawn is not None
    late = static(100, 10)
    found = plan([late], before=before, now=before.dawn)
    assert found.blocks == before.blocks
    assert found.left_out[late.id].reason is Reason.IN_THE_PAST


def test_every_priority_that_has_run_counts() -> None:
    """The quality is that of the whole night: what has run and what is to come."""
    events = [static(100 * number, 50, priority) for number, priority in enumerate((5, 1, 3, 3))]
    for objective, value in (
        (Objective.DURATION, 200_000),
        (Objective.WEIGHTED, 600_000),
        (Objective.PRIORITY, (50_000, 0, 100_000, 0, 50_000)),
    ):
        served = dataclasses.replace(FAIM, policy=Policy(objective=objective))
        before = as_schedule(served, plan(events, served=served))
        for seconds in (-10, 0, 25, 60, 125, 260, 900, 20_000):
            now = DUSK + seconds * SECOND
            found = plan(events, served=served, before=before, now=now)
            assert found.scheduled == {event.id for event in events}
            assert found.quality.value == found.quality.bound == value


def check_setup(blocks: Sequence[Block]) -> None:
    """Between any two blocks of the lidar lies the time to turn from one to the other."""
    for one, other in pairwise(blocks):
        between = LIDAR.setup(
            LIDAR.setup_class(one.type, one.attributes),
            LIDAR.setup_class(other.type, other.attributes),
        )
        assert other.start - one.end >= between, (one, other)


def test_the_lidar_warms_up_first() -> None:
    early, later = profile(600, 600), profile(1200, 600)
    found = plan([early, later], served=LIDAR)
    assert found.scheduled == {later.id}
    assert found.left_out[early.id].reason is Reason.OUTSIDE_NIGHT
    assert all(block.start >= LIDAR_DUSK + LIDAR.warm_up for block in found.blocks)


def test_the_lidar_turns_between_two_events() -> None:
    # 90 degrees at 2 degrees a second are 45 s, another mode 120 s more.
    first = profile(2000, 600, azimuth="0.000")
    near, enough = profile(2644, 600), profile(2645, 600)
    assert len(plan([first, near], served=LIDAR).scheduled) == 1
    assert len(plan([first, enough], served=LIDAR).scheduled) == 2
    other = profile(2645 + 119, 600, mode="aerosol")
    assert len(plan([first, other], served=LIDAR).scheduled) == 1
    other = profile(2645 + 120, 600, mode="aerosol")
    found = plan([first, other], served=LIDAR)
    assert len(found.scheduled) == 2
    check_setup(found.blocks)


lidar_events = st.builds(
    profile,
    st.integers(0, 40).map(lambda number: 1000 + number * 250.0),
    st.sampled_from([300.0, 600.0, 900.0]),
    st.sampled_from(["wind", "temperature", "aerosol"]),
    st.sampled_from(["0.000", "90.000", "180.000"]),
    st.sampled_from(["0.000", "20.000"]),
)


@settings(deadline=None, max_examples=25)
@given(st.lists(lidar_events, max_size=8))
def test_setup_holds_between_all_blocks(events: list[Event]) -> None:
    found = plan(events, served=LIDAR)
    check_setup(found.blocks)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(lidar_events, max_size=5),
    st.lists(lidar_events, max_size=4),
    st.integers(1000, 12_000),
)
def test_setup_holds_after_what_has_begun(
    there: list[Event], new: list[Event], seconds: int
) -> None:
    """Also after a filler that runs or has just ended."""
    before = as_schedule(LIDAR, plan(there, served=LIDAR))
    now = LIDAR_DUSK + seconds * SECOND
    placed = {block.id for block in before.blocks}
    wanted = [event for event in there if event.id in placed]
    found = plan([*wanted, *new], served=LIDAR, before=before, now=now)
    check_setup(found.blocks)
    begun = [block for block in before.blocks if block.start <= now and not block.filler]
    assert all(block in found.blocks for block in begun)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(-50, 60_000), st.integers(1, 600)), max_size=25))
def test_ids_are_never_mixed_up(wanted: list[tuple[int, int]]) -> None:
    events = [static(start, seconds) for start, seconds in wanted]
    found = plan(events)
    assert found.scheduled | set(found.left_out) == {event.id for event in events}
    assert not found.scheduled & set(found.left_out)
    fillers = {block.id for block in found.blocks if block.filler}
    assert len(fillers) + len(found.scheduled) == len(found.blocks)
    for left in found.left_out.values():
        assert set(left.in_the_way) <= found.scheduled


def test_new_ids_are_the_ones_given() -> None:
    ids = iter(UUID(int=number) for number in range(10_000))
    planner = Planner(FAIM, new_id=lambda: next(ids), time_limit=1.0)
    found = planner.plan(before=empty(FAIM), events=[], now=BEFORE)
    assert [block.id.int for block in found.blocks] == list(range(len(found.blocks)))


@pytest.mark.parametrize("seconds", [0.001, 0.5, 122.999, 123, 123.001, 245.999, 246])
def test_gaps_at_the_edge_of_holding_a_filler(seconds: float) -> None:
    found = plan([static(0, 100), static(100 + seconds, 100)])
    end = DUSK + (100 + seconds) * SECOND
    between = [block for block in found.blocks if DUSK + 100 * SECOND <= block.start < end]
    assert len(between) == seconds // 123
