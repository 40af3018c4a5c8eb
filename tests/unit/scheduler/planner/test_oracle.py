"""The oracle itself, on nights whose optimum is plain, and against trying every subset."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.scheduler.planner.oracle import Span, best_worth


def of(*spans: tuple[int, int, int]) -> int:
    """The best worth of spans given as start, end and worth."""
    return best_worth([Span(start=start, end=end, worth=worth) for start, end, worth in spans])


def test_plain_cases() -> None:
    assert of() == 0
    assert of((0, 10, 10)) == 10
    # Two that touch, together worth more, as much, and less than the one across them.
    assert of((0, 10, 10), (10, 20, 10), (5, 15, 19)) == 20
    assert of((0, 10, 10), (10, 20, 10), (5, 15, 20)) == 20
    assert of((0, 10, 10), (10, 20, 10), (5, 15, 21)) == 21


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 10), st.integers(1, 9)), max_size=9))
def test_against_every_subset(given_spans: list[tuple[int, int, int]]) -> None:
    spans = sorted((start, start + length, worth) for start, length, worth in given_spans)
    best = 0
    for count in range(len(spans) + 1):
        for some in combinations(spans, count):
            if all(before[1] <= after[0] for before, after in pairwise(some)):
                best = max(best, sum(span[2] for span in some))
    assert of(*spans) == best
