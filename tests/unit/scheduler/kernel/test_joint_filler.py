"""Moving tasks for the sake of fillers: never fewer fillers than filling after the fact."""

from __future__ import annotations

import sys
from dataclasses import replace
from statistics import fmean

from hypothesis import given, settings

from bench.kernel.generators import SLEW, flexible, joint
from scheduler.kernel import Problem, Solution, general, solve
from tests.kernel_support.checker import faults_of
from tests.kernel_support.nights import flexible_nights


def after_the_fact(problem: Problem, monkeypatch) -> Solution:
    """Solve without moving anything for the fillers."""
    with monkeypatch.context() as patch:
        patch.setattr(general, "retime", lambda _night, places, _expired: places)
        return solve(problem)


def test_a_hundred_random_nights(monkeypatch, capsys):
    together, after = [], []
    for seed in range(100):
        problem = joint(30, seed)
        if seed % 2:  # every second one with slew times: a filler needs its own
            slewing = replace(problem.instruments["a"], setup=SLEW)
            problem = replace(problem, instruments={"a": slewing})
        solution, plain = solve(problem), after_the_fact(problem, monkeypatch)
        assert solution.objective == plain.objective
        assert faults_of(problem, solution) == []
        horizon = problem.instruments["a"].end
        together.append(solution.filled / horizon)
        after.append(plain.filled / horizon)
        assert together[-1] >= after[-1]
    assert fmean(together) > fmean(after) + 0.03
    with capsys.disabled():
        sys.stdout.write(
            f"\n100 nights, filled after the fact {fmean(after):.2%}, "
            f"jointly {fmean(together):.2%}\n"
        )


def test_long_lanes_are_retimed_in_chunks():
    """More tasks than a chunk holds: those at its edges must not run into the next one's."""
    for seed in range(3):
        for problem in (joint(150, seed), flexible(150, seed)):
            solution = solve(replace(problem, time_limit=2))
            assert faults_of(problem, solution) == []


@settings(max_examples=100)
@given(flexible_nights(6))
def test_whatever_moves_stays_valid(problem):
    lanes = {
        name: replace(one, filler=one.filler or problem_filler())
        for name, one in problem.instruments.items()
    }
    problem = replace(problem, instruments=lanes)
    assert faults_of(problem, solve(problem)) == []


def problem_filler():
    """A filler of three."""
    from scheduler.kernel import FillerSpec

    return FillerSpec(duration=3)
