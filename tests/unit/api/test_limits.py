"""What one caller may ask, whatever the others do."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from api.limits import CallerLimits
from api.problems import Problem


def refused(limits: CallerLimits, subject: str, now: float) -> int:
    """The pause that a refused command is told to make."""
    with pytest.raises(Problem) as caught, limits.command(subject, now):
        pass
    assert caught.value.status == 429
    return int(caught.value.headers["Retry-After"])


def test_a_bucket_is_emptied_and_filled_again() -> None:
    limits = CallerLimits(rate=0.5, burst=3, waiting=10)
    for _ in range(3):
        with limits.command("a", 100.0):
            pass
    assert refused(limits, "a", 100.0) == 2
    assert refused(limits, "a", 101.5) == 1
    with limits.command("a", 102.0), limits.command("b", 102.0):
        pass
    assert refused(limits, "a", 102.0) == 2
    # It never holds more than its burst.
    for _ in range(3):
        with limits.command("a", 9999.0):
            pass
    assert refused(limits, "a", 9999.0) == 2


def test_those_that_wait_are_counted_until_they_are_answered() -> None:
    limits = CallerLimits(rate=100.0, burst=100, waiting=2)
    with ExitStack() as waiting:
        for _ in range(2):
            waiting.enter_context(limits.command("a", 0.0))
        assert refused(limits, "a", 0.0) == 1
        with limits.command("b", 0.0):
            pass
    with limits.command("a", 0.0):
        pass


def test_a_caller_that_waits_is_not_forgotten() -> None:
    limits = CallerLimits(rate=1.0, burst=1, waiting=1, most=2)
    with limits.command("a", 0.0):
        for number in range(10):
            with limits.command(f"b{number}", 0.0):
                pass
        assert refused(limits, "a", 50.0) == 1
