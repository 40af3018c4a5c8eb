"""Events: list them, show one with its history, delete some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.choice import path_of, paths
from cli.exits import ExitCode, Failure
from cli.output import Column, Row
from cli.session import Session, resources, segment
from cli.views import EVENT_COLUMNS, event_row


def list_events(
    session: Session, instrument: str | None, start: str | None, end: str | None
) -> None:
    """Print the scheduled events, of one instrument or of all.

    Parameters
    ----------
    session
        The server.
    instrument
        Id or name; None: all.
    start, end
        Only what overlaps this span: instants, or dates for their 00:00 UTC.
    """
    query = {
        name: text
        for name, text in (("filter[from]", start), ("filter[to]", end))
        if text is not None
    }
    documents = [session.read(f"{path}/event", query) for path in paths(session, instrument)]
    if session.output.json:
        session.output.document(_joined(documents))
        return
    rows = [event_row(resource) for document in documents for resource in resources(document)]
    if session.output.terminal and not rows:
        session.output.note("no scheduled events")
        return
    session.output.table(EVENT_COLUMNS, sorted(rows, key=lambda row: row.plain[0]))


def show(session: Session, event: str, instrument: str | None) -> None:
    """Print one event, whatever its state, with everything that became of it."""
    _, document = _find(session, event, instrument)
    if session.output.json:
        session.output.document(document)
        return
    resource = next(resources(document), {})
    meta = resource.get("meta", {})
    facts = [
        ("id", resource.get("id")),
        ("type", resource.get("type")),
        ("state", meta.get("state")),
        ("night", meta.get("night")),
        *resource.get("attributes", {}).items(),
    ]
    history = [
        (str(step.get("time")), f"{step.get('state')}: {step.get('cause')}")
        for step in meta.get("history", ())
    ]
    rows = [Row(shown=[a, str(b)], plain=[a, str(b)]) for a, b in [*facts, *history]]
    session.output.table([Column(title="Event"), Column(title="", folds=True)], rows)


def delete(session: Session, events: Sequence[str], instrument: str | None) -> ExitCode:
    """Delete events, one request each.

    Returns
    -------
    ExitCode
        ``REJECTED`` if one of them was not deleted because of what it is.

    Raises
    ------
    Failure
        The server does not let this user delete, or is not there.
    """
    worst = ExitCode.DONE
    for event in events:
        try:
            path = path_of(instrument) if instrument else _find(session, event, None)[0]
            document = session.accepted(session.ask("DELETE", f"{path}/event/{segment(event)}"))
        except Failure as failure:
            if failure.code is not ExitCode.REJECTED or len(events) == 1:
                if len(events) > 1:
                    session.output.note(f"nightplan: stopped at {event}")
                raise
            worst = failure.code
            if session.output.json:
                session.output.document(failure.document)
            session.output.note(f"nightplan: {event}: {failure.message}")
            continue
        _report_deletion(session, document)
    return worst


def _report_deletion(session: Session, document: Mapping[str, Any]) -> None:
    if session.output.json:
        session.output.document(document)
        return
    resource, meta = document["data"], document.get("meta", {})
    night = f"night {meta.get('night')} revision {meta.get('revision')}"
    fields = ["Removed", str(resource.get("type")), str(resource.get("id")), night]
    session.output.line(" ".join(fields), plain=fields, style="green")
    for event in meta.get("scheduled", ()):
        session.output.note(f"  scheduled {event}")


def _find(session: Session, event: str, instrument: str | None) -> tuple[str, Mapping[str, Any]]:
    """The path of the instrument that has an event, and the event's document."""
    refusal: Failure | None = None
    for path in paths(session, instrument):
        answer = session.ask("GET", f"{path}/event/{segment(event)}")
        if answer.status != 404:
            return path, session.accepted(answer)
        refusal = session.failure(answer)
    if refusal is None or instrument is not None:
        raise refusal or AssertionError
    raise Failure(
        refusal.code,
        f"no instrument has an event {event}. `nightplan events` lists those that are scheduled.",
        document=refusal.document,
    )


def _joined(documents: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """One document with the resources of all; a single one stays as it is."""
    if len(documents) == 1:
        return documents[0]
    data = [resource for document in documents for resource in resources(document)]
    return {"jsonapi": {"version": "1.1"}, "data": data}
