"""A story told to a system, and to a twin of it: who asks for what, and who deletes it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from tests.end_to_end.asking import EXTERNAL, OPERATOR, OWNER, PARTNER, Asker, Json, static
from tests.end_to_end.nights import OTLICA, Night, Nights
from tests.end_to_end.restoring import Database
from tests.end_to_end.surroundings import Addresses
from tests.end_to_end.system import running_system
from tests.end_to_end.witness import Witness


@dataclass(frozen=True)
class Answer:
    """What was answered to a request to add an event."""

    night: Night
    event: Json
    by: str
    document: Json


def without_ids(document: Json) -> Json:
    """An answer without the ids of its errors, which are new each time."""
    errors = [{**error, "id": None} for error in document.get("errors", ())]
    return {**document, "errors": errors}


@dataclass
class Place:
    """A system on a database of its own, and a broker that outlives both."""

    database: Database
    ask: Asker
    answers: dict[str, Answer] = field(default_factory=dict)

    def add(self, night: Night, event: Json, *, by: str = OWNER, status: int | None = 200) -> None:
        """Submit an event and keep the answer; None: whatever it is."""
        response = self.ask.post(night, event, by=by)
        assert response.status_code in {status or 200, status or 409}, response.text
        self.answers[event["id"]] = Answer(night, event, by, response.json())

    def answers_as_before(self, answers: Mapping[str, Answer], *, but: Collection[str]) -> None:
        """The same id gets the same answer, but for those that are different now."""
        for identifier, answer in answers.items():
            if identifier not in but:
                response = self.ask.post(answer.night, answer.event, by=answer.by)
                assert without_ids(response.json()) == without_ids(answer.document)

    def remove(self, night: Night, event: Json, *, by: str = OPERATOR) -> None:
        """Remove an event."""
        assert self.ask.remove(night, event, by=by).status_code == 200


@contextmanager
def place(directory: Path, kafka: str, witness: Witness, database: Database) -> Iterator[Place]:
    """A running system on a database."""
    directory.mkdir()
    addresses = Addresses(database=database.url, kafka=kafka)
    with running_system(directory, addresses) as system:
        ask = Asker(system.url, witness)
        try:
            yield Place(database, ask)
        finally:
            ask.close()


@dataclass
class Story:
    """What is asked, with ids that are the same wherever it is told.

    Parameters
    ----------
    nights
        A night at Oberpfaffenhofen and one at Otlica.
    """

    nights: tuple[Night, Night]
    events: dict[str, Json] = field(default_factory=dict)

    def event(self, name: str, start: float, seconds: float, number: int = 0) -> Json:
        """An event of that name, the same each time."""
        made = static(self.nights[number], start, seconds)
        return self.events.setdefault(name, made)

    def before(self, at: Place) -> None:
        """Until the base backup: an external's event is displaced by an operator's."""
        first, second = self.nights
        at.add(first, self.event("weak", 600, 100), by=EXTERNAL)
        at.add(first, self.event("strong", 650, 100), by=OPERATOR)
        at.add(first, self.event("beside", 900, 60))
        at.add(second, self.event("partner's", 1000, 100, 1), by=PARTNER)

    def meanwhile(self, at: Place) -> None:
        """After the base backup, in the WAL."""
        first, second = self.nights
        at.add(first, self.event("in the way", 700, 20), status=409)
        at.add(second, self.event("owner's", 1050, 100, 1), by=OWNER)
        at.add(first, self.event("later", 2000, 600))

    def wrong(self, at: Place) -> UUID:
        """An operator deletes the wrong event; gives the command's id."""
        at.remove(self.nights[0], self.events["strong"])
        [row] = at.database.ask(
            "SELECT command FROM audit WHERE kind = 'remove' AND event = $1",
            UUID(self.events["strong"]["id"]),
        )
        found: UUID = row["command"]
        return found

    def after(self, at: Place, *, wronged: bool) -> None:
        """What is asked after that; one event has room only because of the deletion."""
        first, second = self.nights
        at.add(first, self.event("lucky", 710, 30), status=200 if wronged else 409)
        at.add(first, self.event("unlucky", 660, 10), by=EXTERNAL, status=409)
        at.add(first, self.event("evening", 100, 300), by=PARTNER)
        at.remove(second, self.events["owner's"], by=OWNER)
        at.add(second, self.event("outside", -500, 100, 1), status=409)
        at.remove(first, self.events["beside"], by=OWNER)


def take_nights(ask: Asker) -> tuple[Night, Night]:
    """The nights of the story."""
    nights = Nights(ask.client)
    return nights.take(), nights.take(OTLICA)
