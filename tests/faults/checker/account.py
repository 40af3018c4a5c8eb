"""Account: a history put in order, so that each rule can be said in a few lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from models.event import Record
from models.outcome import Change, Outcome
from tests.faults.history import (
    Announced,
    Answered,
    Entry,
    Final,
    Healed,
    Injected,
    Phase,
    Sent,
    Served,
    StoredBlock,
    Told,
)

Place = tuple[UUID, date]
"""A night of an instrument."""
Request = tuple[str, str, UUID, UUID, str]
"""What makes two requests the same: action, subject, instrument, event and content."""
CONFLICT = ("id-conflict",)


@dataclass(frozen=True, slots=True)
class Try:
    """One request of a client and what came back."""

    sent: Sent
    answer: Answered | None

    @property
    def status(self) -> int | None:
        """HTTP status; None: no answer."""
        return None if self.answer is None else self.answer.status

    @property
    def decided(self) -> bool:
        """Whether the answer says what became of the command."""
        refusals = {403, 404} if self.sent.action == "remove" else set()
        return self.status in {200, 409} | refusals

    @property
    def accomplished(self) -> bool:
        """Whether the answer says that it was done."""
        done = {"add": "Added", "remove": "Removed"}[self.sent.action]
        return self.answer is not None and self.status == 200 and self.answer.result == done

    @property
    def refused_id(self) -> bool:
        """Whether the answer says that the id stands for another request."""
        return self.answer is not None and self.decided and self.answer.codes == CONFLICT

    @property
    def request(self) -> Request:
        """What is asked, and by whom."""
        sent = self.sent
        return (sent.action, sent.subject, sent.instrument, sent.event, sent.content)

    @property
    def signature(self) -> tuple[object, ...]:
        """What must be the same in every answer to the same request."""
        found = self.answer
        assert found is not None
        if self.status != 200:
            return (self.status, tuple(sorted(found.codes)))
        lists = (tuple(sorted(map(str, found.displaced))), tuple(sorted(map(str, found.scheduled))))
        return (self.status, found.result, *lists, found.revision, found.returned)

    def __str__(self) -> str:
        sent, found = self.sent, self.answer
        text = f"try {sent.number} ({sent.client}, {sent.subject}, sent {_time(sent.at)}"
        if found is None:
            return f"{text}, never answered)"
        codes = f" {'+'.join(found.codes)}" if found.codes else ""
        more = f" {found.result}" if found.result else ""
        return f"{text}, answered {found.status}{more}{codes} {_time(found.at)})"


@dataclass(slots=True)
class Asked:
    """All tries of one command, whatever their content.

    Parameters
    ----------
    tries
        In the order sent.
    ids
        The command's ids as far as they are known; a sound system has one.
    """

    tries: list[Try] = field(default_factory=list)
    ids: set[UUID] = field(default_factory=set)

    @property
    def action(self) -> str:
        """``add`` or ``remove``."""
        return self.tries[0].sent.action

    @property
    def event(self) -> UUID:
        """The event it is about."""
        return self.tries[0].sent.event

    @property
    def accepted(self) -> bool:
        """Whether it was answered 202: it will be decided."""
        return any(attempt.status == 202 for attempt in self.tries)

    def by_request(self) -> dict[Request, list[Try]]:
        """The tries that ask for the same, together."""
        found: dict[Request, list[Try]] = {}
        for attempt in self.tries:
            found.setdefault(attempt.request, []).append(attempt)
        return found

    def __str__(self) -> str:
        ids = ", ".join(sorted(map(str, self.ids))) or "of unknown id"
        return f"command {ids} to {self.action} event {self.event}"


class Account:
    """A campaign's history, indexed.

    Parameters
    ----------
    entries
        In the order written.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.final: Final | None = None
        self.served: list[Served] = []
        self.injected: list[Injected] = []
        self.healed: list[Healed] = []
        self.phases: dict[str, datetime] = {}
        self.announced: list[Announced] = []
        self.told: defaultdict[UUID, list[Told]] = defaultdict(list)
        sent: list[Sent] = []
        answers: dict[int, Answered] = {}
        for entry in self.entries:
            match entry:
                case Sent():
                    sent.append(entry)
                case Answered():
                    answers[entry.number] = entry
                case Told():
                    self.told[entry.command].append(entry)
                case Served():
                    self.served.append(entry)
                case Announced():
                    self.announced.append(entry)
                case Injected():
                    self.injected.append(entry)
                case Healed():
                    self.healed.append(entry)
                case Phase():
                    self.phases[entry.name] = entry.at
                case Final():
                    self.final = entry
        self.tries = [Try(each, answers.get(each.number)) for each in sent]
        self.asked = _group(self.tries)

    @cached_property
    def additions(self) -> dict[UUID, Asked]:
        """Commands to add, by event."""
        return {each.event: each for each in self.asked if each.action == "add"}

    @cached_property
    def removals(self) -> dict[UUID, list[Asked]]:
        """Commands to remove, by event."""
        found: dict[UUID, list[Asked]] = {}
        for each in self.asked:
            if each.action == "remove":
                found.setdefault(each.event, []).append(each)
        return found

    @cached_property
    def records(self) -> dict[UUID, Record]:
        """Stored events, by id; of an id stored twice the last."""
        return {record.event.id: record for record in self.final.events} if self.final else {}

    @cached_property
    def outcomes(self) -> dict[UUID, Outcome]:
        """Stored outcomes, by command."""
        return {each.command: each for each in self.final.outcomes} if self.final else {}

    @cached_property
    def blocks(self) -> dict[Place, list[StoredBlock]]:
        """Stored blocks, by night, in order of time."""
        found: dict[Place, list[StoredBlock]] = {}
        for block in sorted(self.final.blocks if self.final else (), key=lambda each: each.start):
            found.setdefault((block.instrument, block.night), []).append(block)
        return found

    @cached_property
    def changes(self) -> list[Change]:
        """What was announced, each once."""
        return list({_key(each.change): each.change for each in self.announced}.values())

    @cached_property
    def plans(self) -> dict[Place, dict[int, list[Served]]]:
        """Schedules served, by night and revision."""
        found: dict[Place, dict[int, list[Served]]] = {}
        for each in self.served:
            place = found.setdefault((each.instrument, each.night), {})
            place.setdefault(each.revision, []).append(each)
        return found

    def outcome_of(self, asked: Asked) -> Outcome | None:
        """The stored outcome of a command."""
        return next((self.outcomes[key] for key in asked.ids if key in self.outcomes), None)

    def told_of(self, asked: Asked) -> list[Told]:
        """What was said about a command on request, in order."""
        return [each for key in asked.ids for each in self.told.get(key, []) if each.status == 200]

    def acknowledged(self, asked: Asked) -> bool:
        """Whether somebody was told that it was done."""
        done = {"add": "added", "remove": "removed"}[asked.action]
        return any(each.accomplished for each in asked.tries) or any(
            each.state == done for each in self.told_of(asked)
        )

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], set[UUID | None]]:
        found: dict[tuple[str, str], set[UUID | None]] = {}
        for attempt in self.tries:
            sent = attempt.sent
            if sent.key is not None:
                command = sent.event if sent.action == "add" else None
                found.setdefault((sent.subject, sent.key), set()).add(command)
        return found

    def key_is_shared(self, sent: Sent) -> bool:
        """Whether its ``Idempotency-Key`` was used for another command too."""
        return sent.key is not None and len(self._by_key[sent.subject, sent.key]) > 1

    def log_lost_since(self, instant: datetime) -> bool:
        """Whether the broker may have forgotten something sent at that time or later."""
        return any(each.loses_log and self.end_of(each) >= instant for each in self.injected)

    def end_of(self, fault: Injected) -> datetime:
        """When a fault had ended: as it was healed, else as it happened."""
        return min(
            (
                each.at
                for each in self.healed
                if each.at >= fault.at and (each.fault, each.target) == (fault.fault, fault.target)
            ),
            default=fault.at,
        )


def _group(tries: Sequence[Try]) -> list[Asked]:
    """Tries by command: an addition's is its event's, a removal's what its key stands for."""
    found: dict[object, Asked] = {}
    for attempt in tries:
        sent = attempt.sent
        known = sent.command or (attempt.answer.command if attempt.answer else None)
        name: object
        if sent.action == "add":
            name, known = sent.event, sent.event
        elif sent.key is not None:
            name = (sent.subject, sent.key)
        else:
            name = known or sent.number
        asked = found.setdefault(name, Asked())
        asked.tries.append(attempt)
        if known is not None:
            asked.ids.add(known)
    return list(found.values())


def _key(change: Change) -> tuple[object, ...]:
    return (change.event, change.state, change.at, change.revision)


def _time(instant: datetime) -> str:
    return instant.strftime("%H:%M:%S.%f")[:-3]
