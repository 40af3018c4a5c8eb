"""A small night: sixty slots of a minute, planned by priority alone; for the checker's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from models.errors import Fault, Reason
from models.event import Event, State, StateChange
from models.outcome import Change, Outcome, Status
from models.window import Window
from tests.faults.history import StoredBlock

ORIGIN = UUID("6f2b4c0e-0000-4000-8000-000000000000")
INSTRUMENT = uuid5(ORIGIN, "instrument")
NIGHT = date(2026, 11, 21)
DUSK = datetime(2026, 11, 21, 18, tzinfo=UTC)
SLOT = timedelta(minutes=1)
SLOTS = 60
DAWN = DUSK + SLOTS * SLOT
LIFE = 2.5
FILLED = (0, 1)
"""Slots that a filler takes while they are free."""
WANTED = {State.SCHEDULED, State.DISPLACED}


@dataclass
class StoredEvent:
    """An event and everything that became of it."""

    event: Event
    slot: int
    owner: str
    history: list[StateChange] = field(default_factory=list)

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.history[-1].state


class SmallNight:
    """Decides what becomes of additions and removals.

    Parameters
    ----------
    announce
        Told of every change.
    """

    def __init__(self, announce: Callable[[Change], None]) -> None:
        self._announce = announce
        self.revision = 0
        self.stored: dict[UUID, StoredEvent] = {}

    def add(self, event: Event, slot: int, owner: str, at: datetime) -> Outcome:
        """Decide an addition."""
        holder = self._holder(slot)
        if holder is not None and holder.event.priority >= event.priority:
            fault = Fault(reason=Reason.CONFLICT, detail="taken")
            return Outcome(
                command=event.id, body_hash="", status=Status.REJECTED, faults=(fault,),
                decided_at=at,
            )  # fmt: skip
        self.revision += 1
        if holder is not None:
            self.step(holder, State.DISPLACED, at, "displaced", owner)
        stored = StoredEvent(event=event, slot=slot, owner=owner)
        self.stored[event.id] = stored
        self.step(stored, State.SCHEDULED, at, "accepted", owner)
        return Outcome(
            command=event.id, body_hash="", status=Status.ADDED, event=event, night=NIGHT,
            revision=self.revision, decided_at=at,
            displaced=(holder.event.id,) if holder else (),
        )  # fmt: skip

    def remove(self, event: UUID, command: UUID, owner: str, at: datetime) -> Outcome:
        """Decide a removal."""
        found = self.stored.get(event)
        if found is None or found.state not in WANTED:
            fault = Fault(reason=Reason.UNKNOWN_EVENT, detail="not there")
            return Outcome(
                command=command, body_hash="", status=Status.REJECTED, faults=(fault,),
                decided_at=at,
            )  # fmt: skip
        free = found.state is State.SCHEDULED
        self.revision += free
        self.step(found, State.DELETED, at, "removed", owner)
        back = self._waiting(found.slot, at) if free else None
        if back is not None:
            self.step(back, State.SCHEDULED, at, "there is room again", "nightplan")
        return Outcome(
            command=command, body_hash="", status=Status.REMOVED, event=found.event, night=NIGHT,
            revision=self.revision, decided_at=at, scheduled=(back.event.id,) if back else (),
        )  # fmt: skip

    def step(self, stored: StoredEvent, state: State, at: datetime, cause: str, by: str) -> None:
        """Give an event a new state."""
        step = StateChange(event=stored.event.id, state=state, at=at, cause=cause, by=by)
        stored.history.append(step)
        change = Change(
            instrument=INSTRUMENT, night=NIGHT, revision=self.revision, **step.model_dump()
        )
        self._announce(change)

    def _holder(self, slot: int) -> StoredEvent | None:
        found = (each for each in self.stored.values() if each.slot == slot)
        return next((each for each in found if each.state is State.SCHEDULED), None)

    def _waiting(self, slot: int, at: datetime) -> StoredEvent | None:
        some = [
            each
            for each in self.stored.values()
            if each.slot == slot and each.state is State.DISPLACED
            and each.event.windows[0].start >= at
        ]  # fmt: skip
        return max(some, key=lambda each: each.event.priority, default=None)

    def blocks(self) -> Sequence[StoredBlock]:
        """The blocks, in order of time."""
        taken = {slot: each for slot in range(SLOTS) if (each := self._holder(slot)) is not None}
        return [
            StoredBlock(
                id=taken[slot].event.id if slot in taken else uuid5(ORIGIN, f"filler {slot}"),
                instrument=INSTRUMENT, night=NIGHT, start=DUSK + slot * SLOT,
                end=DUSK + (slot + 1) * SLOT,
                event=taken[slot].event.id if slot in taken else None,
            )
            for slot in range(SLOTS)
            if slot in taken or slot in FILLED
        ]  # fmt: skip


def make_event(name: str, slot: int, priority: int, variant: int = 0) -> Event:
    """The event of that name."""
    return make_event_of(uuid5(ORIGIN, name), slot, priority, variant)


def make_event_of(identity: UUID, slot: int, priority: int, variant: int) -> Event:
    """An event that fills a slot."""
    start = DUSK + slot * SLOT
    return Event(
        id=identity, instrument=INSTRUMENT, type="static", duration_ms=60_000,
        windows=(Window(start=start, end=start + SLOT),),
        attributes={"zenith": f"{variant}.000"}, priority=priority,
    )  # fmt: skip


def id_of(name: str) -> UUID:
    """The id of the event of that name."""
    return uuid5(ORIGIN, name)
