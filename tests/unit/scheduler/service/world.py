"""A small world for the service: a frozen clock, a log of commands, a publisher, a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from adapters.memory.store import MemoryStore
from instruments import find
from models.command import Command, CommandKind
from models.errors import Unreachable
from models.event import Event, Record, State
from models.exchange import Message, Received
from models.identity import Caller, Group
from models.instrument import Instrument
from models.night import find_night
from models.outcome import Outcome
from models.schedule import Schedule
from models.topic import CHANGES, COMMANDS, DEAD_LETTERS, OUTCOMES
from models.window import Window
from scheduler.service.writer import Writer


def instrument(name: str) -> Instrument:
    """An instrument by its name."""
    found = find(name)
    assert found is not None
    return found


FAIM = instrument("faim_oberpfaffenhofen")
LIDAR = instrument("lidar_alomar")
DAY = date(2026, 11, 21)
NIGHT = find_night(FAIM.site, DAY, FAIM.depression)
assert NIGHT.dusk is not None
assert NIGHT.dawn is not None
DUSK, DAWN = NIGHT.dusk, NIGHT.dawn
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALICE = Caller(subject="alice-id", username="alice", groups=frozenset({Group.OWNER}))
BOSS = Caller(subject="boss-id", username="boss", groups=frozenset({Group.OPERATOR}))
EVE = Caller(subject="eve-id", username="eve", groups=frozenset({Group.EXTERNAL}))


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, time: datetime = NOON) -> None:
        self.time = time

    def __call__(self) -> datetime:
        """The time."""
        return self.time


def after_dusk(seconds: float) -> datetime:
    """The instant so many seconds after dusk."""
    return DUSK + timedelta(seconds=seconds)


def event(start: float, seconds: float, *, priority: int = 4, zenith: str = "60.300") -> Event:
    """A fixed event, so many seconds after dusk."""
    window = Window(start=after_dusk(start), end=after_dusk(start + seconds))
    return Event(
        id=uuid4(),
        instrument=FAIM.id,
        type="static",
        duration_ms=round(seconds * 1000),
        windows=(window,),
        attributes={"zenith": zenith, "azimuth": "0.000", "number_of_photos": round(2 * seconds)},
        priority=priority,
    )


def add(asked: Event, *, by: Caller = ALICE, at: datetime = NOON, seconds: float = 3) -> Command:
    """A command to add an event, valid for so many seconds from an instant."""
    return Command(
        id=asked.id,
        kind=CommandKind.ADD,
        instrument=asked.instrument,
        caller=by,
        event=asked.model_copy(update={"priority": by.priority_cap}),
        issued_at=at,
        expires_at=at + timedelta(seconds=seconds),
        request_id=f"request of {asked.id}",
    )


def remove(gone: Event | UUID, *, by: Caller = ALICE, at: datetime = NOON) -> Command:
    """A command to remove an event."""
    return Command(
        id=uuid4(),
        kind=CommandKind.REMOVE,
        instrument=FAIM.id,
        caller=by,
        event_id=gone if isinstance(gone, UUID) else gone.id,
        issued_at=at,
        expires_at=at + timedelta(seconds=3),
    )


class Log:
    """The log of commands of one group; what is at or after the bookmark is delivered again."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.bookmark = 0

    def append(self, *commands: Command | bytes) -> None:
        """Put commands, or any bytes, at the end."""
        for command in commands:
            value = command if isinstance(command, bytes) else command.model_dump_json().encode()
            self.values.append(value)


class Reader:
    """Reads the log from the bookmark; at its end it calls ``at_end``.

    Parameters
    ----------
    log
        What it reads.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._position = log.bookmark
        self.at_end: Callable[[], None] = lambda: None

    async def receive(self) -> Sequence[Received]:
        """Everything that is there."""
        found = [
            Received(value=value, offset=offset)
            for offset, value in enumerate(self._log.values)
            if offset >= self._position
        ]
        self._position = len(self._log.values)
        if not found:
            self.at_end()
        return found

    async def move_bookmark(self, offset: int) -> None:
        """Remember how far it is done."""
        self._log.bookmark = offset


class Publisher:
    """Keeps what it is given; fails as often as it is told to, before or after that."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.failures: list[Exception] = []

    async def publish(self, messages: Sequence[Message]) -> None:
        """Keep the messages."""
        if self.failures:
            raise self.failures.pop(0)
        self.messages.extend(messages)

    def on(self, topic: str) -> list[Message]:
        """The messages of one topic, in order."""
        return [message for message in self.messages if message.topic == topic]


class World:
    """Everything that outlives the process of a writer, and a way to run one.

    Parameters
    ----------
    now
        The time at the beginning.
    served, others
        What the writer plans; most is asked of the first.
    """

    def __init__(
        self, now: datetime = NOON, served: Instrument = FAIM, *others: Instrument
    ) -> None:
        self.others = others
        self.clock = Clock(now)
        self.store = MemoryStore(self.clock)
        self.log = Log()
        self.publisher = Publisher()
        self.served = served

    async def run(self, *commands: Command | bytes) -> None:
        """Start a writer, let it work until the log is read, and stop it."""
        self.log.append(*commands)
        reader = Reader(self.log)
        writer = Writer(
            group=self.served.group,
            instruments=[self.served, *self.others],
            store=self.store,
            commands=reader,
            publisher=self.publisher,
            new_id=uuid4,
            solve_limit=1.0,
            plan_ahead=0,
        )
        reader.at_end = writer.stop
        await writer.run()

    @property
    def outcomes(self) -> list[Outcome]:
        """Everything that was answered, in order."""
        return [
            Outcome.model_validate_json(message.value) for message in self.publisher.on(OUTCOMES)
        ]

    def answers(self, command: Command) -> list[Outcome]:
        """What was answered to one command, again and again."""
        return [
            outcome
            for outcome in self.outcomes
            if (outcome.command, outcome.body_hash) == (command.id, command.body_hash)
        ]

    @property
    def dead_letters(self) -> list[Message]:
        """What was put aside for a person to look at."""
        return self.publisher.on(DEAD_LETTERS)

    @property
    def changes(self) -> list[Message]:
        """What was announced to everybody who follows."""
        return self.publisher.on(CHANGES)

    @property
    def schedule(self) -> Schedule:
        """The night's plan as stored."""
        return self.store.contents.nights[self.served.id, DAY]

    def record(self, asked: Event) -> Record | None:
        """The event as stored."""
        return self.store.contents.events.get(asked.id)

    def states(self, asked: Event) -> list[State]:
        """Every state the event has been in."""
        record = self.record(asked)
        return [] if record is None else [step.state for step in record.history]

    async def deliver(self) -> None:
        """Put into the log what was asked for because of something else, and work on it."""
        sent = [message.value for message in self.publisher.on(COMMANDS)]
        fresh = [value for value in sent if value not in self.log.values]
        await self.run(*dict.fromkeys(fresh))

    async def ask(self, command: Command) -> Outcome:
        """Send one command and give its answer."""
        await self.run(command)
        return self.answers(command)[-1]

    def placed(self) -> list[UUID]:
        """The events in the plan, in order of time."""
        return [block.id for block in self.schedule.blocks if not block.filler]

    def fillers(self) -> list[tuple[datetime, UUID]]:
        """The fillers in the plan, in order of time."""
        return [(block.start, block.id) for block in self.schedule.blocks if block.filler]


def ids(events: Iterable[Event]) -> list[UUID]:
    """Their ids."""
    return [asked.id for asked in events]


class Died(Exception):
    """Stands for the death of the process."""


BROKER_GONE = Unreachable("kafka", "not acknowledged")


def flexible(
    seconds: float,
    *windows: tuple[float, float] | tuple[float, float, int],
    served: Instrument = FAIM,
    **more: object,
) -> Event:
    """An event that may run in windows, each so many seconds after dusk."""
    return Event.model_validate(
        {
            "id": uuid4(),
            "instrument": served.id,
            "type": "static",
            "duration_ms": round(seconds * 1000),
            "windows": [
                {
                    "start": after_dusk(window[0]),
                    "end": after_dusk(window[1]),
                    "preference": window[2] if len(window) == 3 else 0,
                }
                for window in windows
            ],
            "attributes": {
                "zenith": "60.300",
                "azimuth": "0.000",
                "number_of_photos": round(2 * seconds),
            },
            "priority": 4,
            **more,
        }
    )


def command(
    kind: CommandKind, *, by: Caller = ALICE, at: datetime = NOON, served: Instrument = FAIM,
    **fields: object,
) -> Command:  # fmt: skip
    """Any command."""
    return Command.model_validate(
        {
            "id": uuid4(),
            "kind": kind,
            "instrument": served.id,
            "caller": by,
            "issued_at": at,
            "expires_at": at + timedelta(seconds=3),
            **fields,
        }
    )


def wanted(
    asked: Event, *, by: Caller = ALICE, at: datetime = NOON, served: Instrument = FAIM
) -> Command:
    """A command to add an event with the priority that it names."""
    return command(
        CommandKind.ADD, by=by, at=at, served=served, id=asked.id, event=asked,
        explicit_priority=True,
    )  # fmt: skip
