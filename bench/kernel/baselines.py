"""What others would do with the same nights: greedy, a plain CP-SAT model, astroplan.

A baseline takes a problem with one instrument and returns task to start; what it returns is
counted only as far as it is valid.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable

from scheduler.kernel import Problem, Task, Window

Plan = dict[str, int]
Baseline = Callable[[Problem, float], Plan]


def worth(task: Task) -> int:
    """Value of a task under the objective ``weighted``."""
    return task.priority * task.duration if task.value is None else task.value


def the_window(task: Task) -> Window:
    """Return the task's only window."""
    ((window,),) = task.windows.values()
    return window


def greedy(problem: Problem, limit: float) -> Plan:
    """Place tasks by priority, then length, each at its earliest start that is free.

    Parameters
    ----------
    problem
        One instrument, one window for each task.
    limit
        Not needed.
    """
    del limit
    ((_, one),) = problem.instruments.items()
    setup = one.setup
    placed: list[tuple[int, int, int]] = []
    found: Plan = {}
    for task in sorted(problem.tasks, key=lambda t: (-t.priority, -t.duration)):
        window = the_window(task)
        own = task.task_class
        i = bisect_left(placed, (window.start,))
        i = max(0, i - 1)
        at = window.start
        while True:
            if i:
                before = placed[i - 1]
                at = max(at, before[1] + (setup[before[2]][own] if setup else 0))
            if at + task.duration > window.end:
                break
            after = placed[i] if i < len(placed) else None
            need = setup[own][after[2]] if setup and after else 0
            if after is None or at + task.duration + need <= after[0]:
                insort(placed, (at, at + task.duration, own))
                found[task.id] = at
                break
            i += 1
    return found


def plain_cp_sat(problem: Problem, limit: float) -> Plan:
    """Optional intervals, one NoOverlap, one sum: the model of every tutorial, eight workers.

    Parameters
    ----------
    problem
        One instrument without setup times.
    limit
        Seconds.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    present, starts, intervals = [], [], []
    for task in problem.tasks:
        window = the_window(task)
        start = model.new_int_var(window.start, window.end - task.duration, "")
        here = model.new_bool_var("")
        intervals.append(model.new_optional_fixed_size_interval_var(start, task.duration, here, ""))
        present.append(here)
        starts.append(start)
    model.add_no_overlap(intervals)
    model.maximize(
        cp_model.LinearExpr.weighted_sum(present, [worth(task) for task in problem.tasks])
    )
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = 8
    status = solver.solve(model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return {}
    return {
        task.id: solver.value(start)
        for task, here, start in zip(problem.tasks, present, starts, strict=True)
        if solver.boolean_value(here)
    }


def value_of(problem: Problem, plan: Plan, slack: int = 0) -> int:
    """Value of the valid part of a plan: tasks outside windows or in each other's way lose.

    Parameters
    ----------
    problem, plan
        The night and what a baseline made of it.
    slack
        By how much a task may leave its window (one step of a baseline's time grid).
    """
    ((_, one),) = problem.instruments.items()
    tasks = {task.id: task for task in problem.tasks}
    total, ready, last = 0, None, 0
    for name, start in sorted(plan.items(), key=lambda item: item[1]):
        task = tasks[name]
        window = the_window(task)
        need = one.setup[last][task.task_class] if one.setup and ready is not None else 0
        if start < window.start - slack or start + task.duration > window.end + slack:
            continue
        if ready is not None and start < ready + need:
            continue
        total += worth(task)
        ready, last = start + task.duration, task.task_class
    return total
