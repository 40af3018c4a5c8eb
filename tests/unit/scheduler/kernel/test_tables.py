"""What the tables answer is what solving again would give."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.kernel import After, Tables, solve
from tests.kernel_support.nights import fixed_nights, fixed_tasks
from tests.kernel_support.small import fixed, flexible, night


@settings(max_examples=300)
@given(fixed_nights(), st.data())
def test_answers_are_those_of_solving_again(problem, data):
    now = solve(problem)
    problem = replace(problem, previous={p.id: p for p in now.scheduled})
    now = solve(problem)
    (task,) = data.draw(fixed_tasks(60, 1).filter(bool))
    task = replace(task, id="new", priority=data.draw(st.integers(1, 7)))
    then = solve(replace(problem, tasks=(*problem.tasks, task)))
    tables = Tables(problem)
    answer = tables.ask(task)
    before = {p.id for p in now.scheduled}
    after = {p.id for p in then.scheduled}
    # A task worth nothing may tie; then nothing is displaced, and both answers are right.
    assert answer.accepted == ("new" in after)
    assert tables.accepts(task) == answer.accepted
    if answer.accepted:
        assert set(answer.displaces) == before - after
        assert set(answer.restores) == after - before - {"new"}
    elif answer.reason != "conflict":
        assert answer.reason == then.not_scheduled[-1].reason


def test_only_fixed_tasks_have_tables():
    with pytest.raises(ValueError, match="fixed"):
        Tables(night(flexible("f", 3, (0, 9))))
    bound = replace(fixed("b", 0, 3), after=After(id="a"))
    with pytest.raises(ValueError, match="fixed"):
        Tables(night(fixed("a", 0, 3))).ask(bound)
