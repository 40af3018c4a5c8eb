"""Schedule: a night's plan as a table, JSON, the controller's plain text, or CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cli.choice import default_path
from cli.exits import ExitCode, Failure, UsageFault
from cli.format import Format
from cli.session import Session, resources
from cli.views import BLOCK_COLUMNS, TIMES, block_row, is_filler, night_line, own

if TYPE_CHECKING:
    from models.instrument import Instrument


def print_schedule(
    session: Session, instrument: str | None, night: str | None, form: Format | None
) -> None:
    """Print the plan of a night.

    Parameters
    ----------
    session
        The server.
    instrument
        Id or name; None: the server's first.
    night
        The date of its dusk; None: the night in progress, else the next.
    form
        None: a table on a terminal, fields separated by tabs in a pipe.

    Raises
    ------
    Failure
        The date is none, the server refused, or it does not offer the format.
    """
    if form is Format.ICS:
        raise UsageFault(
            "the server does not offer calendars (ics) until version 2; "
            "take --format csv, txt or json"
        )
    query = {} if night is None else {"filter[night]": _date(night)}
    document = session.read(f"{default_path(session, instrument)}/schedule", query)
    if session.output.json or form is Format.JSON:
        session.output.document(document)
    elif form is Format.TXT:
        session.output.text(plan_text(document))
    elif form is Format.CSV:
        _write_csv(document)
    else:
        _write_table(session, document)


def plan_text(document: Mapping[str, Any]) -> str:
    """The controller's plan of a schedule document.

    Raises
    ------
    Failure
        The document is not a schedule, breaks the rules of one, or is of an
        instrument that this installation does not have.
    """
    from models.errors import BrokenSchedule
    from models.plan_text import write_plan
    from models.schedule import Block, Schedule, verify

    try:
        meta = document["meta"]
        schedule = Schedule(
            instrument=meta["instrument"],
            night=meta["night"],
            dusk=meta["dusk"],
            dawn=meta["dawn"],
            revision=meta["revision"],
            quality=None,
            blocks=tuple(
                Block(
                    id=resource["id"],
                    type=resource["type"],
                    start=resource["attributes"]["start_time"],
                    end=resource["attributes"]["end_time"],
                    attributes=own(resource["attributes"]),
                    filler=is_filler(resource),
                )
                for resource in resources(document)
            ),
        )
        verify(schedule)
        return write_plan(_installed(str(schedule.instrument)), schedule)
    except (BrokenSchedule, KeyError, TypeError, ValueError) as error:
        raise Failure(
            ExitCode.UNREACHABLE,
            f"what the server sent is no schedule that may be executed: {error}",
            reason="broken-schedule",
        ) from error


def _installed(instrument: str) -> Instrument:
    """The declaration of an instrument: it knows the fields of its plan."""
    from instruments import find

    found = find(instrument)
    if found is None:
        raise UsageFault(
            f"the instrument {instrument} is not installed here, so the fields of its plan are "
            "not known. Install the server's version of nightplan, or take --format csv."
        )
    return found


def _write_csv(document: Mapping[str, Any]) -> None:
    """One line for each block after a line of names; attributes that a type lacks are empty."""
    blocks = list(resources(document))
    names = list(dict.fromkeys(n for b in blocks for n in own(b.get("attributes", {}))))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["night", *TIMES, "type", "filler", "id", *names])
    night = document.get("meta", {}).get("night")
    for block in blocks:
        attributes = block.get("attributes", {})
        writer.writerow(
            [
                night,
                *(attributes.get(name) for name in TIMES),
                block.get("type"),
                "true" if is_filler(block) else "false",
                block.get("id"),
                *(attributes.get(name, "") for name in names),
            ]
        )


def _write_table(session: Session, document: Mapping[str, Any]) -> None:
    if session.output.terminal:
        meta = document.get("meta", {})
        session.output.line(night_line(meta, _name(str(meta.get("instrument")))))
    rows = [block_row(resource) for resource in resources(document)]
    if rows or not session.output.terminal:
        session.output.table(BLOCK_COLUMNS, rows)


def _name(instrument: str) -> str:
    from instruments import find

    found = find(instrument)
    return found.name if found is not None else instrument


def _date(text: str) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise UsageFault(
            f"--night: expected a date such as 2026-11-21, that of the night's dusk, got {text!r}"
        ) from error
    return found.isoformat()
