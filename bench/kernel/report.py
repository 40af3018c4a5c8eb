"""Results as a table in Markdown, and against the targets of the design."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.kernel.fillers import Gain
from bench.kernel.measure import Row
from bench.kernel.orienteering import Known

HEAD = (
    "| nights | tasks | limit | solver | n | value/bound: median | worst | gap | proven "
    "| time: median | worst |\n|---|---|---|---|---|---|---|---|---|---|---|\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One line of the design's table.

    Parameters
    ----------
    work, target
        As the design has them.
    kind, count, limit
        The row that answers it.
    value
        Least median share of the bound, or ``None``.
    seconds
        Greatest median time, or ``None``.
    proven
        Whether every night must be proven optimal.
    """

    work: str
    target: str
    kind: str
    count: int
    limit: float
    value: float | None = None
    seconds: float | None = None
    proven: bool = False


TARGETS = (
    Target(
        work="50 fixed",
        target="≤ 2 ms, proven",
        kind="fixed",
        count=50,
        limit=10,
        seconds=0.002,
        proven=True,
    ),
    Target(
        work="1,000 fixed",
        target="≤ 10 ms, proven",
        kind="fixed",
        count=1000,
        limit=10,
        seconds=0.010,
        proven=True,
    ),
    Target(
        work="20,000 fixed",
        target="≤ 250 ms, proven",
        kind="fixed",
        count=20_000,
        limit=10,
        seconds=0.250,
        proven=True,
    ),
    Target(
        work="50 flexible, not overloaded",
        target="≤ 50 ms, optimal",
        kind="flexible",
        count=50,
        limit=10,
        seconds=0.050,
        proven=True,
    ),
    Target(
        work="200 flexible, overloaded, 1 s",
        target="≥ 98.5 % of the bound",
        kind="overloaded",
        count=200,
        limit=1,
        value=0.985,
    ),
    Target(
        work="200 flexible, overloaded, 10 s",
        target="≥ 99.5 % of the bound",
        kind="overloaded",
        count=200,
        limit=10,
        value=0.995,
    ),
    Target(
        work="1,000 flexible, overloaded, 10 s",
        target="≥ 97 % of the bound",
        kind="overloaded",
        count=1000,
        limit=10,
        value=0.97,
    ),
    Target(
        work="1,000 fixed on 3 instruments with alternatives",
        target="proven in ≤ 0.2 s",
        kind="alternatives",
        count=1000,
        limit=10,
        seconds=0.2,
        proven=True,
    ),
)


def seconds(value: float) -> str:
    """Write a time.

    Parameters
    ----------
    value
        In seconds.
    """
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def table(rows: Iterable[Row]) -> str:
    """Write rows as a table.

    Parameters
    ----------
    rows
        In order.
    """
    lines = []
    for row in rows:
        gap = "-" if row.gap is None else f"{row.gap:.2%}"
        proven = "-" if row.gap is None else f"{row.optimal}/{row.nights}"
        limit = f"{row.limit:g} s" if row.limit else "-"
        lines.append(
            f"| {row.kind} | {row.count:,} | {limit} | {row.solver} | {row.nights} "
            f"| {row.value:.2%} | {row.worst_value:.2%} | {gap} | {proven} "
            f"| {seconds(row.seconds)} | {seconds(row.worst_seconds)} |"
        )
    return HEAD + "\n".join(lines) + "\n"


def against_targets(rows: Sequence[Row], known: Sequence[Known]) -> str:
    """Write each target and whether it was reached, and by how much.

    Parameters
    ----------
    rows
        Of the targets' nights.
    known
        The orienteering instances.
    """
    lines = ["| work | target | measured (median) | reached |", "|---|---|---|---|"]
    for target in TARGETS:
        found = [
            row
            for row in rows
            if (row.kind, row.count, row.limit, row.solver)
            == (target.kind, target.count, target.limit, "nightplan")
        ]
        if not found:
            continue
        row = found[0]
        reached = (
            (target.value is None or row.value >= target.value)
            and (target.seconds is None or row.seconds <= target.seconds)
            and (not target.proven or row.optimal == row.nights)
        )
        measured = f"{row.value:.2%} in {seconds(row.seconds)}, {row.optimal}/{row.nights} proven"
        lines.append(
            f"| {target.work} | {target.target} | {measured} | {'yes' if reached else 'no'} |"
        )
    if known:
        worst = min(one.value / one.best_known for one in known)
        lines.append(
            "| setup times (orienteering, 48-100 tasks), 10 s | within 1 % of the best known "
            f"| worst {worst:.2%} | {'yes' if worst >= 0.99 else 'no'} |"
        )
    return "\n".join(lines) + "\n"


def orienteering_table(known: Iterable[Known]) -> str:
    """Write the orienteering instances as a table.

    Parameters
    ----------
    known
        What was measured.
    """
    lines = ["| instance | best known | found | bound | time |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.name} | {one.best_known} | {one.value} | {one.bound} | {seconds(one.seconds)} |"
        for one in known
    ]
    return "\n".join(lines) + "\n"


def filler_text(gain: Gain) -> str:
    """Write the gain of joint filling as a sentence.

    Parameters
    ----------
    gain
        What was measured.
    """
    less = "no night has less" if gain.never_less else "SOME NIGHT HAS LESS"
    return (
        f"{gain.nights} nights of 30 flexible events, every second one with slew times: filled "
        f"{gain.after_the_fact:.2%} of the horizon after the fact, {gain.jointly:.2%} jointly; "
        f"{less}.\n"
    )
