"""An oracle for nights of fixed events; it shares no code with the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span in whole milliseconds, and what it is worth."""

    start: int
    end: int
    worth: int = 0


def best_worth(spans: Sequence[Span]) -> int:
    """The most that spans without an overlap can be worth together.

    Weighted interval scheduling: the best of all that end by the end of span ``i``
    is the best without it, or with it and the best of all that end by its start.
    """
    by_end = sorted(spans, key=lambda span: span.end)
    best = [0]
    for number, span in enumerate(by_end):
        before = max(
            [0] + [best[other + 1] for other in range(number) if by_end[other].end <= span.start]
        )
        best.append(max(best[-1], before + span.worth))
    return best[-1]
