"""Submit: ask for events, one request each, and say what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.choice import Known, fitting_path, list_known, path_of
from cli.documents import Json, read_documents
from cli.exits import ExitCode, Failure
from cli.patience import ask_patiently
from cli.ports import Answer
from cli.session import Session, code_of, describe

SERVERS_OWN = frozenset({"links", "meta"})
"""Members that the server adds to an event; they are no part of a request."""


def submit(session: Session, file: str, instrument: str | None) -> ExitCode:
    """Ask for the events in a file.

    Parameters
    ----------
    session
        The server.
    file
        Its name; ``-`` is standard input.
    instrument
        Id or name; None: see :func:`cli.choice.fitting_path`.

    Returns
    -------
    ExitCode
        ``REJECTED`` if one was.

    Raises
    ------
    Failure
        The server does not let this user ask, or is not there; what was not sent is said.
    """
    documents = read_documents(file)
    known = [] if instrument is not None else list_known(session)
    added = 0
    for number, document in enumerate(documents):
        path = _path(session, known, instrument, document["data"])
        body = {"data": {k: v for k, v in document["data"].items() if k not in SERVERS_OWN}}
        try:
            answer = _ask(session, f"{path}/event", body)
        except (Failure, KeyboardInterrupt) as stop:
            known_fate = isinstance(stop, Failure) and stop.code is ExitCode.NOT_ALLOWED
            if len(documents) > 1 or not known_fate:
                _say_where(session, number, len(documents), body["data"])
            raise
        added += _report(session, answer, body["data"])
    if len(documents) > 1:
        session.output.note(f"nightplan: {added} added, {len(documents) - added} rejected")
    return ExitCode.DONE if added == len(documents) else ExitCode.REJECTED


def _path(session: Session, known: Sequence[Known], instrument: str | None, resource: Json) -> str:
    if instrument is not None:
        return path_of(instrument)
    return fitting_path(session, known, resource)


def _ask(session: Session, path: str, body: Json) -> Answer:
    """What the server decided about one event."""
    answer = ask_patiently(session, "POST", path, body)
    if code_of(answer.status) not in {ExitCode.DONE, ExitCode.REJECTED}:
        raise session.failure(answer)
    return answer


def _report(session: Session, answer: Answer, asked: Mapping[str, Any]) -> bool:
    """Say what became of one request; whether the event was added."""
    good = code_of(answer.status) is ExitCode.DONE
    document = session.accepted(answer) if good else session.failure(answer).document
    output = session.output
    if output.json:
        output.document(document)
        return good
    data = document["data"] if good else asked
    attributes = data.get("attributes")
    times = attributes if isinstance(attributes, dict) else {}
    fields = [
        str(data.get("type", "-")),
        str(data.get("id", "-")),
        str(times.get("start_time", "-")),
        str(times.get("end_time", "-")),
    ]
    if good:
        meta = document.get("meta", {})
        night = f"night {meta.get('night')} revision {meta.get('revision')}"
        output.line(
            " ".join(["Added", *fields, night]), plain=["Added", *fields, night], style="green"
        )
        for event in meta.get("displaced", ()):
            output.note(f"  displaced {event}")
        return True
    reasons = [describe(error) for error in document["errors"]]
    output.line(
        " ".join(["Rejected", *fields]),
        plain=["Rejected", *fields, "; ".join(reasons)],
        style="red",
    )
    if output.terminal:
        for reason in reasons:
            output.line(f"  {reason}")
    return False


def _say_where(session: Session, number: int, total: int, asked: Json) -> None:
    """Say at which event it ended; with its id it can be asked for again without harm."""
    rest = f"; {total - number - 1} more were not sent" if number + 1 < total else ""
    session.output.note(
        f"nightplan: stopped at event {number + 1} of {total}, id {asked['id']}{rest}"
    )
