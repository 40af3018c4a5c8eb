"""Nights small enough to see the answer."""

from __future__ import annotations

from scheduler.kernel import Instrument, Problem, Task, Window


def fixed(name: str, start: int, end: int, **more) -> Task:
    """A task with one place on instrument ``opn``."""
    windows = {"opn": (Window(start=start, end=end),)}
    return Task(id=name, duration=end - start, windows=windows, **more)


def flexible(name: str, duration: int, *windows: tuple[int, int], **more) -> Task:
    """A task with windows on instrument ``opn``, the first one preferred."""
    spans = tuple(
        Window(start=start, end=end, preference=rank) for rank, (start, end) in enumerate(windows)
    )
    return Task(id=name, duration=duration, windows={"opn": spans}, **more)


def night(*tasks: Task, objective: str = "duration", **more) -> Problem:
    """One instrument, ``opn``, from 0 to 100."""
    instrument = Instrument(start=0, end=100, **more)
    return Problem(instruments={"opn": instrument}, tasks=tasks, objective=objective)
