"""A small world for the tests: one night of one instrument, and what happens in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from adapters.memory.store import MemoryDesk
from adapters.postgres.store import PostgresDesk
from models.command import Command, CommandKind
from models.errors import BrokenSchedule
from models.event import Event, Record, State, StateChange
from models.exchange import Message, NightState, NightUpdate
from models.identity import Caller, Group
from models.night import Darkness, Night
from models.outcome import Outcome, Status
from models.schedule import Block, Objective, Quality, Schedule
from models.site import Site
from models.window import Window

Desk = MemoryDesk | PostgresDesk

INSTRUMENT = UUID("0d6d7c2a-1c5d-4a43-8a0f-6a1d6b0a9f11")
DATE = date(2026, 11, 21)
DUSK = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
DAWN = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SUBJECT = "5f0c6f3e-alice"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

NIGHT = Night(
    site=Site(name="Oberpfaffenhofen", latitude=48.087, longitude=11.280),
    date=DATE,
    depression=6.0,
    darkness=Darkness.DARK,
    dusk=DUSK,
    dawn=DAWN,
)
BRIGHT_NIGHT = Night(
    site=Site(name="Andenes", latitude=69.3, longitude=16.0),
    date=date(2026, 6, 21),
    depression=6.0,
    darkness=Darkness.NEVER_DARK,
    dusk=None,
    dawn=None,
)


def after_dusk(minute: float) -> datetime:
    """The instant so many minutes after dusk."""
    return DUSK + timedelta(minutes=minute)


def fixed(minute: float, length: float = 10, *, priority: int = 3) -> Event:
    """An event that can only run at one time; minutes after dusk."""
    return flexible(minute, minute + length, length, priority=priority)


def flexible(earliest: float, latest: float, length: float = 10, *, priority: int = 3) -> Event:
    """An event that may run anywhere in a window; minutes after dusk."""
    return Event(
        id=uuid4(),
        instrument=INSTRUMENT,
        type="static",
        duration_ms=round(length * 60_000),
        windows=(Window(start=after_dusk(earliest), end=after_dusk(latest)),),
        attributes={"zenith": "60.300", "azimuth": "284.000", "number_of_photos": 2},
        priority=priority,
    )


def accepted(event: Event, state: State = State.SCHEDULED) -> Record:
    """The event as it is stored when it is accepted."""
    return Record(
        event=event,
        night=DATE,
        owner=SUBJECT,
        owner_name="alice",
        state=state,
        created_at=NOW,
    )


def block(event: Event, minute: float | None = None) -> Block:
    """The event's block, at its earliest start or the minute given."""
    start = event.earliest if minute is None else after_dusk(minute)
    return Block(
        id=event.id,
        type=event.type,
        start=start,
        end=start + event.duration,
        attributes=event.attributes,
    )


def filler(minute: float, length: float = 2.05) -> Block:
    """A scan that fills a gap."""
    return Block(
        id=uuid4(),
        type="scan",
        start=after_dusk(minute),
        end=after_dusk(minute) + timedelta(minutes=length),
        filler=True,
    )


def change(event: Event, state: State, cause: str = "as asked") -> StateChange:
    """A step of the event's history."""
    return StateChange(event=event.id, state=state, at=NOW, cause=cause, by=SUBJECT)


def plan(before: Schedule, blocks: Iterable[Block]) -> Schedule:
    """The next revision of a plan, with these blocks."""
    quality = Quality(
        status="optimal",
        objective=Objective.WEIGHTED,
        value=7200,
        bound=7200,
        gap=0.0,
        solve_ms=1.5,
    )
    return before.model_copy(
        update={
            "revision": before.revision + 1,
            "quality": quality,
            "blocks": tuple(sorted(blocks, key=lambda each: each.start)),
        }
    )


def update(
    before: NightState,
    blocks: Sequence[Block],
    *,
    added: Sequence[Record] = (),
    changes: Sequence[StateChange] = (),
) -> NightUpdate:
    """From the plan as stored to one with these blocks: only what differs."""
    old = {each.id: each for each in before.schedule.blocks}
    new = {each.id: each for each in blocks}
    first = [change(record.event, record.state) for record in added]
    return NightUpdate(
        schedule=plan(before.schedule, blocks),
        added=tuple(added),
        changes=(*first, *changes),
        removed_blocks=tuple(key for key, each in old.items() if new.get(key) != each),
        added_blocks=tuple(each for key, each in new.items() if old.get(key) != each),
    )


async def write(
    desk: Desk,
    blocks: Iterable[Block],
    *,
    new: Iterable[Record] = (),
    changes: Sequence[StateChange] = (),
    swallow: bool = False,
    then: Exception | None = None,
) -> None:
    """Give the night these blocks in one transaction.

    ``swallow``: go on as if nothing had happened when the store refuses it;
    ``then``: fail with this error before the end.
    """
    async with desk.transaction() as work:
        before = await work.lock_night(INSTRUMENT, NIGHT)
        wanted = update(before, list(blocks), added=list(new), changes=changes)
        try:
            await work.save_night(wanted)
        except BrokenSchedule:
            if not swallow:
                raise
        if then is not None:
            raise then


def add(event: Event, **others: object) -> Command:
    """A command to add the event."""
    given: dict[str, object] = {
        "id": event.id,
        "kind": CommandKind.ADD,
        "instrument": INSTRUMENT,
        "caller": Caller(subject=SUBJECT, username="alice", groups=frozenset({Group.OWNER})),
        "event": event,
        "issued_at": NOW,
        "expires_at": datetime(2199, 1, 1, tzinfo=UTC),
        "request_id": "request-1",
    }
    return Command.model_validate({**given, **others})


def added(command: Command, revision: int = 1) -> Outcome:
    """The outcome of an addition that was carried out."""
    return Outcome(
        command=command.id,
        body_hash=command.body_hash,
        status=Status.ADDED,
        event=command.event,
        night=DATE,
        revision=revision,
        decided_at=NOW,
        timings={"solve": 1.25},
    )


def message(value: bytes, group: str = "faim") -> Message:
    """A message to publish."""
    return Message(
        topic="nightplan.outcomes",
        partition=0,
        key=group,
        headers={"ce_type": "nightplan.outcome", "ce_id": "1"},
        value=value,
    )
