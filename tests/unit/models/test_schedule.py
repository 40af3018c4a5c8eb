"""Schedules: the sums, and the rules that none may break (requirement S6)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from models.errors import BrokenSchedule
from models.schedule import Block, Schedule, verify

DUSK = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
DAWN = DUSK + timedelta(seconds=100)
NOBODY = UUID(int=0, version=4)


def block(start: int, end: int, *, filler: bool = False) -> Block:
    """A block that runs from ``start`` to ``end``, seconds after dusk."""
    at = [DUSK + timedelta(seconds=seconds) for seconds in (start, end)]
    return Block(id=NOBODY, type="scan", start=at[0], end=at[1], filler=filler)


def schedule(*blocks: Block, dark: bool = True) -> Schedule:
    return Schedule(
        instrument=NOBODY,
        night=date(2026, 11, 21),
        dusk=DUSK if dark else None,
        dawn=DAWN if dark else None,
        revision=1,
        quality=None,
        blocks=blocks,
    )


def test_requested_filled_and_idle_make_the_night() -> None:
    plan = schedule(block(0, 20), block(20, 50, filler=True), block(90, 100))
    assert plan.requested == timedelta(seconds=30)
    assert plan.filled == timedelta(seconds=30)
    assert plan.idle == timedelta(seconds=40)


def test_a_night_without_darkness_has_no_idle_time() -> None:
    assert schedule(dark=False).idle == timedelta(0)


def test_blocks_may_touch_each_other_dusk_and_dawn() -> None:
    verify(schedule(block(0, 50), block(50, 100)))
    verify(schedule())
    verify(schedule(dark=False))


@pytest.mark.parametrize(
    ("plan", "violation"),
    [
        (schedule(block(0, 51), block(50, 100)), "before block .* has ended"),
        (schedule(block(50, 60), block(0, 10)), "before block .* has ended"),
        (schedule(block(-1, 10)), "lies outside"),
        (schedule(block(90, 101)), "lies outside"),
        (schedule(block(10, 10)), "ends at .*, not after"),
        (schedule(block(10, 20), dark=False), "night without darkness"),
    ],
)
def test_a_broken_schedule_is_refused(plan: Schedule, violation: str) -> None:
    with pytest.raises(BrokenSchedule, match=violation):
        verify(plan)


def test_every_violation_is_named() -> None:
    with pytest.raises(BrokenSchedule) as caught:
        verify(schedule(block(-5, 10), block(5, 200)))
    assert len(caught.value.violations) == 3
