"""Nights of fixed tasks: the answer is the optimum, and is a right schedule."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.kernel import FillerSpec, Instrument, Placement, Window, solve
from tests.kernel_support.checker import faults_of
from tests.kernel_support.nights import fixed_nights
from tests.kernel_support.oracle import best_fixed
from tests.kernel_support.small import fixed, night


@settings(max_examples=500)
@given(fixed_nights())
def test_equals_the_oracle_and_is_valid(problem):
    solution = solve(problem)
    assert faults_of(problem, solution) == []
    assert solution.status == "optimal"
    assert solution.objective == solution.bound == best_fixed(problem)


@settings(max_examples=100)
@given(fixed_nights(), st.integers(2, 2**48))
def test_priority_holds_at_any_durations(problem, factor):
    """All times multiplied: beyond what 64 bits could add up, the same tasks are best."""
    instrument = problem.instruments["opn"]
    problem = replace(
        problem,
        objective="priority",
        instruments={"opn": replace(instrument, blocked=(), setup=None, filler=None)},
    )
    larger = replace(
        problem,
        instruments={"opn": Instrument(start=0, end=instrument.end * factor)},
        tasks=tuple(
            replace(
                t,
                duration=t.duration * factor,
                windows={
                    "opn": tuple(
                        Window(start=w.start * factor, end=w.end * factor) for w in t.windows["opn"]
                    )
                },
            )
            for t in problem.tasks
        ),
    )
    objective = solve(problem).objective
    assert solve(larger).objective == tuple(v * factor for v in objective)
    assert objective == best_fixed(problem)


def test_one_long_high_priority_task_beats_many_low_ones():
    low = [fixed(f"l{k}", k, k + 1, priority=1) for k in range(100)]
    problem = night(*low, fixed("h", 40, 41, priority=2), objective="priority")
    solution = solve(problem)
    assert solution.objective == (1, 99)  # the one low task at 40 gives way


def test_many_distinct_priorities():
    tasks = [fixed(f"t{k}", k % 50, k % 50 + 2, priority=k + 1) for k in range(300)]
    problem = night(*tasks, objective="priority")
    assert solve(problem).objective == best_fixed(problem)


def test_neighbours_keep_their_setup_time():
    tasks = (fixed("a", 0, 10, task_class=0), fixed("b", 12, 20, task_class=1))
    assert solve(night(*tasks, setup=((0, 3), (3, 0)))).objective == 10  # 2 are not 3
    assert solve(night(*tasks, setup=((0, 2), (2, 0)))).objective == 18


def test_a_filler_needs_setup_before_and_after():
    tasks = (fixed("a", 0, 10), fixed("b", 20, 30))
    with_room = night(*tasks, setup=((2,),), filler=FillerSpec(duration=6))
    starts = [f.start for f in solve(with_room).fillers]
    assert starts[0] == 12  # 10 + 2, and 12 + 6 + 2 = 20
    assert starts[1] == 32  # after the second task, and from there every 6 + 2
    assert starts[2] == 40
    without = night(*tasks, setup=((2,),), filler=FillerSpec(duration=7))
    assert next(f.start for f in solve(without).fillers) == 32


def test_ties_keep_what_was_there():
    tasks = (fixed("a", 0, 10), fixed("b", 5, 15), fixed("c", 2, 12))
    for kept in "abc":
        (start,) = (w.start for t in tasks if t.id == kept for w in t.windows["opn"])
        problem = replace(night(*tasks), previous={kept: ("opn", start)})
        assert [p.id for p in solve(problem).scheduled] == [kept]


def test_pinned_tasks_stay_whatever_they_cost():
    tasks = (fixed("small", 0, 3), fixed("large", 2, 90))
    previous = {"small": Placement(id="small", instrument="opn", start=0, end=3)}
    problem = replace(night(*tasks), previous=previous, pinned=frozenset({"small"}))
    solution = solve(problem)
    assert [p.id for p in solution.scheduled] == ["small"]
    assert solution.not_scheduled[0].in_the_way == ("small",)
    assert faults_of(problem, solution) == []


def test_reasons_come_from_the_model():
    solution = solve(
        night(
            fixed("long", 10, 60),
            fixed("a", 5, 15),
            fixed("b", 55, 65),
            fixed("out", 95, 105),
            fixed("closed", 80, 90),
            blocked=((85, 86),),
        )
    )
    found = {left.id: (left.reason, left.in_the_way) for left in solution.not_scheduled}
    assert found == {
        "a": ("conflict", ("long",)),
        "b": ("conflict", ("long",)),
        "out": ("outside-night", ()),
        "closed": ("in-maintenance", ()),
    }


def test_an_empty_night_is_an_answer():
    solution = solve(night())
    assert (solution.status, solution.objective, solution.idle) == ("optimal", 0, 100)
    assert solve(night(objective="priority")).objective == ()
