"""Checks a problem before it is solved; finds all faults at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from scheduler.kernel.faults import Fault, ProblemError, fault
from scheduler.kernel.problem import After, Group, Instrument, Problem, Task, Window

LIMIT = 2**53 - 1
"""Greatest magnitude of any integer of a problem: what every JSON reader can hold."""

OBJECTIVES = ("duration", "priority", "weighted")
RULES = ("all", "one", "together")


def check(problem: Problem) -> None:
    """Raise `ProblemError` with every fault of the problem, if it has any."""
    faults = [
        *_settings(problem),
        *(f for name, one in problem.instruments.items() for f in _instrument(name, one)),
        *_tasks(problem),
    ]
    faults += [*_groups(problem), *_previous(problem)]
    if not faults:
        faults = [*_cycles(problem), *_pins(problem)]
    if faults:
        raise ProblemError(faults)


def integer(value: object, *path: str | int, least: int = -LIMIT) -> Iterator[Fault]:
    """Yield a fault unless the value is an integer between ``least`` and `LIMIT`.

    Parameters
    ----------
    value
        What came; a boolean is no integer.
    path
        Where it stands.
    least
        The smallest allowed.
    """
    if type(value) is not int:
        yield fault("schema", f"expected an integer, got {type(value).__name__}", *path)
    elif not least <= value <= LIMIT:
        size = value if abs(value) < 10**40 else "one of more than 40 digits"
        yield fault("schema", f"expected an integer from {least} to {LIMIT}, got {size}", *path)


def _settings(problem: Problem) -> Iterator[Fault]:
    """Objective, time limit and seed."""
    if problem.objective not in OBJECTIVES:
        expected = ", ".join(OBJECTIVES)
        yield fault("schema", f"expected one of {expected}; got {problem.objective!r}", "objective")
    limit: object = problem.time_limit
    if type(limit) not in {int, float} or not 0 < problem.time_limit <= 86_400:
        yield fault("schema", f"expected seconds, > 0 and ≤ 86400; got {limit!r}", "time_limit")
    yield from integer(problem.seed, "seed", least=0)


def _instrument(name: str, one: Instrument) -> Iterator[Fault]:
    """Horizon, blocked spans, setup matrix and filler of one instrument."""
    at = ("instruments", name)
    yield from _span(one.start, one.end, (*at, "horizon", "start"), (*at, "horizon", "end"))
    for k, (start, end) in enumerate(one.blocked):
        yield from _span(start, end, (*at, "blocked", k, 0), (*at, "blocked", k, 1))
    classes = len(one.setup or ((),))
    for i, row in enumerate(one.setup or ()):
        here = (*at, "setup", "matrix", i)
        if len(row) != classes:
            detail = f"expected {classes} columns, as many as rows, got {len(row)}"
            yield fault("schema", detail, *here)
        for j, needed in enumerate(row):
            yield from integer(needed, *here, j, least=0)
    if one.setup is not None and not one.setup:
        yield fault("schema", "expected at least one row", *at, "setup", "matrix")
    if one.filler is not None:
        yield from integer(one.filler.duration, *at, "filler", "duration", least=1)
        yield from _class(one.filler.task_class or 0, one, (*at, "filler", "class"))


def _span(
    start: int, end: int, at_start: tuple[str | int, ...], at_end: tuple[str | int, ...]
) -> Iterator[Fault]:
    """Check both ends of a span and their order."""
    wrong = [*integer(start, *at_start), *integer(end, *at_end)]
    yield from wrong
    if not wrong and end < start:
        yield fault("end-before-start", f"expected an end ≥ {start}, got {end}", *at_end)


def _class(number: int, one: Instrument, at: tuple[str | int, ...]) -> Iterator[Fault]:
    """Check a class against the size of the instrument's setup matrix."""
    wrong = [*integer(number, *at, least=0)]
    yield from wrong
    if not wrong and one.setup and number >= len(one.setup):
        size = len(one.setup)
        yield fault("schema", f"the setup matrix has {size} classes, got class {number}", *at)


def _tasks(problem: Problem) -> Iterator[Fault]:
    """Check every task; the plain ones in one pass without a call each."""
    seen: set[str] = set()
    instruments = problem.instruments
    plain = {name for name, one in instruments.items() if one.setup is None}
    names = {task.id for task in problem.tasks}
    for k, task in enumerate(problem.tasks):
        if task.id in seen:
            yield fault("id-conflict", f"{task.id!r} is another task's id", "tasks", k, "id")
        seen.add(task.id)
        if not _evidently_right(task, plain):
            yield from _task(task, k, problem, names)


def _evidently_right(task: Task, plain: set[str]) -> bool:
    """Whether a one-window task of an instrument without setup passes at first sight."""
    if len(task.windows) != 1 or task.after is not None or type(task.duration) is not int:
        return False
    ((name, windows),) = task.windows.items()
    if len(windows) != 1 or name not in plain:
        return False
    window = windows[0]
    start, end, value = window.start, window.end, task.value
    return (
        type(start) is type(end) is type(task.priority) is type(window.preference) is int
        and start >= -LIMIT
        and 1 <= task.duration <= end - start
        and end <= LIMIT
        and 1 <= task.priority <= LIMIT
        and 0 <= window.preference <= LIMIT
        and (value is None or (type(value) is int and 0 <= value <= LIMIT))
        and type(task.task_class) is int
        and 0 <= task.task_class <= LIMIT
    )


def _task(task: Task, k: int, problem: Problem, names: set[str]) -> Iterator[Fault]:
    """Check one task in detail."""
    at = ("tasks", k)
    wrong = [*integer(task.duration, *at, "duration", least=1)]
    yield from wrong
    yield from integer(task.priority, *at, "priority", least=1)
    yield from integer(task.task_class, *at, "class", least=0)
    if task.value is not None:
        yield from integer(task.value, *at, "value", least=0)
    count = 0
    for name, windows in task.windows.items():
        count += len(windows)
        if name not in problem.instruments:
            known = ", ".join(sorted(problem.instruments)) or "none"
            detail = f"expected one of: {known}; got {name!r}"
            yield fault("unknown-instrument", detail, *at, "windows", name)
        elif type(task.task_class) is int and task.task_class >= 0:
            yield from _class(task.task_class, problem.instruments[name], (*at, "class"))
        for j, window in enumerate(windows):
            found = [*_window(window, (*at, "windows", name, j), (*at, "preferences", name, j))]
            wrong += found
            yield from found
    if not count:
        yield fault("schema", "expected at least one window", *at, "windows")
    elif not wrong:
        yield from _long_enough(task, at)
    if task.after is not None:
        yield from _after(task.after, task, (*at, "after"), names)


def _window(
    window: Window, at: tuple[str | int, ...], preference: tuple[str | int, ...]
) -> Iterator[Fault]:
    """Check one window."""
    yield from _span(window.start, window.end, (*at, 0), (*at, 1))
    yield from integer(window.preference, *preference, least=0)


def _long_enough(task: Task, at: tuple[str | int, ...]) -> Iterator[Fault]:
    """Check that some window of the task can hold it."""
    longest = max(w.end - w.start for windows in task.windows.values() for w in windows)
    if longest < task.duration:
        detail = f"the task lasts {task.duration}, its longest window {longest}"
        yield fault("duration-mismatch", detail, *at, "duration")


def _after(after: After, task: Task, at: tuple[str | int, ...], names: set[str]) -> Iterator[Fault]:
    """Check a dependency."""
    if after.id not in names:
        yield fault("unknown-event", f"no task has the id {after.id!r}", *at, "id")
    elif after.id == task.id:
        yield fault("dependency", "a task can't come after itself", *at, "id")
    wrong = [*integer(after.min_gap, *at, "min_gap", least=0)]
    if after.max_gap is not None:
        wrong += integer(after.max_gap, *at, "max_gap", least=0)
    yield from wrong
    if not wrong and after.max_gap is not None and after.max_gap < after.min_gap:
        detail = f"expected at least min_gap, {after.min_gap}; got {after.max_gap}"
        yield fault("dependency", detail, *at, "max_gap")


def _groups(problem: Problem) -> Iterator[Fault]:
    """Check the groups: known rules, known tasks, none twice in one group."""
    if not problem.groups:
        return
    names = {task.id for task in problem.tasks}
    for k, group in enumerate(problem.groups):
        yield from _group(group, k, names)


def _group(group: Group, k: int, names: set[str]) -> Iterator[Fault]:
    """Check one group."""
    if group.rule not in RULES:
        expected = ", ".join(RULES)
        yield fault(
            "schema", f"expected one of {expected}; got {group.rule!r}", "groups", k, "rule"
        )
    for j, name in enumerate(group.tasks):
        if name not in names:
            yield fault("unknown-event", f"no task has the id {name!r}", "groups", k, "tasks", j)
        elif name in group.tasks[:j]:
            yield fault("id-conflict", f"{name!r} stands here twice", "groups", k, "tasks", j)


def _previous(problem: Problem) -> Iterator[Fault]:
    """Check the previous schedule and what is pinned to it."""
    names = {task.id for task in problem.tasks} if problem.previous or problem.pinned else set()
    for name, (instrument, start) in problem.previous_starts().items():
        if name not in names:
            yield fault("unknown-event", f"no task has the id {name!r}", "previous", name)
        if instrument not in problem.instruments:
            detail = f"there is no instrument {instrument!r}"
            yield fault("unknown-instrument", detail, "previous", name)
        yield from integer(start, "previous", name)
    for name in sorted(problem.pinned):
        if name not in problem.previous:
            detail = f"{name!r} is pinned but has no place in the previous schedule"
            yield fault("conflict", detail, "pinned")


def _cycles(problem: Problem) -> Iterator[Fault]:
    """Find tasks that come after each other in a circle."""
    before = {t.id: t.after.id for t in problem.tasks if t.after is not None}
    done: set[str] = set()
    for k, task in enumerate(problem.tasks):
        path: dict[str, None] = {}
        at = task.id
        while at in before and at not in done and at not in path:
            path[at] = None
            at = before[at]
        if at in path:
            detail = f"{at!r} comes after itself through other tasks"
            yield fault("dependency", detail, "tasks", k, "after", "id")
        done.update(path)


def _pins(problem: Problem) -> Iterator[Fault]:
    """Find pinned tasks that overlap, setup included."""
    if not problem.pinned:
        return
    starts = problem.previous_starts()
    tasks = [task for task in problem.tasks if task.id in problem.pinned]
    tasks.sort(key=lambda task: starts[task.id])
    for one, two in pairwise(tasks):
        name, start = starts[two.id]
        if starts[one.id][0] != name:
            continue
        setup = problem.instruments[name].setup
        needed = setup[one.task_class][two.task_class] if setup else 0
        if starts[one.id][1] + one.duration + needed > start:
            detail = f"{one.id!r} and {two.id!r} are pinned and overlap on {name!r}"
            yield fault("conflict", detail, "pinned")
