"""Verdict: what the checker found, as data and as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_SHOWN = 20
"""Violations of one rule that a table shows; the data holds all."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise that was broken.

    Parameters
    ----------
    rule
        Name of the rule, see :data:`tests.faults.checker.rules.RULES`.
    detail
        Who, what and when, exact enough to look for it in logs and the database.
    """

    rule: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a campaign.

    Parameters
    ----------
    figures
        Counts and seconds by name, in the order in which they are shown.
    violations
        Every one, in the order of the rules.
    """

    figures: Mapping[str, int | float]
    violations: tuple[Violation, ...]

    @property
    def clean(self) -> bool:
        """Whether no rule was broken."""
        return not self.violations

    @property
    def broken(self) -> frozenset[str]:
        """The names of the rules that were broken."""
        return frozenset(violation.rule for violation in self.violations)

    def __str__(self) -> str:
        width = max((len(name) for name in self.figures), default=0)
        lines = [f"{name:<{width}}  {value}" for name, value in self.figures.items()]
        lines += ["", self._summary()]
        lines += [f"  {rule}: {text}" for rule, text in self._shown()]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """The same as two tables in Markdown."""
        lines = ["| figure | value |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in self.figures.items()]
        lines += ["", self._summary()]
        shown = list(self._shown())
        if shown:
            lines += ["", "| rule | violation |", "|---|---|"]
            lines += [f"| {rule} | {text.replace('|', chr(92) + '|')} |" for rule, text in shown]
        return "\n".join(lines) + "\n"

    def _summary(self) -> str:
        if self.clean:
            return "no rule was broken"
        rules = Counter(violation.rule for violation in self.violations)
        return f"{len(self.violations)} violations of {len(rules)} rules"

    def _shown(self) -> Iterator[tuple[str, str]]:
        seen: Counter[str] = Counter()
        for violation in self.violations:
            seen[violation.rule] += 1
            if seen[violation.rule] <= MOST_SHOWN:
                yield violation.rule, violation.detail
        for rule, count in seen.items():
            if count > MOST_SHOWN:
                yield rule, f"and {count - MOST_SHOWN} more"
