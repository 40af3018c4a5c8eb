"""Figures: what a campaign did, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.faults.checker import rules
from tests.faults.checker.account import Account
from tests.faults.checker.verdict import Violation


def figures_of(account: Account, violations: Sequence[Violation]) -> dict[str, int | float]:
    """The figures of a campaign, in the order in which they are shown."""
    broken = Counter(violation.rule for violation in violations)
    statuses = Counter(str(each.status or "no answer") for each in account.tries)
    states = Counter(record.state.value for record in account.records.values())
    faults = Counter(each.fault for each in account.injected)
    steps = Counter(
        step.state.value for record in account.records.values() for step in record.history
    )
    found: dict[str, int | float] = {
        "commands": len(account.asked),
        "attempts": len(account.tries),
        "acknowledged": sum(account.acknowledged(each) for each in account.asked),
        "added": sum(account.acknowledged(each) for each in account.additions.values()),
        "removed": sum(
            account.acknowledged(each) for some in account.removals.values() for each in some
        ),
        "rejected": sum(
            any(each.decided and not each.accomplished for each in asked.tries)
            for asked in account.asked
        ),
        "accepted to be decided later": sum(each.accepted for each in account.asked),
        "asked again": sum(len(each.tries) > 1 for each in account.asked),
        "lost": sum(broken[rule] for rule in rules.LOST),
        "doubled": sum(broken[rule] for rule in rules.DOUBLED),
        "overlaps": sum(broken[rule] for rule in rules.OVERLAPS),
        "unreported": sum(broken[rule] for rule in rules.UNREPORTED),
        "displacements": steps["displaced"],
        "schedules served": len(account.served),
        "changes announced": len(account.changes),
        "faults injected": len(account.injected),
    }
    found |= {f"fault {name}": count for name, count in sorted(faults.items())}
    found |= {f"answered {status}": count for status, count in sorted(statuses.items())}
    found |= {f"events {state}": count for state, count in sorted(states.items())}
    calm, settled = account.phases.get("calm"), account.phases.get("settled")
    if calm is not None and settled is not None:
        found["seconds from calm to settled"] = round((settled - calm).total_seconds(), 1)
    return found
