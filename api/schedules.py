"""Schedules as they are served: the newest, or while the sidecar is away the last with its age."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

# A clock that cannot be set, for ages that are true.
from time import monotonic
from typing import Generic, TypeVar

import structlog

from api.cache import ScheduleCache
from api.ports import Clock, Reader
from models.errors import Unreachable
from models.instrument import Instrument
from models.night import current_night
from models.reading import Unchanged
from models.schedule import Schedule

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served(Generic[T]):
    """A schedule for one client.

    Parameters
    ----------
    content
        What is made of it; None: the client has it.
    tag
        Changes whenever the schedule does.
    age
        Seconds since it was the newest for certain; 0: it is.
    """

    content: T | None
    tag: str
    age: int = 0


class Schedules(Generic[T]):
    """Reads schedules, and keeps what was made of the last ones.

    Parameters
    ----------
    reader
        The line to the sidecar.
    clock
        Tells which night is the current one.
    make
        Makes of a schedule what is kept.
    """

    def __init__(
        self, reader: Reader, clock: Clock, make: Callable[[Instrument, Schedule], T]
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._make = make
        self._cache: ScheduleCache[T] = ScheduleCache()

    async def read(
        self, instrument: Instrument, night: date | None, asked: Sequence[str]
    ) -> Served[T]:
        """The schedule of a night.

        Parameters
        ----------
        instrument
            Which.
        night
            The date of its dusk; None: the night in progress, else the next.
        asked
            Tags that the client has; ``*``: any.

        Raises
        ------
        models.errors.Unreachable
            The sidecar did not answer, and nothing is kept of the night.
        """
        cached = self._cache.tags(instrument.id, night)
        # Before it is asked for: however long the answer takes, it was the newest then.
        asked_at = monotonic()
        try:
            found = await self._reader.read_schedule(instrument.id, night, [*asked, *cached])
        except Unreachable as error:
            kept = self._last(instrument, night)
            if kept is None:
                raise
            log.warning("the last schedule is served", part=error.part, error=error.detail)
            tag, content, age = kept
            unchanged = tag in asked or "*" in asked
            return Served(content=None if unchanged else content, tag=tag, age=age)
        if isinstance(found, Unchanged):
            if not found.age:
                self._cache.confirm(found.tag, asked_at)
            unchanged = found.tag in asked or "*" in asked
            stored = None if unchanged else self._cache.find(found.tag)
            return Served(content=stored, tag=found.tag, age=found.age)
        made = self._make(instrument, found.schedule)
        seen_at = asked_at - found.age
        self._cache.keep(instrument.id, night, found.tag, made, seen_at)
        self._cache.keep(instrument.id, found.schedule.night, found.tag, made, seen_at)
        return Served(content=None if "*" in asked else made, tag=found.tag, age=found.age)

    def _last(self, instrument: Instrument, night: date | None) -> tuple[str, T, int] | None:
        """What is kept of a night, its tag and its age in seconds, if there is anything."""
        if night is None:
            now = self._clock.now()
            night = current_night(instrument.site, now, instrument.depression).date
        kept = self._cache.last(instrument.id, night)
        if kept is None:
            return None
        tag, content, seen_at = kept
        return tag, content, max(1, math.ceil(monotonic() - seen_at))
