"""CP-SAT, the dynamic program, the searches and the relaxation agree with each other."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from hypothesis import given, settings

from bench.kernel.generators import GENERATORS
from scheduler.kernel import solve
from scheduler.kernel.night import prepare
from scheduler.kernel.objectives import totals
from scheduler.kernel.polish import Polish
from scheduler.kernel.prover import Prover
from scheduler.kernel.relaxation import relaxed_bound
from scheduler.kernel.starts import best_start
from tests.kernel_support.nights import fixed_nights, flexible_nights
from tests.kernel_support.oracle import best_fixed, brute_force


def never() -> bool:
    """The time is not over."""
    return False


@settings(max_examples=150)
@given(fixed_nights(9))
def test_cp_sat_agrees_with_the_dynamic_program(problem):
    night = prepare(problem)
    if not night.jobs:
        return
    everything = totals(night.layers, night.jobs)
    found = Prover(night, {}, everything, perf_counter() + 5, 5).run()
    value = totals(night.layers, found.places)
    assert found.bound == value
    best = best_fixed(problem)
    assert (tuple(value) if problem.objective == "priority" else value[0]) == best


@settings(max_examples=150)
@given(flexible_nights(5, lanes=2))
def test_the_relaxation_is_never_below_the_best(problem):
    night = prepare(problem)
    if not night.jobs:
        return
    bound = relaxed_bound(night, never)
    best = brute_force(problem)
    assert tuple(bound) >= (best if problem.objective == "priority" else (best,))


def test_a_rounded_relaxation_is_still_a_bound():
    """More densities than are affordable are rounded up; the bound grows, it never shrinks."""
    from scheduler.kernel import relaxation

    problem = GENERATORS["slew"](120, 3)
    night = prepare(problem)
    fine = relaxed_bound(night, never)
    steps, relaxation.STEPS = relaxation.STEPS, 1
    try:
        coarse = relaxed_bound(night, never)
    finally:
        relaxation.STEPS = steps
    assert fine < coarse <= totals(night.layers, night.jobs)


def test_the_search_alone_finds_the_best_of_a_fixed_night():
    """The search on one lane knows nothing of the dynamic program, and gets within 1 %."""
    problem = GENERATORS["fixed"](60, 5)
    night = prepare(problem)
    best = solve(problem).objective
    polish = Polish(night, best_start(night, never), best + 1)
    polish.run(3000, never)
    assert 0.99 * best <= polish.total <= best


def test_no_layer_overflows_the_packed_sum():
    problem = replace(GENERATORS["overloaded"](60, 1), objective="priority")
    night = prepare(problem)
    everything = totals(night.layers, night.jobs)
    assert night.unpacked(night.packed(everything)) == everything


def test_an_unfinished_proof_has_a_true_bound():
    """Stopped early, CP-SAT's bound stays above what a longer search finds."""
    problem = replace(GENERATORS["overloaded"](200, 2), time_limit=1)
    best = solve(problem).objective
    night = prepare(problem)
    everything = totals(night.layers, night.jobs)
    found = Prover(night, {}, everything, perf_counter() + 9, 0.5).run()
    assert totals(night.layers, found.places)[0] < best <= found.bound[0] < everything[0]
