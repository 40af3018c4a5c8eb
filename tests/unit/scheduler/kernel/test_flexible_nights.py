"""Tiny flexible nights equal brute force; larger ones are right schedules with true bounds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.kernel import solve
from tests.kernel_support.checker import faults_of
from tests.kernel_support.nights import flexible_nights
from tests.kernel_support.oracle import brute_force


@settings(max_examples=300)
@given(flexible_nights(6))
def test_equals_brute_force(problem):
    solution = solve(problem)
    assert faults_of(problem, solution) == []
    assert solution.status == "optimal"
    assert solution.objective == brute_force(problem)


@settings(max_examples=40)
@given(flexible_nights(8, coupled=False))
def test_eight_uncoupled_tasks_equal_brute_force(problem):
    solution = solve(problem)
    assert faults_of(problem, solution) == []
    assert solution.objective == solution.bound == brute_force(problem)


@settings(max_examples=120)
@given(flexible_nights(4, lanes=2))
def test_two_instruments_equal_brute_force(problem):
    solution = solve(problem)
    assert faults_of(problem, solution) == []
    assert solution.objective == solution.bound == brute_force(problem)


@settings(max_examples=60)
@given(flexible_nights(25, lanes=2), st.booleans())
def test_larger_nights_are_valid(problem, stay):
    """Also with the answer as the previous schedule, of which every second task is pinned."""
    from dataclasses import replace

    problem = replace(problem, time_limit=0.5)
    solution = solve(problem)
    assert faults_of(problem, solution) == []
    previous = {p.id: p for p in solution.scheduled}
    pinned = frozenset([*previous][::2]) if stay else frozenset()
    again = replace(problem, previous=previous, pinned=pinned)
    solution = solve(again)
    assert faults_of(again, solution) == []
