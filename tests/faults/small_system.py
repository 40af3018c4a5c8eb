"""A small system: a model of nightplan that does everything right, and writes its history.

An event of more priority displaces the one in its slot of the night; one that lost its
slot returns when the slot gets free. For the checker's tests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from models.event import Record, State
from models.outcome import Change, Outcome, Status
from models.window import Window
from tests.faults.content import content_of_event
from tests.faults.history import (
    Announced,
    Answered,
    Entry,
    Final,
    Injected,
    Phase,
    Sent,
    Served,
    ServedBlock,
    StoredNight,
    Told,
)
from tests.faults.small_night import (
    DAWN,
    DUSK,
    INSTRUMENT,
    LIFE,
    NIGHT,
    ORIGIN,
    SLOT,
    SmallNight,
    make_event,
    make_event_of,
)


class SmallSystem:
    """Does what clients ask, at once; what they hear of it is chosen by the test."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._now = DUSK - timedelta(hours=1)
        self._numbers = 0
        self._plan = SmallNight(self._announce)
        self._outcomes: dict[UUID, Outcome] = {}
        self._contents: dict[UUID, tuple[str, str]] = {}
        self._abandoned: list[UUID] = []
        self.write(Phase(at=self._now, name="faults"))

    def write(self, entry: Entry) -> None:
        """Append an entry."""
        self.entries.append(entry)

    def tick(self, seconds: float = 0.1) -> datetime:
        """Let time pass; gives the present."""
        self._now += timedelta(seconds=seconds)
        return self._now

    def add(
        self, name: str, slot: int, *, priority: int = 3, hear: str = "answer", variant: int = 0
    ) -> None:
        """Ask for an event; ``hear``: answer, nothing, timeout, later or dropped.

        ``dropped``: the request does not even reach the system. ``later``: 202.
        ``variant``: another content under the same id.
        """
        event = make_event(name, slot, priority, variant)
        owner = f"owner-{priority}"
        content = content_of_event(event)
        sent = Sent(
            at=self.tick(), client="client", number=self._number(), attempt=1, command=event.id,
            action="add", subject=owner, instrument=INSTRUMENT, event=event.id, night=NIGHT,
            content=content, waits=hear != "later", start=event.windows[0].start,
            end=event.windows[0].end, life=LIFE,
        )  # fmt: skip
        self.write(sent)
        if hear == "dropped":
            self._answer(sent, 503, codes=("overloaded",))
            return
        if event.id not in self._outcomes:
            self._contents[event.id] = (content, owner)
            self._outcomes[event.id] = self._plan.add(event, slot, owner, self.tick())
        conflict = self._contents[event.id] != (content, owner)
        self._hear(sent, hear, self._outcomes[event.id], conflict=conflict)

    def remove(self, name: str, *, hear: str = "answer", key: str | None = None) -> None:
        """Ask for an event's removal by its owner."""
        event = uuid5(ORIGIN, name)
        found = self._plan.stored.get(event)
        owner = found.owner if found else "owner-3"
        command = uuid5(event, f"remove {owner} {key or self._numbers}")
        sent = Sent(
            at=self.tick(), client="client", number=self._number(), attempt=1,
            command=command if key else None, key=key, action="remove", subject=owner,
            instrument=INSTRUMENT, event=event, night=NIGHT, content=str(event),
            waits=hear != "later", life=LIFE,
        )  # fmt: skip
        self.write(sent)
        if hear == "dropped":
            self._answer(sent, 503, codes=("overloaded",))
            return
        if command not in self._outcomes:
            self._outcomes[command] = self._plan.remove(event, command, owner, self.tick())
        self._hear(sent, hear, self._outcomes[command], command=command)

    def serve(self, source: str = "api-1", age: float = 0.0) -> Served:
        """Serve the schedule."""
        begun = self.tick()
        blocks = tuple(
            ServedBlock(id=each.event or each.id, start=each.start, end=each.end,
                        filler=each.event is None)
            for each in self._plan.blocks()
        )  # fmt: skip
        found = Served(
            at=self.tick(), source=source, instrument=INSTRUMENT, night=NIGHT,
            revision=self._plan.revision, tag=f"{NIGHT}.{self._plan.revision}",
            dusk=DUSK, dawn=DAWN, blocks=blocks, begun=begun, age=age,
        )  # fmt: skip
        self.write(found)
        return found

    def tell(self, command: UUID) -> None:
        """Say what became of a command."""
        outcome = self._outcomes.get(command)
        state = outcome.status.value if outcome else "pending"
        self.write(Told(at=self.tick(), command=command, status=200, state=state))

    def pass_slot(self, slot: int) -> None:
        """Let time pass beyond the start of a slot; what waits for it expires."""
        self._now = max(self._now, DUSK + slot * SLOT + timedelta(seconds=1))
        at = self.tick()
        for stored in self._plan.stored.values():
            if stored.state is State.DISPLACED and stored.event.windows[0].start < at:
                self._plan.step(stored, State.EXPIRED, at, "its time passed", "nightplan")

    def fail(self, fault: str, *, loses_log: bool = False) -> None:
        """Note down a fault."""
        self.write(Injected(at=self.tick(), fault=fault, target="broker", loses_log=loses_log))

    def finish(self) -> list[Entry]:
        """End the campaign: every client asks until it has an answer; gives the history."""
        self.write(Phase(at=self.tick(), name="calm"))
        self._retry()
        self.serve("api-2")
        self.write(Phase(at=self.tick(5), name="settled"))
        for command in list(self._outcomes):
            self.tell(command)
        records = tuple(
            Record(
                event=each.event, night=NIGHT, owner=each.owner, owner_name=each.owner,
                state=each.state, start=each.event.windows[0].start,
                created_at=each.history[0].at, history=tuple(each.history),
            )
            for each in self._plan.stored.values()
        )  # fmt: skip
        night = StoredNight(
            instrument=INSTRUMENT, night=NIGHT, dusk=DUSK, dawn=DAWN, revision=self._plan.revision
        )
        self.write(
            Final(
                at=self.tick(), nights=(night,), events=records, blocks=tuple(self._plan.blocks()),
                outcomes=tuple(self._outcomes.values()), undecided=(), outbox=0,
            )
        )  # fmt: skip
        return self.entries

    def _retry(self) -> None:
        """Ask again whatever was not answered."""
        answers = {each.number: each for each in self.entries if isinstance(each, Answered)}
        last: dict[object, Sent] = {}
        for each in self.entries:
            if isinstance(each, Sent):
                named = (each.key or each.number, each.subject)
                added = (each.event, each.content, each.subject)
                last[added if each.action == "add" else named] = each
        for sent in last.values():
            answer = answers.get(sent.number)
            if answer is not None and answer.status in {200, 202, 404, 409}:
                continue
            again = sent.model_copy(update={"number": self._number(), "at": self.tick()})
            self.write(again)
            command = sent.command
            if command is None:  # the id of a removal without a key is the API's own
                command = uuid5(sent.event, f"remove {sent.subject} {again.number}")
            if command not in self._outcomes:
                self._outcomes[command] = self._begin_anew(sent, command)
            conflict = sent.action == "add" and self._contents[command] != (
                sent.content,
                sent.subject,
            )
            self._hear(again, "answer", self._outcomes[command], conflict=conflict)

    def _begin_anew(self, sent: Sent, command: UUID) -> Outcome:
        if sent.action == "remove":
            return self._plan.remove(sent.event, command, sent.subject, self.tick())
        assert sent.start is not None
        assert sent.end is not None
        window = Window(start=sent.start, end=sent.end)
        variant = 0
        priority = int(sent.subject.removeprefix("owner-"))
        slot = (window.start - DUSK) // SLOT
        event = make_event_of(sent.event, slot, priority, variant)
        while content_of_event(event) != sent.content:
            variant += 1
            event = make_event_of(sent.event, slot, priority, variant)
        self._contents[command] = (sent.content, sent.subject)
        return self._plan.add(event, slot, sent.subject, self.tick())

    def _announce(self, change: Change) -> None:
        self.write(Announced(at=self._now, change=change))

    def _hear(
        self, sent: Sent, hear: str, outcome: Outcome, *,
        conflict: bool = False, command: UUID | None = None,
    ) -> None:  # fmt: skip
        if hear == "nothing":
            self._answer(sent, None)
        elif hear == "timeout":
            self._answer(sent, 504, codes=("timeout",))
        elif hear == "later":
            self._answer(sent, 202, command=command or outcome.command)
        elif conflict:
            self._answer(sent, 409, result="Rejected", codes=("id-conflict",))
        elif outcome.status is Status.REJECTED:
            status = 409 if sent.action == "add" else 404
            codes = tuple(fault.reason.value for fault in outcome.faults)
            self._answer(sent, status, result="Rejected" if status == 409 else None, codes=codes)
        else:
            self._answer(
                sent, 200, result=outcome.status.value.capitalize(), displaced=outcome.displaced,
                scheduled=outcome.scheduled, revision=outcome.revision,
                returned=sent.content if sent.action == "add" else None,
            )  # fmt: skip

    def _answer(self, sent: Sent, status: int | None, **more: object) -> None:
        given = {"at": self.tick(), "number": sent.number, "status": status, **more}
        self.write(Answered.model_validate(given))

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers
