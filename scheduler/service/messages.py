"""Messages: outcomes, changes and dead letters in the form in which they are published.

CloudEvents 1.0, Kafka binary content mode: the value is JSON, the context
attributes are headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from models.command import Command
from models.exchange import Message, Received
from models.instant import format_instant
from models.instrument import SchedulingGroup
from models.outcome import Change, Outcome
from models.topic import CHANGES, COMMANDS, DEAD_LETTERS, OUTCOMES

SOURCE = "/nightplan/scheduler"

LONGEST_LETTER = 1_000_000
"""Bytes of a message that a dead letter keeps: with its headers it must fit into a message
of the usual 1 MiB itself, or it would stay in the outbox, and all that comes after it."""


def outcome_message(
    group: SchedulingGroup, outcome: Outcome, timings: Mapping[str, float], request_id: str
) -> Message:
    """An outcome for the API, with the stages' times that the stored one lacks."""
    shown = outcome.model_copy(update={"timings": {**outcome.timings, **timings}})
    return Message(
        topic=OUTCOMES,
        partition=group.partition,
        key=group.name,
        headers=_headers(
            event_id=str(outcome.command),
            kind=f"nightplan.outcome.{outcome.status}",
            at=outcome.decided_at,
            request_id=request_id,
        ),
        value=shown.model_dump_json().encode(),
    )


def command_message(group: SchedulingGroup, command: Command) -> Message:
    """A command that follows from another one, for the log of commands."""
    return Message(
        topic=COMMANDS,
        partition=group.partition,
        key=group.name,
        headers=_headers(
            event_id=str(command.id),
            kind=f"nightplan.command.{command.kind}",
            at=command.issued_at,
            request_id=command.request_id,
        ),
        value=command.model_dump_json().encode(),
    )


def change_message(group: SchedulingGroup, change: Change, request_id: str) -> Message:
    """A state change for everybody who follows the night."""
    number = uuid5(change.event, f"{change.night} {change.revision} {change.state} {change.at}")
    return Message(
        topic=CHANGES,
        partition=group.partition,
        key=group.name,
        headers=_headers(
            event_id=str(number),
            kind=f"nightplan.event.{change.state}",
            at=change.at,
            request_id=request_id,
        ),
        value=change.model_dump_json().encode(),
    )


def dead_letter(
    group: SchedulingGroup, received: Received, why: str, now: datetime, command: Command | None
) -> Message:
    """A message that could not be carried out, kept for a person to look at.

    Its bytes are kept as they came, the first :data:`LONGEST_LETTER` of them; the reason
    is in the headers.
    """
    number = command.id if command else uuid5(UUID(int=0), f"{group.name} {received.offset} {now}")
    headers = dict(
        _headers(
            event_id=str(number),
            kind="nightplan.command.dead",
            at=now,
            request_id=command.request_id if command else "",
        )
    )
    headers["nightplan_why"] = why[:1000]
    headers["nightplan_offset"] = str(received.offset)
    headers["nightplan_length"] = str(len(received.value))
    return Message(
        topic=DEAD_LETTERS,
        partition=group.partition,
        key=group.name,
        headers=headers,
        value=received.value[:LONGEST_LETTER],
    )


def _headers(*, event_id: str, kind: str, at: datetime, request_id: str) -> Mapping[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": SOURCE,
        "ce_type": kind,
        "ce_time": format_instant(at),
        "content-type": "application/json",
        "nightplan_request_id": request_id,
    }
