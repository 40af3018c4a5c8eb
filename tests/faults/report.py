"""Report: what a campaign came to, for people and for bench/results/."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from os import cpu_count
from pathlib import Path

from tests.faults.campaign import Options
from tests.faults.checker import Verdict
from tests.faults.history import Answered, Entry, Injected, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One campaign that is over.

    Parameters
    ----------
    options
        What it was like.
    directory
        Where its history and its logs are.
    seconds
        How long it took, start and judgement included.
    entries
        Its history.
    verdict
        What the checker says.
    reads
        How reads of schedules were answered, by status.
    surprises
        Services that have ended by themselves, as the supervisor said it.
    """

    options: Options
    directory: Path
    seconds: float
    entries: Sequence[Entry]
    verdict: Verdict
    reads: Mapping[str, int]
    surprises: Sequence[str]

    @property
    def good(self) -> bool:
        """Whether no rule was broken, no read failed by our fault and no service by itself."""
        return self.verdict.clean and "500" not in self.reads and not self.surprises

    @property
    def figures(self) -> Mapping[str, str]:
        """What the driver knows beyond the checker's figures."""
        began = {str(entry.name): entry.at for entry in self.entries if isinstance(entry, Phase)}
        statuses: dict[str, int] = {}
        for entry in self.entries:
            if isinstance(entry, Answered):
                name = str(entry.status or "none")
                statuses[name] = statuses.get(name, 0) + 1
        return {
            "broker": self.options.broker,
            "seed": str(self.options.seed),
            "seconds in all": f"{self.seconds:.0f}",
            "seconds of faults": _between(began, "faults", "calm"),
            "seconds from calm to settled": _between(began, "calm", "settled"),
            "longest time without a decision": f"{self._longest_silence():.1f}",
            "answers by status": _counts(statuses),
            "services ended by themselves": str(len(self.surprises)),
            "reads by status": _counts(self.reads),
            "faults by target": _counts(self._targets()),
        }

    def _longest_silence(self) -> float:
        """Seconds between two decided answers that followed one another."""
        decided = [
            entry.at
            for entry in self.entries
            if isinstance(entry, Answered) and entry.status in {200, 409}
        ]
        gaps = [(second - first).total_seconds() for first, second in pairwise(decided)]
        return max(gaps, default=0.0)

    def _targets(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for entry in self.entries:
            if isinstance(entry, Injected):
                name = f"{entry.fault} {entry.target}"
                found[name] = found.get(name, 0) + 1
        return found

    def __str__(self) -> str:
        lines = [f"{name:<32}{text}" for name, text in self.figures.items()]
        return "\n".join((str(self.verdict), *lines, *self.surprises[:20]))


def write_report(path: Path, results: Sequence[Result], command: str) -> None:
    """Write results as a page.

    Parameters
    ----------
    path
        Where to.
    results
        One for each broker.
    command
        How they were made.
    """
    system = f"{platform.system()} {platform.machine()}, {cpu_count()} cores"
    parts = [
        "# Faults: what a campaign came to",
        "",
        f"`{command}`, Python {platform.python_version()}, {system}."
        " What is injected and what is checked: [docs/faults.md](../../docs/faults.md).",
    ]
    for result in results:
        parts += ["", f"## {result.options.broker}, seed {result.options.seed}", ""]
        parts += ["```", str(result), "```"]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _between(began: Mapping[str, datetime], first: str, second: str) -> str:
    if first not in began or second not in began:
        return "never"
    return f"{(began[second] - began[first]).total_seconds():.1f}"


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
