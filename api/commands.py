"""Commands as resources: what became of a request, for those who did not hear it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from api.document import Json, resource
from api.ports import Clock, Dispatcher, Reader
from api.problems import error_objects
from api.v2.asked import faults_of
from models.command import Command, StoredCommand
from models.instant import format_instant
from models.outcome import Outcome

SETTLED = timedelta(seconds=10)
"""Longer than any transaction lasts: what was begun in time may be committed a little late."""


def command_link(command: UUID) -> str:
    """The URL of a command."""
    return f"/v2/commands/{command}"


async def find_command(
    identifier: UUID, dispatcher: Dispatcher, reader: Reader, clock: Clock
) -> tuple[Command, Outcome | None, str] | None:
    """A command, its outcome if it has one, and how it stands.

    Pending: it may still be carried out. Expired: it was not, and will not be, unless
    it is sent again.

    Returns
    -------
    tuple or None
        None: nothing is known of such a command.
    """
    sent = dispatcher.find_sent(identifier)
    stored = await reader.read_command(identifier)
    if stored is not None and stored.outcome is not None:
        return stored.command, stored.outcome, stored.outcome.status.value
    known = _last(sent, stored)
    if known is None:
        return None
    now = stored.now if stored is not None else clock.now()
    return known, None, "pending" if _may_come(known, now) else "expired"


def _last(sent: Command | None, stored: StoredCommand | None) -> Command | None:
    """Of a command that was sent more than once, the one that lives longest."""
    found = [each for each in (sent, stored.command if stored else None) if each is not None]
    return max(found, key=lambda each: each.expires_at, default=None)


def _may_come(command: Command, now: datetime) -> bool:
    return now < command.expires_at + SETTLED


def command_resource(command: Command, outcome: Outcome | None, status: str) -> Json:
    """The resource object of a command.

    Parameters
    ----------
    command
        What was asked.
    outcome
        What became of it, once it is decided.
    status
        pending, added, rejected, removed or expired.
    """
    attributes: Json = {
        "action": command.kind.value,
        "status": status,
        "instrument": str(command.instrument),
        "event": str(command.target),
        "issued_at": format_instant(command.issued_at),
        "expires_at": format_instant(command.expires_at),
        "decided_at": None,
        "night": None,
        "revision": None,
        "displaced": [],
        "scheduled": [],
        "errors": [],
    }
    if outcome is not None:
        faults = faults_of(command, outcome.faults)
        attributes |= {
            "decided_at": format_instant(outcome.decided_at),
            "night": outcome.night.isoformat() if outcome.night else None,
            "revision": outcome.revision if outcome.night else None,
            "displaced": [str(event) for event in outcome.displaced],
            "scheduled": [str(event) for event in outcome.scheduled],
            "errors": [_without_id(error) for error in error_objects(faults)],
        }
    return resource("command", str(command.id), attributes, link=command_link(command.id))


def _without_id(error: Json) -> Json:
    """An error object without its id, which tells one occurrence from another: this is one."""
    return {name: value for name, value in error.items() if name != "id"}
