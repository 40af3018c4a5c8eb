"""History: everything a campaign saw, one JSON object a line, for the checker to judge.

The driver writes it while it runs; the checker reads nothing else. Instants are
those of the driver's own clock unless a field says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TextIO
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from models.event import Record
from models.outcome import Change, Outcome


class _Entry(BaseModel):
    """One line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime


class Sent(_Entry):
    """A client sends a request to change something; each try is an entry of its own.

    Parameters
    ----------
    client
        Which client.
    number
        Unique among all tries of the campaign; its :class:`Answered` names it.
    attempt
        1 for the first try of a command, one more for each retry.
    command
        The command's id, where the client knows it: the event's id for an addition,
        the id that the ``Idempotency-Key`` stands for if the server has told it.
    key
        The ``Idempotency-Key``, if one is sent.
    action
        What is asked.
    subject
        The consumer who asks.
    instrument, event, night
        What it is about.
    content
        Digest of what is asked, equal for the same request; of an addition that of
        :func:`tests.faults.content.content_of`.
    waits
        Whether the client waits for the outcome (False: ``Prefer: respond-async``).
    start, end
        When the event is to run (additions only).
    life
        Seconds for which the API lets the command live; None: not known.
    api
        Which API it is sent to.
    """

    kind: Literal["sent"] = "sent"
    client: str
    number: int
    attempt: int
    command: UUID | None
    key: str | None = None
    action: Literal["add", "remove"]
    subject: str
    instrument: UUID
    event: UUID
    night: date
    content: str
    waits: bool = True
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    life: float | None = None
    api: str | None = None


class Answered(_Entry):
    """What came back for one try.

    Parameters
    ----------
    number
        The try.
    status
        HTTP status; None: no answer (connection refused, cut or timed out).
    result
        ``meta.status``: Added, Rejected or Removed.
    codes
        The errors' codes.
    command
        From ``Content-Location: /v2/commands/{id}``, where there is one.
    displaced, scheduled, revision
        From ``meta``.
    returned
        The event that the answer shows, as its canonical digest like ``Sent.content``
        (additions that were added only).
    given_up
        Whether the answer says that the command was given up for good: it is rejected.
    """

    kind: Literal["answered"] = "answered"
    number: int
    status: int | None
    result: str | None = None
    codes: tuple[str, ...] = ()
    command: UUID | None = None
    displaced: tuple[UUID, ...] = ()
    scheduled: tuple[UUID, ...] = ()
    revision: int | None = None
    returned: str | None = None
    given_up: bool = False


class Told(_Entry):
    """What ``GET /v2/commands/{id}`` said.

    Parameters
    ----------
    command
        Which command.
    status
        HTTP status; None: no answer.
    state
        The resource's ``status``: pending, added, rejected, removed, expired.
    """

    kind: Literal["told"] = "told"
    command: UUID
    status: int | None
    state: str | None = None


class ServedBlock(BaseModel):
    """One block of a schedule as served."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    start: AwareDatetime
    end: AwareDatetime
    filler: bool


class Served(_Entry):
    """A schedule that was served.

    Parameters
    ----------
    source
        Which API.
    instrument, night, revision, tag, dusk, dawn
        As served; ``tag`` is the entity tag.
    blocks
        In the order served.
    begun
        When the request for it was sent; ``at`` is when its answer was there.
    age
        How old the answer says the plan is, in seconds; 0: it is the present one.
    """

    kind: Literal["served"] = "served"
    source: str
    instrument: UUID
    night: date
    revision: int
    tag: str
    dusk: AwareDatetime | None
    dawn: AwareDatetime | None
    blocks: tuple[ServedBlock, ...]
    begun: AwareDatetime | None = None
    age: float = 0.0


class Announced(_Entry):
    """A change read from the topic ``nightplan.changes``."""

    kind: Literal["announced"] = "announced"
    change: Change


class Injected(_Entry):
    """A fault begins or happens.

    Parameters
    ----------
    fault
        Its kind, such as ``kill``, ``halt``, ``crash-point``, ``cut``, ``disk-full``.
    target
        What it hits.
    loses_log
        Whether the broker may forget messages by it.
    detail
        Anything more, for people.
    """

    kind: Literal["injected"] = "injected"
    fault: str
    target: str
    loses_log: bool = False
    detail: str = ""


class Healed(_Entry):
    """A fault that lasts has ended."""

    kind: Literal["healed"] = "healed"
    fault: str
    target: str


class Phase(_Entry):
    """A phase begins: ``faults``, then ``calm`` (all faults off), then ``settled``.

    ``settled`` comes when every client has its answer and every part is ready;
    the time from ``calm`` to it is judged (liveness).
    """

    kind: Literal["phase"] = "phase"
    name: Literal["faults", "calm", "settled"]


class StoredBlock(BaseModel):
    """One row of the table ``block``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    instrument: UUID
    night: date
    start: AwareDatetime
    end: AwareDatetime
    event: UUID | None


class StoredNight(BaseModel):
    """One row of the table ``night``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instrument: UUID
    night: date
    dusk: AwareDatetime | None
    dawn: AwareDatetime | None
    revision: int


class Final(_Entry):
    """The database in the end, read directly.

    Parameters
    ----------
    nights, events, blocks
        Every row; events with their whole history.
    outcomes
        Of every decided command.
    undecided
        Ids of commands that were begun and have no outcome.
    outbox
        How many messages still wait in it.
    """

    kind: Literal["final"] = "final"
    nights: tuple[StoredNight, ...]
    events: tuple[Record, ...]
    blocks: tuple[StoredBlock, ...]
    outcomes: tuple[Outcome, ...]
    undecided: tuple[UUID, ...]
    outbox: int


Entry = Annotated[
    Sent | Answered | Told | Served | Announced | Injected | Healed | Phase | Final,
    Field(discriminator="kind"),
]
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class Writer:
    """Appends entries to a file, each flushed, so that a campaign that is cut off can be judged.

    Parameters
    ----------
    file
        Open for writing.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, entry: Entry) -> None:
        """Append one entry."""
        self._file.write(entry.model_dump_json() + "\n")
        self._file.flush()


def read_history(path: Path) -> Iterator[Entry]:
    """The entries of a file, in order."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield _ENTRY.validate_json(line)


def write_history(path: Path, entries: Sequence[Entry]) -> None:
    """Write a whole history; for the checker's own tests."""
    with path.open("w", encoding="utf-8") as file:
        writer = Writer(file)
        for entry in entries:
            writer.write(entry)
