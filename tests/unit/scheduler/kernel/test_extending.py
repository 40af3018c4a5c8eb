"""The worked example of docs/extending.md: at most n events per user and night."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.kernel import solve
from tests.kernel_support.checker import faults_of, objective_of
from tests.kernel_support.nights import flexible_nights
from tests.kernel_support.small import fixed, flexible, night

PAGE = Path(__file__).parents[4] / "docs" / "extending.md"


def example() -> dict[str, object]:
    """Run the page's code, as it is printed."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    return names


AtMostPerUser = example()["AtMostPerUser"]


def test_no_user_gets_more_than_two():
    tasks = [flexible(f"t{k}", 10 + k, (0, 100)) for k in range(4)]
    rule = AtMostPerUser(user="ada", tasks=["t0", "t1", "t2"], most=2)
    solution = solve(replace(night(*tasks), rules=(rule,)))
    assert {p.id for p in solution.scheduled} == {"t1", "t2", "t3"}  # the longest two of hers
    assert solution.status == "optimal"
    (left,) = solution.not_scheduled
    assert (left.reason, set(left.in_the_way)) == ("dependency", {"t1", "t2"})


def test_fixed_nights_obey_too():
    tasks = [fixed(f"t{k}", 10 * k, 10 * k + 5 + k) for k in range(4)]
    rule = AtMostPerUser(user="ada", tasks=["t0", "t1", "t2", "t3"], most=1)
    solution = solve(replace(night(*tasks), rules=(rule,)))
    assert [p.id for p in solution.scheduled] == ["t3"]


@settings(max_examples=60)
@given(flexible_nights(5, coupled=False), st.integers(0, 3))
def test_the_rule_only_takes_what_it_must(problem, most):
    names = [t.id for t in problem.tasks]
    limited = replace(problem, rules=(AtMostPerUser(user="ada", tasks=names, most=most),))
    solution = solve(limited)
    assert faults_of(limited, solution) == []
    assert len(solution.scheduled) <= most
    best = max(
        (
            solve(replace(problem, tasks=chosen)).objective
            for chosen in combinations(problem.tasks, min(most, len(names)))
            if problem.objective != "priority"
        ),
        default=None,
    )
    if best is not None:
        assert solution.objective == best
    assert objective_of(problem, {p.id for p in solution.scheduled}) == solution.objective
