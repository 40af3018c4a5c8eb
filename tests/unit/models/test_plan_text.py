"""The plan as plain text: nights without darkness, empty plans, fields that would mislead."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from models.errors import BrokenSchedule
from models.instrument import Instrument, SchedulingGroup
from models.plan_text import write_plan
from models.schedule import Block, Schedule
from models.site import Site

DUSK = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
DAWN = DUSK + timedelta(hours=13, milliseconds=7)


def instrument(*fields: str) -> Instrument:
    return Instrument(
        id=uuid4(),
        name="sieve",
        title="Sieve",
        kind="sieve",
        site=Site(name="somewhere", latitude=0.0, longitude=0.0),
        depression=12.0,
        group=SchedulingGroup(name="sieve", partition=9),
        event_types={},
        line=lambda _: fields,
    )


def schedule(*blocks: Block, dark: bool = True) -> Schedule:
    return Schedule(
        instrument=uuid4(),
        night=date(2026, 11, 21),
        dusk=DUSK if dark else None,
        dawn=DAWN if dark else None,
        revision=0,
        quality=None,
        blocks=blocks,
    )


def block() -> Block:
    return Block(id=uuid4(), type="look", start=DUSK, end=DUSK + timedelta(seconds=1))


def test_an_empty_plan_is_its_header() -> None:
    assert write_plan(instrument(), schedule()) == (
        "# nightplan sieve 2026-11-21 revision 0 "
        "dusk 2026-11-21T16:00:00.000Z dawn 2026-11-22T05:00:00.007Z\n"
    )


def test_a_night_without_darkness_says_so() -> None:
    assert write_plan(instrument(), schedule(dark=False)) == (
        "# nightplan sieve 2026-11-21 revision 0\n"
        "# no darkness: the Sun does not sink to 12 degrees below the horizon in this night\n"
    )


def test_a_block_ends_with_its_id() -> None:
    one = block()
    text = write_plan(instrument("a", "-"), schedule(one))
    assert text.splitlines()[1] == (
        f"2026-11-21T16:00:00.000Z 2026-11-21T16:00:01.000Z look a - {one.id}"
    )
    assert text.endswith(f"{one.id}\n")


@pytest.mark.parametrize("field", ["", " ", "a b", "a\nb", "a\u2028b", "\t"])
def test_a_field_that_would_mislead_the_controller_is_refused(field: str) -> None:
    with pytest.raises(BrokenSchedule, match="empty or holds a blank"):
        write_plan(instrument(field), schedule(block()))
