"""Dependencies, groups, alternatives, preferences: tiny nights whose answer is seen at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.kernel import (
    After,
    FillerSpec,
    Group,
    Instrument,
    Problem,
    ProblemError,
    Task,
    Window,
    solve,
)
from scheduler.kernel.night import prepare
from scheduler.kernel.starts import after_previous, by_density
from tests.kernel_support.small import fixed, flexible, night


def starts(solution) -> dict[str, int]:
    """Task to start."""
    return {p.id: p.start for p in solution.scheduled}


def test_a_task_comes_after_the_one_it_needs():
    problem = night(
        flexible("second", 5, (0, 50), after=After(id="first", min_gap=7)),
        flexible("first", 10, (20, 40)),
    )
    found = starts(solve(problem))
    assert found["second"] >= found["first"] + 10 + 7


def test_without_the_first_there_is_no_second():
    problem = night(
        fixed("first", 95, 105),
        flexible("second", 5, (0, 50), after=After(id="first")),
    )
    (out, left) = solve(problem).not_scheduled
    assert (out.id, out.reason) == ("first", "outside-night")
    assert (left.id, left.reason, left.in_the_way) == ("second", "dependency", ("first",))


def test_a_greatest_gap_makes_the_first_wait():
    """The second can't run before 40, so the first must not end before 38."""
    problem = night(
        flexible("first", 10, (0, 60)),
        flexible("second", 10, (40, 60), after=After(id="first", max_gap=2)),
    )
    solution = solve(problem)
    found = starts(solution)
    assert solution.objective == 20
    assert 0 <= found["second"] - found["first"] - 10 <= 2


def test_all_or_none():
    """Together they are worth 30; 'big' takes the place of one of them and is worth 40."""
    pair = (fixed("a", 0, 15), fixed("b", 50, 65))
    big = fixed("big", 10, 50)
    groups = (Group(rule="all", tasks=("a", "b")),)
    assert starts(solve(replace(night(*pair, big), groups=groups))) == {"big": 10}
    assert set(starts(solve(night(*pair, big)))) == {"big", "b"}


def test_at_most_one():
    groups = (Group(rule="one", tasks=("a", "b")),)
    solution = solve(replace(night(fixed("a", 0, 15), fixed("b", 50, 66)), groups=groups))
    assert starts(solution) == {"b": 50}
    assert solution.not_scheduled[0].reason == "dependency"
    assert solution.not_scheduled[0].in_the_way == ("b",)


def test_together_on_two_instruments():
    """'x' is busy on opn until 30, so both start at 30."""
    pair = [
        Task(id=n, duration=10, windows={n: (Window(start=0, end=60),)}) for n in ("opn", "otl")
    ]
    busy = Task(id="x", duration=30, windows={"opn": (Window(start=0, end=30),)}, priority=9)
    problem = Problem(
        instruments={n: Instrument(start=0, end=100) for n in ("opn", "otl")},
        tasks=(*pair, busy),
        objective="weighted",
        groups=(Group(rule="together", tasks=("opn", "otl")),),
    )
    found = starts(solve(problem))
    assert found["opn"] == found["otl"] >= 30


def test_the_first_schedule_has_all_of_the_previous_one():
    """By density the pair comes first: put at 0 it would take the place of 'x'."""
    pair = tuple(
        Task(id=n, duration=10, windows={n: (Window(start=0, end=60),)}, priority=9)
        for n in ("opn", "otl")
    )
    early = Task(id="x", duration=30, windows={"opn": (Window(start=0, end=30),)})
    problem = Problem(
        instruments={n: Instrument(start=0, end=100) for n in ("opn", "otl")},
        tasks=(*pair, early),
        objective="weighted",
        groups=(Group(rule="together", tasks=("opn", "otl")),),
        previous={"opn": ("opn", 30), "otl": ("otl", 30), "x": ("opn", 0)},
    )
    ready = prepare(problem)
    found = after_previous(ready, by_density(ready), lambda: True).board.places
    assert {ready.task_id(k): start for k, (_, start) in found.items()} == {
        "opn": 30, "otl": 30, "x": 0,
    }  # fmt: skip


def test_alternatives_take_the_free_instrument():
    windows = {n: (Window(start=0, end=50),) for n in ("opn", "otl")}
    problem = Problem(
        instruments={n: Instrument(start=0, end=100) for n in ("opn", "otl")},
        tasks=tuple(Task(id=f"t{k}", duration=50, windows=windows) for k in range(3)),
        objective="duration",
    )
    solution = solve(problem)
    assert (solution.objective, solution.status) == (100, "optimal")
    assert {p.instrument for p in solution.scheduled} == {"opn", "otl"}


def test_the_preferred_window_is_taken_if_it_costs_nothing():
    first, second = (50, 70), (0, 20)
    alone = solve(night(flexible("a", 20, first, second)))
    assert (starts(alone), alone.scheduled[0].window) == ({"a": 50}, 0)
    # With another task in the first choice's way, the second choice keeps both.
    both = solve(night(flexible("a", 20, first, second), fixed("b", 55, 65)))
    assert starts(both) == {"a": 0, "b": 55}


def test_the_previous_place_is_kept():
    problem = night(flexible("a", 10, (0, 90)), flexible("b", 10, (0, 90)))
    problem = replace(problem, previous={"a": ("opn", 37), "b": ("opn", 71)})
    assert starts(solve(problem)) == {"a": 37, "b": 71}


def test_one_more_task_moves_no_other():
    tasks = [flexible(f"t{k}", 10, (0, 100)) for k in range(5)]
    before = solve(night(*tasks))
    problem = replace(
        night(*tasks, flexible("new", 10, (0, 100))), previous={p.id: p for p in before.scheduled}
    )
    after = starts(solve(problem))
    assert {n: s for n, s in after.items() if n != "new"} == starts(before)


def test_tasks_make_room_for_fillers():
    """Left where it was first put, at 0, no filler of 60 would fit before the fixed task."""
    problem = night(flexible("a", 10, (0, 75)), fixed("b", 75, 80), filler=FillerSpec(duration=60))
    solution = solve(problem)
    assert starts(solution) == {"a": 60, "b": 75}
    assert [f.start for f in solution.fillers] == [0]


def test_pinned_tasks_free_their_group_and_need_nobody():
    problem = night(
        fixed("a", 0, 10),
        flexible("b", 10, (20, 40)),
        flexible("c", 5, (0, 90), after=After(id="b")),
    )
    problem = replace(
        problem,
        groups=(Group(rule="all", tasks=("a", "b")), Group(rule="one", tasks=("a", "c"))),
        previous={"a": ("opn", 0)},
        pinned=frozenset({"a"}),
    )
    assert set(starts(solve(problem))) == {"a", "b"}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"pinned": frozenset({"a"})}, "conflict", "/pinned"),
        ({"previous": {"zz": ("opn", 0)}}, "unknown-event", "/previous/zz"),
        ({"previous": {"a": ("zz", 0)}}, "unknown-instrument", "/previous/a"),
        ({"groups": (Group(rule="all", tasks=("a", "zz")),)}, "unknown-event", "/groups/0/tasks/1"),
        ({"time_limit": 0}, "schema", "/time_limit"),
        ({"time_limit": float("nan")}, "schema", "/time_limit"),
        ({"objective": "beauty"}, "schema", "/objective"),
        (
            {"previous": {"a": ("opn", 0), "b": ("opn", 5)}, "pinned": frozenset({"a", "b"})},
            "conflict",
            "/pinned",
        ),
    ],
)
def test_contradictions_are_named(change, code, pointer):
    problem = replace(night(fixed("a", 0, 10), fixed("b", 20, 30)), **change)
    with pytest.raises(ProblemError) as caught:
        solve(problem)
    assert [(f.code, f.pointer) for f in caught.value.faults] == [(code, pointer)]


def test_a_circle_of_dependencies_is_named():
    problem = night(
        flexible("a", 1, (0, 9), after=After(id="b")), flexible("b", 1, (0, 9), after=After(id="a"))
    )
    with pytest.raises(ProblemError) as caught:
        solve(problem)
    assert {f.code for f in caught.value.faults} == {"dependency"}


def test_parts_are_cut_where_no_setup_reaches():
    """'b' could start at 8, three after 'a', and would then end at 13: one of them must go."""
    tasks = (fixed("a", 0, 5), flexible("b", 5, (6, 12)))
    assert solve(night(*tasks, setup=((3,),))).objective == 5
    assert solve(night(*tasks, setup=((2,),))).objective == 10
