"""Command: what somebody wants changed, as it travels from the API to the scheduler."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, field_validator, model_validator

from models.download import Download
from models.event import Event, OnConflict
from models.identity import Caller
from models.maintenance import Maintenance
from models.outcome import Outcome
from models.series import Series


class CommandKind(StrEnum):
    """What a command asks for."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"
    CLOSE = "close"
    OPEN = "open"
    REPEAT = "repeat"
    CEASE = "cease"
    TRY = "try"
    EXPLAIN = "explain"
    DOWNLOAD = "download"

    @property
    def is_note(self) -> bool:
        """Whether it only tells what has happened: it is kept, and not answered."""
        return self is CommandKind.DOWNLOAD

    @property
    def is_question(self) -> bool:
        """Whether it changes nothing: it is answered, not kept."""
        return self in {CommandKind.TRY, CommandKind.EXPLAIN}


class Part(BaseModel):
    """One of several changes that are made all or none; the fields are a command's."""

    model_config = ConfigDict(frozen=True)

    kind: CommandKind
    event: Event | None = None
    event_id: UUID | None = None
    event_type: str | None = None
    explicit_priority: bool = False
    maintenance: Maintenance | None = None
    maintenance_id: UUID | None = None

    @model_validator(mode="after")
    def _complete(self) -> Part:
        check_complete(self)
        return self

    @property
    def target(self) -> UUID:
        """The id of the event or maintenance it is about."""
        return target_of(self)


class Command(BaseModel):
    """One request to change the schedule.

    Parameters
    ----------
    id
        Known to the client: the event's id for an addition, else made by the API.
        The same id is decided once.
    kind
        Add, remove or change an event; close the instrument for maintenance or open
        it again; ask for a series, anew perhaps, or end it; or a question: what would
        become of an event (try), why an event is or is not scheduled (explain); or a
        note: somebody has got a plan (download).
    instrument
        Id of the instrument.
    caller
        Who asks.
    event
        What to add or try, or what an event is to become.
    event_id, event_type
        What to remove or explain; the type is checked where the client named one.
    maintenance
        When to close.
    maintenance_id
        Which maintenance to take back.
    series
        The series to begin, or what it is to become.
    series_id
        Which series to end.
    download
        Which plan the caller has got.
    explicit_priority
        Whether the caller named the priority, so that it belongs to what is asked.
    parts
        Of several changes that are made all or none: each of them. The command's own
        kind, event and so on are then those of the first.
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
    maintenance: Maintenance | None = None
    maintenance_id: UUID | None = None
    series: Series | None = None
    series_id: UUID | None = None
    download: Download | None = None
    explicit_priority: bool = False
    parts: tuple[Part, ...] = ()
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    request_id: str = ""
    key: UUID | None = None

    @field_validator("issued_at", "expires_at")
    @classmethod
    def _representable(cls, instant: datetime) -> datetime:
        """An instant beyond the year 9999 in UTC can be neither stored nor waited for."""
        try:
            instant.astimezone(UTC)
        except OverflowError as error:
            msg = "expected an instant between the years 1 and 9999 in UTC"
            raise ValueError(msg) from error
        return instant

    @model_validator(mode="after")
    def _complete(self) -> Command:
        check_complete(self)
        return self

    @property
    def target(self) -> UUID:
        """The id of the event or maintenance it is about."""
        return target_of(self)

    @property
    def body_hash(self) -> str:
        """SHA-256 of what is asked, in hexadecimal: equal for the same request by the same caller.

        A priority that the caller has not named is left out: version 1 takes it from
        the caller's group, and a caller who has moved to another group still asks for
        the same thing.
        """
        body = {
            "kind": self.kind,
            "instrument": str(self.instrument),
            "subject": self.caller.subject,
            **content_of(self),
        }
        if self.parts:
            body["parts"] = [{"kind": part.kind, **content_of(part)} for part in self.parts]
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


_NEEDED: Mapping[CommandKind, str] = {
    CommandKind.ADD: "event",
    CommandKind.CHANGE: "event",
    CommandKind.TRY: "event",
    CommandKind.REMOVE: "event_id",
    CommandKind.EXPLAIN: "event_id",
    CommandKind.CLOSE: "maintenance",
    CommandKind.OPEN: "maintenance_id",
    CommandKind.DOWNLOAD: "download",
    CommandKind.REPEAT: "series",
    CommandKind.CEASE: "series_id",
}
_ADDED_LATER: Mapping[str, object] = {
    "on_conflict": OnConflict.REJECT.value,
    "after": None,
    "together_with": None,
    "series": None,
}
"""Fields that requests of before did not have: at these values the hash is as it was."""


def check_complete(asked: Command | Part) -> None:
    """Refuse a command that lacks what its kind is about."""
    needed = _NEEDED[asked.kind]
    if getattr(asked, needed) is None:
        msg = f"a command to {asked.kind.value} names its {needed}"
        raise ValueError(msg)


def target_of(asked: Command | Part) -> UUID:
    """The id of the event, maintenance or series that a command is about; of a note, its own."""
    if isinstance(asked, Command):
        if asked.download is not None:
            return asked.id
        series = asked.series.id if asked.series is not None else asked.series_id
        if series is not None:
            return series
    about = asked.event or asked.maintenance
    found = about.id if about is not None else asked.event_id or asked.maintenance_id
    assert found is not None  # noqa: S101 - by check_complete
    return found


def content_of(asked: Command | Part) -> dict[str, Any]:
    """What is asked, as plain values that are equal for the same request."""
    if isinstance(asked, Command):
        if asked.download is not None:
            return {"download": asked.download.model_dump(mode="json")}
        if asked.series is not None:
            return {"series": asked.series.model_dump(mode="json")}
        if asked.series_id is not None:
            return {"series": str(asked.series_id)}
    if asked.maintenance is not None:
        return {"maintenance": asked.maintenance.model_dump(mode="json")}
    if asked.maintenance_id is not None:
        return {"maintenance": str(asked.maintenance_id)}
    if asked.event is None:
        return {"event": {"id": str(asked.event_id), "type": asked.event_type}}
    hidden = set() if asked.explicit_priority else {"priority"}
    event = asked.event.model_dump(mode="json", exclude=hidden)
    for name, default in _ADDED_LATER.items():
        if event[name] == default:
            del event[name]
    return {"event": event}


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
