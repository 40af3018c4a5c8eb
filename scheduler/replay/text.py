"""Text: what a replay says on standard output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.instant import format_instant
from models.outcome import Outcome, Status
from scheduler.replay.history import Decided
from scheduler.replay.replay import Report
from scheduler.replay.settle import Difference


def lines(reports: Sequence[Report], *, dry: bool) -> Iterator[str]:
    """A table of all groups, then the commands that are worth a look.

    Parameters
    ----------
    reports
        One for each scheduling group.
    dry
        Whether nothing was done: then every command that would be replayed is listed.
    """
    yield from _table(reports, dry=dry)
    for report in reports:
        yield from _list("left out", map(_decided, report.left_out))
        if dry:
            yield from _list("would be replayed", map(_decided, report.replayed))
        yield from _list("differing", map(_difference, report.differing))


def _table(reports: Sequence[Report], *, dry: bool) -> Iterator[str]:
    titles = ["group", "would be replayed" if dry else "replayed", "already there", "left out"]
    rows = [
        [report.group, str(len(report.replayed)), str(report.known), str(len(report.left_out))]
        for report in reports
    ]
    if not dry:
        titles.append("differing")
        for row, report in zip(rows, reports, strict=True):
            row.append(str(len(report.differing)))
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        first, *others = (
            cell.ljust(width) if number == 0 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others))


def _list(title: str, entries: Iterator[str]) -> Iterator[str]:
    found = list(entries)
    if found:
        yield ""
        yield title
        yield from (f"  {entry}" for entry in found)


def _decided(each: Decided) -> str:
    return f"{_command(each)}: {describe(each.outcome)}"


def _difference(found: Difference) -> str:
    named = _command(Decided(command=found.command, outcome=found.then))
    return f"{named}: then {describe(found.then)}; now {describe(found.now)}"


def _command(each: Decided) -> str:
    at = format_instant(each.outcome.decided_at)
    asked = each.command
    event = "" if asked.target == asked.id else f" of {asked.target}"
    return f"{at} {asked.kind} {asked.id}{event} by {asked.caller.username}"


def describe(outcome: Outcome) -> str:
    """An outcome in a few words."""
    if outcome.status is Status.REJECTED:
        return f"rejected ({', '.join(fault.reason for fault in outcome.faults)})"
    parts = [f"{outcome.status} in revision {outcome.revision} of {outcome.night}"]
    for verb, events in (("displacing", outcome.displaced), ("scheduling", outcome.scheduled)):
        if events:
            parts.append(f"{verb} {', '.join(map(str, events))}")
    return ", ".join(parts)
