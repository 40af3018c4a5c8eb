"""From placements to a solution: fillers, times, reasons for fixed tasks, gap."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from scheduler.kernel.gaps import fill, free_spans
from scheduler.kernel.problem import Problem, Task
from scheduler.kernel.solution import Filler, LeftOut, Placement, Solution, Value


def gap_between(value: Value, bound: Value) -> float:
    """(bound − value) / bound of the first entry in which they differ; 0 when they do not.

    Parameters
    ----------
    value, bound
        Both integers or both vectors.
    """
    if isinstance(value, int) or isinstance(bound, int):
        value, bound = (value,), (bound,)  # type: ignore[assignment]
    for got, most in zip(value, bound, strict=True):  # type: ignore[arg-type]
        if got != most and most:
            return float((most - got) / most)
    return 0.0


def window_of(task: Task, instrument: str, start: int) -> int:
    """Which of the task's windows on an instrument holds it at a start: the most preferred one.

    Parameters
    ----------
    task
        The task.
    instrument, start
        Where and when it runs.

    Returns
    -------
    Its index, 0 when none holds it (a pinned task may have outlived its windows).
    """
    windows = task.windows.get(instrument, ())
    end = start + task.duration
    fitting = [
        (w.preference, k) for k, w in enumerate(windows) if w.start <= start and end <= w.end
    ]
    return min(fitting)[1] if fitting else 0


def solution(
    problem: Problem,
    scheduled: Sequence[Placement],
    left_out: Sequence[LeftOut],
    value: Value,
    bound: Value,
    began: float,
) -> Solution:
    """Make a solution: place the fillers and add up the times.

    Parameters
    ----------
    problem
        The problem.
    scheduled
        Valid placements, in any order.
    left_out
        The other tasks.
    value, bound
        Of the objective.
    began
        When solving began, on `time.perf_counter`'s clock.
    """
    classes = {task.id: task.task_class for task in problem.tasks if task.task_class}
    fillers: list[Filler] = []
    free = 0
    by_instrument: dict[str, list[tuple[int, int, int]]] = {n: [] for n in problem.instruments}
    ordered = sorted(scheduled, key=lambda p: (p.start, p.instrument))
    for p in ordered:
        by_instrument[p.instrument].append((p.start, p.end, classes.get(p.id, 0)))
    inside = 0
    for name, instrument in problem.instruments.items():
        spans = free_spans(instrument)
        free += sum([end - start for start, end in spans])
        busy = by_instrument[name]
        inside += _within(busy, spans) if problem.pinned else sum([e - s for s, e, _ in busy])
        for start, end in fill(instrument, busy):
            fillers.append(Filler(instrument=name, start=start, end=end))
    if len(problem.instruments) > 1:
        fillers.sort(key=lambda f: (f.start, f.instrument))
    filled = sum([f.end - f.start for f in fillers])
    return Solution(
        status="optimal" if value == bound else "feasible",
        objective=value,
        bound=bound,
        gap=gap_between(value, bound),
        wall_seconds=perf_counter() - began,
        scheduled=tuple(ordered),
        not_scheduled=tuple(left_out),
        fillers=tuple(fillers),
        requested=sum([p.end - p.start for p in ordered]),
        filled=filled,
        idle=free - inside - filled,
    )


def _within(busy: Sequence[tuple[int, int, int]], spans: Sequence[tuple[int, int]]) -> int:
    """Time of the placed tasks that lies within free spans (a pinned task may lie outside)."""
    return sum(
        max(0, min(end, high) - max(start, low)) for start, end, _ in busy for low, high in spans
    )
