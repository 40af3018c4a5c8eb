"""The history checker: judges what a campaign saw by what nightplan promises.

It shares nothing with the product but the models, and those only as data.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.faults.checker.account import Account
from tests.faults.checker.figures import figures_of
from tests.faults.checker.rules import RULES
from tests.faults.checker.verdict import Verdict, Violation
from tests.faults.history import Entry

__all__ = ["RULES", "Verdict", "Violation", "judge"]


def judge(entries: Iterable[Entry]) -> Verdict:
    """Judge a campaign by its history; the same history gets the same verdict.

    Parameters
    ----------
    entries
        In the order written.
    """
    account = Account(entries)
    violations = tuple(
        Violation(name, detail) for name, rule in RULES.items() for detail in rule(account)
    )
    return Verdict(figures=figures_of(account, violations), violations=violations)
