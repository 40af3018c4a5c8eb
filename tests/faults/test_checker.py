"""The checker: a sound history breaks no rule, and each rule notices what is against it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.faults import corruptions_of_answers, corruptions_of_storage
from tests.faults.checker import RULES, judge
from tests.faults.corruptions import CORRUPTIONS, Corruption, History
from tests.faults.small_system import SmallSystem

NAMES = st.sampled_from("abcdefg")
HEARD = st.sampled_from(["answer"] * 4 + ["nothing", "timeout", "later", "dropped"])
ALL = [(rule, corruption) for rule, some in CORRUPTIONS.items() for corruption in some]
assert corruptions_of_answers
assert corruptions_of_storage


@st.composite
def campaigns(draw: st.DrawFn) -> SmallSystem:
    """Anything that clients may do to a system which does everything right."""
    system = SmallSystem()
    for _ in range(draw(st.integers(1, 14))):
        match draw(st.sampled_from(["add"] * 5 + ["remove", "remove", "serve", "tell", "wait"])):
            case "add":
                system.add(
                    draw(NAMES),
                    draw(st.integers(0, 3)),
                    priority=draw(st.integers(1, 5)),
                    hear=draw(HEARD),
                    variant=draw(st.integers(0, 9)) // 8,
                )
            case "remove":
                key = draw(st.sampled_from([None, "key-1", "key-2"]))
                name = {None: draw(NAMES), "key-1": "a", "key-2": "b"}[key]
                heard = draw(HEARD)
                if key is not None or heard != "later":
                    system.remove(name, hear=heard, key=key)
            case "serve":
                system.serve(draw(st.sampled_from(["api-1", "api-2"])))
            case "tell":
                system.serve("api-1")
            case "wait":
                system.pass_slot(draw(st.integers(0, 3)))
    return system


def full() -> History:
    """A history in which everything happens once."""
    system = SmallSystem()
    system.add("weak", 3)
    system.serve()
    system.add("strong", 3, priority=5)
    system.serve("api-2")
    system.add("late", 3, priority=2)
    system.add("weak", 3)
    system.add("weak", 3, variant=1)
    system.add("promised", 4, hear="later")
    system.add("unheard", 5, hear="nothing")
    system.add("dropped", 6, hear="dropped")
    system.remove("strong")
    system.serve()
    system.remove("promised", hear="timeout", key="key-1")
    system.remove("unheard", hear="timeout")
    system.add("last", 3, priority=4)
    system.add("another promise", 8, hear="later")
    system.serve("api-2")
    return system.finish()


def test_a_full_history_is_sound() -> None:
    verdict = judge(full())
    assert verdict.clean, str(verdict)


def test_every_rule_has_a_corruption() -> None:
    assert set(CORRUPTIONS) == set(RULES)


@pytest.mark.parametrize(
    ("rule", "corruption"), ALL, ids=[f"{rule}:{each.__name__}" for rule, each in ALL]
)
def test_each_corruption_is_noticed(rule: str, corruption: Corruption) -> None:
    for choice in range(4):
        corrupted = corruption(full(), lambda below, choice=choice: choice % below)  # type: ignore[misc]
        assert corrupted is not None
        verdict = judge(corrupted)
        assert rule in verdict.broken, f"{choice}\n{verdict}"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(campaigns())
def test_a_sound_history_breaks_no_rule(system: SmallSystem) -> None:
    verdict = judge(system.finish())
    assert verdict.clean, str(verdict)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(campaigns(), st.sampled_from(ALL), st.randoms(use_true_random=False))
def test_any_corruption_is_noticed(
    system: SmallSystem, chosen: tuple[str, Corruption], dice: object
) -> None:
    rule, corruption = chosen
    corrupted = corruption(system.finish(), dice.randrange)  # type: ignore[attr-defined]
    assume(corrupted is not None)
    assert corrupted is not None
    verdict = judge(corrupted)
    assert rule in verdict.broken, str(verdict)


def test_a_verdict_is_a_table() -> None:
    history = [each for each in full() if each.kind != "announced"]
    verdict = judge(history)
    assert verdict.figures["unreported"] > 0
    assert verdict.broken == {"changes-are-announced"}
    assert "changes-are-announced" in str(verdict)
    assert "| lost | 0 |" in verdict.to_markdown()
    assert judge(history) == verdict
