"""Events, windows, sites and callers: what they derive and what they refuse."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from models.event import Event
from models.identity import Caller, Group
from models.site import Site
from models.window import Window

START = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
NOBODY = UUID(int=0, version=4)


def window(start: int, end: int) -> Window:
    """A window from ``start`` to ``end``, seconds after START."""
    return Window(start=START + timedelta(seconds=start), end=START + timedelta(seconds=end))


def event(seconds: int, *windows: Window) -> Event:
    return Event(
        id=NOBODY,
        instrument=NOBODY,
        type="scan",
        duration_ms=seconds * 1000,
        windows=windows,
        priority=3,
    )


def test_an_event_as_long_as_its_only_window_is_fixed() -> None:
    assert event(10, window(0, 10)).fixed
    assert not event(10, window(0, 11)).fixed
    assert not event(10, window(0, 10), window(20, 30)).fixed


def test_earliest_and_latest_are_those_of_any_window() -> None:
    several = event(10, window(50, 70), window(0, 20))
    assert several.earliest == START
    assert several.latest == START + timedelta(seconds=70)


def test_an_event_needs_a_window_a_duration_and_a_priority() -> None:
    good = event(10, window(0, 10)).model_dump()
    for wrong in (
        {"windows": ()},
        {"duration_ms": 0},
        {"duration_ms": 10**30},
        {"priority": 0},
        {"priority": 6},
    ):
        with pytest.raises(ValidationError):
            Event.model_validate({**good, **wrong})


def test_a_window_ends_after_it_starts() -> None:
    with pytest.raises(ValidationError, match="ends after it starts"):
        window(10, 10)


def test_a_window_contains_its_ends() -> None:
    span = window(0, 10)
    assert span.contains(span.start, span.end)
    assert not span.contains(span.start - timedelta(milliseconds=1), span.end)
    assert not span.contains(span.start, span.end + timedelta(milliseconds=1))


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.1), (0.0, float("nan"))]
)
def test_a_site_is_on_earth(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match=r"expected .* degrees"):
        Site(name="nowhere", latitude=latitude, longitude=longitude)


@pytest.mark.parametrize(
    ("groups", "cap"),
    [
        (set(), 0),
        ({Group.VIEWER}, 0),
        ({Group.EXTERNAL}, 2),
        ({Group.PARTNER, Group.VIEWER}, 3),
        ({Group.OWNER, Group.EXTERNAL}, 4),
        ({Group.OPERATOR}, 5),
    ],
)
def test_a_caller_may_ask_what_the_best_group_may(groups: set[Group], cap: int) -> None:
    caller = Caller(subject="s", username="u", groups=frozenset(groups))
    assert caller.priority_cap == cap
    assert caller.may_submit == (cap > 0)
    assert caller.is_operator == (cap == 5)
