"""Slow, plain solvers to compare with: a quadratic dynamic program and brute force."""

from __future__ import annotations

from itertools import permutations, product

from scheduler.kernel import Problem
from tests.kernel_support.checker import objective_of

Vector = tuple[int, ...]


def best_fixed(problem: Problem) -> int | Vector:
    """Best objective of one instrument's fixed tasks, O(n²), by vectors instead of packed sums.

    Every task has one window as long as itself; neighbours keep their setup time.
    """
    ((name, instrument),) = problem.instruments.items()
    levels = sorted({t.priority for t in problem.tasks}, reverse=True)
    tasks = []
    for t in problem.tasks:
        window = t.windows[name][0]
        inside = instrument.start <= window.start and window.end <= instrument.end
        hit = any(a < b and window.start < b and window.end > a for a, b in instrument.blocked)
        if inside and not hit:
            tasks.append((window.start, window.end, t.task_class, _worth(problem, t, levels)))
    tasks.sort(key=lambda t: t[1])
    zero = (0,) * (len(levels) if problem.objective == "priority" else 1)
    best: list[Vector] = []
    for i, (start, _, cls, worth) in enumerate(tasks):
        top = zero
        for j in range(i):
            need = instrument.setup[tasks[j][2]][cls] if instrument.setup else 0
            if tasks[j][1] + need <= start:
                top = max(top, best[j])
        best.append(tuple(a + b for a, b in zip(top, worth, strict=True)))
    found = max(best, default=zero)
    return found if problem.objective == "priority" else found[0]


def _worth(problem: Problem, task, levels: list[int]) -> Vector:
    if problem.objective == "priority":
        return tuple(task.duration if task.priority == level else 0 for level in levels)
    if problem.objective == "duration":
        return (task.duration,)
    return (task.priority * task.duration if task.value is None else task.value,)


def brute_force(problem: Problem) -> int | Vector:
    """Best objective of a tiny problem with one instrument, by trying every order.

    For a set and an order of tasks, each at its earliest start, windows tried one by one; a
    greatest gap may need the first to wait, so every start of a task that others follow within a
    greatest gap, or that starts together with others, is tried.
    """
    best: int | Vector | None = None
    tasks = {t.id: t for t in problem.tasks}
    ids = list(tasks)
    for mask in range(1 << len(ids)):
        chosen = [n for i, n in enumerate(ids) if mask >> i & 1]
        value = objective_of(problem, set(chosen))
        if (
            (best is None or value > best)
            and _allowed(problem, set(chosen))
            and _feasible(problem, chosen)
        ):
            best = value
    assert best is not None
    return best


def _allowed(problem: Problem, chosen: set[str]) -> bool:
    """Rules that speak of sets only."""
    for t in problem.tasks:
        if t.id in chosen and t.after is not None and t.after.id not in chosen:
            return False
    for group in problem.groups:
        count = len(chosen & set(group.tasks))
        if group.rule == "one" and count > 1:
            return False
        if group.rule in ("all", "together") and count not in (0, len(group.tasks)):
            return False
    return True


def _feasible(problem: Problem, chosen: list[str]) -> bool:
    """Whether some order and some choice of instruments works."""
    tasks = {t.id: t for t in problem.tasks}
    for lanes in product(*(tasks[n].windows for n in chosen)):
        where = dict(zip(chosen, lanes, strict=True))
        if any(_follow(problem, order, 0, where, {}) for order in permutations(chosen)):
            return True
    return not chosen


def _follow(problem: Problem, order, i: int, where, starts: dict[str, int]) -> bool:
    """Place the tasks of an order one after another, in order of start over all instruments."""
    if i == len(order):
        return _together(problem, starts)
    task = next(t for t in problem.tasks if t.id == order[i])
    instrument = problem.instruments[where[task.id]]
    low = max(starts.values(), default=instrument.start)
    for other in reversed(order[:i]):
        if where[other] == where[task.id]:
            previous = next(t for t in problem.tasks if t.id == other)
            need = instrument.setup[previous.task_class][task.task_class] if instrument.setup else 0
            low = max(low, starts[other] + previous.duration + need)
            break
    high = None
    if task.after is not None:
        if task.after.id not in starts:
            return False
        first = next(t for t in problem.tasks if t.id == task.after.id)
        end = starts[first.id] + first.duration
        low = max(low, end + task.after.min_gap)
        high = None if task.after.max_gap is None else end + task.after.max_gap
    for start in _starts(problem, task, where[task.id], low, high, _waits(problem, task.id)):
        if _follow(problem, order, i + 1, where, {**starts, task.id: start}):
            return True
    return False


def _waits(problem: Problem, name: str) -> bool:
    """Whether a later start can help others."""
    chained = any(t.after is not None and t.after.max_gap is not None for t in problem.tasks)
    grouped = any(g.rule == "together" for g in problem.groups)
    return chained or grouped


def _starts(problem: Problem, task, name: str, low: int, high: int | None, every: bool):
    """Possible starts from a moment on: the earliest, or every one."""
    instrument = problem.instruments[name]
    found = set()
    for window in task.windows[name]:
        first = max(low, window.start, instrument.start)
        last = min(window.end, instrument.end) - task.duration
        for start in range(first, last + 1):
            if high is not None and start > high:
                break
            if not any(
                a < b and start < b and start + task.duration > a for a, b in instrument.blocked
            ):
                found.add(start)
                if not every:
                    break
    return sorted(found) if every else sorted(found)[:1]


def _together(problem: Problem, starts: dict[str, int]) -> bool:
    return all(
        len({starts[n] for n in g.tasks if n in starts}) <= 1
        for g in problem.groups
        if g.rule == "together"
    )
