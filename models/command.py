"""Command: what somebody wants changed, as it travels from the API to the scheduler."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from models.event import Event
from models.identity import Caller
from models.outcome import Outcome


class CommandKind(StrEnum):
    """What a command asks for."""

    ADD = "add"
    REMOVE = "remove"


class Command(BaseModel):
    """One request to change the schedule.

    Parameters
    ----------
    id
        Known to the client: the event's id for an addition, else made by the API.
        The same id is decided once.
    kind
        Add or remove.
    instrument
        Id of the instrument.
    caller
        Who asks.
    event
        What to add.
    event_id, event_type
        What to remove; the type is checked where the client named one.
    issued_at
        When the API sent it.
    expires_at
        From then on nobody waits for the answer and it is not carried out; judged
        by the database's clock.
    request_id
        The ``X-Request-ID`` of the HTTP request, for the logs.
    key
        What the caller's ``Idempotency-Key`` stands for, see :func:`identity_of`; a
        key belongs to the first command that came with it.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: CommandKind
    instrument: UUID
    caller: Caller
    event: Event | None = None
    event_id: UUID | None = None
    event_type: str | None = None
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    request_id: str = ""
    key: UUID | None = None

    @model_validator(mode="after")
    def _complete(self) -> Command:
        if self.kind is CommandKind.ADD and self.event is None:
            msg = "a command to add names the event"
            raise ValueError(msg)
        if self.kind is CommandKind.REMOVE and self.event_id is None:
            msg = "a command to remove names the event's id"
            raise ValueError(msg)
        return self

    @property
    def target(self) -> UUID:
        """The id of the event it is about."""
        if self.event is not None:
            return self.event.id
        assert self.event_id is not None  # noqa: S101 - by _complete
        return self.event_id

    @property
    def body_hash(self) -> str:
        """SHA-256 of what is asked, in hexadecimal: equal for the same request by the same caller.

        The priority is left out: version 1 takes it from the caller's group, and
        a caller who has moved to another group still asks for the same thing.
        """
        body: dict[str, Any] = {
            "kind": self.kind,
            "instrument": str(self.instrument),
            "subject": self.caller.subject,
        }
        if self.event is not None:
            body["event"] = self.event.model_dump(mode="json", exclude={"priority"})
        else:
            body["event"] = {"id": str(self.event_id), "type": self.event_type}
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


class StoredCommand(BaseModel):
    """A command as the database knows it.

    Parameters
    ----------
    command
        What was asked.
    outcome
        What became of it, once it is decided.
    now
        The database's clock when it was read.
    """

    model_config = ConfigDict(frozen=True)

    command: Command
    outcome: Outcome | None
    now: AwareDatetime


def identity_of(subject: str, key: str) -> UUID:
    """The id that a caller's ``Idempotency-Key`` stands for, of the form of a UUID version 4.

    The first 16 bytes of the SHA-256 of the subject and the key, with the version's
    and the variant's bits set (RFC 9562): the same in every process, and different
    for every caller.

    Parameters
    ----------
    subject
        Who asks.
    key
        The key, as sent.
    """
    text = json.dumps(["nightplan idempotency key", subject, key])
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4)
