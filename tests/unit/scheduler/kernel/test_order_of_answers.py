"""More tasks or more time never make a proven answer worse; equal questions get equal answers."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.kernel import Problem, Solution, solve
from tests.kernel_support.nights import fixed_nights, flexible_nights

NIGHTS = st.one_of(fixed_nights(), flexible_nights(5), flexible_nights(4, lanes=2))


def comparable(problem: Problem, solution: Solution, levels: list[int]) -> tuple[int, ...]:
    """Objective as a vector over given priorities, for problems with different ones."""
    if problem.objective != "priority":
        return (solution.objective,)
    own = sorted({t.priority for t in problem.tasks}, reverse=True)
    by_level = dict(zip(own, solution.objective, strict=True))
    return tuple(by_level.get(level, 0) for level in levels)


@settings(max_examples=150)
@given(NIGHTS)
def test_adding_a_task_never_lowers_the_objective(problem):
    if not problem.tasks:
        return
    # The last task is named by no other one but perhaps by a group: drop both.
    last = problem.tasks[-1].id
    groups = tuple(g for g in problem.groups if last not in g.tasks)
    problem = replace(problem, groups=groups)
    fewer = replace(problem, tasks=problem.tasks[:-1])
    levels = sorted({t.priority for t in problem.tasks}, reverse=True)
    more, less = solve(problem), solve(fewer)
    assert comparable(problem, more, levels) >= comparable(fewer, less, levels)


@settings(max_examples=150)
@given(NIGHTS)
def test_removing_blocked_time_never_lowers_the_objective(problem):
    free = {name: replace(one, blocked=()) for name, one in problem.instruments.items()}
    assert solve(replace(problem, instruments=free)).objective >= solve(problem).objective


@settings(max_examples=150)
@given(NIGHTS)
def test_equal_input_gives_equal_output(problem):
    one, two = solve(problem), solve(problem)
    assert replace(one, wall_seconds=0) == replace(two, wall_seconds=0)


@settings(max_examples=150)
@given(NIGHTS)
def test_solving_again_changes_nothing(problem):
    one = solve(problem)
    two = solve(replace(problem, previous={p.id: p for p in one.scheduled}))
    assert two.objective == one.objective
    assert {(p.id, p.instrument, p.start) for p in two.scheduled} == {
        (p.id, p.instrument, p.start) for p in one.scheduled
    }
