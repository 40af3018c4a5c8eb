"""Independent checker: says what is wrong with a solution, from the problem alone.

Written from the contract, without any of the kernel's code; of the kernel it takes only the
values that are handed in and out.
"""

from __future__ import annotations

from itertools import pairwise

from scheduler.kernel import Problem, Solution


def faults_of(problem: Problem, solution: Solution) -> list[str]:
    """Everything that is wrong with a solution; empty for a right one."""
    return [
        *_each_task_once(problem, solution),
        *_within_windows(problem, solution),
        *_lanes(problem, solution),
        *_couplings(problem, solution),
        *_values(problem, solution),
        *_fillers(problem, solution),
        *_reasons(problem, solution),
    ]


def _each_task_once(problem: Problem, solution: Solution) -> list[str]:
    placed = [p.id for p in solution.scheduled]
    out = [t.id for t in solution.not_scheduled]
    wrong = []
    if sorted(placed + out) != sorted(t.id for t in problem.tasks):
        wrong.append("scheduled and not scheduled together are not the tasks")
    if [p.start for p in solution.scheduled] != sorted(p.start for p in solution.scheduled):
        wrong.append("scheduled is not in order of start")
    return wrong


def _within_windows(problem: Problem, solution: Solution) -> list[str]:
    wrong = []
    tasks = {t.id: t for t in problem.tasks}
    for p in solution.scheduled:
        task = tasks[p.id]
        if p.end - p.start != task.duration:
            wrong.append(f"{p.id} lasts {p.end - p.start}, not {task.duration}")
        if p.id in problem.pinned:
            before = problem.previous[p.id]
            where = before if isinstance(before, tuple) else (before.instrument, before.start)
            if (p.instrument, p.start) != where:
                wrong.append(f"{p.id} is pinned but was moved")
            continue
        window = task.windows[p.instrument][p.window]
        if p.start < window.start or p.end > window.end:
            wrong.append(f"{p.id} is outside its window")
        instrument = problem.instruments[p.instrument]
        if p.start < instrument.start or p.end > instrument.end:
            wrong.append(f"{p.id} is outside the horizon")
        wrong += [
            f"{p.id} runs in a blocked span"
            for low, high in instrument.blocked
            if low < high and p.start < high and p.end > low
        ]
    missing = problem.pinned - {p.id for p in solution.scheduled}
    return wrong + [f"{name} is pinned but not scheduled" for name in missing]


def _lanes(problem: Problem, solution: Solution) -> list[str]:
    """Tasks and fillers of one instrument: no overlap, setup between neighbours."""
    wrong = []
    classes = {t.id: t.task_class for t in problem.tasks}
    for name, instrument in problem.instruments.items():
        spec = instrument.filler
        busy = [(p.start, p.end, classes[p.id], p.id) for p in solution.scheduled]
        busy = [b for b, p in zip(busy, solution.scheduled, strict=True) if p.instrument == name]
        for label, items in (
            ("tasks", busy),
            (
                "all",
                busy
                + [
                    (f.start, f.end, (spec.task_class or 0) if spec else 0, "filler")
                    for f in solution.fillers
                    if f.instrument == name
                ],
            ),
        ):
            items = sorted(items)
            for one, two in pairwise(items):
                need = instrument.setup[one[2]][two[2]] if instrument.setup else 0
                if label == "tasks" or "filler" in (one[3], two[3]):
                    if one[1] + need > two[0]:
                        wrong.append(f"{name}: {one[3]} is too close before {two[3]} ({label})")
                elif one[1] > two[0]:
                    wrong.append(f"{name}: {one[3]} overlaps {two[3]}")
    return wrong


def _couplings(problem: Problem, solution: Solution) -> list[str]:
    wrong = []
    at = {p.id: p for p in solution.scheduled}
    for task in problem.tasks:
        if task.after is None or task.id not in at or task.id in problem.pinned:
            continue
        if task.after.id not in at:
            wrong.append(f"{task.id} is there without {task.after.id}")
            continue
        gap = at[task.id].start - at[task.after.id].end
        most = task.after.max_gap
        if gap < task.after.min_gap or (most is not None and gap > most):
            wrong.append(f"{task.id} comes {gap} after {task.after.id}")
    for group in problem.groups:
        members = [n for n in group.tasks if n not in problem.pinned]
        there = [n for n in members if n in at]
        begun = len(members) < len(group.tasks)
        if group.rule == "one" and len(there) > (0 if begun else 1):
            wrong.append(f"more than one of {group.tasks}")
        if group.rule != "one" and there and len(there) < len(members):
            wrong.append(f"some but not all of {group.tasks}")
        if group.rule == "together" and len({at[n].start for n in there}) > 1:
            wrong.append(f"{group.tasks} do not start together")
    return wrong


def objective_of(problem: Problem, placed: set[str]) -> int | tuple[int, ...]:
    """Value of a set of scheduled tasks under the problem's objective."""
    tasks = [t for t in problem.tasks if t.id in placed]
    if problem.objective == "duration":
        return sum(t.duration for t in tasks)
    if problem.objective == "weighted":
        return sum(t.priority * t.duration if t.value is None else t.value for t in tasks)
    levels = sorted({t.priority for t in problem.tasks}, reverse=True)
    return tuple(sum(t.duration for t in tasks if t.priority == level) for level in levels)


def _values(problem: Problem, solution: Solution) -> list[str]:
    wrong = []
    value = objective_of(problem, {p.id for p in solution.scheduled})
    if solution.objective != value:
        wrong.append(f"objective is {value}, said to be {solution.objective}")
    if solution.bound < solution.objective:  # type: ignore[operator]
        wrong.append("the bound is below the objective")
    if (solution.status == "optimal") != (solution.bound == solution.objective):
        wrong.append("optimal means that bound and objective are equal")
    if (solution.gap == 0) != (solution.bound == solution.objective) or not 0 <= solution.gap <= 1:
        wrong.append(f"the gap is {solution.gap}")
    requested = sum(p.end - p.start for p in solution.scheduled)
    filled = sum(f.end - f.start for f in solution.fillers)
    if (solution.requested, solution.filled) != (requested, filled):
        wrong.append("requested or filled time is wrong")
    if not problem.pinned:
        free = sum(len(_free_moments(i)) for i in problem.instruments.values())
        if free and solution.idle != free - requested - filled:
            wrong.append(f"idle is {free - requested - filled}, said to be {solution.idle}")
    return wrong


def _free_moments(instrument) -> set[int]:
    """Unit by unit; only for short horizons."""
    if instrument.end - instrument.start > 20_000:
        return set()
    moments = set(range(instrument.start, instrument.end))
    for low, high in instrument.blocked:
        moments -= set(range(low, high))
    return moments


def _fillers(problem: Problem, solution: Solution) -> list[str]:
    """Each filler is whole, within free time; no gap could hold another one."""
    wrong = []
    classes = {t.id: t.task_class for t in problem.tasks}
    for name, instrument in problem.instruments.items():
        spec = instrument.filler
        mine = [f for f in solution.fillers if f.instrument == name]
        if spec is None:
            wrong += ["a filler where none is wanted"] * bool(mine)
            continue
        for f in mine:
            if f.end - f.start != spec.duration:
                wrong.append(f"a filler lasts {f.end - f.start}")
            if f.start < instrument.start or f.end > instrument.end:
                wrong.append("a filler is outside the horizon")
            if any(
                low < high and f.start < high and f.end > low for low, high in instrument.blocked
            ):
                wrong.append("a filler runs in a blocked span")
        own = spec.task_class or 0
        items = sorted(
            [(p.start, p.end, classes[p.id]) for p in solution.scheduled if p.instrument == name]
            + [(f.start, f.end, own) for f in mine]
        )
        wrong += _room_left(instrument, items, spec.duration, own)
    return wrong


def _room_left(instrument, items, length: int, own: int) -> list[str]:
    """Gaps in which one more filler would fit."""

    def need(i: int, j: int) -> int:
        return instrument.setup[i][j] if instrument.setup else 0

    wrong = []
    for k in range(len(items) + 1):
        low = instrument.start if k == 0 else items[k - 1][1] + need(items[k - 1][2], own)
        high = instrument.end if k == len(items) else items[k][0] - need(own, items[k][2])
        low, high = max(low, instrument.start), min(high, instrument.end)
        edges = [low] + [b for _, b in instrument.blocked if b > low]
        for at in edges:
            if at + length <= high and not any(
                a < b and at < b and at + length > a for a, b in instrument.blocked
            ):
                wrong.append(f"a filler would fit at {at}")
                break
    return wrong


def _reasons(problem: Problem, solution: Solution) -> list[str]:
    """Reasons that can be judged from the outside."""
    wrong = []
    placed = {p.id for p in solution.scheduled}
    tasks = {t.id: t for t in problem.tasks}
    for left in solution.not_scheduled:
        if not set(left.in_the_way) <= {t.id for t in problem.tasks}:
            wrong.append(f"{left.id}: unknown tasks in the way")
        if left.reason in ("conflict", "no-room") and not set(left.in_the_way) <= placed:
            wrong.append(f"{left.id}: tasks in the way that are not scheduled")
        inside = [
            (
                name,
                max(w.start, problem.instruments[name].start),
                min(w.end, problem.instruments[name].end),
            )
            for name, windows in tasks[left.id].windows.items()
            for w in windows
        ]
        duration = tasks[left.id].duration
        reachable = any(high - low >= duration for _, low, high in inside)
        if (left.reason == "outside-night") == reachable:
            wrong.append(f"{left.id}: {left.reason}, but within the night is {reachable}")
    return wrong
