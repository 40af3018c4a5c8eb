"""A past to restore to: a world whose clock ticks, snapshots of its store, and its log to read."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from adapters.memory.store import Contents, MemoryStore
from models.exchange import Excerpt, Message, Received
from models.schedule import Schedule
from models.topic import COMMANDS
from scheduler.replay.excerpts import Span
from scheduler.replay.replay import Replay, Report
from scheduler.service.nights import Nights
from tests.unit.scheduler.service.world import NOON, Clock, Died, Publisher, World

TICK = timedelta(milliseconds=1)
BEGINNING = NOON - timedelta(hours=1)


class Ticking(Clock):
    """A clock that is a tick further at each look, so that no two decisions share a time."""

    def __call__(self) -> datetime:
        """The time."""
        self.time += TICK
        return self.time


class Past(World):
    """A world with its log.

    Parameters
    ----------
    now
        The time at the beginning.
    """

    def __init__(self, now: datetime = NOON) -> None:
        super().__init__(now)
        self.clock = Ticking(now)
        self.store = MemoryStore(self.clock)

    def snapshot(self) -> Contents:
        """Everything that is committed now: a base backup."""
        return copy.deepcopy(self.store.contents)


class Log:
    """What a world's topics hold.

    Parameters
    ----------
    past
        The world.
    """

    def __init__(self, past: World) -> None:
        self._past = past
        self.begin = 0
        self.oldest: datetime | None = BEGINNING

    async def read(self, topic: str, since: datetime) -> Excerpt:
        """All of it, whenever it was written."""
        values: Sequence[bytes] = self._past.log.values
        if topic != COMMANDS:
            values = [message.value for message in self._past.publisher.on(topic)]
        records = [Received(value=value, offset=offset) for offset, value in enumerate(values)]
        return Excerpt(records=records, begin=self.begin, oldest=self.oldest)


class MortalStore(MemoryStore):
    """A store whose user dies after some transactions that changed something."""

    survive: int | None = None
    """How many more of them there will be; None: any number."""

    def post(self, group: str, messages: Sequence[Message]) -> None:
        """Put messages into the outbox: the last thing that a transaction does."""
        super().post(group, messages)
        if messages and self.survive is not None:
            self.survive -= 1
            if self.survive < 0:
                raise Died


class Restored:
    """A database restored to a snapshot, and the log of the world it was taken of.

    Parameters
    ----------
    past
        The world.
    contents
        The snapshot.
    """

    def __init__(self, past: World, contents: Contents) -> None:
        self.store = MortalStore(Clock(NOON + timedelta(days=2)))
        self.store.contents = copy.deepcopy(contents)
        self.publisher = Publisher()
        self.log = Log(past)
        self._served = past.served

    def replay(self, *, patience: float = 5.0) -> Replay:
        """A replay, as a process would begin it."""
        nights = Nights(
            group=self._served.group,
            instruments=[self._served],
            new_id=uuid4,
            solve_limit=1.0,
        )
        return Replay(
            store=self.store,
            publisher=self.publisher,
            groups=[(nights, self.log)],
            patience=patience,
        )

    async def run(self, since: datetime = NOON, **options: Any) -> Report:
        """Replay everything from an instant on."""
        until = options.pop("until", None)
        [report] = await self.replay().run(Span(since=since, until=until), **options)
        return report


def everything(contents: Contents) -> Mapping[str, Any]:
    """What is compared: all but the ids of fillers, and when and how long was solved."""
    return {
        "nights": {key: _plan(schedule) for key, schedule in contents.nights.items()},
        "events": contents.events,
        "outcomes": contents.outcomes,
        "audit": contents.audit,
        "maintenance": contents.maintenance,
    }


def _plan(schedule: Schedule) -> Mapping[str, Any]:
    found = schedule.model_dump(exclude={"planned_at"})
    for block in found["blocks"]:
        if block["filler"]:
            block["id"] = None
    if found["quality"] is not None:
        found["quality"]["solve_ms"] = None
    return found
