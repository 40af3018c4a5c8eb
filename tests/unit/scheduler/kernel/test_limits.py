"""Whatever the limit, an answer comes, valid and with a true bound.

How long it takes on the wall clock is measured by ``python -m bench.kernel``.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.kernel.generators import GENERATORS
from scheduler.kernel import solve
from tests.kernel_support.checker import faults_of


@pytest.mark.parametrize("kind", sorted(GENERATORS))
@pytest.mark.parametrize("count", [20, 300, 5_000])
def test_an_answer_comes_at_every_size(kind, count):
    problem = replace(GENERATORS[kind](count, 7), time_limit=2)
    solution = solve(problem)
    assert faults_of(problem, solution) == []
    assert solution.bound >= solution.objective


@pytest.mark.parametrize("limit", [0.001, 0.05])
def test_a_tiny_limit_still_gives_a_valid_schedule(limit):
    for kind in sorted(GENERATORS):
        problem = replace(GENERATORS[kind](60, 2), time_limit=limit)
        assert faults_of(problem, solve(problem)) == []


def test_huge_numbers_do_not_reach_cp_sat():
    """Times near 2^53 are solved by search and relaxation alone."""
    from tests.kernel_support.small import flexible, night

    far = 2**53 - 10_000
    problem = night(*[flexible(f"t{k}", 2**52, (-far, far)) for k in range(6)])
    problem = replace(problem, time_limit=0.3)
    instrument = replace(problem.instruments["opn"], start=-far, end=far)
    problem = replace(problem, instruments={"opn": instrument})
    solution = solve(problem)
    assert solution.objective == 3 * 2**52  # the horizon is a little less than 4 of them
    assert solution.bound >= solution.objective
