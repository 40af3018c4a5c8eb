"""docs/faults-checker.md has every rule and every planted bug, in the code's own words."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from tests.faults.checker import RULES
from tests.faults.mutations import MUTATIONS
from tests.faults.scenes import EXPECTED
from tools.local_system import ROOT

PAGE = ROOT / "docs" / "faults-checker.md"


def rows() -> Iterator[str]:
    """Every row of the page's tables, as it should be."""
    yield "| rule | what it says |"
    yield "|---|---|"
    for name, rule in RULES.items():
        yield f"| `{name}` | {(inspect.getdoc(rule) or '').splitlines()[0]} |"
    yield "| bug | what was done wrong | noticed by |"
    yield "|---|---|---|"
    for name, mutation in MUTATIONS.items():
        rules = ", ".join(f"`{rule}`" for rule in sorted(EXPECTED[name]))
        yield f"| `{name}` | {mutation.story} | {rules} |"


def test_the_tables_are_those_of_the_code() -> None:
    written = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    assert written == list(rows())
