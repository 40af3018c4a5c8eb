"""Choice: which instrument a command means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.exits import ExitCode, Failure
from cli.session import Session, resources, segment


@dataclass(frozen=True, slots=True)
class Known:
    """An instrument as the server lists it.

    Parameters
    ----------
    id, name
        Either stands for it in URLs.
    types
        The event types it takes.
    """

    id: str
    name: str
    types: frozenset[str]

    @property
    def path(self) -> str:
        """The path below which everything of it is."""
        return path_of(self.id)


def path_of(instrument: str) -> str:
    """The path of an instrument named by its id or its name."""
    return f"/v1/instrument/{segment(instrument)}"


def list_known(session: Session) -> Sequence[Known]:
    """Every instrument of the server.

    Raises
    ------
    Failure
        There is none, or the server refused.
    """
    found = []
    for resource in resources(session.read("/v1/instrument")):
        attributes = resource.get("attributes", {})
        types = frozenset(str(kind.get("type")) for kind in attributes.get("event_types", ()))
        found.append(Known(str(resource["id"]), str(attributes.get("name")), types))
    if not found:
        raise Failure(ExitCode.REJECTED, "the server has no instruments", reason="no-instrument")
    return found


def paths(session: Session, instrument: str | None) -> Sequence[str]:
    """The paths of the instrument asked for, or of all."""
    if instrument is not None:
        return [path_of(instrument)]
    return [known.path for known in list_known(session)]


def default_path(session: Session, instrument: str | None) -> str:
    """The path of the instrument asked for, else of the server's first; then it is said which."""
    if instrument is not None:
        return path_of(instrument)
    return _first(session, list_known(session), "instruments")


def fitting_path(session: Session, known: Sequence[Known], resource: Mapping[str, Any]) -> str:
    """The path of the instrument that an event is meant for.

    The one that its link names; else the only one that takes such events; else the
    first that does, and it is said which.

    Parameters
    ----------
    session
        Is told.
    known
        All instruments.
    resource
        The event.
    """
    link = _link(resource)
    for instrument in known:
        if link.startswith((f"{instrument.path}/", f"{path_of(instrument.name)}/")):
            return instrument.path
    kind = resource.get("type")
    fitting = [instrument for instrument in known if kind in instrument.types]
    return _first(session, fitting or known, f"that take events of the type {kind}")


def _link(resource: Mapping[str, Any]) -> str:
    links = resource.get("links")
    found = links.get("self") if isinstance(links, dict) else None
    return found if isinstance(found, str) else ""


def _first(session: Session, among: Sequence[Known], what: str) -> str:
    if len(among) > 1:
        session.output.note_once(
            f"nightplan: instrument {among[0].name}, the first of {len(among)} {what}; "
            "choose with --instrument"
        )
    return among[0].path
