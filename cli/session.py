"""Session: one client command's line to the server, with every refusal made a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cli.exits import ExitCode, Failure, UsageFault
from cli.output import Output, printable
from cli.ports import Answer, Api, Run
from models.errors import NightplanError, Unreachable

BUSY = frozenset({429, 503, 504})
"""Answers after which another try may help."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a client command works with.

    Parameters
    ----------
    api
        The server.
    output
        Where results go.
    """

    api: Api
    output: Output

    def read(self, path: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """The document at a path.

        Raises
        ------
        Failure
            The server refused, or is not there.
        """
        return self.accepted(self.ask("GET", path, query=query))

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object | None = None,
    ) -> Answer:
        """One request, one answer, whatever it says.

        Raises
        ------
        Failure
            No answer came.
        """
        try:
            return self.api.send(method, path, query=query, body=body)
        except Unreachable as error:
            raise no_answer(error) from error

    def accepted(self, answer: Answer) -> Mapping[str, Any]:
        """The document of a success.

        Raises
        ------
        Failure
            It is none.
        """
        document = answer.document
        if 200 <= answer.status < 300 and document is not None and "data" in document:
            return document
        raise self.failure(answer)

    def failure(self, answer: Answer) -> Failure:
        """What an answer that is no success means to the user."""
        code = code_of(answer.status)
        document = answer.document if answer.document and "errors" in answer.document else None
        if document is None:
            return Failure(
                ExitCode.UNREACHABLE if code is ExitCode.DONE else code,
                f"{self.api.server} answered {answer.status}, but not as nightplan does. "
                "Is it nightplan's URL? Name it with --server or NIGHTPLAN_SERVER.",
                reason="not-nightplan",
            )
        text = "\n  ".join(describe(error) for error in document["errors"])
        return Failure(code, f"{text}{self._way_out(answer)}", document=document)

    def _way_out(self, answer: Answer) -> str:
        if answer.status == 401:
            return (
                "\nSet NIGHTPLAN_API_KEY to a valid key; this one is not."
                if self.api.has_key
                else "\nSet NIGHTPLAN_API_KEY to your API key."
            )
        if answer.status == 403:
            return "\nUse the key of a user who may do this, in NIGHTPLAN_API_KEY."
        if answer.status in BUSY:
            return "\nTry again later; with the same id nothing is done twice."
        return ""


def open_session(run: Run, *, server: str | None, json: bool) -> Session:
    """The session of a command.

    Parameters
    ----------
    run
        The program's run.
    server, json
        The command's own options; those before its name hold too.

    Raises
    ------
    Failure
        The settings make no sense.
    """
    run.json = run.json or json
    try:
        api = run.connect(server or run.server)
    except (NightplanError, ValueError) as error:
        raise UsageFault(f"{error}. Name the server with --server or NIGHTPLAN_SERVER.") from error
    return Session(api, Output(json=run.json))


def code_of(status: int) -> ExitCode:
    """The exit code that an HTTP status means."""
    if status in {401, 403}:
        return ExitCode.NOT_ALLOWED
    if status in {408, 429} or status >= 500:
        return ExitCode.UNREACHABLE
    if status >= 400:
        return ExitCode.REJECTED
    return ExitCode.DONE


def describe(error: Mapping[str, Any]) -> str:
    """One JSON:API error for a person: its code, its place and what it says."""
    source = error.get("source") or {}
    place = next((str(source[k]) for k in ("pointer", "parameter", "header") if k in source), "")
    head = f"{error.get('code', 'error')}{f' at {place}' if place else ''}"
    return printable(f"{head}: {error.get('detail') or error.get('title') or 'no detail'}")


def resources(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The resources of a document, one or many."""
    data = document.get("data")
    for found in data if isinstance(data, list) else [data]:
        if isinstance(found, dict):
            yield found


def segment(text: str) -> str:
    """A text as one segment of a URL's path."""
    return quote(text, safe="")


def was_sent(error: Unreachable) -> bool:
    """Whether a request without an answer may have reached the server.

    The adapter raises a subclass where nobody was there to send it to.
    """
    return type(error) is Unreachable


def no_answer(error: Unreachable) -> Failure:
    """What a missing answer means to the user."""
    if was_sent(error):
        text = (
            f"no answer from {error.part} ({error.detail}). What became of the request is "
            "unknown: look with `nightplan events`, or try again."
        )
    else:
        text = (
            f"{error.part} cannot be reached ({error.detail}). Start the system with "
            "`nightplan up`, or name another server with --server or NIGHTPLAN_SERVER."
        )
    return Failure(ExitCode.UNREACHABLE, text, reason="unreachable")
